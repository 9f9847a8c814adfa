"""Prepared statements say and do what Django's own queries do."""

import datetime as dt

import pytest

from tests import factories
from uniha_clausier.accounts.models import Facility, Membership, User
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.rows import (
    ANOTHER_NUMBER,
    SOME_NUMBER,
    SOME_TEXT,
    PreparedRows,
    insert_row,
    update_columns,
)

_users = PreparedRows(
    lambda pk, name: User.objects.filter(pk=pk, full_name=name).values_list(
        "pk", "is_active", "date_joined"
    ),
    SOME_NUMBER,
    SOME_TEXT,
)


def test_rows_are_converted_as_by_django(db: None) -> None:
    person = factories.user()
    assert _users(person.pk, person.full_name) == [(person.pk, True, person.date_joined)]
    assert _users(person.pk, "Quelqu’un d’autre") == []


def test_parameters_are_told_apart(facility: Facility) -> None:
    person = factories.member(facility)
    roles = PreparedRows(
        lambda user, at: Membership.objects.filter(user=user, facility=at).values_list("role"),
        SOME_NUMBER,
        ANOTHER_NUMBER,
    )
    assert roles(person.pk, facility.pk) == [("buyer",)]
    assert roles(facility.pk + 1000, person.pk) == []


def test_a_wrong_number_of_parameters_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="zip"):
        _users(1)


def test_only_the_named_columns_are_written(facility: Facility) -> None:
    facility.name, facility.city = "Nouveau nom", "Ailleurs"
    update_columns(facility, ("name",))
    stored = Facility.objects.get(pk=facility.pk)
    assert (stored.name, stored.city) == ("Nouveau nom", "Lyon")


def test_an_inserted_row_holds_every_column(db: None) -> None:
    at = dt.datetime(2026, 11, 24, 8, 30, 1, 234567, tzinfo=dt.UTC)
    values = {
        "tenant": 7,
        "seq": 1,
        "occurred_at": at,
        "actor": None,
        "action": "essai",
        "subject": "essai/1",
        "data": {"é": ["’", 1.5, None]},
        "prev_hash": "0" * 64,
        "hash": "1" * 64,
    }
    insert_row(AuditEvent(**values))
    assert AuditEvent.objects.values(*values).get() == values
