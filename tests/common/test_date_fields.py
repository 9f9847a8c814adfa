"""Days and moments in the years that the databases hold: the others are refused in the field."""

import datetime as dt
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from uniha_clausier.accounts.forms.tokens import TokenForm
from uniha_clausier.common.date_fields import DayField, MomentField
from vendors.domain import register_reading
from vendors.forms.openings import OpeningForm

OUT = "Écrivez une année entre 1900 et 2999."


@pytest.mark.parametrize("typed", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
@pytest.mark.parametrize(("field", "hour"), [(DayField(), ""), (MomentField(), "T00:00")])
def test_a_year_that_no_file_names_is_refused(field: forms.Field, hour: str, typed: str) -> None:
    with pytest.raises(ValidationError, match=OUT):
        field.clean(typed + hour)


def test_the_first_and_the_last_day_are_taken() -> None:
    assert DayField().clean("1900-01-01") == dt.date(1900, 1, 1)
    assert DayField().clean("2999-12-31") == dt.date(2999, 12, 31)


def test_without_end_is_no_date_of_a_token() -> None:
    """Its next day is past the calendar."""
    form = TokenForm({"name": "Tableau de bord", "expires_on": "9999-12-31"})
    assert form.errors == {"expires_on": [OUT]}


def test_an_opening_before_our_era_is_refused_before_it_is_written_for_ever() -> None:
    form = OpeningForm({"opened_at": "0001-01-01T00:00", "people": "Anne Petit, acheteuse"})
    assert form.errors == {"opened_at": [OUT]}


def test_a_cell_of_a_register_names_no_such_moment() -> None:
    assert register_reading.moment_of("01/01/0001 00:00") is None


def test_every_form_takes_its_dates_by_these_fields() -> None:
    root = Path(settings.BASE_DIR)
    folders = ("uniha_clausier/accounts/forms", "vendors/forms", "checklists/forms")
    bare = [
        path.name
        for folder in folders
        for path in sorted((root / folder).glob("*.py"))
        if "forms.Date" in path.read_text(encoding="utf-8")
    ]
    assert bare == []
