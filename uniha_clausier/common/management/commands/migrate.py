"""Django's migrate, that never makes people wait long for a lock on PostgreSQL.

A change of a table waits for who reads it, and everybody else waits behind the change. Here it gives
up after some seconds, lets them pass, and comes back: the migrations that were done stay done.
"""

import time
from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError, connections

LOCK_SECONDS = 2
PAUSES = (1, 2, 4, 8, 15)
"""Seconds between two tries."""
LOCK_NOT_AVAILABLE = "55P03"


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        own = connections[options["database"]]
        if own.vendor != "postgresql":
            super().handle(*args, **options)
            return
        before = own.SchemaEditorClass
        own.SchemaEditorClass = _patient(before)  # of this connection alone
        try:
            self._insist(*args, **options)
        finally:
            own.SchemaEditorClass = before

    def _insist(self, *args: Any, **options: Any) -> None:
        for pause in PAUSES:
            try:
                super().handle(*args, **options)
                return
            except OperationalError as error:
                if getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
                    raise
            self.stderr.write(f"Une table est occupée : nouvel essai dans {pause} s.")
            time.sleep(pause)
        super().handle(*args, **options)


def _patient(editor: type[Any]) -> type[Any]:
    """An editor whose transactions give up a lock; local, so that a pooled connection forgets it."""

    class PatientEditor(editor):
        def __enter__(self) -> Any:
            entered = super().__enter__()
            if self.atomic_migration:
                self.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            return entered

    return PatientEditor
