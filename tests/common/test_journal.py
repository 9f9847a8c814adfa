"""The journal: append-only, one chain a facility, and any change of it is seen."""

from types import SimpleNamespace

import pytest
from django.db import connection, transaction
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
