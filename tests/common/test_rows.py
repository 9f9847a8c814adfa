"""Prepared statements say and do what Django's own queries do."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from tests import factories
from uniha_clausier.accounts.models import Facility, Membership, User
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.rows import (
    ANOTHER_NUMBER,
    SOME_NUMBER,
    SOME_TEXT,
    PreparedRows,
    insert_row,
    together,
    update_columns,
)

on_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="plans of PostgreSQL")
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


def test_a_percent_sign_of_the_statement_stays_one(facility: Facility) -> None:
    rows = PreparedRows(
        lambda pk: (
            Facility.objects.filter(pk=pk)
            .extra(select={"rest": "id %% 1"})
            .values_list("rest", Concat(F("name"), Value(" 100 %")))
        ),
        SOME_NUMBER,
    )
    assert rows(facility.pk) == [(0, f"{facility.name} 100 %")]


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


class Sent:
    """What is sent to the database, one line a trip."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.lines.append(sql)
        return execute(sql, *rest)


class TestTogether:
    def test_the_writes_of_a_block_are_all_there_after_it(self, facility: Facility) -> None:
        person = factories.user()
        sent = Sent()
        facility.name, person.full_name = "Nouveau nom", "Nouvelle personne"
        with connection.execute_wrapper(sent), together():
            update_columns(facility, ("name",))
            update_columns(person, ("full_name",))
            assert sent.lines == []
        assert len(sent.lines) == (1 if connection.vendor == "postgresql" else 2)
        assert Facility.objects.get(pk=facility.pk).name == "Nouveau nom"
        assert User.objects.get(pk=person.pk).full_name == "Nouvelle personne"

    def test_prepared_rows_see_what_the_block_wrote(self, db: None) -> None:
        person = factories.user()
        person.full_name = "Nouvelle personne"
        with together(), together():
            update_columns(person, ("full_name",))
            assert len(_users(person.pk, "Nouvelle personne")) == 1

    def test_an_inner_block_waits_for_the_outer_one(self, facility: Facility) -> None:
        facility.name = "Nouveau nom"
        with together():
            with together():
                update_columns(facility, ("name",))
            assert Facility.objects.get(pk=facility.pk).name != "Nouveau nom"
        assert Facility.objects.get(pk=facility.pk).name == "Nouveau nom"

    def test_an_exception_leaves_nothing_to_a_later_block(self, facility: Facility) -> None:
        facility.name = "Nouveau nom"
        with suppress(KeyError), together():
            update_columns(facility, ("name",))
            raise KeyError
        with together():
            pass
        assert Facility.objects.get(pk=facility.pk).name != "Nouveau nom"


@on_postgres
class TestPlans:
    def test_a_statement_is_planned_once_a_connection(self, db: None) -> None:
        sent = Sent()
        person = factories.user()
        with connection.execute_wrapper(sent):
            rows = [_users(person.pk, person.full_name) for _ in range(3)]
        assert rows == [[(person.pk, True, person.date_joined)]] * 3
        assert [line.partition(" ")[0] for line in sent.lines] == ["EXECUTE"] * 3
        assert len(set(sent.lines)) == 1 and plans().count(sent.lines[0].split()[1]) == 1

    def test_a_plan_outlives_the_transaction_that_made_it(self, db: None) -> None:
        rows = PreparedRows(lambda pk: Facility.objects.filter(pk=pk).values_list("city"), 1)
        with suppress(KeyError), transaction.atomic():
            assert rows(0) == []
            raise KeyError
        assert rows(0) == []

    def test_a_lock_goes_in_the_same_trip(self, facility: Facility) -> None:
        lock = PreparedRows(
            lambda pk: Facility.objects.select_for_update().filter(pk=pk).values_list("pk"),
            SOME_NUMBER,
        )
        rows = PreparedRows(
            lambda pk, city: Facility.objects.filter(pk=pk, city=city).values_list("name"),
            SOME_NUMBER,
            SOME_TEXT,
            lock=lock,
        )
        sent = Sent()
        with connection.execute_wrapper(sent):
            assert rows(facility.pk, facility.city) == [(facility.name,)]
        assert [line.count("EXECUTE") for line in sent.lines] == [2]
        assert sent.lines[0].index(lock.prepared[0].name) < sent.lines[0].index("; ")

    @pytest.mark.django_db(transaction=True)
    def test_a_new_connection_plans_anew(self) -> None:
        person = factories.user()
        assert len(_users(person.pk, person.full_name)) == 1
        connection.close()
        assert len(_users(person.pk, person.full_name)) == 1
        assert len(plans()) == 1

    def test_behind_a_pooler_nothing_is_kept(self, facility: Facility, settings: Any) -> None:
        settings.DATABASE_PREPARE = False
        before, sent = plans(), Sent()
        facility.name, facility.city = "Nouveau nom", "Ailleurs"
        with connection.execute_wrapper(sent), together():
            update_columns(facility, ("name",))
            update_columns(facility, ("city",))
        assert [line.count("UPDATE") for line in sent.lines] == [2]
        assert (plans(), _users(0, "")) == (before, [])
        stored = Facility.objects.get(pk=facility.pk)
        assert (stored.name, stored.city) == ("Nouveau nom", "Ailleurs")


def plans() -> list[str]:
    """The names of the statements whose plans this connection of PostgreSQL keeps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'clausier_%'")
        return [name for (name,) in cursor.fetchall()]
