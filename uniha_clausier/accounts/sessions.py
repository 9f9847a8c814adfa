"""Who is signed in: the session and the account, which every request reads, by prepared queries.

Both are read from the database each time, so that signing out, a new password or a closed account
count at once, in every process.

A session has two ends: so long after the last activity (``SESSION_COOKIE_AGE``), and so long after
the sign-in whatever happens (``SESSION_LONGEST``). An activity is written every few minutes only:
most requests write nothing.
"""

import datetime as dt
import time
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from django.utils import timezone

from uniha_clausier.common import row_scope
from uniha_clausier.common.rows import SOME_NUMBER, SOME_TEXT, PreparedRows

from .domain import browser_sessions
from .models import User

_SESSION = PreparedRows(
    lambda key: Session.objects.filter(session_key=key).values_list("session_data", "expire_date"),
    SOME_TEXT,
)
_COLUMNS = [field.attname for field in User._meta.concrete_fields]  # noqa: SLF001 - public options
_ACCOUNT = PreparedRows(lambda pk: User.objects.filter(pk=pk).values_list(*_COLUMNS), SOME_NUMBER)


SIGNED_IN_AT = "signed_in_at"
"""When the person signed in, in seconds: what the longest life is counted from."""

STRONG = "strong_sign_in"
"""Set by a sign-in whose second factor an identity provider checked (docs/decisions/0033, 0035)."""

BY_PROVIDER = "openid"
"""The method of authentication of who comes from an identity provider, in what allauth records."""

ENDED = "ended_person"
"""In a session of nobody: whose session this browser had until its time was over."""

BETWEEN_TRACES = dt.timedelta(minutes=5)
"""An activity sooner after the last one that was written writes nothing; where sessions are short,
sooner than a sixth of their idle time, else people at work would be signed out."""


class SessionStore(db.SessionStore):
    """The sessions of Django in the database (``SESSION_ENGINE`` names this module).

    ``expires_at`` is when the session that was read ends: Django itself only knows how long one
    that would be written now would last.
    """

    expires_at: dt.datetime | None = None
    ended: str = ""
    """The content of the session that this browser still names, when its time is over."""

    def get_expiry_age(self, **options: Any) -> int:
        """Return how many seconds it lasts when it is written now: never beyond its longest life."""
        idle = int(settings.SESSION_COOKIE_AGE)
        since = self.get(SIGNED_IN_AT)
        if since is None:
            return idle
        return max(0, min(idle, int(since + settings.SESSION_LONGEST - time.time())))

    def get_expiry_date(self, **options: Any) -> dt.datetime:
        return timezone.now() + dt.timedelta(seconds=self.get_expiry_age())

    def cycle_key(self) -> None:
        """Give the session another key, and the list of open sessions with it."""
        before = self.session_key
        super().cycle_key()
        if before and self.session_key:
            browser_sessions.renamed(before=before, after=self.session_key)

    def load(self) -> dict[str, Any]:
        key = self.session_key or ""
        with row_scope.recognising():
            found = _SESSION(key) if key.isalnum() else []  # a cookie says anything, NUL too
        for data, expires in found:
            if expires > timezone.now():
                self.expires_at = expires
                return self.decode(data)
            self.ended = data
        self._session_key = None
        return {}


class AuthenticationBackend(AllauthBackend):
    """The backend of allauth; an inactive account is nobody."""

    def get_user(self, user_id: int) -> User | None:
        with row_scope.recognising():
            found = _ACCOUNT(user_id)
        for values in found:
            user = User.from_db(DEFAULT_DB_ALIAS, _COLUMNS, values)
            return user if self.user_can_authenticate(user) else None
        return None


def seconds_left(request: HttpRequest) -> int:
    """Return how long the session of ``request`` still lasts, without another query."""
    expires_at = getattr(request.session, "expires_at", None)
    return max(0, int((expires_at - timezone.now()).total_seconds())) if expires_at else 0


def ended_person(request: HttpRequest) -> int | None:
    """Return whose session this browser had until its time was over; None when there was none.

    It opens nothing: it says to whom alone what they typed may be given back.
    """
    session = request.session
    person = session.get(ENDED)
    if isinstance(session, SessionStore) and session.ended:
        person = session.decode(session.ended).get(SESSION_KEY) or person
    return int(person) if person else None


def remember_ended(request: HttpRequest) -> None:
    """Keep whose session has just ended: another tab of this browser may send a form later."""
    session = request.session
    if isinstance(session, SessionStore) and session.ended and session.is_empty():
        person = ended_person(request)
        if person is not None:
            session[ENDED] = person


def forget_ended(request: HttpRequest) -> None:
    """Whoever has signed in takes the place of the person of before."""
    request.session.pop(ENDED, None)


def record_provider(
    request: HttpRequest, user: User, *, provider: str, proved_at: float | None, anew: bool = False
) -> None:
    """Write in the session by which provider the person came, and when they proved it there.

    ``anew``: they are signed in, and have proved it again.
    """
    record_authentication(
        request,
        user,
        method=BY_PROVIDER,
        provider=provider,
        proved_at=proved_at,
        reauthenticated=anew or None,
    )


def has_proved_at_provider(request: HttpRequest) -> bool:
    """Whether a provider has recognised the person lately, by more than a session left open there."""
    records = get_authentication_records(request, request.user)
    moments = [
        min(one["proved_at"], one["at"])
        for one in records
        if one["method"] == BY_PROVIDER and "proved_at" in one
    ]
    return bool(moments) and time.time() - max(moments) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def prolong(request: HttpRequest) -> int:
    """Give the session its whole idle time again; return the seconds until it ends."""
    request.session.modified = True
    return int(request.session.get_expiry_age())


def touch(request: HttpRequest) -> None:
    """Count a request as an activity, unless one was written minutes ago."""
    idle = dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    expires_at = getattr(request.session, "expires_at", None)
    if expires_at and expires_at - timezone.now() < idle - min(BETWEEN_TRACES, idle / 6):
        request.session.modified = True
