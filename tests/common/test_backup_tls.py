"""Save and restore over TLS, from a PostgreSQL that wants to know who asks."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from tests.faults.cluster import Cluster
from uniha_clausier.common import env, libpq

from .authority import Authority
from .installed import Installation

ASKED = {
    "HOST": "base.chu.example",
    "PORT": 5432,
    "USER": "clausier",
    "PASSWORD": "secret",
    "NAME": "clausier",
}


def test_what_follows_the_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=1MB")
    options = {"sslmode": "verify-full", "sslrootcert": "/ca.pem", "connect_timeout": 3}
    told = libpq.environment(ASKED | {"OPTIONS": options | {"pool": True}}, options="-c a=b")
    assert told["PGSSLMODE"] == "verify-full" and told["PGSSLROOTCERT"] == "/ca.pem"
    assert (told["PGHOST"], told["PGPASSWORD"]) == ("base.chu.example", "secret")
    assert (told["PGCONNECT_TIMEOUT"], told["PGOPTIONS"]) == ("3", "-c work_mem=1MB -c a=b")
    # libpq leaves the variable aside for options that are given.
    asked = libpq.environment(ASKED | {"OPTIONS": {"options": "-c c=d"}}, options="-c a=b")
    assert asked["PGOPTIONS"] == "-c c=d -c a=b"
    assert libpq.environment(ASKED)["PGOPTIONS"] == "-c work_mem=1MB"


class Server(NamedTuple):
    """A PostgreSQL that speaks TLS alone, on ``place``, to whom has a certificate."""

    place: str
    options: dict[str, str]
    stranger: Authority

    def url(self, name: str, **more: str) -> str:
        return f"postgresql://clausier@{self.place}/{name}?{urlencode(self.options | more)}"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = str(door.getsockname()[1])
    monkeypatch.setenv("PGPORT", port)
    ours = Authority(tmp_path / "autorite", "Autorité")
    cert, key = ours.issue("clausier")
    cluster = Cluster()
    of_server = Authority(cluster.folder / "autorite", "Serveur")
    for file in (of_server.folder, *of_server.issue("base")):
        cluster.command.give_to_owner(file)
    (cluster.folder / "clients.pem").write_bytes(ours.file.read_bytes())
    vars(cluster.command)["SETTINGS"].update(
        {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "ssl": "on",
            "ssl_cert_file": str(of_server.folder / "base.crt"),
            "ssl_key_file": str(of_server.folder / "base.key"),
            "ssl_ca_file": str(cluster.folder / "clients.pem"),
            "hba_file": str(cluster.folder / "hba"),
        }
    )
    (cluster.folder / "hba").write_text("local all all trust\nhostssl all all 127.0.0.1/32 cert\n")
    root = tmp_path / "serveur.pem"
    root.write_bytes(of_server.file.read_bytes())
    with cluster:
        user, folder = cluster.command.DATABASE_USER, str(cluster.folder)
        cluster.command.run(cluster.programs, "createdb", "-h", folder, "-U", user, "vide")
        options = {"sslmode": "verify-full", "sslrootcert": str(root)}
        options |= {"sslcert": str(cert), "sslkey": str(key)}
        yield Server(f"127.0.0.1:{port}", options, Authority(tmp_path / "autre", "Autre"))


@pytest.mark.long
def test_the_tools_show_their_certificate_and_verify_the_other(
    server: Server, tmp_path: Path
) -> None:
    first, second = (
        Installation(tmp_path / name, server.url(name)) for name in ("clausier", "vide")
    )
    first.run("migrate", "-v0")
    copy = str(tmp_path / "tout.tar")
    first.run("backup", copy)
    assert second.run("restore", copy).stdout.startswith("RESTAURÉ")

    def psql(**more: str) -> "subprocess.CompletedProcess[str]":
        given = env._parse_database(server.url("clausier", **more))
        return subprocess.run(
            ["psql", "--no-psqlrc", "-qtAc", "SELECT ssl FROM pg_stat_ssl ORDER BY pid DESC"],
            env=os.environ | libpq.environment(given), capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert psql().stdout.split()[0] == "t"
    assert "certificate verify failed" in psql(sslrootcert=str(server.stranger.file)).stderr
