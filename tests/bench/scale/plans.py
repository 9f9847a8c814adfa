"""The plans of the statements of this connection, as PostgreSQL ran them: its own auto_explain.

Nothing is explained apart: prepared statements, those inside triggers and those of a command are
seen with the plan that they really had.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection

MOST_BYTES = 4 * 1024 * 1024
"""A table that takes more is large: no request may read it whole.

Below, PostgreSQL is right to read it whole rather than page by page.
"""

_ON = (
    "SET random_page_cost = 1.1",  # as docs/operations.md advises
    "LOAD 'auto_explain'",
    "SET auto_explain.log_min_duration = 0",
    "SET auto_explain.log_format = 'json'",
    "SET auto_explain.log_nested_statements = on",
    "SET auto_explain.log_timing = off",
    "SET auto_explain.log_level = 'log'",
    "SET client_min_messages = 'log'",
)
_OFF = (
    "RESET random_page_cost",
    "RESET client_min_messages",
    "SET auto_explain.log_min_duration = -1",
)


class Scan(NamedTuple):
    """A large table that a statement read from end to end."""

    table: str
    sql: str


class Notices:
    """What the server says, beyond the fifty messages that the driver keeps."""

    def __init__(self) -> None:
        self.plans: list[dict[str, Any]] = []

    def append(self, message: str) -> None:
        _, is_plan, text = message.partition("plan:\n")
        if is_plan:
            self.plans.append(json.loads(text))


@contextmanager
def explained() -> Iterator[Notices]:
    """Keep the plan of each statement of this connection, which must be a superuser's."""
    connection.ensure_connection()
    notices, before = Notices(), connection.connection.notices
    with connection.cursor() as cursor:
        for statement in _ON:
            cursor.execute(statement)
    connection.connection.notices = notices
    try:
        yield notices
    finally:
        connection.connection.notices = before
        with connection.cursor() as cursor:
            for statement in _OFF:
                cursor.execute(statement)


def large_tables() -> frozenset[str]:
    """The tables that take more than ``MOST_BYTES``, their long texts and indexes apart."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE relkind = 'r' AND nspname = current_schema() AND pg_relation_size(c.oid) > %s",
            [MOST_BYTES],
        )
        return frozenset(name for (name,) in cursor.fetchall())


def scans(plan: dict[str, Any], large: frozenset[str]) -> set[Scan]:
    """Return the large tables that one plan reads whole."""
    text = " ".join(plan["Query Text"].split())
    return {
        Scan(node["Relation Name"], text)
        for node in _nodes(plan["Plan"])
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large
    }


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
