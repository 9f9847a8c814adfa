"""What changed in an assessment since a page was made, from the journal.

The journal orders the writes of a facility, so its place is a bookmark: nothing is missed between
two readings and nothing is read twice.
"""

import datetime as dt
from typing import NamedTuple

from uniha_clausier.common.models import AuditEvent, JournalHead

from .. import authors
from ..answering import FIELDS
from ..assessments import subject_of

LIMIT = 500
"""Events read at once; a page that slept longer asks again at its next sign of life."""


class Change(NamedTuple):
    """The last value of one field that changed, its version, and whose it is."""

    ref: str
    field: str
    value: str
    version: int
    author_id: int | None
    author: str
    at: dt.datetime


class Changes(NamedTuple):
    """The changes after a bookmark, and the bookmark that comes after them."""

    until: int
    items: list[Change]


def bookmark(tenant: int) -> int:
    """Return the place of the last event of a facility: read it before what it is to follow."""
    return JournalHead.objects.filter(pk=tenant).values_list("seq", flat=True).first() or 0


def changes_since(*, tenant: int, assessment_id: int, since: int) -> Changes:
    """Return the last change of each field after ``since``: three queries at most."""
    until = bookmark(tenant)
    if until <= since:
        return Changes(until, [])
    prefix = subject_of(assessment_id, "")
    rows = list(
        AuditEvent.objects.filter(
            tenant=tenant, seq__gt=since, seq__lte=until, subject__startswith=f"{prefix}/"
        ).order_by("seq")[:LIMIT]
    )
    if len(rows) == LIMIT:
        until = rows[-1].seq
    events = {(e.subject, e.data["field"]): e for e in rows if _is_change(e)}
    name = authors.naming(events.values())
    return Changes(until, [_change(event, name(event)) for event in events.values()])


def _is_change(event: AuditEvent) -> bool:
    return event.data.get("field") in FIELDS and "after" in event.data


def _change(event: AuditEvent, author: str) -> Change:
    return Change(
        ref=event.subject.rpartition("/")[2],
        field=event.data["field"],
        value=event.data["after"],
        version=event.data["version"],
        author_id=event.actor,
        author=author,
        at=event.occurred_at,
    )
