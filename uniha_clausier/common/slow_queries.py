"""Counts the queries of a request or a task, and writes the slow ones to the log, without values.

A wrapper of each connection, put once: a replica and a task are watched like a page.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .rows import spelled_out

MOST_SHOWN = 2_000

logger = logging.getLogger("clausier.slow_query")

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"(?<![\w$\".])\d+(?:\.\d+)?(?![\w\"])")
_LIST = re.compile(r"\((?:\s*(?:%s|\?)\s*,)+\s*(?:%s|\?)\s*\)")
_SPACES = re.compile(r"\s+")


@dataclass
class Count:
    """What the queries of one request or task came to, in number and in seconds."""

    queries: int = 0
    seconds: float = 0.0
    route: str = ""


_count: ContextVar[Count | None] = ContextVar("query_count", default=None)


@contextmanager
def counted() -> Iterator[Count]:
    """Count the queries of this block."""
    count = Count()
    token = _count.set(count)
    try:
        yield count
    finally:
        _count.reset(token)


def current() -> Count | None:
    """Return the count of the request or task that runs, if it is counted."""
    return _count.get()


def watch(connection: Any, **kwargs: Any) -> None:
    """Put the watch on a connection that has just opened (signal ``connection_created``).

    First of the wrappers: those of a ``with`` block take themselves off from the end.
    """
    if _watched not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _watched)


def _watched(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = time.perf_counter() - began
        count = _count.get()
        if count is not None:
            count.queries += 1
            count.seconds += seconds
        if seconds * 1000 >= settings.SLOW_QUERY_MS:
            _tell(str(sql), seconds, count)


def _tell(sql: str, seconds: float, count: Count | None) -> None:
    extra: dict[str, Any] = {
        "sql": normalised(spelled_out(sql)),
        "duration_ms": round(seconds * 1000),
    }
    if count is not None and count.route:
        extra["route"] = count.route
    logger.warning("slow query", extra=extra)


def normalised(sql: str) -> str:
    """Return a query without its values, on one line: two that differ by them alone are equal."""
    text = _NUMBER.sub("?", _LITERAL.sub("?", sql))
    return _SPACES.sub(" ", _LIST.sub("(…)", text)).strip()[:MOST_SHOWN]
