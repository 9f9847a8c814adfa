"""Reads of the second look: what was asked, what was said, and who waits for whom."""

from dataclasses import dataclass

from django.db.models import QuerySet

from uniha_clausier.accounts import queries as people
from uniha_clausier.accounts.models import User

from ...enums import ReadingVerdict
from ...models import Checklist, Reading


@dataclass(frozen=True)
class Told:
    """A reading. ``is_outdated``: the checklist has changed since it was read."""

    reading: Reading
    is_outdated: bool


def readings_of(checklist: Checklist, current: str) -> list[Told]:
    """Return the readings of a checklist, oldest first; ``current`` is its fingerprint now."""
    found = Reading.objects.filter(checklist=checklist).select_related("asked_by", "answered_by")
    return [
        Told(reading, bool(reading.verdict) and reading.content_sha256 != current)
        for reading in found.order_by("asked_at", "pk")
    ]


def readings() -> QuerySet[Reading]:
    """Readings with what decides who may see them, in one query."""
    return Reading.objects.select_related("checklist__lot__tender")


def awaited_from(user: User) -> list[Reading]:
    """Return the readings that wait for a role that ``user`` holds, in their facility."""
    held = people.has_role_where(user, "checklist__lot__tender__facility", "role")
    found = readings().filter(held, verdict=ReadingVerdict.WAITING)
    return list(found.order_by("asked_at", "pk"))
