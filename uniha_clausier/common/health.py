"""Whether this process can serve: what it stands on, each with a name that may be told to anybody.

The details are for the operator, in the log: whoever asks from outside reads names alone.
"""

import datetime as dt
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from . import storage
from .models import WorkerSign

SECONDS_KEPT = 10.0
"""A probe asks every second or so: writing a file and reading the migrations is not for each."""
WORKER_SILENCE = dt.timedelta(minutes=1)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """What fails, so that no request should be sent here, and what is only to be looked at."""

    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        return not self.failures


@dataclass
class _Kept:
    """The last answer of a check, and until when it holds."""

    good: bool = False
    until: float = 0.0


@dataclass
class Readiness:
    """The checks of one process, and their last answers."""

    _kept: dict[str, _Kept] = field(default_factory=dict)

    def state(self) -> State:
        """Return what works now. Nothing else is asked of a database that does not answer."""
        if not _holds("database", _database_answers):
            return State(("database",))
        slow = {"migrations": _migrations_are_applied, "storage": _storage_writes}
        failures = tuple(name for name, check in slow.items() if not self._holds(name, check))
        warnings = () if "migrations" in failures or workers_seen() else ("worker",)
        return State(failures, warnings)

    def _holds(self, name: str, check: Callable[[], bool]) -> bool:
        """A failure is looked at again at each question, a success only after a while."""
        kept = self._kept.setdefault(name, _Kept())
        if not kept.good or time.monotonic() > kept.until:
            kept.good, kept.until = _holds(name, check), time.monotonic() + SECONDS_KEPT
        return kept.good


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        logger.exception("not ready: %s", name)
        return False


def _database_answers() -> bool:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _migrations_are_applied() -> bool:
    return not pending_migrations()


def pending_migrations() -> list[str]:
    """Return the migrations that this code needs and the database has not."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _storage_writes() -> bool:
    name = f"{storage.TRIALS}/{secrets.token_hex(8)}.txt"
    kept = storage.store(name, b"essai")
    try:
        return storage.read(kept) == b"essai"
    finally:
        storage.discard(kept)


def workers_seen() -> int:
    """Return how many background processes have been heard lately."""
    return WorkerSign.objects.filter(seen_at__gt=timezone.now() - WORKER_SILENCE).count()


def clock_difference() -> float:
    """Return by how many seconds the clock of this machine is ahead of that of the database."""
    if connection.vendor != "postgresql":
        return 0.0  # an embedded database has no other clock
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT clock_timestamp()")
        there: dt.datetime = cursor.fetchone()[0]
        return (before + time.time()) / 2 - there.timestamp()


def database_version() -> str:
    """Return the product and the version of the database."""
    if connection.vendor != "postgresql":
        return f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"


def existing(folder: Path) -> Path:
    """Return a folder, or the nearest above it that is there."""
    return next(parent for parent in (folder, *folder.parents) if parent.exists())
