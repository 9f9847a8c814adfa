"""Charts as SVG made by the server, the same in the pages and in the PDF.

Geometry and colours are presentation attributes (a style attribute would break the CSP, and the
renderer of the PDF reads no sheet inside an image); the classes let a page recolour them in its
dark theme. Each chart names itself in a ``<title>`` and stands beside a table of the same figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

INK, MUTED, RULE, TRACK, BAR = "#1B2733", "#55616E", "#D3D9DF", "#6F7B88", "#0F4C75"
TONES = {
    "compliant": "#2E8B57",
    "partial": "#C27C0E",
    "non_compliant": "#C0392B",
    "to_clarify": "#7A5CC0",
    "not_applicable": "#7C8894",
    "": "#FFFFFF",
}
FONT = "Noto Sans, sans-serif"

BARS_WIDTH, ROW, LABELS, VALUES = 700, 26, 330, 70
LABEL_LENGTH = 46
RADAR_SIZE, RADAR_RADIUS = 360, 130
FEWEST_AXES = 3


@dataclass(frozen=True)
class Rate:
    """One bar or one axis: ``share`` between 0 and 1, or None when there is no rate."""

    label: str
    share: Decimal | None
    text: str
    short: str = ""


@dataclass(frozen=True)
class Part:
    """One part of a whole: how many, under which status."""

    count: int
    tone: str


def bars(title: str, rates: Sequence[Rate]) -> SafeString:
    """Horizontal bars from zero to 100 %, labelled directly."""
    rows = format_html_join(
        "\n", "{}", ((_bar(rate, index * ROW),) for index, rate in enumerate(rates))
    )
    return _svg(title, BARS_WIDTH, len(rates) * ROW + 22, rows + _scale(len(rates) * ROW))


def _bar(rate: Rate, y: int) -> SafeString:
    length = BARS_WIDTH - LABELS - VALUES
    return format_html(
        '<text class="chart-label" x="0" y="{text_y}" font-size="13" font-family="{font}"'
        ' fill="{ink}">{label}</text>'
        '<rect class="chart-track" x="{left}" y="{bar_y}" width="{length}" height="14"'
        ' fill="#FFFFFF" stroke="{track}" stroke-width="0.75"/>'
        '<rect class="chart-bar" x="{left}" y="{bar_y}" width="{width}" height="14" fill="{bar}"/>'
        '<text class="chart-value" x="{right}" y="{text_y}" font-size="13" font-weight="bold"'
        ' text-anchor="end" font-family="{font}" fill="{ink}">{text}</text>',
        text_y=y + 16,
        bar_y=y + 5,
        left=LABELS,
        right=BARS_WIDTH,
        length=length,
        width=_number(length * float(rate.share or 0)),
        label=_shortened(rate.label),
        text=rate.text,
        font=FONT,
        ink=INK,
        track=TRACK,
        bar=BAR,
    )


def _scale(bottom: int) -> SafeString:
    length = BARS_WIDTH - LABELS - VALUES
    return format_html_join(
        "",
        '<path class="chart-rule" d="M{} {}v5" stroke="{}" stroke-width="0.75" fill="none"/>'
        '<text class="chart-muted" x="{}" y="{}" font-size="11" text-anchor="middle"'
        ' font-family="{}" fill="{}">{}</text>',
        (
            (x, bottom, TRACK, x, bottom + 17, FONT, MUTED, label)
            for x, label in (
                (LABELS, "0"),
                (LABELS + length / 2, "50"),
                (LABELS + length, "100\u202f%"),
            )
        ),
    )


def composition(title: str, parts: Sequence[Part], *, width: int = BARS_WIDTH) -> SafeString:
    """One bar cut in proportion of counts, in the colours of the statuses."""
    total = sum(part.count for part in parts) or 1
    pieces, x = [], 0.0
    for part in parts:
        length = width * part.count / total
        pieces.append((_number(x), _number(length), TONES[part.tone]))
        x += length
    cells = format_html_join(
        "",
        '<rect x="{}" y="0.5" width="{}" height="17" fill="{}" stroke="#FFFFFF" stroke-width="1"/>',
        pieces,
    )
    frame = format_html(
        '<rect x="0.5" y="0.5" width="{}" height="17" fill="none" stroke="{}"'
        ' stroke-width="0.75"/>',
        width - 1,
        TRACK,
    )
    return _svg(title, width, 18, cells + frame)


def radar(title: str, rates: Sequence[Rate]) -> SafeString:
    """One axis a chapter, named by its number; nothing below three axes, where it shows nothing."""
    if len(rates) < FEWEST_AXES:
        return SafeString("")
    count, centre = len(rates), RADAR_SIZE / 2
    rings = format_html_join(
        "",
        '<polygon class="chart-rule" points="{}" fill="none" stroke="{}" stroke-width="{}"/>',
        (
            (_polygon([level] * count), TRACK if level == 1 else RULE, "0.75")
            for level in (0.25, 0.5, 0.75, 1.0)
        ),
    )
    axes = format_html_join(
        "",
        '<path class="chart-rule" d="M{} {}L{} {}" stroke="{}" stroke-width="0.75" fill="none"/>',
        ((centre, centre, *_at(index, count, 1), RULE) for index in range(count)),
    )
    shape = format_html(
        '<polygon class="chart-area" points="{}" fill="{}" fill-opacity="0.14" stroke="{}"'
        ' stroke-width="2" stroke-linejoin="round"/>',
        _polygon([float(rate.share or 0) for rate in rates]),
        BAR,
        BAR,
    )
    return _svg(title, RADAR_SIZE, RADAR_SIZE, rings + axes + shape + _axis_labels(rates))


def _axis_labels(rates: Sequence[Rate]) -> SafeString:
    return format_html_join(
        "",
        '<text class="chart-label" x="{}" y="{}" font-size="13" text-anchor="middle"'
        ' font-family="{}" fill="{}">{}</text>',
        (
            (x, _number(float(y) + 4.5), FONT, INK, rate.short or rate.label)
            for rate, (x, y) in (
                (rate, _at(index, len(rates), 1.17)) for index, rate in enumerate(rates)
            )
        ),
    )


def _polygon(shares: Sequence[float]) -> str:
    return " ".join(",".join(_at(index, len(shares), share)) for index, share in enumerate(shares))


def _at(index: int, count: int, share: float) -> tuple[str, str]:
    """Where ``share`` of an axis ends; the first axis points up, the others follow clockwise."""
    angle = 2 * math.pi * index / count - math.pi / 2
    centre, radius = RADAR_SIZE / 2, RADAR_RADIUS * share
    return _number(centre + radius * math.cos(angle)), _number(centre + radius * math.sin(angle))


def _svg(title: str, width: int, height: int, content: SafeString) -> SafeString:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{}" height="{}"'
        ' viewBox="0 0 {} {}"><title>{}</title>{}</svg>',
        width,
        height,
        width,
        height,
        title,
        content,
    )


def _shortened(label: str) -> str:
    return label if len(label) <= LABEL_LENGTH else label[: LABEL_LENGTH - 1].rstrip() + "…"


def _number(value: float) -> str:
    """A coordinate, in the notation of SVG whatever the language of the page."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def described(title: str, rates: Sequence[Rate]) -> str:
    """Write the figures of a chart in one sentence, for its title."""
    return _("%(title)s : %(figures)s") % {
        "title": title,
        "figures": " ; ".join(f"{rate.label} {rate.text}" for rate in rates),
    }
