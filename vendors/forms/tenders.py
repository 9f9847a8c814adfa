"""What is typed about a tender and its lots."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.models import Facility
from uniha_clausier.common.date_fields import DayField, MomentField

from ..domain import beneficiaries, tenders
from ..enums import Procedure
from ..models import Lot, Tender
from .fields import FacilityField, LineField, RowsField

LOT_TITLE_LENGTH = 250


class TenderForm(forms.Form):
    """What describes a tender."""

    reference = LineField(
        label=_("Référence"),
        max_length=50,
        help_text=_("Celle du profil d’acheteur ou de votre registre, par exemple 2026-DSN-014."),
        widget=forms.TextInput(attrs={"class": "is-short", "autocomplete": "off"}),
        error_messages={"required": _("Donnez la référence de la consultation.")},
    )
    title = LineField(
        label=_("Objet"),
        max_length=250,
        help_text=_("Ce que vous achetez, en une ligne."),
        error_messages={"required": _("Dites ce que vous achetez.")},
    )
    procedure = forms.ChoiceField(
        label=_("Procédure"), choices=Procedure.choices, initial=Procedure.OPEN
    )
    publication_date = DayField(
        label=_("Date de publication"),
        required=False,
        help_text=_("Laissez vide tant qu’elle n’est pas fixée."),
        error_messages={"invalid": _("Écrivez une date, par exemple 15/06/2026.")},
    )
    deadline = MomentField(
        label=_("Date limite de remise des offres"),
        required=False,
        help_text=_("Date et heure de Paris, après la publication."),
        error_messages={
            "invalid": _("Écrivez une date et une heure, par exemple 15/07/2026 12:00.")
        },
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        try:
            tenders.check_dates(data.get("publication_date"), data.get("deadline"))
        except tenders.TenderRefused as error:
            self.add_error(error.field, str(error))
        return data

    @staticmethod
    def initial_of(tender: Tender) -> dict[str, Any]:
        """Return what the form shows of a tender that exists."""
        return {name: getattr(tender, name) for name in tenders.FIELDS}


class NewTenderForm(TenderForm):
    """A tender to create: whose it is, and its lots when it has some."""

    facility = FacilityField()
    has_lots = forms.BooleanField(
        label=_("La consultation est allotie"),
        required=False,
        help_text=_("Chaque lot aura sa check-list et ses candidats."),
    )
    lots = forms.CharField(
        label=_("Intitulés des lots"),
        required=False,
        max_length=10_000,
        help_text=_("Un par ligne, dans l’ordre. Lus seulement si la consultation est allotie."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    field_order = ("facility",)

    def __init__(self, *args: Any, facilities: list[Facility], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.only = facilities[0] if len(facilities) == 1 else None
        if self.only:
            del self.fields["facility"]
            return
        field = self.fields["facility"]
        assert isinstance(field, FacilityField)
        field.offer(facilities)

    def clean_lots(self) -> list[str]:
        if not self.cleaned_data.get("has_lots"):
            return []
        titles = [" ".join(line.split()) for line in self.cleaned_data["lots"].splitlines()]
        titles = [title for title in titles if title]
        longest = max(map(len, titles), default=0)
        if longest > LOT_TITLE_LENGTH:
            raise forms.ValidationError(
                _("Raccourcissez les intitulés : %(most)d caractères au plus par ligne.")
                % {"most": LOT_TITLE_LENGTH}
            )
        try:
            tenders.check_lots(titles or [""])
        except tenders.TenderRefused as error:
            raise forms.ValidationError(str(error)) from error
        return titles

    def values(self) -> dict[str, Any]:
        """Return what the domain asks for."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "has_lots"}
        return {"facility": self.only} | data if self.only else data


class LotForm(forms.Form):
    """The title of a lot."""

    title = LineField(
        label=_("Intitulé du lot"),
        max_length=LOT_TITLE_LENGTH,
        error_messages={"required": _("Donnez l’intitulé du lot.")},
    )


class LotEditForm(LotForm):
    """The title of a lot, and for whom the lead of a group buys it.

    A lot that the screens don't show bears the title of its tender, and has none to give.
    """

    beneficiaries = RowsField[Facility](
        Facility.objects.none(),
        label=_("Établissements bénéficiaires"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Vous achetez pour eux : leurs équipes lisent ce lot, et rien des autres. Aucun coché : "
            "vous achetez pour vous seul."
        ),
        error_messages={
            "invalid_choice": _("Choisissez des établissements de votre groupement."),
            "invalid_pk_value": _("Choisissez des établissements de votre groupement."),
        },
    )

    def __init__(self, data: QueryDict | None, *, lot: Lot) -> None:
        initial = {"title": lot.title, "beneficiaries": beneficiaries.named(lot)}
        super().__init__(data, initial=initial)
        field = self.fields["beneficiaries"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = beneficiaries.nameable(lot)
        fixed = beneficiaries.why_fixed(lot.tender)
        if fixed:
            field.disabled, field.help_text = True, fixed
        if not field.queryset:
            del self.fields["beneficiaries"]
        elif not lot.tender.has_lots:
            del self.fields["title"]

    def clean(self) -> dict[str, Any]:
        """Refuse, rather than pass over, beneficiaries that a forged form changes too late."""
        data = super().clean() or {}
        field = self.fields.get("beneficiaries")
        if field is not None and field.disabled:
            sent = field.widget.value_from_datadict(self.data, self.files, "beneficiaries")
            kept = {str(one.pk) for one in self.initial["beneficiaries"]}
            if sent and set(sent) != kept:
                self.add_error("beneficiaries", str(field.help_text))
        return data


class NewLotForm(LotForm):
    """A lot to add; the first time, what the tender was becomes lot 1 and gets its own title."""

    first_title = LineField(
        label=_("Intitulé du lot 1"),
        max_length=LOT_TITLE_LENGTH,
        help_text=_(
            "Ce que la consultation contient déjà (check-list, candidats) devient le lot 1."
        ),
        error_messages={"required": _("Donnez l’intitulé du lot 1.")},
    )
    field_order = ("first_title", "title")

    def __init__(self, *args: Any, tender: Tender, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if tender.has_lots:
            del self.fields["first_title"]
        else:
            self.fields["first_title"].initial = tender.title
            self.fields["title"].label = _("Intitulé du lot 2")
