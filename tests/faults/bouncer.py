"""PgBouncer of Debian in transaction mode, between the product and a cluster of the tests."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from uniha_clausier.common import processes

from .cluster import Cluster

FEW = 4
"""Connections to the database: fewer than the people, so that they share them."""


class Bouncer:
    """Started by ``with``; ``url`` is what the product is given as DATABASE_URL."""

    def __init__(self, cluster: Cluster) -> None:
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        if not Path(program).exists():
            pytest.skip("pgbouncer is not installed: bin/setup long")
        self.program, self.cluster = program, cluster
        self.folder = Path(tempfile.mkdtemp(prefix="clausier-bouncer-"))
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.port = int(door.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        user = self.cluster.command.DATABASE_USER
        return f"postgresql://{user}@127.0.0.1:{self.port}/clausier"

    def __enter__(self) -> "Bouncer":
        user = self.cluster.command.DATABASE_USER
        (self.folder / "users.txt").write_text(f'"{user}" ""\n', encoding="utf-8")
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\nclausier = host={self.cluster.folder} user={user}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"unix_socket_dir =\nauth_type = trust\nauth_file = {self.folder}/users.txt\n"
            f"pool_mode = transaction\ndefault_pool_size = {FEW}\n"
            f"logfile = {self.folder}/log\n",
            encoding="utf-8",
        )
        self.cluster.command.give_to_owner(self.folder)
        options = self.cluster.command.owner_options() if os.geteuid() == 0 else {}
        self.process = subprocess.Popen(
            [self.program, str(self.folder / "pgbouncer.ini")],
            cwd="/",
            stderr=subprocess.DEVNULL,
            preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - before any thread of ours
            **options,
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)

    def __exit__(self, *error: object) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
