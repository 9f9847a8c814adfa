"""A streaming replica of a cluster: copied by pg_basebackup, fed by the log, read-only."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from .cluster import Cluster, command_of


class Standby:
    """Started by ``with``; ``pause`` holds what it has received, ``stop`` takes it away."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.command = command_of()
        self.folder = Path(tempfile.mkdtemp(prefix="clausier-replique-"))
        # Every query that it is sent, with the name that the client gave itself.
        vars(self.command)["SETTINGS"].update(
            log_statement="all",
            log_line_prefix="%a|",
            logging_collector="on",
            log_directory=str(self.folder),
            log_filename="queries.log",
            log_min_messages="warning",
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        socket = quote(str(self.folder), safe="")
        return f"postgresql://{self.command.DATABASE_USER}@{socket}/clausier"

    def __enter__(self) -> "Standby":
        self.command.give_to_owner(self.folder)
        self.command.run(
            self.cluster.programs,
            "pg_basebackup",
            *("-h", str(self.cluster.folder), "-U", self.command.DATABASE_USER),
            *("-D", str(self.folder / "data"), "--write-recovery-conf", "--checkpoint=fast"),
        )
        self.start()
        return self

    def start(self) -> None:
        self.process = self.command.start(self.cluster.programs, self.folder)
        self.command.wait_until_ready(self.cluster.programs, self.folder, self.process)

    def stop(self) -> None:
        assert self.process is not None
        self.command.stop(self.process)

    def pause(self) -> None:
        self.ask("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        self.ask("SELECT pg_wal_replay_resume()")

    def ask(self, sql: str) -> str:
        program = str(self.cluster.programs / "psql")
        user = self.command.DATABASE_USER
        arguments = ["-h", str(self.folder), "-U", user, "-Atc", sql, "clausier"]
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def queries(self) -> list[str]:
        """What the application asked it so far, in order."""
        text = (self.folder / "queries.log").read_text(encoding="utf-8")
        return [line for line in text.splitlines() if line.startswith("clausier-liste|")]

    def __exit__(self, *error: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
