"""A figure, the limit beside it, and whether the target is held."""

import math
import statistics
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Target:
    """What the ratio of ours to the limit must be, or the figure itself when there is no limit."""

    value: float
    at_least: bool = False

    def is_held_by(self, figure: float) -> bool:
        return figure >= self.value if self.at_least else figure <= self.value

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.value)}"


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``ratio`` is None for a figure that stands alone."""

    name: str
    unit: str
    ours: float
    target: Target
    limit: float | None = None
    ratio: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_held(self) -> bool:
        return self.target.is_held_by(self.ours if self.ratio is None else self.ratio)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "limit": self.limit,
            "ratio": self.ratio,
            "target": str(self.target),
            "held": self.is_held,
            "details": self.details,
        }


def p95(values: list[float]) -> float:
    """The value that 95 % of ``values`` don't exceed (nearest rank)."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def paired_ratio(ours: list[float], limit: list[float]) -> float:
    """The median of the ratios of the rounds: what slows one whole round leaves it as it is."""
    return statistics.median(own / other for own, other in zip(ours, limit, strict=True))


def number(value: float) -> str:
    """Three digits that mean something, with a comma."""
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:.{digits}f}".replace(".", ",")


HEAD = ("Mesure", "Clausier", "Limite", "Rapport", "Cible", "")


def table(figures: list[Figure]) -> str:
    """The figures as aligned lines, for a terminal."""
    rows = [HEAD, *(_row(figure) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n in (0, 5) else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def markdown(figures: list[Figure]) -> str:
    """The same table for a page of the documentation."""
    rows = [(*HEAD[:-1], "Résultat"), ("---",) * len(HEAD), *(_row(figure) for figure in figures)]
    return "".join(f"| {' | '.join(cell or '–' for cell in row)} |\n" for row in rows)


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        f"{number(figure.ours)} {figure.unit}".strip(),
        "" if figure.limit is None else f"{number(figure.limit)} {figure.unit}".strip(),
        "" if figure.ratio is None else number(figure.ratio),
        str(figure.target),
        "tenu" if figure.is_held else "manqué",
    )
