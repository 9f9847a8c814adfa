"""The worker: makes the documents that wait, and takes over what dead workers left."""

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker, logger

from checklists.tasks import WorkerStopped, take_over

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_TAKEOVERS = 5.0


class QuickWorker(Worker):
    """A worker that stops at once: a document in the middle goes back to the queue."""

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        first, self.running = self.running, False
        if not first:
            return  # already stopping: a second signal must not break the handing back
        if self.running_task:
            raise WorkerStopped
        raise SystemExit(0)


class Command(BaseCommand):
    help = "Produit les documents demandés, jusqu’à ce qu’on l’arrête (SIGTERM ou Ctrl-C)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="traite ce qui attend, puis s’arrête"
        )

    def handle(self, *, once: bool, **options: Any) -> None:
        worker = QuickWorker(
            queue_names=["default"],
            excluded_queue_names=[],
            interval=SECONDS_BETWEEN_LOOKS,
            batch=once,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )
        signal.signal(signal.SIGTERM, worker.shutdown)
        signal.signal(signal.SIGINT, worker.shutdown)
        take_over()
        stopped = threading.Event()
        reaper = threading.Thread(target=_reap, args=(stopped,), daemon=True)
        reaper.start()
        try:
            worker.run()
        finally:
            stopped.set()
            reaper.join(timeout=2)


def _reap(stopped: threading.Event) -> None:
    """Look for what dead workers left, every few seconds, on a connection of this thread."""
    while not stopped.wait(SECONDS_BETWEEN_TAKEOVERS):
        try:
            take_over()
        except Exception:  # noqa: BLE001 the next look may succeed
            logger.exception("the take-over failed; it is tried again")
        finally:
            connection.close()
