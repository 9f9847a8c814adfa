"""A PostgreSQL of its own that keeps what it acknowledged, crashed and started again in place."""

import importlib.util
import shutil
import signal
import subprocess
import tempfile
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "log_min_messages": "panic",
}
"""bin/postgres turns them off: its data live as long as a test. Here they are what is tested."""


def command_of() -> ModuleType:
    """bin/postgres, whose functions start and stop a cluster."""
    loader = SourceFileLoader("clausier_postgres", str(ROOT / "bin/postgres"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class Cluster:
    """Started by ``with``; ``crash`` is what a lost power supply is to the processes."""

    def __init__(self) -> None:
        self.command = command_of()
        vars(self.command)["SETTINGS"].update(DURABLE)
        self.programs = self.command.find_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="clausier-pannes-"))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        socket = quote(str(self.folder), safe="")
        return f"postgresql://{self.command.DATABASE_USER}@{socket}/clausier"

    def __enter__(self) -> "Cluster":
        self.command.give_to_owner(self.folder)
        self.command.initialise(self.programs, self.folder)
        self.start()
        user = self.command.DATABASE_USER
        arguments = ("-h", str(self.folder), "-U", user, "clausier")
        self.command.run(self.programs, "createdb", *arguments)
        return self

    def start(self) -> None:
        self.process = self.command.start(self.programs, self.folder)
        self.command.wait_until_ready(self.programs, self.folder, self.process)

    def ask(self, sql: str) -> list[list[str]]:
        """What a query finds, as texts, asked by psql: nothing of the product is between."""
        user = self.command.DATABASE_USER
        arguments = ("-h", str(self.folder), "-U", user, "-AtF\t", "-c", sql, "clausier")
        program = str(self.programs / "psql")
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def crash(self) -> None:
        """Stop without a checkpoint, cutting every connection: the next start replays the log."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def __exit__(self, *error: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.command.stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)
