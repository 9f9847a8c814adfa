"""The field in which words are typed to find something, as every list has it."""

from typing import Any

from django import forms


class SearchField(forms.CharField):
    """Words to find; none finds everything."""

    def __init__(self, *, label: Any, placeholder: Any = "") -> None:
        shown = {"placeholder": placeholder} if placeholder else {}
        widget = forms.TextInput(attrs={"type": "search"} | shown)
        super().__init__(label=label, required=False, max_length=200, widget=widget)


class SearchForm(forms.Form):
    """Words alone, in the field ``q`` of each form; what is not understood finds everything."""

    def text(self) -> str:
        """Return the words typed."""
        return str(self.cleaned_data.get("q", "")) if self.is_valid() else ""
