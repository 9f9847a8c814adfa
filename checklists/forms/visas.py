"""The order of the visas of a facility, and the visa of one person with their password again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.forms.sign_in import PasswordAgainForm

from ..domain.visas import VisaAnswer
from ..enums import VisaValue
from ..models.finding import REVIEWERS
from ..models.visa import REMARK_MAX_LENGTH

RANKS = [
    ("", _("Pas de visa")),
    ("1", _("En premier")),
    ("2", _("En deuxième")),
    ("3", _("En troisième")),
    ("4", _("En quatrième")),
]


class VisaOrderForm(forms.Form):
    """One rank a role; two roles never share one."""

    def __init__(self, *args: Any, order: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role in REVIEWERS:
            self.fields[role.value] = forms.TypedChoiceField(
                label=Role(role).label,
                choices=RANKS,
                required=False,
                coerce=int,
                empty_value=None,
                initial=order.index(role) + 1 if role in order else "",
                error_messages={"invalid_choice": _("Choisissez un rang de la liste.")},
            )

    def clean(self) -> dict[str, Any]:
        """Refuse two roles at the same rank."""
        values = super().clean() or {}
        taken: dict[int, str] = {}
        for role in REVIEWERS:
            rank = values.get(role.value)
            if rank and rank in taken:
                self.add_error(
                    role.value,
                    _("Ce rang est déjà celui du rôle %(role)s.") % {"role": taken[rank]},
                )
            elif rank:
                taken[rank] = str(Role(role).label)
        return values

    def order(self) -> list[str]:
        """Return the roles in the order of their ranks."""
        ranks = {role.value: self.cleaned_data[role.value] for role in REVIEWERS}
        return sorted(filter(ranks.get, ranks), key=ranks.__getitem__)


class VisaForm(PasswordAgainForm):
    """Give a visa with a remark, or refuse it with a reason, under one's password."""

    value = forms.ChoiceField(
        choices=VisaValue.choices,
        widget=forms.HiddenInput,
        error_messages={"required": _("Donnez le visa, ou refusez-le.")},
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    remark = forms.CharField(
        label=_("Mention, ou motif du refus"),
        required=False,
        max_length=REMARK_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Facultative pour donner le visa, nécessaire pour le refuser. Elle est imprimée dans "
            "le PDF."
        ),
    )
    field_order = ["remark", "password"]

    def clean_remark(self) -> str:
        """Keep one kind of line end: what is printed is what is hashed."""
        return str(self.cleaned_data["remark"]).replace("\r\n", "\n").strip()

    def clean(self) -> dict[str, Any]:
        """Ask why a visa is refused."""
        values = super().clean() or {}
        if values.get("value") == VisaValue.REFUSED and not values.get("remark"):
            self.add_error("remark", _("Écrivez pourquoi : l’acheteur le lira."))
        return values

    def answer(self) -> VisaAnswer:
        """Return what the person answers."""
        values = self.cleaned_data
        return VisaAnswer(values["value"], values["remark"], values["seen"])
