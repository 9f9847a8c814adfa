"""Files that a page gives: saved by the browser, never shown inside the site."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

CLOSED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
"""The browser neither runs nor guesses what it saves."""


def attachment(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return a file to be saved under ``name``."""
    response = HttpResponse(content, content_type=content_type, headers=CLOSED)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def kept_attachment(stored: str, *, name: str, content_type: str) -> FileResponse:
    """Return a kept file to be saved under ``name``, piece by piece. Raises Http404."""
    if not default_storage.exists(stored):
        raise Http404(_("Le fichier n’est plus à sa place : prévenez l’exploitant."))
    return FileResponse(
        default_storage.open(stored, "rb"),
        as_attachment=True,
        filename=name,
        content_type=content_type,
        headers=CLOSED,
    )
