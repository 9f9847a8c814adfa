"""Refusals written into the database itself, on SQLite and on PostgreSQL.

A rule that only the application holds falls with the first script that opens the database.
"""

from collections.abc import Callable
from typing import Any

from django.db import migrations


def refuse(
    *, name: str, table: str, events: list[str], when: str = "", message: str
) -> migrations.RunPython:
    """Return a migration operation: ``events`` on rows of ``table`` fail with ``message``.

    ``when`` is an SQL condition on ``OLD`` and ``NEW`` (both databases; subqueries allowed);
    empty means always. ``events`` are ``INSERT``, ``DELETE``, ``UPDATE`` or ``UPDATE OF a, b``.
    """

    def forwards(apps: Any, schema_editor: Any) -> None:
        for statement in _create(
            schema_editor.connection.vendor, name, table, events, when, message
        ):
            schema_editor.execute(statement)

    return migrations.RunPython(forwards, _dropper(name, table, events))


def freeze(
    *, name: str, table: str, when: Callable[[str], str], message: str
) -> list[migrations.RunPython]:
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


def _dropper(name: str, table: str, events: list[str]) -> Callable[[Any, Any], None]:
    def backwards(apps: Any, schema_editor: Any) -> None:
        for event in events:
            if schema_editor.connection.vendor == "sqlite":
                schema_editor.execute(f"DROP TRIGGER {_name(name, event)}")
            else:
                schema_editor.execute(f"DROP TRIGGER {_name(name, event)} ON {table}")
                schema_editor.execute(f"DROP FUNCTION {_name(name, event)}()")

    return backwards


def _name(name: str, event: str) -> str:
    return f"{name}_{event.split(maxsplit=1)[0].lower()}"
