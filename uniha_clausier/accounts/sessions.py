"""Who is signed in: the session and the account, which every request reads, by prepared queries.

Nothing else differs from Django and allauth: both are read from the database each time, so that
signing out, a new password or a closed account count at once, in every process.
"""

import datetime as dt
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from django.utils import timezone

from uniha_clausier.common.rows import SOME_NUMBER, SOME_TEXT, PreparedRows

from .models import User

_SESSION = PreparedRows(
    lambda key: Session.objects.filter(session_key=key).values_list("session_data", "expire_date"),
    SOME_TEXT,
)
_COLUMNS = [field.attname for field in User._meta.concrete_fields]  # noqa: SLF001 - public options
_ACCOUNT = PreparedRows(lambda pk: User.objects.filter(pk=pk).values_list(*_COLUMNS), SOME_NUMBER)


class SessionStore(db.SessionStore):
    """The sessions of Django in the database (``SESSION_ENGINE`` names this module).

    ``expires_at`` is when the session that was read ends: Django itself only knows how long one
    that would be written now would last.
    """

    expires_at: dt.datetime | None = None

    def load(self) -> dict[str, Any]:
        for data, expires in _SESSION(self.session_key):
            if expires > timezone.now():
                self.expires_at = expires
                return self.decode(data)
        self._session_key = None
        return {}


class AuthenticationBackend(AllauthBackend):
    """The backend of allauth; an inactive account is nobody."""

    def get_user(self, user_id: int) -> User | None:
        for values in _ACCOUNT(user_id):
            user = User.from_db(DEFAULT_DB_ALIAS, _COLUMNS, values)
            return user if self.user_can_authenticate(user) else None
        return None


def seconds_left(request: HttpRequest) -> int:
    """Return how long the session of ``request`` still lasts, without another query."""
    expires_at = getattr(request.session, "expires_at", None)
    return max(0, int((expires_at - timezone.now()).total_seconds())) if expires_at else 0
