"""The declaration of interests of a reviewer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import Interest
from ..models.interest import REASON_MAX_LENGTH


class InterestForm(forms.Form):
    """One of two buttons, and a word that may come with it."""

    value = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (Interest.CLEAR, Interest.WITHDRAWN)],
        error_messages={"required": _("Choisissez une des deux déclarations.")},
    )
    reason = forms.CharField(
        label=_("Précisions, si vous le souhaitez"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
