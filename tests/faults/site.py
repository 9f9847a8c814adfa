"""A real installation that the faults strike: its data folder, its database, its web server."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uniha_clausier.common import processes

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 60
WORKERS = 2


@dataclass(frozen=True)
class Prepared:
    """What ``tests.faults.prepare`` wrote: the points of each assessment, and a signed-in buyer."""

    assessments: dict[int, list[str]]
    headers: dict[str, str]
    vendor: int


class Installation:
    """Started, struck and started again on the same address."""

    def __init__(self, home: Path, database: str = "", code: Path = ROOT) -> None:
        self.home, self.code = home, code
        self.environment = os.environ | {
            "CLAUSIER_HOME": str(home),
            "DATABASE_URL": database or f"sqlite:///{home}/clausier.sqlite3",
            "DJANGO_SETTINGS_MODULE": "uniha_clausier.settings",
            "STATIC_MANIFEST": "0",
            "WEB_WORKERS": str(WORKERS),
        }
        # Ours for the whole test: while no server runs, clients wait in its queue.
        self.door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self.door.getsockname()[1])
        self.server: subprocess.Popen[bytes] | None = None

    def prepare(self, clients: int) -> Prepared:
        return self.told(self.run("-m", "tests.faults.prepare", str(clients)))

    @staticmethod
    def told(printed: str) -> Prepared:
        told = json.loads(printed.splitlines()[-1])
        refs = {int(pk): refs for pk, refs in told["assessments"].items()}
        return Prepared(refs, told["headers"], told["vendor"])

    def run(self, *arguments: str) -> str:
        """Run Python on this installation; return what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.code,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ledger(self) -> dict[str, Any]:
        """Return what its database holds, read by another process: see ``tests.faults.ledger``."""
        return dict(json.loads(self.run("-m", "tests.faults.ledger").splitlines()[-1]))

    def start(self) -> None:
        """Start the web server of the product, with its own configuration."""
        number = self.door.fileno()
        log = (self.home / "server.log").open("ab")
        self.server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--config", "python:uniha_clausier.webserver"),
                *("--bind", f"fd://{number}"),
            ],
            pass_fds=(number,),
            cwd=self.code,
            env=self.environment,
            stderr=log,
            preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - before any thread of ours
            start_new_session=True,
        )
        log.close()

    def web_processes(self) -> list[int]:
        """The processes that answer, without the one that starts them."""
        assert self.server is not None
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def wait_for_web_processes(self) -> list[int]:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if len(found := self.web_processes()) == WORKERS:
                return found
            time.sleep(0.05)
        raise AssertionError("the web processes didn't come (back)")

    def kill_one_web_process(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.wait_for_web_processes()[0], signal.SIGKILL)

    def kill_everything(self) -> None:
        """As a power cut does: the whole group at once, without a word."""
        assert self.server is not None
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def stop(self) -> None:
        if self.server is not None and self.server.poll() is None:
            self.server.terminate()
            try:
                self.server.wait(10)
            except subprocess.TimeoutExpired:
                self.kill_everything()
        self.door.close()
