"""What a point weighs in the security criterion, as exact decimals. Pure: no database here.

A weight has no unit: a point counts for its share of the sum of the weights. A buyer who announces
a total (100 points, for instance) is held to it. A point asked for information weighs nothing, so
that it stays outside of the rate whatever its score.
"""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

MOST = Decimal(1_000)
EQUAL = Decimal(1)
"""The weight of every point until the buyer decides otherwise."""


def complaint(total: Decimal, announced: Decimal | None) -> str:
    """Say why weights that sum to ``total`` cannot be published; empty when they can."""
    if not total:
        return _("Aucun point n’a de poids : la note ne pourrait pas être calculée.")
    if announced is not None and total != announced:
        return _("Les poids font %(total)s, au lieu des %(announced)s annoncés.") % {
            "total": written(total),
            "announced": written(announced),
        }
    return ""


def share(weight: Decimal, total: Decimal) -> Decimal:
    """Return the part of ``weight`` in ``total``, in percent, rounded half-up to two decimals."""
    return _rounded(100 * weight / total) if total else Decimal(0)


def part_of_note(weight: Decimal, total: Decimal, max_note: Decimal) -> Decimal:
    """Return how much of the note ``weight`` is worth, rounded half-up to two decimals."""
    return _rounded(max_note * weight / total) if total else Decimal(0)


def note(earned: Decimal, possible: Decimal, max_note: Decimal) -> Decimal | None:
    """Return the note of two sums of weights, rounded half-up to two decimals, for display only.

    Multiplied before it is divided: 25 out of 48, times 30, is 15.625 exactly, which a rate cut at
    its last digit would make 15.6249… and round the wrong way.
    """
    return _rounded(max_note * earned / possible) if possible else None


def written(value: Decimal) -> str:
    """Write a number as a French reader expects it, without the zeros that say nothing."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",")


def written_note(value: Decimal) -> str:
    """Write a note with its two decimals, so that notes compare at a glance: « 14,30 »."""
    return f"{value:.2f}".replace(".", ",")


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
