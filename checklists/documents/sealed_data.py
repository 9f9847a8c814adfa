"""A sealed PDF that carries, as canonical JSON, the very data that it says."""

import datetime as dt
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from uniha_clausier.common.pdf import Attachment, Metadata
from uniha_clausier.common.pdf_isolated import render_pdf_isolated

from . import pdf

Plain = dict[str, Any]


class Carried(NamedTuple):
    """The JSON inside: its text, the name of its file, and what readers say of it."""

    text: bytes
    name: str
    description: str


class Named(NamedTuple):
    """What the properties of a file say of it, and why it is sealed."""

    title: str
    created: dt.datetime
    keywords: tuple[str, ...]
    reason: str


def sealed(html: str, data: Plain, *, carried: Carried, named: Named) -> bytes:
    """Return the sealed PDF of ``html``; ``data`` names its facility and its tender.

    Raises RenderingFailed, SigningFailed or BadSeal.
    """
    tender = data["tender"]
    rendered = render_pdf_isolated(
        html,
        attachments=(
            Attachment(
                name=carried.name,
                content=carried.text,
                mime_type="application/json",
                description=carried.description,
                relationship="Source",
            ),
        ),
        metadata=Metadata(
            title=named.title,
            created=named.created,
            author=data["facility"]["name"],
            subject=f"{tender['reference']} – {tender['title']}",
            keywords=named.keywords,
        ),
        home=Path(settings.CLAUSIER_HOME),
    )
    return pdf.seal(rendered, facility=data["facility"], reason=named.reason).data
