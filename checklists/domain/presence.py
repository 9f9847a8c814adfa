"""Who is here now. A sign of life informs the others for a moment; it never locks anything."""

import datetime as dt
from typing import NamedTuple

from uniha_clausier.accounts.models import User

from ..models import Presence

LASTS = dt.timedelta(seconds=45)
"""How long somebody who gives no more sign of life is still shown."""
SPARE = dt.timedelta(seconds=14)
"""A sign of life younger than this is not written again: pages give one every 15 seconds."""


class Present(NamedTuple):
    """Somebody else who works on the same assessment, and the chapter, if it is known."""

    name: str
    chapter_id: int | None


def sign_of_life(
    *, assessment_id: int, chapter_id: int | None, now: dt.datetime, by: User
) -> list[Present]:
    """Note where ``by`` is, and return who else is here, by name: one read, one write at most."""
    rows = Presence.objects.filter(assessment=assessment_id, seen_at__gt=now - LASTS).order_by(
        "user__full_name", "user_id"
    )
    others, is_fresh = [], False
    for user_id, name, chapter, seen_at in rows.values_list(
        "user_id", "user__full_name", "chapter_id", "seen_at"
    ):
        if user_id != by.pk:
            others.append(Present(name, chapter))
        else:
            is_fresh = seen_at > now - SPARE
    if not is_fresh:
        _write(assessment_id, chapter_id, now, by)
    return others


def _write(assessment_id: int, chapter_id: int | None, now: dt.datetime, by: User) -> None:
    Presence.objects.bulk_create(
        [Presence(assessment_id=assessment_id, user=by, chapter_id=chapter_id, seen_at=now)],
        update_conflicts=True,
        unique_fields=["assessment", "user"],
        update_fields=["chapter", "seen_at"],
    )
