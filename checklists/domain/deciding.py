"""Which points call for a decision, and which decisions of the whole hold with theirs. Pure.

Nothing here eliminates an offer: a decision refused on a point says that the answer is not
accepted, and the buyer qualifies the offer in law (CCP L2152-1 and following).
"""

from collections.abc import Iterable
from enum import StrEnum

from ..enums import Claim, DecisionValue, FindingValue, ScoreValue


class Why(StrEnum):
    """Why a point is decided of by itself, and not with the others in one act."""

    KNOCK_OUT = "knock_out"
    NO = "no"
    UNANSWERED = "unanswered"
    NON_COMPLIANT = "non_compliant"
    TO_CLARIFY = "to_clarify"
    PARTIAL = "partial"
    UNFAVOURABLE = "unfavourable"
    RESERVED = "reserved"
    QUESTION = "question"


_OF_SCORE = {
    ScoreValue.NON_COMPLIANT.value: Why.NON_COMPLIANT,
    ScoreValue.TO_CLARIFY.value: Why.TO_CLARIFY,
    ScoreValue.PARTIAL.value: Why.PARTIAL,
}
_OF_FINDING = {
    FindingValue.UNFAVOURABLE.value: Why.UNFAVOURABLE,
    FindingValue.RESERVED.value: Why.RESERVED,
    FindingValue.QUESTION.value: Why.QUESTION,
}


def reasons(
    *, is_knock_out: bool, claim: str, is_answered: bool, score: str, findings: Iterable[str]
) -> list[Why]:
    """Return why a point calls for a decision of its own, the gravest first; nothing: it does not."""
    given = set(findings)
    found = [Why.KNOCK_OUT] if is_knock_out else []
    if claim == Claim.NO:
        found.append(Why.NO)
    if not is_answered:
        found.append(Why.UNANSWERED)
    if score in _OF_SCORE:
        found.append(_OF_SCORE[score])
    return found + [why for value, why in _OF_FINDING.items() if value in given]


def possible_wholes(decisions: Iterable[str]) -> tuple[DecisionValue, ...]:
    """Return what may be decided of the whole: a reservation on a point is one on the whole."""
    if DecisionValue.RESERVED in set(decisions):
        return (DecisionValue.RESERVED, DecisionValue.REFUSED)
    return (DecisionValue.ACCEPTED, DecisionValue.REFUSED)


def needs_reason(whole: str, decisions: Iterable[str]) -> bool:
    """Whether a decision of the whole is explained: all but an acceptance that refuses no point."""
    return whole != DecisionValue.ACCEPTED or DecisionValue.REFUSED in set(decisions)
