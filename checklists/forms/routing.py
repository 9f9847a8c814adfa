"""The form of one rule of routing: the roles that review, and the rule that was read."""

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.enums import Role

from ..models.finding import REVIEWERS


class RouteForm(forms.Form):
    """The roles that review a chapter or a point."""

    roles = forms.MultipleChoiceField(
        label=_("Relu par"),
        choices=[(role.value, role.label) for role in map(Role, REVIEWERS)],
        error_messages={
            "required": _("Choisissez au moins un rôle : sans relecteur, personne ne le lirait."),
            "invalid_choice": _("Ce rôle ne relit pas."),
        },
        widget=forms.CheckboxSelectMultiple,
    )
    base = forms.IntegerField(
        required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput
    )

    def rule_read(self) -> int:
        """The rule that the page showed; 0 when there was none."""
        return self.cleaned_data.get("base") or 0
