"""The counts of the web server's processes: emptied at its start, kept within what the disk has."""

import errno
import os
from pathlib import Path
from unittest import mock

import pytest

from uniha_clausier.common import metrics_folder
from uniha_clausier.common.metrics_folder import VARIABLE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path / "metrics"


def test_a_server_that_starts_forgets_the_counts_of_the_one_before(folder: Path) -> None:
    folder.mkdir()
    (folder / "counter_1.db").write_bytes(b"before")
    metrics_folder.prepare(folder)
    assert list(folder.iterdir()) == []
    assert os.environ[VARIABLE] == str(folder)


def test_the_room_of_a_process_is_taken_before_it_counts(folder: Path) -> None:
    metrics_folder.prepare(folder)
    assert metrics_folder.reserve(12)
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
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
