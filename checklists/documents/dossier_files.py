"""One file of the dossier of a tender: kept as it came, or held back by the antivirus."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from uniha_clausier.common import scanning, storage

from ..models import Deposit, Evidence, ExchangeFile, Reception, SignedFile
from . import answer_files


@dataclass(frozen=True)
class Part:
    """One file of the dossier: its path there, its nature, its title, and how it is made."""

    path: str
    kind: str
    title: str
    make: Callable[[], bytes]


class Stored:
    """Makes a file by reading it where it is kept."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> bytes:
        return storage.read(self.name)


class Kept(Stored):
    """The same for a file of a candidate, checked by its hash."""

    def __init__(self, file: Reception | Deposit) -> None:
        super().__init__(file.file_name)
        self.file = file

    def __call__(self) -> bytes:
        return answer_files.kept(self.file)


Sent = Evidence | ExchangeFile | Reception | Deposit | SignedFile
"""A file that people sent, with what the antivirus said of it."""


class HeldBack(Stored):
    """Makes, in the place of a file that the antivirus holds back, a notice that names it."""

    def __init__(self, file: Sent, name: str, reason: str) -> None:
        super().__init__(file.file_name)
        self.text = f"{name}\n{file.file_sha256}\n{reason}\n{file.scan_signature}\n"

    def __call__(self) -> bytes:
        return self.text.encode()


def as_scanned(part: Part, file: Sent, name: str) -> Part:
    """Return a part; when the antivirus holds its file back, a notice is in its place."""
    reason = scanning.why_not_served(file.scan_state)
    if not reason:
        return part
    title = _("%(title)s, retenu par l’antivirus") % {"title": part.title}
    path = f"{part.path.rpartition('.')[0]}.txt"
    return replace(part, path=path, kind="notice", title=title, make=HeldBack(file, name, reason))
