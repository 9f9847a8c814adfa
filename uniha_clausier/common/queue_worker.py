"""The worker: takes tasks one by one, alive while it works, and outlives a database that restarts."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from django.db import connection
from django.db.utils import DatabaseError, InterfaceError
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker

from . import queue, slow_queries, stopping
from .models import WorkerSign
from .outages import outage_of
from .queue import Hold, Row
from .stopping import WorkerStopped

SECONDS_BETWEEN_BEATS = 8.0
SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_CARES = 5.0
SECONDS_AWAY = 1.0

logger = logging.getLogger("clausier.queue")


class LeasedWorker(Worker):
    """Stops at once: the task in the middle goes back to the queue."""

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        first, self.running = self.running, False
        if not first:
            return  # already stopping: a second signal must not break the giving back
        if self.running_task:
            stopping.stop()
        else:
            raise SystemExit(0)

    def run(self) -> None:
        """Take tasks until asked to stop; wait for a database that is away."""
        while self.running:
            try:
                super().run()
                return
            except (DatabaseError, InterfaceError) as error:
                if outage_of(error) is None:
                    raise
                logger.warning("the worker waits for the database: %s", type(error).__name__)
                connection.close()
                self._pause.wait(SECONDS_AWAY)

    _pause = threading.Event()

    def run_task(self, db_task_result: Row) -> None:
        self.running_task = True
        hold = None
        try:
            with stopping.uncut():
                hold = queue.take(db_task_result)
            with kept_alive(hold), slow_queries.counted():
                queue.run(db_task_result, hold)
        except WorkerStopped:  # the loop ends because ``running`` is off
            if hold is not None:
                queue.give_back(hold)
        finally:
            self.running_task = False
            self._run_tasks += 1


@contextmanager
def kept_alive(hold: Hold) -> Iterator[None]:
    """Renew the lease from another thread: a task may keep this one for minutes."""
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(hold, done), daemon=True)
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(hold: Hold, done: threading.Event) -> None:
    repeat(lambda: queue.renew(hold), done, SECONDS_BETWEEN_BEATS)


def repeat(act: Callable[[], object], done: threading.Event, seconds: float) -> None:
    """Do something every few seconds on a connection of this thread, whatever becomes of it."""
    try:
        while not done.wait(seconds):
            try:
                act()
            except Exception:
                logger.exception("it is tried again in %s s", seconds)
                connection.close()
    finally:
        connection.close()


def show_life(worker: str) -> None:
    """Say that this worker is alive."""
    now = timezone.now()
    if not WorkerSign.objects.filter(pk=worker).update(seen_at=now):
        WorkerSign.objects.create(
            worker=worker, host=socket.gethostname()[:100], started_at=now, seen_at=now
        )


def leave(worker: str) -> None:
    """Say that this worker stops on purpose."""
    WorkerSign.objects.filter(pk=worker).delete()
