"""Search and filters of the list of tenders; everything is in the address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.models import Facility
from vendors.enums import Procedure

from ..domain.queries.tenders import SORTS, Filters
from ..enums import TenderState


class TenderFilterForm(forms.Form):
    """What is not understood filters nothing."""

    q = forms.CharField(
        label=_("Rechercher une consultation"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("Référence, objet ou candidat")}
        ),
    )
    etat = forms.ChoiceField(
        label=_("État"), required=False, choices=[("", _("Tous")), *TenderState.choices]
    )
    procedure = forms.ChoiceField(
        label=_("Procédure"), required=False, choices=[("", _("Toutes")), *Procedure.choices]
    )
    etablissement = forms.TypedChoiceField(
        label=_("Établissement"), required=False, coerce=int, empty_value=None
    )
    tri = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        choices=[(f"{sign}{name}", name) for name in SORTS for sign in ("", "-")],
    )

    def __init__(self, data: Any, *, facilities: list[Facility]) -> None:
        super().__init__(data)
        if len(facilities) < 2:
            del self.fields["etablissement"]
            return
        field = self.fields["etablissement"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("Tous")), *[(one.pk, one.name) for one in facilities]]

    def filters(self) -> Filters:
        """Return what is asked, as the query takes it."""
        self.is_valid()
        data = self.cleaned_data
        return Filters(
            text=data.get("q", ""),
            procedure=data.get("procedure", ""),
            state=data.get("etat", ""),
            facility=data.get("etablissement"),
            sort=data.get("tri", ""),
        )
