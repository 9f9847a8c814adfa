"""What a comparison keeps, in which order, and what it leaves to the buyer's qualification."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain.comparing import (
    Candidate,
    Cell,
    Chapter,
    Comparison,
    Filters,
    Point,
    Show,
    Stake,
)
from checklists.domain.scoring import tally
from checklists.enums import Claim, LegalEffect, ScoreValue

ZERO, REQUIRED = LegalEffect.SCORED_ZERO.value, LegalEffect.REQUIRED.value
ONE, TWO = Candidate(1, "Cortavie", ""), Candidate(2, "Ombreline", "")
YES = Cell("yes", True, "compliant")

PLAIN = Point("O-1.1", "Plain", 1, Decimal(1), ZERO, False)
ASKED = Point("O-1.2", "Required", 1, Decimal(2), REQUIRED, False)
LIMIT = Point("O-7.1", "Knock-out", 7, Decimal(1), ZERO, True)
INFORMS = Point("O-7.2", "Information", 7, Decimal(0), LegalEffect.INFORMATION.value, False)
POINTS = [PLAIN, ASKED, LIMIT, INFORMS]


def comparison(**cells: Cell) -> Comparison:
    """Two candidates who answer everything well, but ``one_1_1=Cell(…)`` and the like."""
    found = {(who.assessment, point.ref): YES for who in (ONE, TWO) for point in POINTS}
    for name, cell in cells.items():
        who, chapter, number = name.split("_")
        found[{"one": 1, "two": 2}[who], f"O-{chapter}.{number}"] = cell
    chapters = {place: Chapter(place, str(place), f"Chapitre {place}") for place in (1, 7)}
    return Comparison(POINTS, [ONE, TWO], found, chapters, Decimal(20))


def refs(of: Comparison, filters: Filters) -> list[str]:
    return [point.ref for point in of.kept(filters)]


@pytest.mark.parametrize(
    ("cell", "stake"),
    [
        (YES, Stake.NONE),
        (Cell("", True, "partial"), Stake.NONE),
        (Cell("not_concerned", False, "not_applicable"), Stake.NONE),
        (Cell("no", True, "compliant"), Stake.NO),
        (Cell("yes", True, "non_compliant"), Stake.NOT_MET),
        (Cell("", False, ""), Stake.UNANSWERED),
        (Cell("", False, "compliant"), Stake.UNANSWERED),
    ],
)
def test_what_a_required_or_knock_out_point_leaves_to_the_buyer(cell: Cell, stake: Stake) -> None:
    one = comparison(one_1_2=cell, one_7_1=cell, one_7_2=cell, two_1_1=cell)
    assert [one.stake(ONE, point) for point in (ASKED, LIMIT)] == [stake, stake]
    assert one.stake(ONE, INFORMS) == one.stake(TWO, PLAIN) == Stake.NONE


def test_a_candidate_whose_answers_are_not_entered_yet_has_left_nothing_out() -> None:
    empty = dict.fromkeys(("one_1_1", "one_1_2", "one_7_1", "one_7_2"), Cell())
    assert comparison(**empty).at_stake(ONE) == []
    assert comparison(one_1_2=Cell(), one_7_1=Cell()).at_stake(ONE) == [LIMIT, ASKED]


def test_what_is_at_stake_is_never_hidden_by_a_good_note() -> None:
    no = comparison(one_1_2=Cell("no", False, "compliant"))
    assert no.note(ONE).value == Decimal("20.00")
    assert no.at_stake(ONE) == [ASKED]


def test_each_filter_keeps_what_it_says() -> None:
    one = comparison(one_1_1=Cell("no", False, "partial"), two_1_2=Cell("no", False, "compliant"))
    assert refs(one, Filters()) == ["O-1.1", "O-1.2", "O-7.1", "O-7.2"]
    assert refs(one, Filters(show=Show.KNOCK_OUTS)) == ["O-7.1"]
    assert refs(one, Filters(show=Show.REQUIRED)) == ["O-1.2"]
    assert refs(one, Filters(show=Show.AT_STAKE)) == ["O-1.2"]
    assert refs(one, Filters(show=Show.AT_STAKE, candidates=frozenset({1}))) == []
    assert refs(one, Filters(chapter=7)) == ["O-7.1", "O-7.2"]
    assert refs(one, Filters(only_differences=True)) == ["O-1.1", "O-1.2"]
    assert refs(one, Filters(only_differences=True, candidates=frozenset({1}))) == []


def test_texts_that_differ_make_no_difference_of_answer() -> None:
    one = comparison(one_1_1=Cell("yes", False, "compliant"))
    assert refs(one, Filters(only_differences=True)) == []


def test_knock_outs_come_first_each_point_once() -> None:
    def groups(filters: Filters) -> list[tuple[str, list[str]]]:
        return [
            (group.chapter.ref if group.chapter else "", [point.ref for point in group.points])
            for group in comparison().groups(filters)
        ]

    assert groups(Filters()) == [("", ["O-7.1"]), ("1", ["O-1.1", "O-1.2"]), ("7", ["O-7.2"])]
    assert groups(Filters(in_order=True)) == [
        ("1", ["O-1.1", "O-1.2"]),
        ("7", ["O-7.1", "O-7.2"]),
    ]


def test_a_candidate_of_another_comparison_chooses_nobody() -> None:
    one = comparison()
    assert one.chosen(Filters(candidates=frozenset({2, 999}))) == [TWO]
    assert one.chosen(Filters(candidates=frozenset({999}))) == [ONE, TWO]


cells = st.builds(
    Cell, st.sampled_from(Claim.values), st.booleans(), st.sampled_from(ScoreValue.values)
)
filters = st.builds(
    Filters,
    show=st.sampled_from(Show),
    chapter=st.sampled_from([None, 1, 7]),
    only_differences=st.booleans(),
    candidates=st.sampled_from([frozenset(), frozenset({1}), frozenset({1, 2})]),
    in_order=st.booleans(),
)


@given(st.lists(cells, min_size=8, max_size=8), filters)
def test_groups_hold_what_is_kept_and_no_filter_moves_a_note(
    drawn: list[Cell], wanted: Filters
) -> None:
    names = [f"{who}_{ref}" for who in ("one", "two") for ref in ("1_1", "1_2", "7_1", "7_2")]
    one = comparison(**dict(zip(names, drawn, strict=True)))
    grouped = [point for group in one.groups(wanted) for point in group.points]
    assert sorted(grouped) == sorted(one.kept(wanted))
    expected = tally((cell.score, point.weight) for cell, point in zip(drawn, POINTS, strict=False))
    assert one.note(ONE).tally == one.total(ONE) == expected
