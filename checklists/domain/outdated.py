"""What a claim that changed asks to look at again. Pure.

A finding keeps the version of the claim that was read. A score is the buyer's, who enters the
claims as well: whatever it wrote beside the score after the change shows that it was seen.
A decision keeps the versions of both.
"""

import datetime as dt


def is_finding_outdated(value: str, read: int, answered: int) -> bool:
    """Whether a finding was given on a claim that changed since: ``read``, then ``answered``."""
    return bool(value) and read < answered


def is_score_outdated(
    value: str, scored_at: dt.datetime | None, answered_at: dt.datetime | None
) -> bool:
    """Whether the claim changed after the last word of the buyer on a point that is scored."""
    return bool(value and scored_at and answered_at and answered_at > scored_at)


def is_decision_outdated(value: str, read: tuple[int, int], now: tuple[int, int]) -> bool:
    """Whether the claim or the score, each by its version, changed after a decision."""
    return bool(value) and read != now
