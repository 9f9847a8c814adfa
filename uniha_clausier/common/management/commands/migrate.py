"""Django's migrate, that never makes people wait long for a lock on PostgreSQL (``patience``).

The migrations that were done before it let them pass stay done.
"""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from uniha_clausier.common import patience


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        own = connections[options["database"]]
        if own.vendor != "postgresql":
            super().handle(*args, **options)
            return
        before = own.SchemaEditorClass
        own.SchemaEditorClass = _patient(before)  # of this connection alone
        ours = super().handle
        try:
            patience.insist(lambda: ours(*args, **options), self.stderr)
        finally:
            own.SchemaEditorClass = before


def _patient(editor: type[Any]) -> type[Any]:
    """An editor whose transactions give up a lock."""

    class PatientEditor(editor):
        def __enter__(self) -> Any:
            entered = super().__enter__()
            if self.atomic_migration:
                self.execute(patience.GIVE_UP)
            return entered

    return PatientEditor
