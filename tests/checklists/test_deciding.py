"""Which points call for a decision of their own, and which decisions of the whole hold."""

import pytest

from checklists.domain.deciding import Why, needs_reason, possible_wholes, reasons


def why(
    *findings: str,
    knock_out: bool = False,
    claim: str = "yes",
    score: str = "compliant",
    answered: bool = True,
) -> list[Why]:
    return reasons(
        is_knock_out=knock_out,
        claim=claim,
        is_answered=answered,
        score=score,
        findings=findings,
    )


def test_a_compliant_answer_that_nobody_reserves_calls_for_nothing() -> None:
    assert why() == []
    assert why("favourable", "", score="not_applicable", claim="not_concerned") == []


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        (why(knock_out=True), Why.KNOCK_OUT),
        (why(claim="no"), Why.NO),
        (why(claim="", answered=False), Why.UNANSWERED),
        (why(score="partial"), Why.PARTIAL),
        (why(score="non_compliant"), Why.NON_COMPLIANT),
        (why(score="to_clarify"), Why.TO_CLARIFY),
        (why("favourable", "reserved"), Why.RESERVED),
        (why("unfavourable"), Why.UNFAVOURABLE),
        (why("question"), Why.QUESTION),
    ],
)
def test_each_reason_calls_for_a_decision(point: list[Why], expected: Why) -> None:
    assert point == [expected]


def test_the_gravest_reason_is_said_first() -> None:
    found = why("reserved", "unfavourable", knock_out=True, claim="no", score="partial")
    assert found == [Why.KNOCK_OUT, Why.NO, Why.PARTIAL, Why.UNFAVOURABLE, Why.RESERVED]


def test_a_reservation_on_a_point_is_one_on_the_whole() -> None:
    assert possible_wholes(["accepted", "refused"]) == ("accepted", "refused")
    assert possible_wholes(["accepted", "reserved"]) == ("reserved", "refused")


def test_only_a_plain_acceptance_goes_without_a_reason() -> None:
    assert not needs_reason("accepted", ["accepted", "accepted"])
    assert needs_reason("accepted", ["accepted", "refused"])
    assert needs_reason("reserved", ["reserved"])
    assert needs_reason("refused", ["accepted"])
