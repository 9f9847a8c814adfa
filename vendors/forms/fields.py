"""Fields that several forms share."""

from typing import Any, TypeVar

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.models import Facility
from uniha_clausier.common.addresses import sent_number

Row = TypeVar("Row", bound=Model)


class LineField(forms.CharField):
    """One line of text: runs of spaces become one, so that two people type the same thing."""

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class RowsField(forms.ModelMultipleChoiceField[Row]):
    """Several rows to check off."""

    def clean(self, value: Any) -> Any:
        """Leave out what is no key: a number past 64 bits makes SQLite fail."""
        return super().clean(
            [str(sent_number(str(one))) for one in self.prepare_value(value or ())]
        )


class FacilityField(forms.ModelChoiceField[Facility]):
    """The facility that buys, asked only of a person who buys for several."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Facility.objects.none(),
            label=_("Établissement"),
            empty_label=None,
            error_messages={"invalid_choice": _("Choisissez un de vos établissements.")},
            **kwargs,
        )

    def offer(self, facilities: list[Facility]) -> None:
        """Offer ``facilities``, and only them."""
        self.queryset = Facility.objects.filter(pk__in=[facility.pk for facility in facilities])
        self.queryset = self.queryset.order_by("name", "pk")
