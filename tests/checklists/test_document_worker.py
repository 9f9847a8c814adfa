"""The worker as a real process: killed in the middle, taken over, one document as the result."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import migrated

ROOT = Path(__file__).resolve().parents[2]

PREPARE = """
import django; django.setup()
from checklists import tasks
from tests import factories
facility = factories.facility()
buyer = factories.member(facility)
assessment = factories.assessment(buyer, facility)
tasks.request_document(assessment=assessment, by=buyer)
"""

WORK = """
import datetime as dt, sys, time
import django; django.setup()
from django.core.management import call_command
from checklists.domain import documents
from checklists.documents import pdf, production
from uniha_clausier.common import queue, queue_worker
documents.LEASE = queue.LEASE = dt.timedelta(seconds=2)
production.SECONDS_BETWEEN_BEATS = queue_worker.SECONDS_BETWEEN_BEATS = 0.5
queue_worker.SECONDS_BETWEEN_CARES = 0.5
if sys.argv[1] == "hang":
    pdf.render_pdf_isolated = lambda *args, **options: time.sleep(600)
call_command("work")
"""


class Workshop:
    """A data folder, its embedded database, and the workers started on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.workers: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **os.environ,
            "CLAUSIER_HOME": str(home),
            "DATABASE_URL": f"sqlite:///{home}/clausier.sqlite3",
            "DJANGO_SETTINGS_MODULE": "uniha_clausier.settings",
        }

    def python(self, code: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stderr=subprocess.DEVNULL)

    def work(self, how: str = "well") -> subprocess.Popen[bytes]:
        worker = self.python(WORK, how)
        self.workers.append(worker)
        return worker

    def documents(self) -> list[dict[str, Any]]:
        with sqlite3.connect(self.home / "clausier.sqlite3", timeout=5) as database:
            database.row_factory = sqlite3.Row
            rows = database.execute("SELECT * FROM checklists_document").fetchall()
        database.close()
        return [dict(row) for row in rows]

    def tasks(self) -> list[str]:
        with sqlite3.connect(self.home / "clausier.sqlite3", timeout=5) as database:
            query = (
                "SELECT status FROM django_tasks_database_dbtaskresult "
                "WHERE task_path LIKE '%produce_document' ORDER BY enqueued_at"
            )
            rows = database.execute(query).fetchall()
        database.close()
        return [row[0] for row in rows]

    def wait(self, state: str, *, seconds: float = 20) -> dict[str, Any]:
        return self.until(lambda: self.documents()[0]["state"] == state, seconds)

    def until(self, done: Callable[[], bool], seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if done():
                return self.documents()[0]
            time.sleep(0.1)
        raise AssertionError(f"{self.documents()[0]['state']} {self.tasks()}")


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    shop = Workshop(tmp_path)
    migrated.copy_to(tmp_path / "clausier.sqlite3")
    assert shop.python(PREPARE).wait(60) == 0
    yield shop
    for worker in shop.workers:
        worker.kill()
        worker.wait()


@pytest.mark.long
def test_a_killed_worker_is_taken_over_with_one_document(workshop: Workshop) -> None:
    victim = workshop.work("hang")
    workshop.wait("running")
    victim.kill()
    victim.wait()
    workshop.work()
    document = workshop.wait("ready")
    assert document["attempts"] == 2
    files = sorted(workshop.home.glob("files/documents/**/*.pdf"))
    assert [str(path.relative_to(workshop.home / "files")) for path in files] == [
        document["file_name"]
    ]
    assert len(workshop.documents()) == 1
    workshop.until(lambda: workshop.tasks() == ["SUCCESSFUL"], 20)


def test_a_worker_asked_to_stop_hands_its_document_back_at_once(workshop: Workshop) -> None:
    worker = workshop.work("hang")
    workshop.wait("running")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    [document] = workshop.documents()
    assert (document["state"], document["attempts"]) == ("queued", 0)
    assert workshop.tasks() == ["READY"]


def test_an_idle_worker_stops_at_once(workshop: Workshop) -> None:
    worker = workshop.work()
    workshop.wait("ready")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
