"""What a file that backs an answer is, by its content: its name is not believed.

Only the directory of an archive is read, and the few bytes that name its format: nothing is unzipped.
"""

import io
import lzma
import zipfile
import zlib

from django.core.files import File
from django.utils.translation import gettext as _

from uniha_clausier.common.errors import DomainError

MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE
MOST_DIRECTORY = 512 * 1024
"""Bytes of the directory of an archive: some five thousand names, where a document has hundreds."""

TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
ACCEPTED = ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.pptx,.odt,.ods,.odp"

_SIGNATURES = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
_OFFICE = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
# PKWARE APPNOTE 6.3, 4.3.16 and 4.3.15: the end of the directory, and what 64 bits put before it.
_END, _END_LENGTH, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_LOCATOR, _LOCATOR_LENGTH = b"PK\x06\x07", 20
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    NotImplementedError,
    OSError,
    RuntimeError,
    KeyError,
)
_OPEN = {media.encode(): kind for kind, media in TYPES.items() if "opendocument" in media}


class UnfitFile(DomainError):
    """The file is not one that may be joined; the sentence says what to do."""


def read(file: File[bytes]) -> tuple[bytes, str]:
    """Return what a sent file holds, and its kind. Raises UnfitFile.

    One byte more than the most says that it is too big, without reading it all.
    """
    content = file.read(MOST_BYTES + 1)
    return content, kind_of(content)


def kind_of(content: bytes) -> str:
    """Return the kind of a file (a key of ``TYPES``). Raises UnfitFile."""
    if not content:
        raise UnfitFile(_("Ce fichier est vide."))
    if len(content) > MOST_BYTES:
        raise UnfitFile(_("Ce fichier dépasse 20 Mo : allégez-le, ou partagez-le en plusieurs."))
    for signature, kind in _SIGNATURES.items():
        if content.startswith(signature):
            return kind
    if content.startswith(b"PK\x03\x04"):
        return _kind_of_archive(content)
    raise _unknown()


def _kind_of_archive(content: bytes) -> str:
    if not _is_short(content):
        raise _unknown()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if any("vbaproject" in name.lower() or name.startswith("Basic/") for name in names):
                raise UnfitFile(_("Ce fichier contient des macros : enregistrez-le sans elles."))
            if "mimetype" in names:
                with archive.open("mimetype") as entry:
                    return _OPEN[entry.read(100).strip()]
    except _DAMAGED:
        raise _unknown() from None
    if "[Content_Types].xml" in names:
        for folder, kind in _OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return kind
    raise _unknown()


def _is_short(content: bytes) -> bool:
    """Whether the directory says that it is one of a document, before ``zipfile`` reads it whole.

    Its end is looked for where ``zipfile`` does: last in the file, or before a comment.
    """
    at = len(content) - _END_LENGTH
    if not (content.startswith(_END, max(at, 0)) and content.endswith(b"\0\0")):
        at = content.rfind(_END, max(at - _LONGEST_COMMENT, 0))
    if at < 0:
        return False
    if content.startswith(_LOCATOR, max(at - _LOCATOR_LENGTH, 0)):
        return False  # a file of 20 MB needs no 64 bits
    return int.from_bytes(content[at + 12 : at + 16], "little") <= MOST_DIRECTORY


def _unknown() -> UnfitFile:
    return UnfitFile(
        _(
            "Ce format n’est pas accepté. Joignez un PDF, une image PNG ou JPEG, ou un document "
            "Word, Excel, PowerPoint ou LibreOffice."
        )
    )
