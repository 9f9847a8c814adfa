"""Files that candidates send: read in a process of its own, with limits."""

import hashlib
import subprocess
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _

from uniha_clausier.common import processes, storage
from uniha_clausier.common.errors import DomainError

from ..domain import answer_reading
from ..domain.answer_reading import Reading, Sheet
from ..domain.queries import receptions as queries
from ..models import Deposit, Reception

MAX_BYTES = 10 * 1024 * 1024
KINDS = {".xlsx": "xlsx", ".ods": "ods", ".csv": "csv"}
SECONDS = 20
"""Of waiting, on a busy machine; the child itself has two seconds of processor."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class UnreadableWorkbook(DomainError):
    """The file is not a workbook that can be read, or hides something; the sentence says what."""


def kind_of(content: bytes, name: str) -> str:
    """Return how to read a file, from its extension, once its first bytes agree.

    Raises UnreadableWorkbook.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in KINDS:
        raise UnreadableWorkbook(_wrong_extension(suffix, name))
    if not content:
        raise UnreadableWorkbook(_("Le fichier est vide."))
    if len(content) > MAX_BYTES:
        raise UnreadableWorkbook(_("Le fichier dépasse 10 Mo : joignez les documents à part."))
    if content.startswith(_OLE):
        raise UnreadableWorkbook(
            _("Ce classeur est protégé par un mot de passe, ou d’un format ancien (.xls).")
        )
    if content.startswith(_ZIP) is (KINDS[suffix] == "csv"):
        raise UnreadableWorkbook(
            _("L’extension %(suffix)s ne correspond pas au contenu du fichier.")
            % {"suffix": suffix}
        )
    return KINDS[suffix]


def _wrong_extension(suffix: str, name: str) -> str:
    if suffix in (".xlsm", ".xltm", ".xlsb"):
        return _("Ce format peut contenir des macros : demandez le classeur en .xlsx ou .ods.")
    return _("« %(name)s » : choisissez un fichier .xlsx, .ods ou .csv.") % {"name": name[:80]}


def read(content: bytes, kind: str) -> list[Sheet]:
    """Return the sheets of a file. Raises UnreadableWorkbook."""
    told = _ask_child(kind, content)
    if "error" in told:
        raise UnreadableWorkbook(told["error"])
    return [Sheet.of(**sheet) for sheet in told["sheets"]]


def reading_of(reception: Reception) -> Reading:
    """Return what a received file says, read again from where it is kept.

    Raises UnreadableWorkbook, also when the file is gone.
    """
    sheets = read(kept(reception), reception.kind)
    return answer_reading.read(sheets, asked=queries.asked(reception.assessment.checklist_id))


def kept(file: Reception | Deposit) -> bytes:
    """Return a file as it was received. Raises UnreadableWorkbook when it is gone, or another."""
    try:
        content = storage.read(file.file_name)
    except FileNotFoundError:
        raise UnreadableWorkbook(_("Le fichier n’est plus à sa place.")) from None
    if hashlib.sha256(content).hexdigest() != file.file_sha256:
        raise UnreadableWorkbook(_("Le fichier gardé n’est plus celui qui a été reçu."))
    return content


def _ask_child(kind: str, content: bytes) -> dict[str, Any]:
    try:
        told: dict[str, Any] = processes.asked_apart(
            "checklists.documents.answers_child", kind, content=content, seconds=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise UnreadableWorkbook(_("Le fichier demande trop de temps : il n’est pas lu.")) from None
    except subprocess.CalledProcessError:
        raise UnreadableWorkbook(
            _("Le fichier demande trop de mémoire ou de temps : il n’est pas lu.")
        ) from None
    return told
