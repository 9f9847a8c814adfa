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
    """Put the sources of the release before into ``folder``.

    Where the history is cut, or is not here at all, there is nothing to try: the test is left. A
    whole history that lacks this commit is another matter: the test would never run again.
    """
    if not shutil.which("git"):
        pytest.skip("no git: the history is not read")
    done = _git("archive", "--format=tar", PREVIOUS)
    if done.returncode:
        whole = _git("rev-parse", "--is-shallow-repository").stdout.strip() == b"false"
        if whole:
            pytest.fail(f"{PREVIOUS}, the release before, is not in this history: see PREVIOUS")
        pytest.skip(f"the history that holds {PREVIOUS} is cut, or is not here")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder)
    return folder


def _git(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)


class Release(Installation):
    """An installation whose code is in a folder of its own."""

    def __init__(self, home: Path, database: str, code: Path) -> None:
        super().__init__(home, database, code)
        self.environment |= {"PYTHONPATH": str(code)}

    def prepare(self, clients: int) -> Prepared:
        """By the script of today, with the factories of then."""
        return self.told(self.run(str(ROOT / "tests/faults/prepare.py"), str(clients)))
