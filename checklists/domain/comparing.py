"""The candidates of one checklist beside each other. Pure: plain values, no database here.

What is compared is what each candidate claims and what the buyer decided, point by point. Nothing
is judged here: a point whose answer may make an offer irregular (CCP L2152-2) is named, and the
buyer qualifies the offer in law. Rates are those of one checklist: two clausiers are never mixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from ..enums import Claim, LegalEffect, ScoreValue
from .scoring import Line, Note, Tally, summed, tally


class Point(NamedTuple):
    """A point that every candidate answers. ``chapter`` is the place of the one it is read in."""

    ref: str
    title: str
    chapter: int
    weight: Decimal
    effect: str
    is_knock_out: bool


class Cell(NamedTuple):
    """What one candidate claims on one point, and the buyer's score of it."""

    claim: str = ""
    has_text: bool = False
    score: str = ""

    @property
    def is_answered(self) -> bool:
        return bool(self.claim) or self.has_text

    @property
    def words(self) -> tuple[str, bool, str]:
        """What makes two cells differ in the eye: texts are read in the grid, not compared."""
        return self.claim, self.is_answered, self.score


EMPTY = Cell()


class Candidate(NamedTuple):
    """A candidate whose assessment is started."""

    assessment: int
    name: str
    product: str
    decision: str = ""


class Chapter(NamedTuple):
    """A chapter under which points are read."""

    position: int
    ref: str
    title: str


class Stake(StrEnum):
    """Why a required or knock-out point of a candidate waits for the buyer's qualification."""

    NONE = ""
    UNANSWERED = "unanswered"
    NO = "no"
    NOT_MET = "not_met"


class Show(StrEnum):
    """Which points are looked at."""

    ALL = ""
    KNOCK_OUTS = "knock_outs"
    REQUIRED = "required"
    AT_STAKE = "at_stake"


@dataclass(frozen=True)
class Filters:
    """What a person asks of the comparison; empty values ask nothing."""

    show: Show = Show.ALL
    chapter: int | None = None
    only_differences: bool = False
    candidates: frozenset[int] = frozenset()
    in_order: bool = False
    """Whether the points stay in the order of the clausier, knock-outs among the others."""


@dataclass(frozen=True)
class Group:
    """Points under one heading; without a chapter, they are the knock-outs of all of them."""

    chapter: Chapter | None
    points: Sequence[Point]


@dataclass(frozen=True)
class Comparison:
    """The points of a checklist, its candidates, and each cell by (assessment, number)."""

    points: Sequence[Point]
    candidates: Sequence[Candidate]
    cells: Mapping[tuple[int, str], Cell]
    chapters: Mapping[int, Chapter]
    max_note: Decimal
    waiting: Sequence[str] = ()
    """The candidates whose assessment is not started, by name."""
    late: Sequence[str] = ()
    """The candidates who are out, because all that they sent came after the deadline."""

    def cell(self, candidate: Candidate, point: Point) -> Cell:
        return self.cells.get((candidate.assessment, point.ref), EMPTY)

    @cached_property
    def answering(self) -> frozenset[int]:
        """The assessments in which an answer was entered: the others are not read yet."""
        return frozenset(pk for (pk, _ref), cell in self.cells.items() if cell.is_answered)

    @property
    def is_scored(self) -> bool:
        """Whether a score was given to anybody."""
        return any(cell.score for cell in self.cells.values())

    @cached_property
    def stakes(self) -> dict[tuple[int, str], Stake]:
        """What waits for a qualification in law, by (assessment, number), knock-outs first."""
        decisive = [p for p in self.points if p.is_knock_out or p.effect == LegalEffect.REQUIRED]
        decisive.sort(key=lambda point: not point.is_knock_out)
        return {
            (candidate.assessment, point.ref): stake
            for candidate in self.candidates
            for point in decisive
            if (stake := self._judged(candidate, point))
        }

    def _judged(self, candidate: Candidate, point: Point) -> Stake:
        cell = self.cell(candidate, point)
        if cell.claim == Claim.NO:
            return Stake.NO
        if cell.score == ScoreValue.NON_COMPLIANT:
            return Stake.NOT_MET
        if candidate.assessment in self.answering and not cell.is_answered:
            return Stake.UNANSWERED
        return Stake.NONE

    def stake(self, candidate: Candidate, point: Point) -> Stake:
        """Return why this point of this candidate waits for a qualification in law."""
        return self.stakes.get((candidate.assessment, point.ref), Stake.NONE)

    def at_stake(self, candidate: Candidate) -> list[Point]:
        """Return the points of a candidate that wait for a qualification, knock-outs first."""
        points = {point.ref: point for point in self.points}
        return [points[ref] for pk, ref in self.stakes if pk == candidate.assessment]

    def note(self, candidate: Candidate) -> Note:
        """Return the note of a candidate, with its lines."""
        lines = (
            Line(point.ref, self.cell(candidate, point).score, point.weight)
            for point in self.points
        )
        return Note(tuple(lines), self.max_note)

    @cached_property
    def sums(self) -> dict[tuple[int, int], Tally]:
        """The sums of each chapter, knock-outs included, by (assessment, chapter)."""
        found = {}
        for candidate in self.candidates:
            pairs: dict[int, list[tuple[str, Decimal]]] = {}
            for point in self.points:
                score = self.cells.get((candidate.assessment, point.ref), EMPTY).score
                pairs.setdefault(point.chapter, []).append((score, point.weight))
            for chapter, inside in pairs.items():
                found[candidate.assessment, chapter] = tally(inside)
        return found

    def total(self, candidate: Candidate) -> Tally:
        """Return the sums of every chapter of a candidate."""
        return summed(one for (pk, _c), one in self.sums.items() if pk == candidate.assessment)

    def chosen(self, filters: Filters) -> list[Candidate]:
        """Return the candidates that ``filters`` keep: all of them when it names none of ours."""
        kept = [one for one in self.candidates if one.assessment in filters.candidates]
        return kept or list(self.candidates)

    def kept(self, filters: Filters) -> list[Point]:
        """Return the points that ``filters`` keep, as the candidates they keep see them."""
        among = self.chosen(filters)
        return [point for point in self.points if self._is_kept(point, filters, among)]

    def groups(self, filters: Filters) -> list[Group]:
        """Return the points to show, the knock-outs first, each point once."""
        kept = self.kept(filters)
        first = [] if filters.in_order else [point for point in kept if point.is_knock_out]
        listed = {point.ref for point in first}
        by_chapter: dict[int, list[Point]] = {}
        for point in kept:
            if point.ref not in listed:
                by_chapter.setdefault(point.chapter, []).append(point)
        others = [Group(self.chapters[place], inside) for place, inside in by_chapter.items()]
        return [Group(None, first), *others] if first else others

    def _is_kept(self, point: Point, filters: Filters, among: Sequence[Candidate]) -> bool:
        if filters.chapter is not None and point.chapter != filters.chapter:
            return False
        if filters.only_differences and not self._differs(point, among):
            return False
        match filters.show:
            case Show.KNOCK_OUTS:
                return point.is_knock_out
            case Show.REQUIRED:
                return point.effect == LegalEffect.REQUIRED
            case Show.AT_STAKE:
                return any(self.stake(candidate, point) for candidate in among)
        return True

    def _differs(self, point: Point, among: Sequence[Candidate]) -> bool:
        return len({self.cell(candidate, point).words for candidate in among}) > 1
