"""Refusals written into the database itself, on SQLite and on PostgreSQL.

A rule that only the application holds falls with the first script that opens the database.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation


class Refusal(Operation):
    """Migration operation that creates triggers; ``is_gone`` that takes the same triggers away.

    Not ``RunPython``, which has Django build every model of the project for each of them: more
    than half of the time of the first ``migrate``.
    """

    reversible = True

    def __init__(
        self,
        *,
        name: str,
        table: str,
        events: list[str],
        when: str,
        message: str,
        is_gone: bool = False,
    ) -> None:
        self.name, self.table, self.events = name, table, events
        self.when, self.message, self.is_gone = when, message, is_gone

    def taken_away(self) -> "Refusal":
        """Return the operation that takes these triggers away, and puts them back backwards."""
        return Refusal(
            name=self.name,
            table=self.table,
            events=self.events,
            when=self.when,
            message=self.message,
            is_gone=not self.is_gone,
        )

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: a trigger is no part of a model."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Create the triggers, or take them away."""
        self._run(app_label, schema_editor, drop=self.is_gone)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Undo it."""
        self._run(app_label, schema_editor, drop=not self.is_gone)

    def describe(self) -> str:
        """Say what the operation does."""
        return f"{'Drop' if self.is_gone else 'Create'} triggers {self.name}"

    def _run(self, app_label: str, schema_editor: Any, *, drop: bool) -> None:
        connection = schema_editor.connection
        if not router.allow_migrate(connection.alias, app_label):
            return
        if drop:
            statements = _drop(connection.vendor, self.name, self.table, self.events)
        else:
            statements = _create(
                connection.vendor, self.name, self.table, self.events, self.when, self.message
            )
        for statement in statements:
            schema_editor.execute(statement)


def refuse(*, name: str, table: str, events: list[str], when: str = "", message: str) -> Refusal:
    """Return a migration operation: ``events`` on rows of ``table`` fail with ``message``.

    ``when`` is an SQL condition on ``OLD`` and ``NEW`` (both databases; subqueries allowed);
    empty means always. ``events`` are ``INSERT``, ``DELETE``, ``UPDATE`` or ``UPDATE OF a, b``.
    """

    return Refusal(name=name, table=table, events=events, when=when, message=message)


def freeze(*, name: str, table: str, when: Callable[[str], str], message: str) -> list[Refusal]:
    """Return the operations that refuse every change of the rows of ``table`` that are frozen.

    ``when`` gives the SQL condition on a row, ``NEW`` or ``OLD``.
    """
    return [
        refuse(
            name=f"{name}_{event.lower()}_frozen",
            table=table,
            events=[event],
            when=" OR ".join(when(row) for row in rows),
            message=message,
        )
        for event, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"]))
    ]


class KeepingTriggers(Operation):
    """Migration operations that may make a table anew, all triggers of the database kept.

    SQLite changes a constraint by copying the table: the triggers on it go with the old one, and
    those of other tables that read it refuse the renaming.
    """

    def __init__(self, *operations: Operation) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Apply each operation to the state of the project."""
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Apply each operation to the database, the triggers set aside meanwhile on SQLite."""
        with _triggers_aside(schema_editor):
            for operation in self.operations:
                after = from_state.clone()
                operation.state_forwards(app_label, after)
                operation.database_forwards(app_label, schema_editor, from_state, after)
                from_state = after

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Undo each operation, the last first. ``to_state`` is that of before all of them."""
        states = [to_state]
        for operation in self.operations:
            after = states[-1].clone()
            operation.state_forwards(app_label, after)
            states.append(after)
        with _triggers_aside(schema_editor):
            steps = zip(self.operations, states, states[1:], strict=False)
            for operation, before, after in reversed(list(steps)):
                operation.database_backwards(app_label, schema_editor, after, before)

    def describe(self) -> str:
        """Say what the operations do."""
        return "; ".join(operation.describe() for operation in self.operations)


@contextmanager
def _triggers_aside(schema_editor: Any) -> Iterator[None]:
    if schema_editor.connection.vendor != "sqlite":
        yield
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    for name, _text in triggers:
        schema_editor.execute(f"DROP TRIGGER {schema_editor.quote_name(name)}")
    yield
    for _trigger, sql in triggers:
        schema_editor.execute(sql)


def _create(
    vendor: str, name: str, table: str, events: list[str], when: str, message: str
) -> list[str]:
    text = message.replace("'", "''")
    if vendor == "sqlite":
        condition = f"WHEN {when}" if when else ""
        return [
            f"CREATE TRIGGER {_name(name, event)} BEFORE {event} ON {table} FOR EACH ROW "
            f"{condition} BEGIN SELECT RAISE(ABORT, '{text}'); END"
            for event in events
        ]
    return [
        statement
        for event in events
        for statement in (
            _postgres_function(_name(name, event), event, when, text),
            _postgres_trigger(_name(name, event), event, table),
        )
    ]


def _postgres_trigger(name: str, event: str, table: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"


def _postgres_function(name: str, event: str, when: str, text: str) -> str:
    row = "OLD" if event == "DELETE" else "NEW"
    test = f"IF {when} THEN" if when else "IF TRUE THEN"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {test} "
        f"RAISE EXCEPTION '{text}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {row}; END $$"
    )


def _drop(vendor: str, name: str, table: str, events: list[str]) -> list[str]:
    names = [_name(name, event) for event in events]
    if vendor == "sqlite":
        return [f"DROP TRIGGER {one}" for one in names]
    return [
        statement
        for one in names
        for statement in (f"DROP TRIGGER {one} ON {table}", f"DROP FUNCTION {one}()")
    ]


def _name(name: str, event: str) -> str:
    return f"{name}_{event.split(maxsplit=1)[0].lower()}"
