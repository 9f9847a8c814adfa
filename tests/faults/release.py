"""The release before, taken from the history, that runs on the database of the tests."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from .site import ROOT, Installation, Prepared

PREVIOUS = "e980c72"
"""v0.1: the last commit before the application of several hospitals. A release moves it."""


def unpacked(folder: Path) -> Path:
    """Put the sources of the release before into ``folder``; without a history, leave the test."""
    if not shutil.which("git"):
        pytest.skip("no git: the history is not read")
    done = subprocess.run(
        ["git", "archive", "--format=tar", PREVIOUS], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"the history that holds {PREVIOUS} is not here")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder)
    return folder


class Release(Installation):
    """An installation whose code is in a folder of its own."""

    def __init__(self, home: Path, database: str, code: Path) -> None:
        super().__init__(home, database, code)
        self.environment |= {"PYTHONPATH": str(code)}

    def prepare(self, clients: int) -> Prepared:
        """By the script of today, with the factories of then."""
        return self.told(self.run(str(ROOT / "tests/faults/prepare.py"), str(clients)))
