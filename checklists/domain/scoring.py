"""The note of the security criterion, as exact decimals. Pure: no database here.

compliant = 1, partial = ½, non-compliant = 0, to clarify = 0 until cleared, not applicable = out
of the sum. A missing score counts 0. A rate is the weighted sum over the weighted total, rounded
half-up to one decimal only for display. A point asked for information weighs nothing: it is outside
of the rate whatever its score. A knock-out point never eliminates by itself: the buyer
qualifies the offer in law (CCP L2152-1 and following).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ..enums import ScoreValue
from . import weights

VALUES: dict[str, Decimal | None] = {
    ScoreValue.COMPLIANT: Decimal(1),
    ScoreValue.PARTIAL: Decimal("0.5"),
    ScoreValue.NON_COMPLIANT: Decimal(0),
    ScoreValue.TO_CLARIFY: Decimal(0),
    ScoreValue.NONE: Decimal(0),
    ScoreValue.NOT_APPLICABLE: None,
}
"""What a score is worth, between 0 and 1; None when the point leaves the sum."""


@dataclass(frozen=True)
class Tally:
    """The sums of some points: ``earned`` over ``possible``, in weights; counts in points."""

    total: int = 0
    scored: int = 0
    earned: Decimal = Decimal(0)
    possible: Decimal = Decimal(0)

    @property
    def rate(self) -> Decimal | None:
        """The exact rate between 0 and 1; None when every point is out of the sum."""
        return self.earned / self.possible if self.possible else None

    @property
    def missing(self) -> int:
        return self.total - self.scored


def contribution(value: str, weight: Decimal) -> tuple[Decimal, Decimal]:
    """Return what one score adds to (earned, possible)."""
    worth = VALUES[value]
    return (Decimal(0), Decimal(0)) if worth is None else (worth * weight, weight)


def tally(scores: Iterable[tuple[str, Decimal]]) -> Tally:
    """Sum (score value, weight) pairs."""
    total = scored = 0
    earned = possible = Decimal(0)
    for value, weight in scores:
        total += 1
        scored += value != ScoreValue.NONE
        plus_earned, plus_possible = contribution(value, weight)
        earned += plus_earned
        possible += plus_possible
    return Tally(total, scored, earned, possible)


def summed(tallies: Iterable[Tally]) -> Tally:
    """Sum the sums of parts that share no point."""
    found = list(tallies)
    return Tally(
        sum(one.total for one in found),
        sum(one.scored for one in found),
        sum((one.earned for one in found), Decimal(0)),
        sum((one.possible for one in found), Decimal(0)),
    )


def percent(rate: Decimal | None) -> Decimal | None:
    """Return ``rate`` in percent, rounded half-up to one decimal, for display only."""
    if rate is None:
        return None
    return (rate * 100).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


# -- The note of the criterion, line by line ---------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One point in the calculation of a note: what its score is worth, times what it weighs."""

    ref: str
    score: str
    weight: Decimal

    @property
    def worth(self) -> Decimal | None:
        """What the score is worth, between 0 and 1; None when the point leaves the sum."""
        return VALUES[self.score]

    @property
    def product(self) -> Decimal:
        """What the point adds to the sum."""
        return contribution(self.score, self.weight)[0]

    @property
    def counted(self) -> Decimal:
        """What the point adds to the weights by which the sum is divided."""
        return contribution(self.score, self.weight)[1]


@dataclass(frozen=True)
class Note:
    """The note of one candidate, with all that is needed to compute it again by hand."""

    lines: tuple[Line, ...]
    max_note: Decimal

    @property
    def tally(self) -> Tally:
        """The sums of the lines."""
        return tally((line.score, line.weight) for line in self.lines)

    @property
    def value(self) -> Decimal | None:
        """The note out of ``max_note``; None when every point is out of the sum."""
        return weights.note(self.tally.earned, self.tally.possible, self.max_note)
