"""What a buyer decides before giving a candidate its own results."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ResultForm(forms.Form):
    """That the decision is taken, and which comments are shared."""

    use_required_attribute = False

    decided = forms.BooleanField(
        label=_("La décision de rejeter cette offre est prise"),
        error_messages={"required": _("Cochez cette case : avant la décision, rien ne sort.")},
    )
    comments = forms.MultipleChoiceField(
        label=_("Commentaires à communiquer"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Ce commentaire n’existe plus : relisez la liste.")},
    )
    kind = forms.ChoiceField(choices=[("ods", "ODS"), ("xlsx", "XLSX")], required=False)

    def __init__(self, data: Any, *, points: list[dict[str, Any]]) -> None:
        super().__init__(data)
        self.points = points
        field = self.fields["comments"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(point["ref"], f"{point['ref']} {point['title']}") for point in points]

    def clean_kind(self) -> str:
        """Return the format, ODS unless another is asked."""
        return self.cleaned_data["kind"] or "ods"

    @property
    def rows(self) -> list[tuple[Any, dict[str, Any]]]:
        """Each box with the point whose comment it shares."""
        return list(zip(self["comments"], self.points, strict=True))
