"""A worker killed without warning while it reads what was dropped together: all is done, once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from uniha_clausier.common import processes

from .site import Installation

pytestmark = pytest.mark.long

FILES = 40
SECONDS_TO_RECOVER = 150
"""The lease of the dead worker is over after thirty seconds; another looks every few."""


@contextmanager
def working(site: Installation) -> Iterator[int]:
    """Run a worker of the product; kill it at the end, as a power cut does."""
    log = (site.home / "worker.log").open("ab")
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "work"],
        cwd=site.code,
        env=site.environment,
        stdout=log,
        stderr=log,
        preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - before any thread of ours
        start_new_session=True,
    )
    log.close()
    try:
        yield worker.pid
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def told(site: Installation) -> dict[str, Any]:
    return dict(json.loads(site.run("-m", "tests.faults.drop").splitlines()[-1]))


def wait_until_left(site: Installation, most: int) -> dict[str, Any]:
    deadline = time.monotonic() + SECONDS_TO_RECOVER
    while time.monotonic() < deadline:
        found = told(site)
        if found["unread"] <= most:
            return found
    raise AssertionError("the files are not read")


def strike(site: Installation) -> None:
    site.run("-m", "tests.faults.drop", str(FILES))
    with working(site):
        found = wait_until_left(site, FILES - 1)
    assert found["unread"] > 0, "too late to strike"
    with working(site):
        wait_until_left(site, 0)
    assert told(site) == {
        "unread": 0,
        "given": FILES,
        "receptions": FILES,
        "assessments": FILES,
        "events": FILES,
        "journal": [],
    }


def test_a_worker_killed_on_the_embedded_database(on_sqlite: Installation) -> None:
    strike(on_sqlite)


def test_a_worker_killed_on_postgresql(on_postgres: Installation) -> None:
    strike(on_postgres)
