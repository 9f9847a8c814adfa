"""An embedded database, migrated once for all the tests: to migrate takes seconds each time.

It is kept in ``var/migrated/`` as long as the code stays the same; ``python -m tests.migrated``
makes it ahead.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var/migrated"
CODE = ("checklists/**/*.py", "uniha_clausier/**/*.py", "vendors/**/*.py", "requirements/*.txt")


def copy_to(path: Path) -> None:
    """Write a migrated database, without any row of ours."""
    shutil.copyfile(_migrated(), path)


@contextmanager
def in_memory(name: str) -> Iterator[None]:
    """Fill the database in memory of this name (a URI), and keep it meanwhile."""
    with (
        closing(sqlite3.connect(name, uri=True)) as kept,
        closing(sqlite3.connect(_migrated())) as made,
    ):
        made.backup(kept)
        yield


def _migrated() -> Path:
    path = KEPT / f"{_hash()}.sqlite3"
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the processes of the tests begin together
        if not path.exists():
            for old in KEPT.glob("*.sqlite3"):
                old.unlink()
            _make(path)
    return path


def _make(path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=KEPT) as home:
        making = Path(home) / "migrated.sqlite3"
        environment = {"CLAUSIER_HOME": home, "DATABASE_URL": f"sqlite:///{making}"}
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            cwd=ROOT,
            env=os.environ | environment,
            check=True,
        )
        with closing(sqlite3.connect(making)) as database:
            database.execute("PRAGMA journal_mode = DELETE")  # in memory there is no other file
        making.rename(path)


def _hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for pattern in CODE for path in ROOT.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    _migrated()
