"""A sealed list of files: a PDF that says each, and carries the same list as canonical JSON."""

import datetime as dt
import hashlib
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from uniha_clausier.common.pdf_text import clean_line

from . import sealed_data
from .sealed_data import Carried, Named

Plain = dict[str, Any]


class Kind(NamedTuple):
    """What tells one list from another, in words and by its template.

    ``attached`` is the name of the JSON file, ``description`` what readers say of it, ``reason``
    that of the seal.
    """

    template: str
    name: str
    attached: str
    description: str
    reason: str


def sealed(kind: Kind, data: Plain, *, text: bytes, made_at: str) -> bytes:
    """Return the sealed list of ``data``, whose canonical JSON is ``text``.

    ``data`` names its facility and its tender. Raises RenderingFailed, SigningFailed or BadSeal.
    """
    tender = data["tender"]
    reference = clean_line(tender["reference"])
    told = {"name": kind.name, "reference": reference}
    title = _("%(name)s – consultation %(reference)s") % told
    html = render_to_string(
        kind.template,
        {
            "data": data,
            "title": title,
            "foot": f"{reference} · {kind.name}",
            "content_sha256": hashlib.sha256(text).hexdigest(),
        },
    )
    return sealed_data.sealed(
        html,
        data,
        carried=Carried(text, kind.attached, kind.description),
        named=Named(
            title=title,
            created=dt.datetime.fromisoformat(made_at),
            keywords=(tender["reference"],),
            reason=kind.reason,
        ),
    )
