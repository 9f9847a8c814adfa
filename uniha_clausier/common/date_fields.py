"""Days and moments typed in a form, within the years that the databases and their sums hold.

A year before our era is written by PostgreSQL, and never read back; 31/12/9999, typed for « without
end », has no next day.
"""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_YEAR, LAST_YEAR = 1900, 2999


class DayInput(forms.DateInput):
    """A date, typed or picked."""

    input_type = "date"

    def __init__(self, css: str = "is-short") -> None:
        super().__init__(format="%Y-%m-%d", attrs={"class": css})


class MomentInput(forms.DateTimeInput):
    """A date and an hour, typed or picked."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", attrs={"class": "is-short"})


def is_plausible(day: dt.date) -> bool:
    """Whether a day, or a moment, is in a year that a procurement file may name."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _check_year(day: dt.date) -> None:
    if not is_plausible(day):
        raise ValidationError(
            _("Écrivez une année entre %(first)s et %(last)s."),
            code="year",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )


class DayField(forms.DateField):
    """A day, in a plausible year."""

    widget = DayInput
    default_validators = [_check_year]


class MomentField(forms.DateTimeField):
    """A date and an hour, in a plausible year."""

    widget = MomentInput
    default_validators = [_check_year]
