"""On whose behalf the database is asked: the second wall between facilities, on PostgreSQL.

The first wall is in the queries, which begin at what a person may read. The second is row-level
security (``row_policies``): the database itself shows to a connection only the rows of its scope.
A page that forgot the first wall then shows nothing of another facility.

A scope is a text that policies read: every row (commands, workers, migrations), a person's
facilities, one facility (the candidate behind a link), or nothing (a request of nobody).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

EVERYTHING, NOTHING = "*", ""
SETTING = "clausier.scope"

_scope: ContextVar[str] = ContextVar("row_scope", default=EVERYTHING)
_told: WeakKeyDictionary[Any, tuple[str, Any]] = WeakKeyDictionary()
"""What each connection of the driver was told, and in which block of a transaction: the block that
is undone takes the telling back with it, so it holds no longer than the block."""
_kept = ContextVar("row_scope_kept", default=False)


def of_user(number: int) -> str:
    """The scope of a person: the facilities where they have a role at this instant."""
    return f"u{number}"


def of_facility(number: int) -> str:
    """The scope of one facility."""
    return f"f{number}"


def current() -> str:
    """Return the present scope."""
    return _scope.get()


@contextmanager
def acting(scope: str) -> Iterator[None]:
    """Ask the database on behalf of ``scope`` in this block."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def narrow(scope: str) -> None:
    """Go on in another scope until the end of the request: who asks has just been recognised."""
    _scope.set(scope)


@contextmanager
def recognising() -> Iterator[None]:
    """Read what tells who asks, which no policy covers, without telling the connection a scope.

    It still has that of the last request: most often of the same person, who is then told nothing.
    """
    token = _kept.set(True)
    try:
        yield
    finally:
        _kept.reset(token)


class RowScopeMiddleware:
    """A request begins in no scope; whoever recognises its person narrows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting(NOTHING):
            return self.get_response(request)


def watch(connection: Any, **kwargs: Any) -> None:
    """Have a connection told the scope before what it is asked (signal ``connection_created``)."""
    is_wanted = settings.ROW_SECURITY and connection.vendor == "postgresql"
    if is_wanted and _tell_first not in connection.execute_wrappers:
        connection.execute_wrappers.append(_tell_first)


def _tell_first(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
) -> Any:
    own, scope = context["connection"], _scope.get()
    if not _kept.get() and own.connection is not None and not _knows(own, scope):
        with own.wrap_database_errors, own.connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, false)", [SETTING, scope])
        _told[own.connection] = (scope, own.atomic_blocks[-1] if own.atomic_blocks else None)
    return execute(sql, params, many, context)


def _knows(own: Any, scope: str) -> bool:
    told, block = _told.get(own.connection, (None, None))
    return told == scope and (block is None or any(block is one for one in own.atomic_blocks))
