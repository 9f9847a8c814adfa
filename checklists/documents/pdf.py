"""The frozen content of a document as HTML, then as a sealed PDF that carries its own data."""

import datetime as dt
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from uniha_clausier.common import pdf as renderer
from uniha_clausier.common.canonical import canonical_json
from uniha_clausier.common.file_kinds import TYPES
from uniha_clausier.common.pdf import Attachment, Metadata, RenderedPdf
from uniha_clausier.common.pdf_isolated import render_pdf_isolated
from uniha_clausier.common.pdf_text import clean_line
from uniha_clausier.common.signing import load_signer, seal_pdf
from uniha_clausier.common.signing_verdict import Verdict, verify_pdf

from ..enums import ScoreValue
from . import charts, decided, report
from .seal_keys import seal_settings
from .workbook import workbook

Plain = dict[str, Any]

SHORT_POINT = 2_600
"""Characters of a point that stays on one page; a longer one would leave a hole before it."""
MOST_KNOCK_OUTS_ON_COVER = 6
URGENT = ("non_compliant", "to_clarify", "partial", "missing")
PASSED = (ScoreValue.COMPLIANT, ScoreValue.NOT_APPLICABLE)
LINKED = ("knock_outs", "non_compliant", "to_clarify")


class BadSeal(RuntimeError):
    """The file just sealed does not verify: it is thrown away."""


@dataclass(frozen=True)
class SealedPdf:
    """The file, and what the renderer says of it."""

    data: bytes
    sha256: str
    pages: int
    rendered: RenderedPdf
    seal: dict[str, str]


def sealed_pdf(
    content: Plain, *, content_sha256: str, say: Callable[[str], object] = lambda step: None
) -> SealedPdf:
    """Render in an isolated process, seal, and check the seal before anybody sees the file.

    ``say`` is told each step in French. Raises RenderingFailed, SigningFailed or BadSeal.
    """
    say(_("Mise en page"))
    rendered = render_pdf_isolated(
        html(content, content_sha256=content_sha256),
        attachments=attachments(content),
        metadata=metadata(content),
        home=Path(settings.CLAUSIER_HOME),
    )
    facility, reason = content["data"]["facility"], _("Scellement d’intégrité de l’évaluation")
    return seal(rendered, facility=facility, reason=reason, say=say)


def seal(
    rendered: RenderedPdf,
    *,
    facility: Plain,
    reason: str,
    say: Callable[[str], object] = lambda step: None,
) -> SealedPdf:
    """Seal a file for an establishment, and check the seal. Raises SigningFailed or BadSeal."""
    say(_("Scellement"))
    signer = load_signer(seal_settings(in_a_certificate(facility["name"])))
    data = seal_pdf(rendered.data, signer=signer, reason=reason, location=facility["city"])
    say(_("Vérification"))
    verdict = verify_pdf(
        data, trusted_roots=signer.trusted_roots, timestamp_roots=signer.timestamp_roots
    )
    if not verdict.intact:
        raise BadSeal(" ".join(verdict.reasons))
    return SealedPdf(data, verdict.sha256, rendered.pages, rendered, _worth(verdict))


def _worth(verdict: Verdict) -> dict[str, str]:
    """What a person may ask of a seal later, without opening the file again."""
    [seal] = verdict.signatures
    return {
        "level": verdict.level,
        "signer": seal.signer,
        "fingerprint": seal.fingerprint,
        "certificate_ends": seal.certificate_ends,
        "timestamped_at": seal.timestamped_at or "",
    }


def in_a_certificate(name: str) -> str:
    """Return a name in Latin letters: X.509 refuses emoji, and mixes no writing directions."""
    kept = "".join(
        character
        for character in unicodedata.normalize("NFC", name)
        if character.isprintable()
        and (character.isascii() or "LATIN" in unicodedata.name(character, ""))
    )
    return " ".join(kept.split()) or _("Établissement")


def metadata(content: Plain) -> Metadata:
    """Return what the file says about itself in its properties."""
    data = content["data"]
    return Metadata(
        title=title(data),
        created=dt.datetime.fromisoformat(content["edition"]["requested_at"]),
        author=data["facility"]["name"],
        subject=f"{data['tender']['reference']} – {data['tender']['title']}",
        keywords=(
            data["clausier"]["title"],
            data["tender"]["reference"],
            data["candidate"]["name"],
        ),
    )


def title(data: Plain) -> str:
    """Return the title of the document: what, who, for which purchase."""
    return _("%(kind)s – %(candidate)s – consultation %(reference)s") % {
        "kind": clean_line(report.kind(data)),
        "candidate": clean_line(data["candidate"]["name"]),
        "reference": clean_line(data["tender"]["reference"]),
    }


def attachments(content: Plain) -> tuple[Attachment, ...]:
    """Return the data as JSON, exactly what the hash on the pages covers, and as a workbook."""
    return (
        Attachment(
            name="evaluation.json",
            content=canonical_json(content).encode(),
            mime_type="application/json",
            description=_("Les données figées de l’évaluation (JSON canonique)"),
            relationship="Source",
        ),
        Attachment(
            name="evaluation.xlsx",
            content=workbook(content),
            mime_type=TYPES["xlsx"],
            description=_("Les réponses, les notes et les calculs, en classeur"),
            relationship="Alternative",
        ),
    )


def html(content: Plain, *, content_sha256: str) -> str:
    """Return the whole document as one HTML text that refers to nothing outside."""
    return render_to_string("pdf/assessment.html", context(content, content_sha256=content_sha256))


def context(content: Plain, *, content_sha256: str) -> dict[str, Any]:
    """Return what the template shows: the content, and what is derived from it for the eye."""
    data = report.shown(content["data"])
    by_ref = {point["ref"]: point for point in data["points"]}

    def picked(key: str) -> list[Plain]:
        return [by_ref[ref] for ref in data[key]]

    return {
        "content": content,
        "content_sha256": content_sha256,
        "data": data,
        "title": title(data),
        "kind": report.kind(data),
        "is_proposal": data["clausier"].get("is_proposal", False),
        "foot": _foot(content),
        "parts": _parts(data["overall"]),
        "composition": _composition(data["overall"]),
        "bars": _bars(data),
        "chapters": _chapters(data),
        # An anchor costs: only what a list points at has one.
        "linked": {ref for key in LINKED for ref in data[key]},
        "knock_outs": picked("knock_outs"),
        "knock_outs_failed": [
            point for point in picked("knock_outs") if point["score"]["value"] not in PASSED
        ],
        "most_knock_outs": MOST_KNOCK_OUTS_ON_COVER,
        "reservations": decided.reservations(data),
        "refused": decided.refused(data),
        "urgent": [{"key": key, "points": picked(key)} for key in URGENT],
        "nothing_urgent": not any(data[key] for key in ("knock_outs", *URGENT)),
        "scorers": [one["name"] for one in data["assessment"]["people"] if one["scores"]],
        "errata": [point for point in data["points"] if point["erratum"]],
        "scale": [value.value for value in ScoreValue if value],
    }


def _foot(content: Plain) -> str:
    """Return what stands at the foot of every page: tender, candidate, state, edition."""
    data = content["data"]
    complete = not data["overall"]["missing"]
    return " · ".join(
        (
            data["tender"]["reference"],
            Truncator(data["candidate"]["name"]).chars(60),
            _("évaluation complète") if complete else _("évaluation incomplète"),
            _("édition %(number)d") % content["edition"],
        )
    )


def _parts(overall: Plain) -> list[Plain]:
    """How many points under each status, in the order of the scale, the unscored ones last."""
    counts = overall["counts"] | {"": overall["missing"]}
    return [{"value": value, "count": count} for value, count in counts.items() if count]


def _composition(overall: Plain) -> str:
    parts = [charts.Part(part["count"], part["value"]) for part in _parts(overall)]
    words = ", ".join(
        f"{part['count']} {str(ScoreValue(part['value']).label).lower()}"
        for part in _parts(overall)
    )
    return charts.composition(_("Répartition des notes : %(words)s") % {"words": words}, parts)


def _bars(data: Plain) -> str:
    rates = [
        charts.Rate(
            label=clean_line(f"{chapter['ref']} {chapter['title']}"),
            share=Decimal(chapter["rate"]) if chapter["rate"] else None,
            text=chapter["display"],
        )
        for chapter in data["chapters"]
        if chapter["total"]
    ]
    return charts.bars(charts.described(_("Taux de conformité par chapitre"), rates), rates)


def _chapters(data: Plain) -> list[Plain]:
    """Chapters with their points; a heading where the section changes, and what stays together."""
    return [
        chapter
        | {"points": _placed([p for p in data["points"] if p["chapter"] == chapter["position"]])}
        for chapter in data["chapters"]
    ]


def _placed(points: list[Plain]) -> list[Plain]:
    heading, placed = "", []
    for point in points:
        starts = point["heading"] != heading
        heading = point["heading"]
        placed.append(
            point
            | {
                "starts_section": starts and bool(heading),
                "level": 4 if heading else 3,
                "keeps_together": _length(point) <= SHORT_POINT,
            }
        )
    return placed


def _length(point: Plain) -> int:
    texts = (point["requirement"], point["claim"]["text"], point["score"]["comment"])
    return sum(len(text) + 80 * text.count("\n") for text in texts)


preload = renderer.preload
