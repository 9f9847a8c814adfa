"""Two acts at the same instant, on PostgreSQL: the second waits for a lock until the first commits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection, transaction

R = TypeVar("R")

needs_locks = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in"
)
"""For a test marked ``django_db(transaction=True)``: two connections see what is committed."""


def behind(
    first: Callable[[], object],
    second: Callable[[], R],
    *,
    then: Callable[[], object] = lambda: None,
) -> R:
    """Return what the second act does, which began before the first was committed.

    ``then`` is what the first does in its transaction once the second waits.
    """

    def late() -> R:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(late)
            while not _someone_waits_for_us():
                assert not waiting.done()
            then()
        return waiting.result()


def _someone_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])
