"""What the operator of the installation types about facilities and hospital groups."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.domain.facilities import FIELDS
from uniha_clausier.accounts.forms.facilities import PLAIN, FacilityIdentityForm
from uniha_clausier.accounts.forms.search import SearchField, SearchForm
from uniha_clausier.accounts.forms.sign_in import BAD_EMAIL
from uniha_clausier.accounts.models import Facility, HospitalGroup
from uniha_clausier.common.addresses import sent_number


class FacilitySearchForm(SearchForm):
    """Words to find a facility; what is not understood finds everything."""

    q = SearchField(label=_("Nom, ville, groupement ou numéro"))


class GroupField(forms.ModelChoiceField[HospitalGroup]):
    """A hospital group, or none."""

    def __init__(self) -> None:
        super().__init__(
            HospitalGroup.objects.order_by("name", "pk"),
            label=_("Groupement"),
            required=False,
            empty_label=_("Aucun"),
            error_messages={"invalid_choice": _("Choisissez un groupement de la liste.")},
        )

    def to_python(self, value: Any) -> HospitalGroup | None:
        """Find no group of a number past 64 bits, which makes SQLite fail."""
        found: HospitalGroup | None = super().to_python(value and str(sent_number(str(value))))
        return found


class AdministratorForm(forms.Form):
    """Who is invited to administer a facility."""

    email = forms.EmailField(
        label=_("Adresse électronique de l’administrateur"),
        max_length=254,
        widget=forms.EmailInput(attrs=PLAIN),
        error_messages={"required": _("Donnez l’adresse de la personne."), "invalid": BAD_EMAIL},
    )
    full_name = forms.CharField(
        label=_("Nom et prénom de l’administrateur"),
        max_length=150,
        help_text=_(
            "Cette personne reçoit un lien valable sept jours ; elle complète l’établissement et "
            "invite les autres."
        ),
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": _("Donnez le nom de la personne.")},
    )


class NewFacilityForm(AdministratorForm, FacilityIdentityForm):
    """A facility to create, with its group and its first administrator."""

    group = GroupField()
    field_order = ("name", "city", "siret", "finess", "group", "email", "full_name")

    def values(self) -> dict[str, str]:
        """Return what describes the facility."""
        data = self.cleaned_data
        return {name: data[name] for name in FIELDS if name in data}


class PlaceForm(forms.Form):
    """The group of a facility."""

    group = GroupField()

    def __init__(self, data: QueryDict | None, *, facility: Facility) -> None:
        super().__init__(data, initial={"group": facility.group_id})
        if facility.group_id:
            self.fields["group"].help_text = _(
                "En quittant le groupement, l’établissement ne lit plus ce qui a été acheté pour "
                "lui : remettez-lui d’abord les PDF scellés."
            )


class NewGroupForm(forms.Form):
    """The name of a group."""

    name = forms.CharField(
        label=_("Nom du groupement"),
        max_length=200,
        help_text=_("Par exemple « GHT du Ponant »."),
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": _("Donnez le nom du groupement.")},
    )


class GroupForm(NewGroupForm):
    """The name of a group, and which of its members buys for the others."""

    lead = forms.ChoiceField(
        label=_("Établissement support"),
        required=False,
        help_text=_("Il achète pour les autres membres (code de la santé publique, L6132-3)."),
        error_messages={"invalid_choice": _("Choisissez un établissement du groupement.")},
    )

    def __init__(
        self, data: QueryDict | None, *, group: HospitalGroup, members: list[Facility]
    ) -> None:
        super().__init__(data, initial={"name": group.name, "lead": group.lead_facility_id or ""})
        self.members = {str(one.pk): one for one in members}
        field = self.fields["lead"]
        assert isinstance(field, forms.ChoiceField)
        none = [] if group.lead_facility_id else [("", _("Pas encore nommé"))]
        field.choices = [*none, *((key, one.name) for key, one in self.members.items())]

    def lead_chosen(self) -> Facility | None:
        return self.members.get(self.cleaned_data["lead"])
