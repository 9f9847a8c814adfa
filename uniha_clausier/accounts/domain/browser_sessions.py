"""The browsers in which a person is signed in: listed, and ended at once."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import journal

from ..models import BrowserSession, User
from . import reach

BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
"""In this order: each pretends to be those that follow."""

SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)

ENDED_KEPT = dt.timedelta(hours=12)
"""How long the row of a session that is over stays: whoever left a page in the evening and sends its
form in the morning gets what they typed back (accounts.sessions.ended_person)."""


@dataclass(frozen=True)
class OpenSession:
    """One browser, as the page shows it."""

    pk: int
    browser: str
    started_at: dt.datetime
    seen_at: dt.datetime
    """To some minutes: see accounts/sessions.py."""
    is_this_one: bool


def name_of(user_agent: str) -> str:
    """Return a browser in words that its owner recognises, from what it says of itself."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), _("Navigateur"))
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return f"{browser}, {system}" if system else browser


def opened(*, user: User, session_key: str, user_agent: str) -> BrowserSession:
    """Remember the browser in which ``user`` has just signed in."""
    made, _created = BrowserSession.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user": user,
            "browser": name_of(user_agent),
            "started_at": timezone.now(),
        },
    )
    return made


def renamed(*, before: str, after: str) -> None:
    """Follow a session whose key changes (a new password)."""
    BrowserSession.objects.filter(session_key=before).update(session_key=after)


def of(user: User, *, current: str | None) -> list[OpenSession]:
    """Return the sessions of ``user`` that still open something, this one first."""
    rows = list(user.browser_sessions.order_by("-started_at", "-pk"))
    ends = dict(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
        ).values_list("session_key", "expire_date")
    )
    idle = dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    found = [
        OpenSession(
            pk=row.pk,
            browser=row.browser,
            started_at=row.started_at,
            seen_at=max(row.started_at, ends[row.session_key] - idle),
            is_this_one=row.session_key == current,
        )
        for row in rows
        if row.session_key in ends
    ]
    return sorted(found, key=lambda one: not one.is_this_one)


def end(*, user: User, pk: int, by: User) -> bool:
    """End one session of ``user``; whether there was one."""
    with transaction.atomic():
        row = BrowserSession.objects.filter(user=user, pk=pk).first()
        if row is None:
            return False
        _end(row)
        _record(user, 1, by)
    return True


def end_all(*, user: User, keep: str | None = None, by: User | None = None) -> int:
    """End every session of ``user`` but the one of key ``keep``; return how many."""
    with transaction.atomic():
        rows = list(user.browser_sessions.exclude(session_key=keep or ""))
        for row in rows:
            _end(row)
        if rows:
            _record(user, len(rows), by)
    return len(rows)


def end_all_of_member(*, user: User, by: User) -> int:
    """End every session of a member, for an administrator of theirs; return how many.

    Raises reach.OutOfReach.
    """
    if by.pk != user.pk:
        reach.check(user=user, by=by)
    return end_all(user=user, by=by)


def forget_ended() -> int:
    """Remove the browsers whose session is over, and the sessions that are since long; how many."""
    now = timezone.now()
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    browsers, _kinds = BrowserSession.objects.exclude(session_key__in=alive).delete()
    sessions, _kinds = Session.objects.filter(expire_date__lt=now - ENDED_KEPT).delete()
    return browsers + sessions


def _end(row: BrowserSession) -> None:
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()


def _record(user: User, number: int, by: User | None) -> None:
    journal.record(
        tenant=journal.NO_TENANT,
        action="account.sessions_ended",
        subject=f"user/{user.pk}",
        data={"number": number},
        by=by.pk if by else None,
    )
