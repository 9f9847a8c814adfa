"""The annexes that a buyer joins to the tender documents (DCE): what is asked, and how it counts.

They name no candidate: they are made of the published checklist alone, and the same for everybody.
"""

import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from uniha_clausier.common import canonical, queue
from uniha_clausier.common.pdf import Attachment, Metadata
from uniha_clausier.common.pdf_isolated import render_pdf_isolated
from uniha_clausier.common.pdf_text import clean_line

from ..domain import editions, weights
from ..domain.queries import checklists as queries
from ..domain.queries import errata, parameters
from ..domain.queries.checklists import Row, Section
from ..domain.queries.errata import Errata
from ..domain.wording import mended
from ..enums import AnswerKind, LegalEffect, ScoreValue
from ..models import Checklist
from . import answer_form, answer_workbook, pdf, report

FORMAT = "clausier/dce"
FORMAT_VERSION = 1

APPLICABLE = "1-clausier-applicable.pdf"
RC_ANNEX = "2-annexe-au-reglement-de-la-consultation.pdf"
PARTS = {"clausier-applicable": APPLICABLE, "annexe-rc": RC_ANNEX}
"""The documents of the ZIP that are also given alone, by their name in an address."""

Plain = dict[str, Any]


def gather(checklist: Checklist) -> Plain:
    """Return all that the annexes say, as plain JSON values. The checklist is published.

    An erratum that came after the publication is not in them: every candidate reads the same file.
    """
    rows = queries.rows(checklist)
    known = errata.by_point(checklist.version_id, known_at=checklist.published_at)
    asked = [row for row in rows if row.item.is_applicable]
    total = sum((_weight(row) for row in asked), Decimal(0))
    lot = checklist.lot
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "facility": report.facility_data(lot.tender.facility),
        "tender": report.tender_data(lot.tender),
        "lot": {"number": lot.number, "title": lot.title},
        "clausier": report.clausier_data(checklist),
        "checklist": report.checklist_data(
            checklist, [row.item for row in rows], parameters.added(checklist)
        ),
        "changes": [change._asdict() for change in editions.changes_of(checklist)],
        "effects": _effects(asked),
        "knock_outs": [
            row.point.ref for row in asked if row.item.is_knock_out and row.point.is_scored
        ],
        "chapters": [_chapter(one, total, checklist, known) for one in queries.sections(asked)],
    }


def _effects(asked: Iterable[Row]) -> list[Plain]:
    """How many points have each effect, the strongest first."""
    found = [row.item.legal_effect for row in asked if row.point.is_scored]
    return [
        {"code": effect.value, "label": str(effect.label), "points": found.count(effect)}
        for effect in LegalEffect
    ]


def _weight(row: Row) -> Decimal:
    return row.item.weight if row.point.is_scored else Decimal(0)


def _chapter(section: Section, total: Decimal, checklist: Checklist, known: Errata) -> Plain:
    weight = sum(map(_weight, section.rows), Decimal(0))
    chapter = section.chapter
    return {
        "position": chapter.position,
        "ref": chapter.ref,
        "title": mended(chapter.title),
        **_worth(weight, total, checklist),
        "points": [_point(row, total, checklist, known) for row in section.rows],
    }


def _point(row: Row, total: Decimal, checklist: Checklist, known: Errata) -> Plain:
    point, item = row.point, row.item
    return {
        "ref": point.ref,
        "title": mended(point.title),
        "heading": mended(str(row.subheading)) if row.subheading else "",
        "requirement": mended(point.requirement),
        "additions": list(row.additions),
        "expected": mended(point.expected),
        **report.errata_data(known.get(point.ref, ())),
        "answer_kind": point.answer_kind,
        "answer_kind_label": str(AnswerKind(point.answer_kind).label),
        "is_scored": point.is_scored,
        "is_knock_out": item.is_knock_out,
        "legal_effect": item.legal_effect,
        "legal_effect_label": str(LegalEffect(item.legal_effect).label),
        **_worth(_weight(row), total, checklist),
    }


def _worth(weight: Decimal, total: Decimal, checklist: Checklist) -> Plain:
    return {
        "weight": report.decimal_text(weight),
        "share": report.decimal_text(weights.share(weight, total)),
        "part": report.decimal_text(weights.part_of_note(weight, total, checklist.max_note)),
    }


# -- The two documents -------------------------------------------------------------------------


def rc_title(data: Plain) -> str:
    """Return the title of the annex for the RC."""
    return _("Annexe au règlement de la consultation – consultation %(reference)s") % {
        "reference": clean_line(data["tender"]["reference"])
    }


def clausier_title(data: Plain) -> str:
    """Return the title of the clausier that applies to a lot."""
    return _("Clausier applicable – consultation %(reference)s") % {
        "reference": clean_line(data["tender"]["reference"])
    }


def rc_html(data: Plain) -> str:
    """Return the annex for the RC as one HTML text that refers to nothing outside."""
    return render_to_string("pdf/rc_annex.html", _context(data, rc_title(data)))


def clausier_html(data: Plain) -> str:
    """Return the clausier that applies to a lot, as one HTML text."""
    return render_to_string("pdf/applicable.html", _context(data, clausier_title(data)))


def _context(data: Plain, title: str) -> Plain:
    return {
        "data": data,
        "title": title,
        "foot": f"{data['tender']['reference']} · {title.split(' – ', maxsplit=1)[0]}",
        "content_sha256": canonical.sha256_of(data),
        "scale": [value.value for value in ScoreValue if value],
    }


def _pdf(html: str, data: Plain, title: str, attachments: tuple[Attachment, ...] = ()) -> bytes:
    metadata = Metadata(
        title=title,
        created=dt.datetime.fromisoformat(data["checklist"]["published_at"]),
        author=data["facility"]["name"],
        subject=f"{data['tender']['reference']} – {data['tender']['title']}",
        keywords=(data["clausier"]["title"], data["tender"]["reference"]),
    )
    rendered = render_pdf_isolated(
        html, attachments=attachments, metadata=metadata, home=Path(settings.CLAUSIER_HOME)
    )
    reason = _("Scellement d’intégrité des annexes du dossier de consultation")
    return pdf.seal(rendered, facility=data["facility"], reason=reason).data


# -- The ZIP -----------------------------------------------------------------------------------


_STEPS = {APPLICABLE: gettext_lazy("Clausier applicable"), RC_ANNEX: gettext_lazy("Annexe au RC")}


def archive(checklist: Checklist, data: Plain) -> bytes:
    """Return the ZIP of the annexes, with the SHA-256 of each. Raises RenderingFailed, SigningFailed."""
    makers = _files(checklist, data)
    files = {}
    for number, (name, make) in enumerate(makers.items()):
        queue.say(str(_STEPS.get(name, _("Classeur de réponse"))), number, len(makers))
        files[name] = make()
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in files.items()]
    files["empreintes-sha256.txt"] = ("\n".join(sums) + "\n").encode()
    moment = dt.datetime.fromisoformat(data["checklist"]["published_at"]).timetuple()[:6]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(zipfile.ZipInfo(name, moment), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _files(checklist: Checklist, data: Plain) -> dict[str, Callable[[], bytes]]:
    json = canonical.canonical_json(data).encode()
    attached = Attachment(
        name="annexes.json",
        content=json,
        mime_type="application/json",
        description=_("Les mêmes données (JSON canonique)"),
        relationship="Source",
    )
    form = answer_form.blank(checklist)
    return {
        APPLICABLE: lambda: _pdf(clausier_html(data), data, clausier_title(data), (attached,)),
        RC_ANNEX: lambda: _pdf(rc_html(data), data, rc_title(data)),
        "3-classeur-de-reponse.xlsx": lambda: answer_workbook.written(form, "xlsx"),
        "3-classeur-de-reponse.ods": lambda: answer_workbook.written(form, "ods"),
        "3-classeur-de-reponse.csv": lambda: answer_workbook.written(form, "csv"),
        "annexes.json": lambda: json,
    }


def part_of(bundle: bytes, name: str) -> bytes:
    """Return one document of the ZIP ``bundle``, by its name there."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return archive.read(name)


def stored_name(checklist: Checklist, data: Plain) -> str:
    """Return where the ZIP of these very data is kept: other data have another name."""
    folder = f"annexes/{checklist.lot.tender.facility_id}/{checklist.pk}"
    return f"{folder}/{canonical.sha256_of(data)[:16]}.zip"


def download_name(data: Plain) -> str:
    """Return the name under which a person saves the ZIP: the tender, and its lot."""
    lot = f" lot {data['lot']['number']}" if data["tender"]["has_lots"] else ""
    edition = data["checklist"]["edition"]
    later = f"-edition-{edition}" if edition > 1 else ""
    name = slugify(f"{data['tender']['reference']}{lot} {data['clausier']['code']}")[:80]
    return f"annexes-dce-{name or 'clausier'}{later}.zip"
