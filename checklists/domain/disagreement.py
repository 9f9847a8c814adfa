"""Where the roles differ, and where the buyer's score departs from what they found. Pure.

The score stays the buyer's: it may depart from a finding, and then says why in its comment. « À
préciser » decides nothing yet, so it departs from nothing.
"""

from collections.abc import Iterable

from ..enums import FindingValue, ScoreValue

AGREEING: dict[str, frozenset[str]] = {
    FindingValue.FAVOURABLE: frozenset({ScoreValue.COMPLIANT, ScoreValue.NOT_APPLICABLE}),
    FindingValue.RESERVED: frozenset({ScoreValue.PARTIAL}),
    FindingValue.UNFAVOURABLE: frozenset({ScoreValue.NON_COMPLIANT}),
    FindingValue.QUESTION: frozenset(),
}
"""The scores that say what a finding says; a question waits for « À préciser » alone."""

UNDECIDED = frozenset({ScoreValue.NONE.value, ScoreValue.TO_CLARIFY.value})


def departs(score: str, finding: str) -> bool:
    """Whether a score says something else than a finding."""
    return finding in AGREEING and score not in UNDECIDED and score not in AGREEING[finding]


def departing_scores(findings: Iterable[str]) -> list[str]:
    """Return the scores that would depart from one of ``findings`` at least."""
    given = list(findings)
    return [score for score in ScoreValue.values if any(departs(score, one) for one in given)]


def is_unexplained(score: str, comment: str, findings: Iterable[str]) -> bool:
    """Whether a score departs from a finding and its comment does not say why."""
    return not comment.strip() and any(departs(score, finding) for finding in findings)


def differ(findings: Iterable[str]) -> bool:
    """Whether the roles that gave a finding do not say the same."""
    return len({finding for finding in findings if finding}) > 1
