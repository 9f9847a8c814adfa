"""The form by which an administrator gives somebody the role of another for some days."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common.date_fields import DayField

from ..models import DELEGABLE, Facility, Membership, User
from ..queries import Member

BAD_DAY = _("Écrivez une date, par exemple 15/06/2026.")


class HolderField(forms.ModelChoiceField[Membership]):
    """A role with who holds it."""

    def label_from_instance(self, obj: Membership) -> str:
        return f"{obj.get_role_display()} – {obj.user}"


class DelegationForm(forms.Form):
    """Whose role, to whom, from when to when, and why."""

    holder = HolderField(
        Membership.objects.none(),
        label=_("Rôle délégué"),
        empty_label=_("Choisir"),
        error_messages={"required": _("Choisissez la personne remplacée et son rôle.")},
    )
    to = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Délégataire"),
        empty_label=_("Choisir"),
        help_text=_("Une personne de l’établissement, qui garde aussi ses propres rôles."),
        error_messages={"required": _("Choisissez qui remplace.")},
    )
    first_day = DayField(
        label=_("Premier jour"),
        error_messages={"required": _("Donnez le premier jour."), "invalid": BAD_DAY},
    )
    last_day = DayField(
        label=_("Dernier jour"),
        help_text=_("Compris, jusqu’à minuit heure de Paris."),
        error_messages={"required": _("Donnez le dernier jour."), "invalid": BAD_DAY},
    )
    reason = forms.CharField(
        label=_("Motif"),
        max_length=200,
        help_text=_("Par exemple « Congés d’été »."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Dites pourquoi, en quelques mots.")},
    )

    def __init__(
        self, data: QueryDict | None, *, facility: Facility, members: list[Member]
    ) -> None:
        super().__init__(data)
        holder, to = self.fields["holder"], self.fields["to"]
        assert isinstance(holder, forms.ModelChoiceField)
        assert isinstance(to, forms.ModelChoiceField)
        holder.queryset = (
            Membership.objects.filter(facility=facility, role__in=DELEGABLE)
            .select_related("user", "facility")
            .order_by("role", "user__full_name", "pk")
        )
        to.queryset = User.objects.filter(pk__in=[one.user.pk for one in members], is_active=True)
        to.queryset = to.queryset.order_by("full_name", "pk")
