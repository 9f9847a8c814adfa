"""An assessment as CISO Assistant imports an audit: one row a requirement, in one sheet of XLSX.

Its import of data finds a requirement by ``ref_id``, skips a row that is not ``assessable``, and
writes what the other columns hold. The clausier that it ships has the numbers of the official
text, which are ours. Its scores are a maturity, which nobody gave here: that column stays empty.
"""

import io
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook

from ..enums import ScoreValue
from .sheets import xml_text
from .workbook import Value, add_sheet

Plain = dict[str, Any]

HEADS = (
    "ref_id", "assessable", "compliance_result", "requirement_progress", "score", "observations",
)  # fmt: skip
WIDTHS = (12, 12, 24, 22, 8, 90)

RESULTS = {
    ScoreValue.COMPLIANT: ("compliant", "done"),
    ScoreValue.PARTIAL: ("partially_compliant", "done"),
    ScoreValue.NON_COMPLIANT: ("non_compliant", "done"),
    ScoreValue.NOT_APPLICABLE: ("not_applicable", "done"),
    ScoreValue.TO_CLARIFY: ("not_assessed", "in_progress"),
    ScoreValue.NONE: ("not_assessed", "to_do"),
}
"""What each score becomes there: a result, and where the work on the requirement stands."""


def written(data: Plain) -> bytes:
    """Return the file of gathered ``data``."""
    book = Workbook(write_only=True)
    book.properties.title = xml_text(data["candidate"]["name"])
    book.properties.creator = "Clausier"
    add_sheet(book, "requirements", WIDTHS, HEADS, rows(data))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def rows(data: Plain) -> Iterator[tuple[Value, ...]]:
    """Return a row for each point of the clausier: what is not asked here is not applicable."""
    for point in data["points"]:
        if point["is_scored"]:
            result, progress = RESULTS[ScoreValue(point["score"]["value"])]
            yield point["ref"], "x", result, progress, "", _observation(point)
        else:
            yield point["ref"], "", "", "", "", ""
    for point in data["checklist"]["not_asked"]:
        yield (
            point["ref"], "x", *RESULTS[ScoreValue.NOT_APPLICABLE], "",
            _("Point non demandé dans ce lot."),
        )  # fmt: skip


def _observation(point: Plain) -> str:
    """Say who said what: the candidate, each reviewer, the buyer; apart, as everywhere."""
    claim, score = point["claim"], point["score"]
    said = [_line(_("Réponse du candidat"), claim["label"], claim["text"], "")]
    said += [
        _line(
            _("Constat %(role)s") % {"role": one["role_label"]},
            one["label"],
            one["comment"],
            one["by"],
        )
        for one in point["findings"]
    ]
    said.append(_line(_("Note de l’acheteur"), score["label"], score["comment"], score["by"]))
    return "\n".join(said)


def _line(head: str, label: str, text: str, by: str) -> str:
    told = f"{label} ({by})" if by else label
    return _("%(head)s : %(told)s") % {"head": head, "told": told} + (f". {text}" if text else "")
