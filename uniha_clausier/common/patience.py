"""Changes of tables that never make people wait long for a lock, on PostgreSQL.

A change of a table waits for who reads it, and everybody else waits behind the change. Here it gives
up after some seconds, lets them pass, and comes back.
"""

import time
from collections.abc import Callable

from django.core.management.base import OutputWrapper
from django.db import OperationalError

LOCK_SECONDS = 2
PAUSES = (1, 2, 4, 8, 15)
"""Seconds between two tries."""
LOCK_NOT_AVAILABLE = "55P03"

GIVE_UP = f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"
"""Said in a transaction, which then gives up a lock; local, so that a pooled connection forgets it."""


def insist(change: Callable[[], object], told: OutputWrapper) -> None:
    """Make a change whose transactions give up, as often as it takes."""
    for pause in PAUSES:
        try:
            change()
            return
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
                raise
        told.write(f"Une table est occupée : nouvel essai dans {pause} s.")
        time.sleep(pause)
    change()
