"""Lists and reports read on a replica of the database, when it is as fresh as the database itself.

Before such a page the replica is asked whether it has replayed all that the database has written so
far. So nobody reads a list without what they just wrote, nor with a right that was just taken away;
and a replica that is late, away or lost in the middle costs nobody anything: the page is read on the
database, as without it.
"""

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]

ALIAS = "replica"
LONGEST_WAIT = 0.05
"""Seconds given to a replica to catch up: usually it is milliseconds late."""
PAUSE = 0.005
SECONDS_AWAY = 10.0
"""How long a replica that did not answer is left alone, by one process."""

logger = logging.getLogger(__name__)

_in_use: ContextVar[bool] = ContextVar("replica", default=False)
_away_until = 0.0


class Router:
    """``DATABASE_ROUTERS`` names it: writes, and reads outside a marked page, go to the database."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        is_free = _in_use.get() and not connections[DEFAULT_DB_ALIAS].in_atomic_block
        return ALIAS if is_free else DEFAULT_DB_ALIAS

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        return True  # the same rows, wherever they were read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


def from_replica(view: View) -> View:
    """Read a list or a report on the replica, if there is one that may be read.

    For views that write nothing: one that loses the replica in the middle is called again.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"} or not _is_fresh():
            return view(request, *args, **kwargs)
        token = _in_use.set(True)
        try:
            return view(request, *args, **kwargs)
        except Error as error:
            if connections[DEFAULT_DB_ALIAS].in_atomic_block:
                raise
            _leave_alone(error)
        finally:
            _in_use.reset(token)
        return view(request, *args, **kwargs)

    return wrapper


def _is_fresh() -> bool:
    """Whether the replica has replayed all that the database had written when this was asked."""
    if ALIAS not in settings.DATABASES or time.monotonic() < _away_until:
        return False
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return False
    written = _ask(DEFAULT_DB_ALIAS, "SELECT pg_current_wal_insert_lsn()")
    try:
        return _has_replayed(written)
    except Error as error:
        _leave_alone(error)
        return False


def _has_replayed(written: Any) -> bool:
    deadline = time.monotonic() + LONGEST_WAIT
    while not _ask(ALIAS, "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written):
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True


def _ask(alias: str, sql: str, *values: Any) -> Any:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def _leave_alone(error: Exception) -> None:
    global _away_until  # noqa: PLW0603 - what this process knows of the replica
    _away_until = time.monotonic() + SECONDS_AWAY
    logger.warning("the replica is left alone for %.0f s: %s", SECONDS_AWAY, error)
    connections[ALIAS].close()
