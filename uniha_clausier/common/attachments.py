"""Files that a page gives: saved by the browser, never shown inside the site."""

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from . import scanning, storage
from .file_kinds import TYPES

GONE = _("Le fichier n’est plus à sa place : prévenez l’exploitant.")

CLOSED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
"""The browser neither runs nor guesses what it saves."""


def attachment(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return a file to be saved under ``name``."""
    response = HttpResponse(content, content_type=content_type, headers=CLOSED)
    response.headers["Content-Disposition"] = _disposition(name)
    return response


def _disposition(name: str) -> str:
    return content_disposition_header(True, _printable(name)) or "attachment"


def _printable(name: str) -> str:
    """Return a name without what breaks a header: Django lets a newline at the end through."""
    return "".join(letter for letter in name if letter.isprintable())


def safe_attachment(stored: str, *, sent_as: str, kind: str) -> HttpResponse:
    """Return a file that people sent, under its name and its real kind (of file_kinds).

    Raises PermissionDenied when the antivirus holds it back, Http404 when it is gone.
    """
    require_openable(stored)
    try:
        content = storage.read(stored)
    except FileNotFoundError:
        raise Http404(GONE) from None
    name = f"{sent_as.rpartition('.')[0] or sent_as}.{kind}"
    return attachment(content, name=name, content_type=TYPES[kind])


def require_openable(stored: str) -> None:
    """Raise PermissionDenied, with the sentence, for a file that the antivirus holds back."""
    try:
        scanning.require_served(stored)
    except scanning.NotServed as refused:
        raise PermissionDenied(str(refused)) from None


def kept_attachment(stored: str, *, name: str, content_type: str) -> FileResponse:
    """Return a kept file to be saved under ``name``, piece by piece. Raises Http404."""
    if not default_storage.exists(stored):
        raise Http404(GONE)
    return FileResponse(
        default_storage.open(stored, "rb"),
        as_attachment=True,
        filename=_printable(name),
        content_type=content_type,
        headers=CLOSED,
    )
