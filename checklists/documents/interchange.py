"""Files that hold a clausier or its errata: our own, under ``fixtures/``, and official libraries.

A library (YAML or XLSX of CISO Assistant) comes from anybody: it is read in a process of its own,
with limits (``library_child``), checked as a whole, then loaded in one transaction.
"""

import json
import subprocess
from pathlib import Path, PurePath
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import processes
from uniha_clausier.common.errors import DomainError

from ..domain import clausier, errata
from ..domain.clausier_schema import Data
from ..domain.library import COMPANION, Library, Node, clausier_of
from ..models import ClausierVersion

MAX_BYTES = 10 * 1024 * 1024
MAX_ERRATA_BYTES = 1024 * 1024
KINDS = {".yaml": "yaml", ".yml": "yaml", ".xlsx": "xlsx"}
SECONDS = 30

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# Safe loaders, both. libyaml is twenty times faster; a build of PyYAML without it still works.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableFile(DomainError):
    """The file is not a library, or hides something; the sentence says where."""


# Our own files


def fixture_files() -> list[Path]:
    """Return the files of the clausiers that come with the software, by name."""
    return sorted((settings.FIXTURE_FOLDER / "clausiers").glob("*.yaml"))


def read_fixture(path: Path) -> Any:
    """Return the plain data of one of our own files, which are trusted."""
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=_Loader)  # nosec B506


def load_fixtures() -> list[ClausierVersion]:
    """Load every clausier that comes with the software; those already there do not change."""
    return [clausier.load(data=read_fixture(path)) for path in fixture_files()]


def load_own_errata() -> list[errata.Loaded]:
    """Load the errata that come with the software, of the versions that are there."""
    files = sorted((settings.FIXTURE_FOLDER / "errata").glob("*.json"))
    return [done for path in files for done in import_errata(content=path.read_bytes())]


# Errata


def import_errata(*, content: bytes, by: User | None = None) -> list[errata.Loaded]:
    """Load a file of errata (JSON) on the versions that it names; those already there stay.

    Raises UnreadableFile, InvalidClausier or ErrataRefused: nothing is loaded then.
    """
    if len(content) > MAX_ERRATA_BYTES:
        raise UnreadableFile(_("Le fichier d’errata fait plus de 1 Mo."))
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            _("Ligne %(line)d : le JSON ne se lit pas.") % {"line": error.lineno}
        ) from None
    except (UnicodeDecodeError, RecursionError):
        raise UnreadableFile(_("Ce fichier n’est pas du JSON en UTF-8.")) from None
    return errata.load(data=data, by=by)


# Official libraries


def import_library(*, content: bytes, name: str, by: User | None = None) -> ClausierVersion:
    """Load an official text as a version of its own; return it, new or already there.

    ``name`` is the name of the file: its extension must agree with what it holds.
    Raises UnreadableFile, NotALibrary, InvalidClausier or AlteredVersion: nothing is loaded then.
    """
    library = read_library(content=content, name=name)
    version = clausier.load(data=clausier_of(library, _own_content()), by=by)
    load_own_errata()
    return version


def read_library(*, content: bytes, name: str) -> Library:
    """Return what a library file tells, read in a process of its own. Raises UnreadableFile."""
    answer = _ask_child(_kind(content, name), content)
    if "error" in answer:
        raise UnreadableFile(answer["error"])
    told = answer["library"]
    nodes = tuple(Node(**node) for node in told.pop("nodes"))
    return Library(ref=told.pop("ref_id"), nodes=nodes, **told)


def _own_content() -> Data:
    """Our own clausier, loaded first where nobody has done it yet."""
    code, number = COMPANION
    wanted = ClausierVersion.objects.filter(clausier__code=code, number=number)
    version = wanted.select_related("clausier").first()
    if version is None:
        [path] = [file for file in fixture_files() if file.stem == f"{code}-{number}"]
        version = clausier.load(data=read_fixture(path))
    return clausier.canonical_content(version)


def _kind(content: bytes, name: str) -> str:
    """Return how to read the file, from its extension, once its first bytes agree."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in KINDS:
        raise UnreadableFile(
            _("« %(name)s » : choisissez un fichier .yaml, .yml ou .xlsx.") % {"name": name[:80]}
        )
    if not content:
        raise UnreadableFile(_("Le fichier est vide."))
    if len(content) > MAX_BYTES:
        raise UnreadableFile(too_big(len(content)))
    if content.startswith(_OLE):
        raise UnreadableFile(
            _("Ce classeur est protégé par un mot de passe, ou d’un format ancien (.xls).")
        )
    if content.startswith(_ZIP) is not (KINDS[suffix] == "xlsx"):
        raise UnreadableFile(
            _("L’extension %(suffix)s ne correspond pas au contenu du fichier.")
            % {"suffix": suffix}
        )
    return KINDS[suffix]


def too_big(size: int) -> str:
    """Say that a file of ``size`` bytes is not read."""
    return _("Le fichier fait %(size)d Mo : 10 Mo au plus.") % {"size": -(-size // (1024 * 1024))}


def _ask_child(kind: str, content: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = processes.asked_apart(
            "checklists.documents.library_child", kind, content=content, seconds=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile(
            _("Le fichier demande plus de %(seconds)d secondes : il n’est pas lu.")
            % {"seconds": SECONDS}
        ) from None
    except subprocess.CalledProcessError:
        raise UnreadableFile(
            _("Le fichier demande trop de mémoire ou de temps : il n’est pas lu.")
        ) from None
    return answer
