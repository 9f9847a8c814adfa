"""The tamper-evident journal: how an event is written, read and checked.

The chain is kept by tenant (facility). The head row is locked first, so that two writers
queue on it and the chain has no fork; the event is written in the transaction of the change
that it tells. The hash covers every column; the database refuses UPDATE and DELETE of events
(migration ``0002``). What this cannot see, the loss of the last events together with the head,
is seen by comparing with a head printed in a sealed document.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from .canonical import canonical_json
from .models import AuditEvent, JournalHead
from .rows import SOME_NUMBER, PreparedRows, insert_row, together, update_columns

DOMAIN = b"clausier/journal/v1\n"
NO_TENANT = 0
GENESIS = "0" * 64


@dataclass(frozen=True)
class BadEvent:
    """The first event that does not verify: its chain, its place and the reason, in French."""

    tenant: int
    seq: int
    reason: str


@dataclass(frozen=True)
class StandIn:
    """Whoever acts in this request in the place of another: their events say so."""

    actor: int
    tenant: int
    told: dict[str, Any]


_stand_in: ContextVar[StandIn | None] = ContextVar("stand_in", default=None)


def act_for(stand_in: StandIn | None) -> None:
    """Say in whose place what follows is done, until the end of the request; None: in nobody's."""
    _stand_in.set(stand_in)


def principal(*, actor: int, tenant: int, role: str) -> int | None:
    """Return in whose place ``actor`` now acts under ``role``, or None: what their events say."""
    one = _stand_in.get()
    if one is None or (one.actor, one.tenant, one.told.get("role")) != (actor, tenant, role):
        return None
    return int(one.told["person"])


def record(
    *,
    tenant: int,
    action: str,
    subject: str,
    data: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
    by: int | None,
) -> AuditEvent:
    """Append one event to the chain of ``tenant``, inside the caller's transaction.

    ``subject`` is a path, most general first (``assessment/12/O-7.1``). ``by`` is the
    identifier of the user, or None for the software itself.
    Raises RuntimeError outside a transaction: an event that could outlive its change is a lie.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("journal.record() needs the transaction of the change")
    head = _locked_head(tenant)
    stand_in = _stand_in.get()
    if stand_in is not None and (stand_in.actor, stand_in.tenant) == (by, tenant):
        data = {**(data or {}), "by_delegation_of": stand_in.told}
    event = AuditEvent(
        tenant=tenant,
        seq=head.seq + 1,
        occurred_at=at or timezone.now(),
        actor=by,
        action=action,
        subject=subject,
        data=data or {},
        prev_hash=head.hash,
    )
    event.hash = hash_of(event)
    head.seq, head.hash = event.seq, event.hash
    with together():
        insert_row(event)
        update_columns(head, ("seq", "hash"))
    return event


_HEAD = PreparedRows(
    lambda tenant: (
        JournalHead.objects.select_for_update()
        .filter(pk=tenant)
        .values_list("tenant", "seq", "hash")
    ),
    SOME_NUMBER,
)


def lock(tenant: int) -> None:
    """Take the lock of a chain before what it will tell is read: one at a time, until the commit.

    For what no row of its own stands for yet: a name, a number that two people take at once.
    """
    _locked_head(tenant)


def _locked_head(tenant: int) -> JournalHead:
    rows = _HEAD(tenant)
    if not rows:
        JournalHead.objects.bulk_create([JournalHead(tenant=tenant)], ignore_conflicts=True)
        rows = _HEAD(tenant)
    _tenant, seq, last = rows[0]
    return JournalHead(tenant=tenant, seq=seq, hash=last)


def hash_of(event: AuditEvent) -> str:
    """Return the hash that ``event`` must bear: domain separator, then its canonical JSON."""
    payload = canonical_json(
        [
            event.tenant,
            event.seq,
            event.prev_hash,
            event.occurred_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            event.actor,
            event.action,
            event.subject,
            event.data,
        ]
    )
    return hashlib.sha256(DOMAIN + payload.encode()).hexdigest()


def plain(event: AuditEvent) -> dict[str, Any]:
    """Return an event as plain JSON values, with all that its hash covers."""
    return {
        "tenant": event.tenant,
        "seq": event.seq,
        "prev_hash": event.prev_hash,
        "occurred_at": event.occurred_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "data": event.data,
        "hash": event.hash,
    }


def head_of(tenant: int) -> JournalHead:
    """Return where the chain of ``tenant`` stands."""
    return JournalHead.objects.filter(pk=tenant).first() or JournalHead(tenant=tenant)


def verify(*, tenants: list[int] | None = None) -> Iterator[BadEvent]:
    """Yield the first bad event of each chain that does not verify; nothing when all hold."""
    known = set(JournalHead.objects.values_list("tenant", flat=True))
    known |= set(AuditEvent.objects.values_list("tenant", flat=True).distinct())
    for tenant in sorted(known if tenants is None else known & set(tenants)):
        bad = _first_bad(tenant)
        if bad:
            yield bad


def _first_bad(tenant: int) -> BadEvent | None:
    """The head is read after the events, then those that people wrote meanwhile, up to it."""
    events = AuditEvent.objects.filter(tenant=tenant).order_by("seq")
    last = _last_good(tenant, events, 0, GENESIS)
    if isinstance(last, BadEvent):
        return last
    head = JournalHead.objects.filter(pk=tenant).first()
    if head is not None:
        last = _last_good(tenant, events.filter(seq__gt=last[0], seq__lte=head.seq), *last)
        if isinstance(last, BadEvent):
            return last
    if head is None or (head.seq, head.hash) != last:
        return BadEvent(tenant, last[0] + 1, "la tête du journal annonce d’autres événements")
    return None


def _last_good(
    tenant: int, events: QuerySet[AuditEvent], seq: int, previous: str
) -> tuple[int, str] | BadEvent:
    """Return the place and the hash of the last of ``events``, or the first that does not follow."""
    for event in events.iterator(chunk_size=2000):
        seq += 1
        if event.seq != seq:
            return BadEvent(tenant, seq, "événement absent ou hors de sa place")
        if event.prev_hash != previous:
            return BadEvent(tenant, seq, "chaînage rompu avec l’événement précédent")
        if event.hash != hash_of(event):
            return BadEvent(tenant, seq, "contenu modifié depuis l’écriture")
        previous = event.hash
    return seq, previous


def history(*, tenant: int, subject: str) -> list[AuditEvent]:
    """Return the events of exactly ``subject``, oldest first."""
    return list(newest_first(tenant=tenant, subject=subject).order_by("seq"))


def newest_first(*, tenant: int, subject: str) -> QuerySet[AuditEvent]:
    """Return the same events from the last one, for who needs only that one or a few."""
    return AuditEvent.objects.filter(tenant=tenant, subject=subject).order_by("-seq")
