"""A small disk in memory, filled or made read-only as real ones are."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class Disk:
    """Mounted on ``folder``; ``megabytes`` is all its room."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder, self.megabytes = folder, megabytes
        self.ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave not one block free."""
        with self.ballast.open("wb", buffering=0) as stream, suppress(OSError):
            while True:
                stream.write(b"\0" * 4096)
        assert os.statvfs(self.folder).f_bavail == 0

    def free(self) -> None:
        self.ballast.unlink()

    def make_read_only(self) -> None:
        _mount("-o", "remount,ro", str(self.folder))

    def make_writable(self) -> None:
        _mount("-o", "remount,rw", str(self.folder))


@contextmanager
def mounted(folder: Path, *, megabytes: int) -> Iterator[Disk]:
    """Only an administrator mounts a disk: elsewhere the test is left aside, and says so."""
    folder.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip("mounting a disk in memory needs the rights of an administrator")
    try:
        yield Disk(folder, megabytes)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
