"""What is written on the points of one candidate: drawn once, used by thousands of assessments.

A sheet is text in which marks stand for the assessment, its people and its days, and ``%s`` for the
identifier of each item: a million rows of answers cost a million times less than one by one.
"""

import hashlib
import random
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from checklists.domain import answering, scoring
from checklists.enums import ScoreValue
from checklists.models import Answer, ChecklistItem, Finding, Score
from uniha_clausier.common.canonical import canonical_json

from . import texts
from .lines import NULL, Lines, text

ASSESSMENT, PERSON, DAY = "\x01", "\x02", "\x03"
"""The marks in a sheet."""

SHEETS = 160
PATTERNS = 4
LEVELS = (0, 15, 45, 80, 100)
"""How much of an assessment is scored, in percent of its points."""
REVIEWING = ("ciso", "dpo", "biomedical_engineer")
SCORES = (*texts.COMMENTS,)
CHANCES = (66, 15, 8, 5, 6)

ANSWERS = Lines(
    Answer, "assessment_id", "item_id", "value", "text", "version", "value_version", "text_version",
    "updated_at", "updated_by_id",
)  # fmt: skip
SCORED = Lines(
    Score, "assessment_id", "item_id", "value", "comment", "version", "value_version",
    "comment_version", "updated_at", "updated_by_id",
)  # fmt: skip
FOUND = Lines(
    Finding, "assessment_id", "item_id", "role", "value", "comment", "answer_version", "version",
    "value_version", "comment_version", "updated_at", "updated_by_id",
)  # fmt: skip
ITEMS = Lines(
    ChecklistItem, "id", "checklist_id", "point_id", "position", "is_knock_out", "weight",
    "legal_effect",
)  # fmt: skip


class Point(NamedTuple):
    """One control point of the clausier, as the sheets need it."""

    pk: int
    ref: str
    position: int
    kind: str
    reviewers: tuple[str, ...]

    @property
    def is_scored(self) -> bool:
        return self.kind != "none"


class Given(NamedTuple):
    """What one sheet says of one point: the claim, then the score with its comment."""

    claim: str
    said: str
    score: str
    comment: str


class Pattern:
    """How a buyer weighs the points: the same weights and knock-outs in many checklists."""

    def __init__(self, number: int, points: tuple[Point, ...]) -> None:
        chance = random.Random(f"pattern/{number}")
        self.points = points
        choices = (Decimal(1),) if number == 0 else (Decimal(1), Decimal(2), Decimal(3), Decimal(5))
        self.weights = [chance.choice(choices) if p.is_scored else Decimal(1) for p in points]
        self.knock_outs = [p.is_scored and chance.random() < 0.05 for p in points]
        self.effects = [
            "required" if knock_out or chance.random() < 0.3 else "scored_zero"
            for knock_out in self.knock_outs
        ]
        self.lines = "".join(
            ITEMS.line
            % ("%s", ASSESSMENT, p.pk, p.position, "t" if knock_out else "f", weight, effect)
            for p, weight, knock_out, effect in zip(
                points, self.weights, self.knock_outs, self.effects, strict=True
            )
        )

    @cached_property
    def scored_weights(self) -> list[Decimal]:
        return [w for p, w in zip(self.points, self.weights, strict=True) if p.is_scored]


class Sums(NamedTuple):
    """The counters of an assessment: scored, weights, earned."""

    scored: int
    possible: Decimal
    earned: Decimal


class Sheet:
    """What one imagined candidate answers, and what is decided and found of it."""

    def __init__(self, number: int, points: tuple[Point, ...]) -> None:
        self.chance = random.Random(f"sheet/{number}")
        self.points = [point for point in points if point.is_scored]
        quality = self.chance.betavariate(4, 1.5)
        self.given = [self._given(point, quality) for point in self.points]
        answers = [
            {"ref": point.ref, "value": given.claim, "text": given.said}
            for point, given in zip(self.points, self.given, strict=True)
        ]
        self._hashed = hashlib.sha256(f'{{"answers":{canonical_json(answers)},'.encode())
        self.findings = {role: self._findings(role) for role in REVIEWING}

    def _given(self, point: Point, quality: float) -> Given:
        claims = answering.CLAIMS_OF_KIND[point.kind]
        claim = claims[0] if self.chance.random() < quality else self.chance.choice(claims)
        weights = (CHANCES[0] * quality * 1.4, *CHANCES[1:])
        [score] = self.chance.choices(SCORES, weights)
        said = texts.said(self.chance)
        return Given(claim, said, score, texts.comment(self.chance, score))

    @cached_property
    def answers(self) -> str:
        return "".join(
            ANSWERS.line
            % (ASSESSMENT, "%s", given.claim, _doubled(given.said), 2, 1, 2, _at(n), PERSON)
            for n, given in enumerate(self.given)
        )

    @cached_property
    def no_answers(self) -> str:
        row = (ASSESSMENT, "%s", "", "", 0, 0, 0, NULL, NULL)
        return ANSWERS.line % row * len(self.points)

    @lru_cache(maxsize=len(LEVELS))  # noqa: B019 - a sheet lives as long as its process
    def scores(self, level: int) -> str:
        """The scores when ``level`` percent of the points have theirs."""
        end = self.sums_end(level)
        empty = SCORED.line % (ASSESSMENT, "%s", "", "", 0, 0, 0, NULL, NULL)
        written = [self._score(n, given) for n, given in enumerate(self.given[:end])]
        return "".join(written) + empty * (len(self.points) - end)

    @staticmethod
    def _score(place: int, given: Given) -> str:
        version = 2 if given.comment else 1
        return SCORED.line % (
            ASSESSMENT, "%s", given.score, _doubled(given.comment), version, 1,
            version if given.comment else 0, _at(place), PERSON,
        )  # fmt: skip

    def sums_end(self, level: int) -> int:
        """How many points have their score."""
        return len(self.points) * level // 100

    @lru_cache(maxsize=len(LEVELS) * PATTERNS)  # noqa: B019
    def sums(self, pattern: Pattern, level: int) -> Sums:
        """The counters that the application would have kept."""
        end = self.sums_end(level)
        values = [g.score for g in self.given[:end]]
        values += [ScoreValue.NONE] * (len(self.points) - end)
        told = scoring.tally(zip(values, pattern.scored_weights, strict=True))
        return Sums(told.scored, told.possible, told.earned)

    def _findings(self, role: str) -> tuple[str, list[int]]:
        """The lines of one reviewer, and the places of their points."""
        lines, places = [], []
        for place, point in enumerate(self.points):
            if role not in point.reviewers or self.chance.random() < 0.1:
                continue
            value = self.chance.choices(
                ("favourable", "reserved", "unfavourable", "question"), (70, 18, 7, 5)
            )[0]
            comment = self.chance.choice(texts.FOUND) if value != "favourable" else ""
            version = 2 if comment else 1
            row = (
                ASSESSMENT, "%s", role, value, _doubled(comment), 2, version, 1,
                version if comment else 0, _at(place), PERSON,
            )  # fmt: skip
            lines.append(FOUND.line % row)
            places.append(place)
        return "".join(lines), places

    def fingerprint(
        self, checklist: str, evidence: list[dict[str, str]], files: list[dict[str, object]]
    ) -> str:
        """Return the hash of the set of answers, as ``domain.answer_sets`` computes it."""
        hashed = self._hashed.copy()
        rest = {
            "checklist_sha256": checklist,
            "format": "clausier/reponses",
            "format_version": 1,
            "receptions": files,
        } | ({"evidence": evidence} if evidence else {})
        hashed.update(canonical_json(rest)[1:].encode())
        return hashed.hexdigest()


def filled(lines: str, *, assessment: int, person: int, day: str, items: tuple[int, ...]) -> str:
    """Return the lines of one assessment. ``items`` are those of the lines, in their order."""
    told = lines.replace(ASSESSMENT, str(assessment)).replace(PERSON, str(person))
    return told.replace(DAY, day) % items


def _at(place: int) -> str:
    """A moment of the working day, a few minutes after the one before."""
    minutes = 9 * 60 + place * 3
    return f"{DAY} {minutes // 60:02}:{minutes % 60:02}:{place % 60:02}+01"


def _doubled(value: str) -> str:
    return text(value).replace("%", "%%")
