"""The sealed PDF of every point, beside the same text as plain blocks through WeasyPrint."""

import itertools
import pickle
import statistics
import time
from pathlib import Path
from typing import NamedTuple

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
    """CPU seconds of the plain rendering, and what came of it."""

    seconds: float
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
    text = plain.plain_html(pdf.html(frozen, content_sha256=sha256))
    helper = plain.Helper()
    try:
        pairs = [(_sealed(frozen, sha256), _plain(helper, text)) for _ in range(turns + 1)][1:]
    finally:
        helper.stop()
    return _figures([ours for ours, _ in pairs], [limit for _, limit in pairs])


def _sealed(frozen: dict[str, object], sha256: str) -> Cost:
    marks: list[float] = []
    made = pdf.sealed_pdf(
        frozen, content_sha256=sha256, say=lambda step: marks.append(time.process_time())
    )
    marks.append(time.process_time())
    template, seal, check = (after - before for before, after in itertools.pairwise(marks))
    return Cost(template, made.rendered.cpu_seconds, seal, check, made)


def _plain(helper: plain.Helper, text: str) -> PlainCost:
    home = Path(settings.CLAUSIER_HOME).resolve()
    limits = Limits()
    job = {"html": text, "attachments": (), "metadata": None, "home": home, "limits": limits}
    header, _data = helper.run(pickle.dumps(job), limits.wall_seconds)
    assert "error" not in header, header
    return PlainCost(header["cpu_seconds"], header["pages"], header["peak_memory_bytes"])


def _figures(ours: list[Cost], limit: list[PlainCost]) -> list[Figure]:
    own, other = [cost.total for cost in ours], [cost.seconds for cost in limit]
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
