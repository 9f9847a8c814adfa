"""Two workers on one queue of PostgreSQL, one of them killed: each task is done, and done once.

``tests/checklists/test_document_worker.py`` shows the same of one worker, on the embedded database.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from uniha_clausier.common import processes

from .cluster import Cluster
from .marks import NAME
from .site import ROOT, Installation

pytestmark = pytest.mark.long

MARKS, DOCUMENTS = 300, 4
SECONDS_TO_TAKE_OVER = 60
"""From the death of a worker to the document that it held: its lease is half of that."""

TRIES = """
SELECT row.task_path, trace.tries
FROM django_tasks_database_dbtaskresult AS row JOIN common_tasktrace AS trace ON trace.task = row.id
WHERE row.status = 'SUCCESSFUL' AND row.task_path ~ '(leave|produce_document)$'
"""
SEALED = "SELECT data->>'document' FROM common_auditevent WHERE action = 'document.sealed'"


@contextmanager
def worker(site: Installation, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=site.environment,
        stderr=subprocess.DEVNULL,
        preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - no thread of ours
    )
    yield process
    process.kill()
    process.wait()


def until(done: Callable[[], Any], seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := done():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s")


def test_two_workers_one_of_them_killed(on_postgres: Installation, cluster: Cluster) -> None:
    site = on_postgres
    site.run("manage.py", "migrate", "-v0")
    site.run("manage.py", "createcachetable")
    with (
        worker(site, "-m", "tests.faults.work", "hang") as victim,
        worker(site, "manage.py", "work") as other,
    ):
        until(lambda: len(cluster.ask("SELECT 1 FROM common_workersign")) == 2, 60)
        site.run("-m", "tests.faults.work", "queue", str(MARKS), str(DOCUMENTS))
        ready = "SELECT id FROM checklists_document WHERE state = 'ready'"
        until(lambda: len(cluster.ask(ready)) == DOCUMENTS - 1, 120)
        [[held]] = cluster.ask("SELECT id FROM checklists_document WHERE state = 'running'")
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        began = time.monotonic()
        until(lambda: len(cluster.ask(ready)) == DOCUMENTS, SECONDS_TO_TAKE_OVER)
        taken_over = time.monotonic() - began
        until(lambda: len(cluster.ask(TRIES)) == MARKS + DOCUMENTS, 20)
        lines = (site.home / NAME).read_text(encoding="ascii").split("\n")[:-1]

    # The short ones: each ran once, and both workers ran some of them at the same time.
    runs = [(int(number), int(pid)) for number, pid in map(str.split, lines)]
    assert sorted(number for number, _ in runs) == list(range(MARKS))
    shares = Counter(pid for _, pid in runs)
    assert set(shares) == {victim.pid, other.pid} and min(shares.values()) > MARKS / 5
    # The documents: one file and one event each, and one of them was begun twice.
    attempts = cluster.ask("SELECT id, attempts, file_name FROM checklists_document")
    assert {pk: count for pk, count, _ in attempts if count != "1"} == {held: "2"}
    files = (site.home / "files/documents").rglob("*.pdf")
    kept = sorted(str(path.relative_to(site.home / "files")) for path in files)
    assert kept == sorted(name for *_, name in attempts)
    assert sorted(cluster.ask(SEALED)) == sorted([pk] for pk, *_ in attempts)
    tries = Counter((path.rpartition(".")[2], count) for path, count in cluster.ask(TRIES))
    assert tries == {
        ("leave", "1"): MARKS,
        ("produce_document", "1"): DOCUMENTS - 1,
        ("produce_document", "2"): 1,
    }
    print(f"pris {sorted(shares.values())} ; repris en {taken_over:.0f} s")
