"""Installations of their own, beside that of the tests: a home, a database, the commands."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection


class Installation:
    """A home, a database, the settings that it has besides, and the commands of ``manage.py``."""

    def __init__(self, home: Path, database: str) -> None:
        self.home, self.database = home, database
        self.more: dict[str, str] = {}

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=os.environ
            | {"CLAUSIER_HOME": str(self.home), "DATABASE_URL": self.database}
            | self.more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done

    def figures(self) -> list[str]:
        """What the lists and the journal say."""
        commands = ("list_tenders", "list_assessments", "verify_journal", "list_clausiers")
        return [self.run(command).stdout for command in commands]


def prefix() -> str:
    """The beginning of the names of databases and roles of this process of the tests.

    The base of the tests has no name for each process as long as no test asks for it.
    """
    return f"{connection.settings_dict['NAME']}{os.environ.get('PYTEST_XDIST_WORKER', '')}"


def address(name: str, role: str = "") -> str:
    """The address of another database of the server of the tests, for ``role`` or for its master."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(path=f"/{name}", netloc=f"{role}@{place}" if role else parts.netloc)
    )
