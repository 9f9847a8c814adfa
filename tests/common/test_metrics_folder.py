"""The counts of the web server's processes: emptied at its start, kept within what the disk has."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from uniha_clausier import settings
from uniha_clausier.common import metrics_folder
from uniha_clausier.common.metrics_folder import VARIABLE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path / "metrics"


def test_a_server_that_starts_forgets_the_counts_of_the_one_before(folder: Path) -> None:
    place = folder / "1"
    place.mkdir(parents=True)
    (place / "counter_1.db").write_bytes(b"before")
    metrics_folder.prepare(folder)
    assert list(place.iterdir()) == []
    assert os.environ[VARIABLE] == str(place)


SERVER = """
import os, sys
from pathlib import Path
from uniha_clausier.common import metrics_folder
metrics_folder.prepare(Path(sys.argv[1]))
if os.fork():
    os._exit(0)  # what was forked goes on: the place is still held
metrics_folder.reserve(os.getpid())
print(os.environ[metrics_folder.VARIABLE], flush=True)
sys.stdin.read()
"""


@contextmanager
def server(folder: Path) -> Iterator[Path]:
    """A web server of another process, and where it counts; it ends at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        yield Path(process.stdout.readline().strip())
        process.stdin.close()
        assert process.stdout.read() == ""  # until the forked process has ended


def test_a_server_never_takes_the_counts_of_another_that_lives(folder: Path) -> None:
    with server(folder) as first:
        counts = sorted(path.name for path in first.iterdir())
        assert first == folder / "1" and len(counts) == len(metrics_folder.KINDS)
        with server(folder) as second:
            assert second == folder / "2"
        with server(folder) as restarted:
            assert restarted == second and len(list(second.iterdir())) == len(counts)
        assert sorted(path.name for path in first.iterdir()) == counts
    metrics_folder.prepare(folder)
    assert os.environ[VARIABLE] == str(first) and list(first.iterdir()) == []


def test_the_room_of_a_process_is_taken_before_it_counts(folder: Path) -> None:
    metrics_folder.prepare(folder)
    assert metrics_folder.reserve(12)
    sizes = {path.name: path.stat().st_size for path in (folder / "1").iterdir()}
    assert sizes == {f"{kind}_12.db": metrics_folder.RESERVED for kind in metrics_folder.KINDS}


def test_without_a_folder_each_process_counts_alone(folder: Path) -> None:
    assert metrics_folder.reserve(12)
    metrics_folder.prepare(Path(os.devnull) / "metrics")
    assert VARIABLE not in os.environ


def test_a_full_disk_is_said_before_the_process_counts(folder: Path) -> None:
    metrics_folder.prepare(folder)
    full = OSError(errno.ENOSPC, "full")
    with mock.patch("os.posix_fallocate", side_effect=full):
        assert not metrics_folder.reserve(12)
