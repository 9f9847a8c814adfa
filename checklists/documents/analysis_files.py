"""An edition of the analysis report as files: a sealed PDF, and a DOCX that the buyer goes on with.

Both say the same content, which is attached to the PDF as JSON.
"""

import datetime as dt
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from uniha_clausier.common import canonical, dates
from uniha_clausier.common.pdf_text import clean_line

from ..models import AnalysisReport
from . import sealed_data, word
from .analysis import BULLET, CONCLUSION, EXCHANGES, METHOD
from .sealed_data import Carried, Named

Plain = dict[str, Any]


class Block(NamedTuple):
    """Lines of a text: the items of a list, or one paragraph."""

    is_list: bool
    lines: list[str]

    @property
    def is_label(self) -> bool:
        """Whether it announces what follows: « Points forts : »."""
        return not self.is_list and self.lines[0].rstrip().endswith(":") and len(self.lines[0]) < 60


def blocks(text: str) -> list[Block]:
    """Return a text as paragraphs, a line each, and its « • » lines as lists."""
    found: list[Block] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        is_list = line.startswith(BULLET)
        if is_list and found and found[-1].is_list:
            found[-1].lines.append(line.removeprefix(BULLET))
        else:
            found.append(Block(is_list, [line.removeprefix(BULLET)]))
    return found


def stored_name(report: AnalysisReport) -> str:
    """Return where the sealed PDF of an edition is kept, under the hash of what it says."""
    tender = report.checklist.lot.tender
    folder = f"reports/{tender.facility_id}/{report.checklist_id}"
    return f"{folder}/{report.number}-{report.content_sha256[:16]}.pdf"


def download_name(report: AnalysisReport, kind: str) -> str:
    """Return the name under which a person saves an edition."""
    data = report.content
    words = ["rapport-analyse", data["tender"]["reference"][:60]]
    if data["tender"]["has_lots"]:
        words.append(f"lot {data['lot']['number']}")
    return f"{slugify(' '.join([*words, data['clausier']['code']]))}-e{report.number}.{kind}"


def title(data: Plain) -> str:
    """Return the title of an edition."""
    return _("Rapport d’analyse, %(clausier)s – consultation %(reference)s") % {
        "clausier": clean_line(data["clausier"]["title"]),
        "reference": clean_line(data["tender"]["reference"]),
    }


def _texts(data: Plain) -> Plain:
    """The parts by where they stand: the method, the candidates, the letters, the conclusion."""
    by_key = {part["key"]: part for part in data["parts"]}
    fixed = {METHOD, EXCHANGES, CONCLUSION}
    return {
        "method": by_key[METHOD],
        "candidates": [part for part in data["parts"] if part["key"] not in fixed],
        "exchanges": by_key[EXCHANGES],
        "conclusion": by_key[CONCLUSION],
    }


# -- PDF -------------------------------------------------------------------------------------------


def html(report: AnalysisReport) -> str:
    """Return an edition as one HTML text that refers to nothing outside."""
    data = report.content

    def laid(part: Plain) -> Plain:
        return {"title": part["title"], "blocks": blocks(part["text"])}

    texts = _texts(data)
    context = {
        "data": data,
        "title": title(data),
        "foot": title(data),
        "method": laid(texts["method"]),
        "candidates": [laid(part) for part in texts["candidates"]],
        "exchanges": laid(texts["exchanges"]),
        "conclusion": laid(texts["conclusion"]),
        "facts": facts(data),
        "candidate_heads": CANDIDATE_HEADS,
        "candidate_rows": candidate_rows(data),
        "reservation_heads": RESERVATION_HEADS,
        "reservation_rows": reservation_rows(data),
        "content_sha256": report.content_sha256,
    }
    return render_to_string("pdf/analysis.html", context)


def sealed(report: AnalysisReport) -> bytes:
    """Return the sealed PDF. Raises RenderingFailed, SigningFailed or BadSeal."""
    data = report.content
    return sealed_data.sealed(
        html(report),
        data,
        carried=Carried(
            canonical.canonical_json(data).encode(),
            "rapport-analyse.json",
            _("Le contenu du rapport (JSON canonique)"),
        ),
        named=Named(
            title=title(data),
            created=dt.datetime.fromisoformat(data["made_at"]),
            keywords=(data["tender"]["reference"],),
            reason=_("Scellement d’intégrité du rapport d’analyse"),
        ),
    )


# -- DOCX ------------------------------------------------------------------------------------------


def docx(report: AnalysisReport) -> bytes:
    """Return the same edition for a word processor, to be pasted into the report that is signed."""
    data, texts = report.content, _texts(report.content)
    tender = data["tender"]
    paper = word.Paper(
        title=title(data),
        author=data["facility"]["name"],
        subject=f"{tender['reference']} – {tender['title']}",
        at=dt.datetime.fromisoformat(data["made_at"]),
    )
    paper.text(", ".join(filter(None, (data["facility"]["name"], data["facility"]["city"]))))
    paper.title(_("Rapport d’analyse des offres"))
    paper.table((_("Ce rapport"), ""), facts(data), widths=(55, 115))
    _write(paper, texts["method"])
    paper.heading(_("Les candidats"))
    paper.table(CANDIDATE_HEADS, candidate_rows(data), widths=(45, 40, 18, 18, 24, 25))
    for part in texts["candidates"]:
        _write(paper, part, level=2)
    _write(paper, texts["exchanges"])
    paper.heading(_("Réserves"))
    if data["reservations"]:
        rows = reservation_rows(data)
        paper.table(RESERVATION_HEADS, rows, widths=(36, 18, 60, 32, 24))
    else:
        paper.text(_("Aucune réserve."))
    _write(paper, texts["conclusion"])
    return paper.written()


def _write(paper: word.Paper, part: Plain, level: int = 1) -> None:
    paper.heading(part["title"], level)
    for block in blocks(part["text"]):
        if block.is_list:
            paper.items(block.lines)
        elif block.is_label:
            paper.strong(block.lines[0])
        else:
            paper.text(block.lines[0])


# -- What both say ---------------------------------------------------------------------------------

CANDIDATE_HEADS = (
    "Candidat", "Solution", "Note", "Taux", "À qualifier", "Décision",
)  # fmt: skip
RESERVATION_HEADS = ("Candidat", "Point", "Engagement", "Responsable", "Échéance")


def facts(data: Plain) -> list[tuple[str, str]]:
    """Return what the edition is about, by its label."""
    tender, clausier = data["tender"], data["clausier"]
    found = [
        (_("Consultation"), f"{tender['reference']} – {tender['title']}"),
        (_("Procédure"), tender["procedure_label"]),
    ]
    if tender["has_lots"]:
        found.append((_("Lot"), f"{data['lot']['number']} – {data['lot']['title']}"))
    version = f"{_('version')} {clausier['number']}"
    return [
        *found,
        (_("Clausier"), f"{clausier['title']}, {version}"),
        (_("Édition du rapport"), str(data["number"])),
        (_("Arrêté le"), f"{dates.moment(data['made_at'])}, {data['made_by']}"),
    ]


def candidate_rows(data: Plain) -> list[tuple[str, ...]]:
    """Return the row of each candidate, under CANDIDATE_HEADS."""
    most = data["max_note"].replace(".", ",")
    return [
        (
            one["name"],
            one["product"],
            f"{one['note']} / {most}" if one["note"] else "–",
            one["rate"],
            ", ".join(one["at_stake"]) or "–",
            one["decision"] or "–",
        )
        for one in data["candidates"]
    ]


def reservation_rows(data: Plain) -> list[tuple[str, ...]]:
    """Return the row of each reservation, under RESERVATION_HEADS."""
    return [
        (
            one["candidate"],
            one["ref"],
            one["commitment"],
            one["owner"],
            dates.day(one["due_on"]),
        )
        for one in data["reservations"]
    ]
