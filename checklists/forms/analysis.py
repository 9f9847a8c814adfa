"""What the page of the analysis report sends: the text of one part."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models.analysis import TEXT_MAX_LENGTH
from .grid import MAX_VERSION


class AnalysisTextForm(forms.Form):
    """One part: its text, the version that was read (0: the proposed text), and the hash of the proposal."""

    text = forms.CharField(
        label=_("Texte"),
        required=False,
        strip=False,
        max_length=TEXT_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    proposed = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    version = forms.IntegerField(
        min_value=0, max_value=MAX_VERSION, widget=forms.HiddenInput, required=True
    )
