"""The note, as exact decimals."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain.scoring import Line, Note, percent, tally
from checklists.enums import ScoreValue

weights = st.decimals(min_value=0, max_value=100, places=2)
pairs = st.lists(st.tuples(st.sampled_from(ScoreValue.values), weights))


@given(pairs)
def test_a_rate_stays_between_zero_and_one(scores: list[tuple[str, Decimal]]) -> None:
    rate = tally(scores).rate
    assert rate is None or 0 <= rate <= 1


@given(pairs, weights)
def test_not_applicable_leaves_the_rate_as_it_is(
    scores: list[tuple[str, Decimal]], weight: Decimal
) -> None:
    assert tally([*scores, ("not_applicable", weight)]).rate == tally(scores).rate


@given(pairs, st.sampled_from(ScoreValue.values))
def test_a_point_asked_for_information_leaves_the_rate_as_it_is(
    scores: list[tuple[str, Decimal]], value: str
) -> None:
    with_it = tally([*scores, (value, Decimal(0))])
    assert with_it.rate == tally(scores).rate
    assert with_it.total == len(scores) + 1


@given(pairs, st.randoms())
def test_the_order_does_not_matter(scores: list[tuple[str, Decimal]], random: object) -> None:
    shuffled = list(scores)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tally(shuffled) == tally(scores)


def test_each_score_is_worth_what_the_scale_says() -> None:
    one = Decimal(1)
    worth = {value: tally([(value, one)]).rate for value in ScoreValue.values}
    assert worth == {
        "": 0,
        "compliant": 1,
        "partial": Decimal("0.5"),
        "non_compliant": 0,
        "to_clarify": 0,
        "not_applicable": None,
    }


def test_a_missing_score_counts_zero_and_is_missing() -> None:
    sums = tally([("compliant", Decimal(1)), ("", Decimal(1))])
    assert (sums.rate, sums.missing) == (Decimal("0.5"), 1)


@pytest.mark.parametrize(
    ("rate", "shown"), [("0.66666", "66.7"), ("0.6665", "66.7"), ("0.00049", "0.0"), ("1", "100.0")]
)
def test_percent_rounds_half_up_for_display(rate: str, shown: str) -> None:
    assert percent(Decimal(rate)) == Decimal(shown)


# -- The note, line by line ------------------------------------------------------------------------

BY_HAND: dict[str, Fraction] = {
    "compliant": Fraction(1),
    "partial": Fraction(1, 2),
    "non_compliant": Fraction(0),
    "to_clarify": Fraction(0),
    "": Fraction(0),
}
"""What the annex of the RC announces; a score that is not there leaves the sums."""
lines = st.builds(
    Line,
    ref=st.just("O-1.1"),
    score=st.sampled_from(ScoreValue.values),
    weight=st.decimals(min_value=0, max_value=1000, places=2),
)
notes = st.builds(
    Note,
    lines=st.lists(lines, max_size=20).map(tuple),
    max_note=st.decimals(min_value=Decimal("0.01"), max_value=1000, places=2),
)


def by_hand(note: Note) -> Fraction | None:
    """Compute the note as the annex of the RC tells it, with exact fractions."""
    counted = [line for line in note.lines if line.score in BY_HAND]
    total = sum(Fraction(line.weight) for line in counted)
    earned = sum(BY_HAND[line.score] * Fraction(line.weight) for line in counted)
    return Fraction(note.max_note) * earned / total if total else None


def half_up(value: Fraction) -> Decimal:
    """Round to two decimals, halves up, with whole numbers only."""
    return Decimal((200 * value.numerator + value.denominator) // (2 * value.denominator)) / 100


@given(notes)
def test_the_note_is_the_one_that_somebody_computes_by_hand(note: Note) -> None:
    expected = by_hand(note)
    assert note.value == (None if expected is None else half_up(expected))


def test_a_half_that_no_decimal_rate_can_hold_is_rounded_up() -> None:
    scored = [Line("O-1.1", "compliant", Decimal(1))] * 25
    lost = [Line("O-1.1", "non_compliant", Decimal(1))] * 23
    assert Note((*scored, *lost), Decimal(30)).value == Decimal("15.63")  # 15.625 exactly


@given(notes)
def test_the_lines_sum_to_what_the_note_is_made_of(note: Note) -> None:
    sums = note.tally
    assert sum((line.product for line in note.lines), Decimal(0)) == sums.earned
    assert sum((line.counted for line in note.lines), Decimal(0)) == sums.possible
    assert all(
        line.product == line.worth * line.weight and line.counted == line.weight
        for line in note.lines
        if line.worth is not None
    )


@given(notes, st.sampled_from(ScoreValue.values))
def test_a_line_for_information_changes_no_note(note: Note, score: str) -> None:
    more = Note((*note.lines, Line("O-2.1", score, Decimal(0))), note.max_note)
    assert more.value == note.value
