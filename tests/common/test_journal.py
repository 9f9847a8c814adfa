"""The journal: append-only, one chain a facility, and any change of it is seen."""

import contextvars
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent, JournalHead

pytestmark = pytest.mark.django_db


def write(tenant: int, count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            journal.record(
                tenant=tenant, action="essai", subject=f"essai/{number}", data={"n": number}, by=1
            )


def test_each_tenant_has_its_own_chain() -> None:
    write(1, 3)
    write(2, 2)
    assert list(
        AuditEvent.objects.filter(tenant=2).order_by("seq").values_list("seq", flat=True)
    ) == [1, 2]
    assert list(journal.verify()) == []


def test_an_event_needs_the_transaction_of_its_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError, match="transaction"):
        journal.record(tenant=1, action="essai", subject="essai", by=None)


TAMPERINGS = {
    "content": "UPDATE common_auditevent SET action = 'autre' WHERE tenant = 1 AND seq = {seq}",
    "actor": "UPDATE common_auditevent SET actor = 99 WHERE tenant = 1 AND seq = {seq}",
    "removal": "DELETE FROM common_auditevent WHERE tenant = 1 AND seq = {seq}",
    "hash": "UPDATE common_auditevent SET hash = prev_hash WHERE tenant = 1 AND seq = {seq}",
    "moment": "UPDATE common_auditevent SET occurred_at = '2020-01-01 00:00:00+00:00' "
    "WHERE tenant = 1 AND seq = {seq}",
    "data": "UPDATE common_auditevent SET data = '{{\"n\": 99}}' WHERE tenant = 1 AND seq = {seq}",
    "subject": "UPDATE common_auditevent SET subject = 'essai/x' WHERE tenant = 1 AND seq = {seq}",
    "order": "UPDATE common_auditevent SET seq = CASE seq WHEN {seq} THEN 1000 ELSE seq END "
    "WHERE tenant = 1",
    "chain": "UPDATE common_auditevent SET tenant = 7 WHERE tenant = 1 AND seq = {seq}",
    "rest": "DELETE FROM common_auditevent WHERE tenant = 1 AND seq >= {seq}",
}
"""Whatever is done to one event, its number is the one that is named."""


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kind=st.sampled_from(sorted(TAMPERINGS)), seq=st.integers(1, 6))
def test_any_change_is_named_by_its_number(kind: str, seq: int) -> None:
    with transaction.atomic():
        _forget_all()
        write(1, 6)
        _without_triggers(TAMPERINGS[kind].format(seq=seq))
        bad = [event.seq for event in journal.verify() if event.tenant == 1]
        assert bad == [seq]
        transaction.set_rollback(True)


def test_a_lost_tail_is_seen_by_the_head() -> None:
    write(1, 4)
    with transaction.atomic():
        _without_triggers("DELETE FROM common_auditevent WHERE tenant = 1 AND seq = 4")
        assert [event.seq for event in journal.verify()] == [4]


REASONS = {
    "removal": "événement absent ou hors de sa place",
    "order": "événement absent ou hors de sa place",
    "content": "contenu modifié depuis l’écriture",
    "hash": "contenu modifié depuis l’écriture",
    "rest": "la tête du journal annonce d’autres événements",
}


@pytest.mark.parametrize("kind", sorted(REASONS))
def test_the_reason_says_what_was_done(kind: str) -> None:
    write(1, 6)
    with transaction.atomic():
        _without_triggers(TAMPERINGS[kind].format(seq=3))
        assert list(journal.verify()) == [journal.BadEvent(1, 3, REASONS[kind])]


def test_an_event_hashed_again_no_longer_follows_the_one_before() -> None:
    """Whoever can write a right hash still breaks the chain: each event holds the one before."""
    write(1, 3)
    event = AuditEvent.objects.get(tenant=1, seq=2)
    event.prev_hash = "f" * 64
    changed = f"prev_hash = '{event.prev_hash}', hash = '{journal.hash_of(event)}'"
    with transaction.atomic():
        _without_triggers(f"UPDATE common_auditevent SET {changed} WHERE tenant = 1 AND seq = 2")
        [bad] = journal.verify()
    assert (bad.seq, bad.reason) == (2, "chaînage rompu avec l’événement précédent")


def test_a_lost_head_is_seen() -> None:
    write(1, 2)
    JournalHead.objects.filter(tenant=1).delete()
    assert [(bad.seq, bad.reason) for bad in journal.verify()] == [
        (3, "la tête du journal annonce d’autres événements")
    ]


def test_what_people_write_during_a_verification_is_no_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before the events of a chain are read, while they are, and once its head is."""
    write(1, 2)
    first_bad, hash_of = journal._first_bad, journal.hash_of
    last_good = journal._last_good

    def begun(*place: Any) -> Any:
        write(1, 1)
        monkeypatch.setattr(journal, "hash_of", under_way)
        return first_bad(*place)

    def under_way(event: AuditEvent) -> str:
        monkeypatch.setattr(journal, "hash_of", hash_of)
        write(1, 1)
        return hash_of(event)

    def read_on(tenant: int, events: Any, seq: int, previous: str) -> Any:
        if seq:
            write(1, 1)
        return last_good(tenant, events, seq, previous)

    monkeypatch.setattr(journal, "_first_bad", begun)
    monkeypatch.setattr(journal, "_last_good", read_on)
    assert list(journal.verify()) == []
    assert journal.head_of(1).seq == 5


def test_a_false_event_written_during_a_verification_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(1, 2)
    hash_of = journal.hash_of

    def under_way(event: AuditEvent) -> str:
        monkeypatch.setattr(journal, "hash_of", lambda _event: "f" * 64)
        write(1, 2)
        monkeypatch.setattr(journal, "hash_of", hash_of)
        return hash_of(event)

    monkeypatch.setattr(journal, "hash_of", under_way)
    assert list(journal.verify()) == [journal.BadEvent(1, 3, REASONS["content"])]


def test_a_chain_is_locked_before_its_first_event() -> None:
    """There is a row to hold: two people who begin a chain wait for each other."""
    with transaction.atomic():
        journal.lock(7)
    assert journal.head_of(7).seq == 0 and JournalHead.objects.filter(tenant=7).exists()


def test_only_the_chains_asked_are_verified() -> None:
    write(1, 2)
    write(2, 2)
    with transaction.atomic():
        _without_triggers("UPDATE common_auditevent SET actor = 99 WHERE seq = 1")
        assert [bad.tenant for bad in journal.verify()] == [1, 2]
        assert [bad.tenant for bad in journal.verify(tenants=[2, 9])] == [2]


def test_the_hash_covers_every_column_under_a_name_of_its_own() -> None:
    """The recipe is published: whoever holds an export checks it without this program."""
    write(1, 1)
    told_by(1, 1, data={"n": 3, "a": "é"}, at=dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC))
    event = AuditEvent.objects.get(tenant=1, seq=2)
    told = journal.plain(event)
    assert told["occurred_at"] == "2026-03-04T05:06:07.000000+00:00"
    told["data"] = dict(sorted(told["data"].items()))
    assert set(told) == {field.name for field in AuditEvent._meta.fields} - {"id"}
    names = ("tenant", "seq", "prev_hash", "occurred_at", "actor", "action", "subject", "data")
    text = json.dumps([told[name] for name in names], ensure_ascii=False, separators=(",", ":"))
    recipe = hashlib.sha256(b"clausier/journal/v1\n" + text.encode()).hexdigest()
    assert told["hash"] == event.hash == recipe
    assert told["prev_hash"] == AuditEvent.objects.get(tenant=1, seq=1).hash


@pytest.fixture
def in_place() -> Iterator[journal.StandIn]:
    """Person 1 acts at facility 1 under the role of person 8."""
    made = journal.StandIn(1, 1, {"delegation": 5, "person": 8, "role": "ciso"})
    journal.act_for(made)
    yield made
    journal.act_for(None)


def told_by(tenant: int, by: int | None, **fields: Any) -> AuditEvent:
    with transaction.atomic():
        return journal.record(tenant=tenant, action="essai", subject="essai/1", by=by, **fields)


def test_what_is_done_for_another_says_so_beside_the_rest(in_place: journal.StandIn) -> None:
    told = told_by(1, 1, data={"n": 3}).data
    assert told == {"n": 3, "by_delegation_of": in_place.told}
    assert told_by(1, 1).data == {"by_delegation_of": in_place.told}
    assert list(journal.verify()) == []


@pytest.mark.parametrize(("tenant", "by"), [(2, 1), (1, 2), (1, None), (2, 8)])
def test_elsewhere_and_for_others_nobody_stands_in(
    tenant: int, by: int | None, in_place: journal.StandIn
) -> None:
    assert told_by(tenant, by).data == {}


def test_the_principal_is_that_of_the_role_the_person_and_the_facility(
    in_place: journal.StandIn,
) -> None:
    asked = {"actor": 1, "tenant": 1, "role": "ciso"}
    assert journal.principal(**asked) == 8  # type: ignore[arg-type]
    for other in ({"actor": 2}, {"tenant": 2}, {"role": "dpo"}):
        assert journal.principal(**asked | other) is None  # type: ignore[arg-type]
    journal.act_for(None)
    assert journal.principal(**asked) is None  # type: ignore[arg-type]


def test_nobody_stands_in_before_anything_is_said() -> None:
    asked = {"actor": 1, "tenant": 1, "role": "ciso"}
    assert contextvars.Context().run(lambda: journal.principal(**asked)) is None  # type: ignore[arg-type]
    assert journal.NO_TENANT == 0  # that of no facility, and of every journal kept until now


def test_an_event_keeps_its_data_and_its_moment() -> None:
    at = dt.datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=dt.UTC)
    told_by(1, 1, data={"n": 3}, at=at)
    before = timezone.now()
    told_by(1, None)
    first, second = journal.history(tenant=1, subject="essai/1")
    assert (first.occurred_at, first.data, first.actor) == (at, {"n": 3}, 1)
    assert (first.action, first.subject) == ("essai", "essai/1")
    assert before <= second.occurred_at <= timezone.now()
    assert (second.data, second.actor) == ({}, None)
    head = journal.head_of(1)
    assert (head.tenant, head.seq, head.hash) == (1, 2, second.hash)
    nothing = journal.head_of(9)
    assert (nothing.tenant, nothing.seq, nothing.hash) == (9, 0, journal.GENESIS)


def test_history_is_of_one_subject_of_one_chain_in_order() -> None:
    for tenant, subject in ((1, "essai/1"), (1, "essai/10"), (2, "essai/1"), (1, "essai/1")):
        with transaction.atomic():
            journal.record(tenant=tenant, action="essai", subject=subject, by=1)
    told = journal.history(tenant=1, subject="essai/1")
    assert [(event.tenant, event.subject, event.seq) for event in told] == [
        (1, "essai/1", 1),
        (1, "essai/1", 3),
    ]


def test_two_first_writers_at_once_share_one_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head that was not there a moment ago, another has made meanwhile."""
    write(1, 1)
    found = journal._HEAD
    answers: list[list[Any]] = [[]]

    def late(tenant: int) -> Any:
        return answers.pop() if answers else found(tenant)

    monkeypatch.setattr(journal, "_HEAD", late)
    write(1, 1)
    assert [event.seq for event in AuditEvent.objects.filter(tenant=1).order_by("seq")] == [1, 2]
    assert list(journal.verify()) == []


def _forget_all() -> None:
    _without_triggers("DELETE FROM common_auditevent")
    JournalHead.objects.all().delete()


def _without_triggers(sql: str) -> None:
    """Do what an attacker with the rights of the owner of the database does."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE common_auditevent DISABLE TRIGGER USER")
            cursor.execute(sql)
            cursor.execute("ALTER TABLE common_auditevent ENABLE TRIGGER USER")
            return
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'common_auditevent'"
        )
        triggers = [row[0] for row in cursor.fetchall()]
        for event in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER auditevent_append_only_{event}")
        cursor.execute(sql)
        for trigger in triggers:
            cursor.execute(trigger)
