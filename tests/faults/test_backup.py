"""A backup while people score and a candidate joins files and takes them back; then it is restored."""

import json
import subprocess
import sys
import tarfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from uniha_clausier.common import processes

from .cluster import Cluster
from .disk import mounted
from .savers import Crowd
from .site import Installation

pytestmark = pytest.mark.long

CLIENTS = 2
BACKUPS = 3


@contextmanager
def candidate(site: Installation) -> Iterator[None]:
    """One who joins files and takes them back meanwhile."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.candidate"],
        cwd=site.code,
        env=site.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - before any thread of ours
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield
        taken_back, _nothing = process.communicate()
    assert process.returncode == 0 and int(taken_back) > 0


@contextmanager
def probed(site: Installation) -> Iterator[None]:
    """What a proxy does: asks whether the server is ready, which keeps and removes a file."""
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.wait(0.05):
            with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/sante/pret") as answer:
                assert answer.status == 200

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    yield
    is_over.set()
    thread.join()


def manifest_of(copy: Path) -> dict[str, Any]:
    with tarfile.open(copy) as archive:
        told = archive.extractfile("manifeste.json")
        assert told is not None
        return dict(json.loads(told.read()))


def save_at_work(site: Installation, empty: Installation, folder: Path) -> None:
    crowd = Crowd.each_alone(site.port, site.prepare(CLIENTS), saves=100_000)
    site.start()
    site.wait_for_web_processes()
    with candidate(site), probed(site):
        crowd.start()
        crowd.wait_for(50)
        for number in range(BACKUPS):
            before = {saver.assessment: dict(saver.versions) for saver in crowd.savers}
            copy = folder / f"{number}.tar"
            site.run("manage.py", "backup", str(copy))
        for saver in crowd.savers:
            saver.is_done = True
        crowd.finish()
    try:
        told = empty.run("manage.py", "restore", str(copy))
    finally:
        empty.stop()
    assert told.startswith("RESTAURÉ")
    manifest, found = manifest_of(copy), empty.ledger()
    assert (found["integrity"], found["journal"]) == ("ok", [])
    versions = {(pk, ref): version for pk, ref, version, _value in found["scores"]}
    for pk, acknowledged in before.items():
        for ref, version in acknowledged.items():
            assert versions[pk, ref] >= version
    # What the copy of the database names is there whole, but what the candidate took back since.
    assert found["absent"] == manifest["gone"] and manifest["lost"] == []
    assert (f"({len(manifest['gone'])})" in told) is bool(manifest["gone"])
    assert not [name for name in manifest["files"] if "essai" in name]


def test_on_the_embedded_database(on_sqlite: Installation, tmp_path: Path) -> None:
    save_at_work(on_sqlite, Installation(tmp_path / "vide"), tmp_path)


def test_on_postgresql(on_postgres: Installation, cluster: Cluster, tmp_path: Path) -> None:
    user = cluster.command.DATABASE_USER
    cluster.command.run(cluster.programs, "createdb", "-h", str(cluster.folder), "-U", user, "vide")
    url = cluster.url.removesuffix("clausier") + "vide"
    save_at_work(on_postgres, Installation(tmp_path / "vide", url), tmp_path)


def test_a_disk_too_small_is_said_and_keeps_nothing(
    on_sqlite: Installation, tmp_path: Path
) -> None:
    on_sqlite.prepare(1)
    (on_sqlite.home / "files").mkdir(exist_ok=True)
    (on_sqlite.home / "files/grand.pdf").write_bytes(bytes(30 * 1024 * 1024))
    with mounted(tmp_path / "petit", megabytes=24) as disk:
        done = subprocess.run(
            [sys.executable, "manage.py", "backup", str(disk.folder / "tout.tar")],
            cwd=on_sqlite.code,
            env=on_sqlite.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert f"le disque de {disk.folder} est plein" in done.stderr
        assert "Traceback" not in done.stderr
        assert list(disk.folder.iterdir()) == []
