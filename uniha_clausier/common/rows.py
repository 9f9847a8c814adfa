"""Reading and writing single rows without building the statement again each time.

Django builds a query anew for each call, which costs five to ten times what running it does on
the hottest path, saving one score. Here each statement is built once a process, by Django itself,
so that both databases, the conversions and the locks stay Django's.

PostgreSQL plans each statement once a connection (``DATABASE_PREPARE``), and is sent the writes
of one act in one trip (``together``).
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model, QuerySet

Place = int | str
"""A value that stands for a parameter while the statement is built, and for nothing else."""

Converters = dict[int, tuple[list[Callable[..., Any]], Any]]

SOME_NUMBER: Place = 2_009_186_341
ANOTHER_NUMBER: Place = 2_009_186_342
SOME_TEXT: Place = "a place of a prepared query"
ANOTHER_TEXT: Place = "another place of a prepared query"


class Statement:
    """A statement of SQL, whose plan PostgreSQL keeps under a name as long as the connection."""

    def __init__(self, sql: str, number_of_values: int) -> None:
        self.sql = sql
        verb, digest = sql.split(maxsplit=1)[0].lower(), hashlib.sha256(sql.encode()).hexdigest()
        self.name = f"clausier_{verb}_{digest[:24]}"
        numbers = range(1, number_of_values + 1)
        self.planned = sql % tuple(f"${number}" for number in numbers)
        places = ", ".join(["%s"] * number_of_values)
        self.by_name = f"EXECUTE {self.name} ({places})" if places else f"EXECUTE {self.name}"

    def for_connection(self, own: Any) -> str:
        """Return what to send to the database of ``own``, a cursor of which was just opened."""
        if own.vendor != "postgresql" or not settings.DATABASE_PREPARE:
            return self.sql
        known = _planned.setdefault(own.connection, set())
        if self.name not in known:
            # Outlives a rollback, so what is known stays true whatever becomes of the transaction.
            with own.wrap_database_errors, own.connection.cursor() as cursor:
                cursor.execute(f"PREPARE {self.name} AS {self.planned}")
            known.add(self.name)
            _texts[self.name] = self.sql
        return self.by_name


_planned: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""The names that each connection of the driver knows. A connection that is lost takes them away."""

_texts: dict[str, str] = {}
_BY_NAME = re.compile(r"\bEXECUTE (clausier_\w+)(?: \([^)]*\))?")


def spelled_out(sql: str) -> str:
    """Return what was sent to the database with the statements that it calls by their name."""
    return _BY_NAME.sub(lambda call: _texts.get(call[1], call[0]), sql)


class PreparedRows:
    """A query of ``values_list()``, built once; called with its parameters, it gives the rows.

    ``build`` receives one place a parameter (``SOME_NUMBER``, ``SOME_TEXT``), all different.
    ``lock`` are rows to lock before these are read, by the same places: in the same trip, but in a
    statement of its own, so that what is read is what the lock's last holder left. SQLite, whose
    transactions start as writers, needs no such lock.
    """

    def __init__(
        self,
        build: Callable[..., QuerySet[Any, Any]],
        *places: Place,
        lock: "PreparedRows | None" = None,
    ) -> None:
        self.build, self.places, self.lock = build, places, lock

    def __call__(self, *parameters: Any) -> list[tuple[Any, ...]]:
        _send_gathered()
        statement, template, converters = self.prepared
        given = dict(zip(self.places, parameters, strict=True))
        values = [given.get(value, value) for value in template]
        own = connections[DEFAULT_DB_ALIAS]  # once: `connection` looks it up at each mention
        with own.cursor() as cursor:
            sql = statement.for_connection(own)
            if self.lock and own.vendor == "postgresql":
                before, places, _ = self.lock.prepared
                sql = f"{before.for_connection(own)}; {sql}"
                values = [*(given.get(value, value) for value in places), *values]
            cursor.execute(sql, values)
            rows = cursor.fetchall()
        return [_converted(row, converters) for row in rows] if converters else rows

    @cached_property
    def prepared(self) -> tuple[Statement, tuple[Any, ...], Converters]:
        compiler = self.build(*self.places).query.get_compiler(connection=connection)
        sql, template = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select]
        statement = Statement(sql, len(template))
        return statement, tuple(template), compiler.get_converters(columns)


def _converted(row: tuple[Any, ...], converters: Converters) -> tuple[Any, ...]:
    values = list(row)
    for position, (functions, expression) in converters.items():
        for function in functions:
            values[position] = function(values[position], expression, connection)
    return tuple(values)


def update_columns(row: Model, names: tuple[str, ...]) -> None:
    """Write the columns ``names`` of ``row``, as they are in memory, into its line of the table."""
    statement, fields = _update(type(row), names)
    _write(statement, [*_values(row, fields), row.pk])


def insert_row(row: Model) -> None:
    """Add ``row`` to its table; its identifier stays unknown, and no signal is sent."""
    statement, fields = _insert(type(row))
    _write(statement, _values(row, fields))


@contextmanager
def together() -> Iterator[None]:
    """Keep the writes of this block until its end, or until the next prepared rows are read.

    PostgreSQL gets them in one trip. They are those of ``update_columns`` and ``insert_row``: a
    query of the ORM doesn't see them inside the block. An exception drops those not sent yet, so
    the block stands in a transaction that it undoes as a whole.
    """
    if _gathered.get() is not None:
        yield
        return
    token = _gathered.set([])
    try:
        yield
        _send_gathered()
    finally:
        _gathered.reset(token)


Write = tuple[Statement, list[Any]]

_gathered: ContextVar[list[Write] | None] = ContextVar("gathered", default=None)


def _write(statement: Statement, values: list[Any]) -> None:
    gathered = _gathered.get()
    if gathered is None:
        _send([(statement, values)])
    else:
        gathered.append((statement, values))


def _send_gathered() -> None:
    gathered = _gathered.get()
    if gathered:
        _send(gathered)
        gathered.clear()


def _send(writes: list[Write]) -> None:
    own = connections[DEFAULT_DB_ALIAS]
    with own.cursor() as cursor:
        if own.vendor != "postgresql":
            for statement, values in writes:
                cursor.execute(statement.sql, values)
            return
        sql = "; ".join(statement.for_connection(own) for statement, _ in writes)
        cursor.execute(sql, [value for _, values in writes for value in values])


def _values(row: Model, fields: list[Any]) -> list[Any]:
    own = connections[DEFAULT_DB_ALIAS]
    return [field.get_db_prep_save(getattr(row, field.attname), connection=own) for field in fields]


# Below, names of our own tables and columns; the values are always parameters.


@lru_cache(maxsize=64)
def _update(model: type[Model], names: tuple[str, ...]) -> tuple[Statement, list[Any]]:
    meta, quote = model._meta, connection.ops.quote_name  # noqa: SLF001 - Django's public options
    fields: list[Any] = [meta.get_field(name) for name in names]
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    where = f"{quote(str(meta.pk.column))} = %s"
    sql = f"UPDATE {quote(meta.db_table)} SET {columns} WHERE {where}"  # nosec B608
    return Statement(sql, len(fields) + 1), fields


@lru_cache(maxsize=64)
def _insert(model: type[Model]) -> tuple[Statement, list[Any]]:
    meta, quote = model._meta, connection.ops.quote_name  # noqa: SLF001 - Django's public options
    fields: list[Any] = [field for field in meta.concrete_fields if not field.primary_key]
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({places})"  # nosec B608
    return Statement(sql, len(fields)), fields
