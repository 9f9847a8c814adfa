"""The filter by establishment, of the lists of whoever works in several."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.models import Facility


class FacilityFilterForm(forms.Form):
    """The filters of a list; nobody with one facility is asked which."""

    etablissement = forms.TypedChoiceField(
        label=_("Établissement"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, data: Any, *, facilities: list[Facility]) -> None:
        super().__init__(data)
        if len(facilities) < 2:
            del self.fields["etablissement"]
            return
        field = self.fields["etablissement"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("Tous")), *[(one.pk, one.name) for one in facilities]]
