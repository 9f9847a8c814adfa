"""The note, as exact decimals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain.scoring import percent, tally
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
