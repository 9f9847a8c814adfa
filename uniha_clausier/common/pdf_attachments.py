"""Reading what is attached to a PDF."""

import io

import pikepdf


def attached(pdf: bytes, name: str) -> bytes | None:
    """Return the file attached to ``pdf`` under ``name``; None without it, or in a damaged file."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            found = document.attachments.get(name)
            return None if found is None else bytes(found.get_file().read_bytes())
    except pikepdf.PdfError:
        return None
