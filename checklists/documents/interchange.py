"""Files that hold a clausier: our own, in ``fixtures/clausiers/``."""

from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from ..domain import clausier
from ..models import ClausierVersion

# libyaml reads the fixture twenty times faster; a build of PyYAML without it still works.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def fixture_files() -> list[Path]:
    """Return the files of the clausiers that come with the software, by name."""
    return sorted((settings.FIXTURE_FOLDER / "clausiers").glob("*.yaml"))


def read_fixture(path: Path) -> Any:
    """Return the plain data of one of our own files, which are trusted."""
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=_Loader)  # nosec B506 a safe loader, from C or not


def load_fixtures() -> list[ClausierVersion]:
    """Load every clausier that comes with the software; those already there do not change."""
    return [clausier.load(data=read_fixture(path)) for path in fixture_files()]
