"""Which points a person asks to see. Pure: a state and a text in, yes or no out.

``static/js/grid/matching.js`` says the same for the page that has scripts; a test compares both.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from uniha_clausier.common.search import fold

from ..enums import Claim, ScoreValue
from .queries.grid import PointState, PointText


@dataclass(frozen=True)
class Filters:
    """What is asked of a point; a value left as it is asks nothing."""

    text: str = ""
    score: str | None = None
    claim: str | None = None
    chapter: int | None = None
    has_comment: bool | None = None
    only_knock_out: bool = False
    only_gap: bool = False
    only_new: bool = False
    only_mine: bool = False

    @property
    def ask_of_the_work(self) -> bool:
        """Whether something is asked that a reminder, never answered nor scored, cannot have."""
        asked = (self.score, self.claim, self.has_comment)
        return any(one is not None for one in asked) or self.only_gap or self.only_new


@dataclass(frozen=True)
class Row:
    """A point as the page shows it: its state, its text, the chapter it is read in."""

    state: PointState
    text: PointText
    chapter: int
    is_new: bool = False
    is_mine: bool = False


def keeps(filters: Filters, row: Row) -> bool:
    """Whether ``row`` is what ``filters`` ask."""
    if filters.ask_of_the_work and (row.state.is_reminder or not _worked(filters, row)):
        return False
    return (
        (filters.chapter is None or filters.chapter == row.chapter)
        and (not filters.only_knock_out or row.state.is_knock_out)
        and (not filters.only_mine or row.is_mine)
        and _says(row.text, filters.text)
    )


def _worked(filters: Filters, row: Row) -> bool:
    state = row.state
    return (
        (filters.score is None or filters.score == state.score)
        and (filters.claim is None or _claims(state, filters.claim))
        and (filters.has_comment is None or filters.has_comment == bool(state.comment))
        and (not filters.only_gap or is_gap(state))
        and (not filters.only_new or row.is_new)
    )


def _claims(state: PointState, claim: str) -> bool:
    """Whether the candidate claims that; a text alone is an answer too."""
    return state.claim == claim and (claim != Claim.NONE or not state.claim_text)


def _says(point: PointText, text: str) -> bool:
    """Whether each word of ``text`` stands in the number, the title or the requirement."""
    words = fold(text).split()
    if not words:
        return True
    where = fold(f"{point.ref} {point.title} {point.requirement}")
    return all(word in where for word in words)


def is_gap(state: PointState) -> bool:
    """Whether the candidate says yes and the buyer, having decided, not « Conforme »."""
    decided = state.score not in (ScoreValue.NONE, ScoreValue.COMPLIANT)
    return state.claim == Claim.YES and decided


def last_worked_on(states: Iterable[PointState], user_id: int) -> str:
    """Return the number of the point on which a person wrote last, "" when there is none."""
    written = [(at, state.ref) for state in states for at in _written(state, user_id)]
    return max(written)[1] if written else ""


def written_since(states: Iterable[PointState], user_id: int) -> set[str]:
    """Return the points that others changed after the last time this person wrote."""
    states = list(states)
    mine = [at for state in states for at in _written(state, user_id)]
    if not mine:
        return set()
    since = max(mine)
    return {
        state.ref
        for state in states
        if any(at and by != user_id and at > since for at, by in _writers(state))
    }


def _written(state: PointState, user_id: int) -> list[dt.datetime]:
    return [at for at, by in _writers(state) if at and by == user_id]


def _writers(state: PointState) -> tuple[tuple[dt.datetime | None, int | None], ...]:
    return (state.answer_at, state.answer_by), (state.score_at, state.score_by)
