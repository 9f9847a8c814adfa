"""The sealed PDF of every point, beside the same text as plain blocks through WeasyPrint.

The limit is a file of the same kind, PDF/A-3a with its tags, from all the text of ours. The details
tell the ratio to a file without tags too: what the law of accessibility costs is in it.
"""

import itertools
import pickle
import statistics
import time
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from checklists.documents import pdf, report
from uniha_clausier.common import canonical
from uniha_clausier.common.pdf_isolated import Limits

from . import plain
from .content import Content
from .figures import Figure, Target, paired_ratio

MOST_SECONDS = 3


class Cost(NamedTuple):
    """CPU seconds of one sealed document. The check of the seal comes after, and is told apart."""

    template: float
    layout: float
    seal: float
    check: float
    made: pdf.SealedPdf

    @property
    def total(self) -> float:
        return self.template + self.layout + self.seal


class PlainCost(NamedTuple):
    """CPU seconds of the plain rendering, with and without tags, and what came of the first."""

    seconds: float
    untagged_seconds: float
    pages: int
    peak: int


def measure(content: Content, *, turns: int) -> list[Figure]:
    """Make both documents in turn; the first of each warms the processes up and isn't counted."""
    frozen = report.freeze(
        content.assessment,
        number=1,
        at=timezone.now(),
        by=content.buyer,
        seq=1,
        head="0" * 64,
    )
    sha256 = canonical.sha256_of(frozen)
    pages = _sealed(frozen, sha256).made.pages
    html = pdf.html(frozen, content_sha256=sha256)
    text = plain.plain_html(html, feet(frozen, sha256, pages))
    helper = plain.Helper()
    try:
        _plain(helper, text)
        pairs = [(_sealed(frozen, sha256), _plain(helper, text)) for _ in range(turns)]
    finally:
        helper.stop()
    return _figures([ours for ours, _ in pairs], [limit for _, limit in pairs])


def feet(frozen: dict[str, object], sha256: str, pages: int) -> list[str]:
    """What stands at the foot of each page, which the style sheet writes."""
    foot = pdf.context(frozen, content_sha256=sha256)["foot"]
    return [f"{foot} SHA-256 {sha256} page {number} / {pages}" for number in range(1, pages + 1)]


def _sealed(frozen: dict[str, object], sha256: str) -> Cost:
    marks: list[float] = []
    made = pdf.sealed_pdf(
        frozen, content_sha256=sha256, say=lambda step: marks.append(time.process_time())
    )
    marks.append(time.process_time())
    template, seal, check = (after - before for before, after in itertools.pairwise(marks))
    return Cost(template, made.rendered.cpu_seconds, seal, check, made)


def _plain(helper: plain.Helper, text: str) -> PlainCost:
    untagged, tagged = (_plain_header(helper, text, tagged=tagged) for tagged in (False, True))
    return PlainCost(
        seconds=tagged["cpu_seconds"],
        untagged_seconds=untagged["cpu_seconds"],
        pages=tagged["pages"],
        peak=tagged["peak_memory_bytes"],
    )


def _plain_header(helper: plain.Helper, text: str, *, tagged: bool) -> dict[str, Any]:
    home, limits = Path(settings.CLAUSIER_HOME).resolve(), Limits()
    job = {"html": text, "home": home, "tagged": tagged, "limits": limits}
    header, _data = helper.run(pickle.dumps(job), limits.wall_seconds)
    assert "error" not in header, header
    return header


def _figures(ours: list[Cost], limit: list[PlainCost]) -> list[Figure]:
    own, other = [cost.total for cost in ours], [cost.seconds for cost in limit]
    untagged = [cost.untagged_seconds for cost in limit]
    last = ours[-1].made
    details = {
        "template_s": _median([cost.template for cost in ours]),
        "layout_and_finish_s": _median([cost.layout for cost in ours]),
        "seal_s": _median([cost.seal for cost in ours]),
        "check_s": _median([cost.check for cost in ours]),
        "pages": last.pages,
        "bytes": len(last.data),
        "peak_memory_bytes": max(cost.made.rendered.peak_memory_bytes for cost in ours),
        "limit_pages": limit[-1].pages,
        "untagged_limit_s": _median(untagged),
        "untagged_ratio": round(paired_ratio(own, untagged), 2),
        "limit_peak_memory_bytes": max(cost.peak for cost in limit),
    }
    return [
        Figure(
            name="PDF scellé, processeur",
            unit="s",
            ours=statistics.median(own),
            limit=statistics.median(other),
            ratio=paired_ratio(own, other),
            target=Target(1.5),
            details=details,
        ),
        Figure(
            name="PDF scellé, processeur, en tout",
            unit="s",
            ours=statistics.median(own),
            target=Target(MOST_SECONDS),
        ),
    ]


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 3)
