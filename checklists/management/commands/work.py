"""The worker: does what waits, and takes over what dead workers left."""

import signal
import threading
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error
from django.utils.crypto import get_random_string

from checklists.tasks import take_over
from uniha_clausier.accounts.domain import operators
from uniha_clausier.common import queue_worker, schedule
from uniha_clausier.common.queue_worker import LeasedWorker


class Command(BaseCommand):
    help = "Fait ce qui attend dans la file, jusqu’à ce qu’on l’arrête (SIGTERM ou Ctrl-C)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="traite ce qui attend, puis s’arrête"
        )

    def handle(self, *, once: bool, **options: Any) -> None:
        name = get_random_string(32)
        worker = LeasedWorker(
            queue_names=["default"],
            excluded_queue_names=[],
            interval=queue_worker.SECONDS_BETWEEN_LOOKS,
            batch=once,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=name,
        )
        signal.signal(signal.SIGTERM, worker.shutdown)
        signal.signal(signal.SIGINT, worker.shutdown)
        with suppress(Error):  # the database is away: the care below tries again
            care(name)
        stopped = threading.Event()
        thread = threading.Thread(
            target=queue_worker.repeat,
            args=(lambda: care(name), stopped, queue_worker.SECONDS_BETWEEN_CARES),
            daemon=True,
        )
        thread.start()
        try:
            worker.run()
        finally:
            stopped.set()
            thread.join(timeout=2)
            with suppress(Error):
                queue_worker.leave(name)


def care(worker: str) -> None:
    """What each worker does every few seconds beside its tasks."""
    queue_worker.show_life(worker)
    take_over()
    schedule.start_due()
    operators.tell_of_given_up()
