"""Reads of the assessment page: one assessment, its rows, its counters, the history of a point.

What depends only on a published clausier version (chapters, texts, guides, errata) is read once a
process and kept: the database refuses to change it, and the number of errata, which are only ever
added, is part of its key. The rest is a constant number of queries.
"""

import datetime as dt
from collections import Counter
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Count, FilteredRelation, OuterRef, Q, QuerySet, Subquery

from uniha_clausier.accounts.models import Membership, User
from uniha_clausier.accounts.permissions import Access, with_delegated
from uniha_clausier.common import journal, logs
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.rows import ANOTHER_NUMBER, SOME_NUMBER, PreparedRows

from ...enums import AnswerKind, ReferenceStatus
from ...models import (
    Assessment,
    Chapter,
    ChecklistItem,
    ControlPoint,
    Erratum,
)
from .. import authors
from ..assessments import subject_of
from ..chapters import groups
from ..outdated import is_score_outdated
from ..wording import mended
from . import errata, evidence
from .errata import ErratumText
from .late_files import OUT_OF_TIME


class VersionKey(NamedTuple):
    """A published version, and how many errata it has.

    Its title and hash are there because a number alone may be reused.
    """

    pk: int
    title: str
    sha256: str
    errata: int = 0


class Door(NamedTuple):
    """What opens an assessment to a person: the roles held there, and the version it asks."""

    access: Access
    version: VersionKey


class ChapterText(NamedTuple):
    """A chapter of the clausier. ``root`` is the position of the one its points are read in."""

    position: int
    root: int
    ref: str
    title: str
    note: str
    pk: int


class PointText(NamedTuple):
    """A control point, as plain values. ``chapter`` is the position of its own chapter."""

    ref: str
    position: int
    chapter: int
    title: str
    requirement: str
    expected: str
    answer_kind: str
    guide_compliant: str
    guide_partial: str
    guide_non_compliant: str
    references: list[dict[str, Any]]
    reviewers: list[str]
    erratum: str
    errata: tuple[ErratumText, ...]


class Catalogue(NamedTuple):
    """The chapters by position and the points by number, both in official order."""

    chapters: dict[int, ChapterText]
    points: dict[str, PointText]

    def root_of(self, ref: str) -> int:
        return self.chapters[self.points[ref].chapter].root

    def positions_under(self, root: int) -> list[int]:
        return [point.position for point in self.points.values() if self.root_of(point.ref) == root]


class Counts(NamedTuple):
    """Counts of points, never of compliance."""

    total: int
    answered: int
    scored: int

    @property
    def missing(self) -> int:
        return self.total - self.scored


class PointState(NamedTuple):
    """What one point of one assessment holds. A reminder (O-2.8) has no ``item`` to score."""

    ref: str
    is_knock_out: bool
    weight: Any
    legal_effect: str
    claim: str = ""
    claim_text: str = ""
    answer_version: int = 0
    answer_at: dt.datetime | None = None
    answer_by: int | None = None
    score: str = ""
    comment: str = ""
    score_version: int = 0
    score_at: dt.datetime | None = None
    score_by: int | None = None
    is_reminder: bool = False
    files: int = 0

    @property
    def is_outdated(self) -> bool:
        """Whether the claim changed after the score."""
        return is_score_outdated(self.score, self.score_at, self.answer_at)


def assessments() -> QuerySet[Assessment]:
    """Assessments with all that the head of a page names, in one query."""
    return Assessment.objects.select_related(
        "facility",
        "candidacy__vendor",
        "candidacy__product",
        "candidacy__lot__tender__opening",
        "checklist__version__clausier",
        "answers_frozen_by",
    ).annotate(is_out=OUT_OF_TIME)


def door(user: User, assessment_id: int) -> Door | None:
    """Return the roles of ``user`` where this assessment belongs: one join, None for a stranger."""
    rows = _ROLES(user.pk, assessment_id)
    if not rows:
        return None
    logs.tell(facility_id=rows[0][0])
    access = with_delegated(Access(user, rows[0][0], frozenset(row[1] for row in rows)))
    pk, title, sha256, errata = rows[0][2:]
    return Door(access, VersionKey(pk, title, sha256, errata or 0))


def _roles(user_id: Any, assessment_id: Any) -> QuerySet[Any, Any]:
    version = "facility__assessments__checklist__version__"
    names = (f"{version}pk", f"{version}title", f"{version}content_sha256")
    errata = Erratum.objects.filter(version=OuterRef(f"{version}pk")).order_by().values("version")
    held = Membership.objects.filter(user=user_id, facility__assessments=assessment_id)
    count = Subquery(errata.annotate(count=Count("pk")).values("count"))
    return held.values_list("facility_id", "role", *names, count)


_ROLES = PreparedRows(_roles, SOME_NUMBER, ANOTHER_NUMBER)


@lru_cache(maxsize=8)
def catalogue(key: VersionKey) -> Catalogue:
    """Return the texts of a published version as pages show them, from memory when known."""
    names = [name for name in PointText._fields if name not in {"chapter", "errata"}]
    points = list(
        ControlPoint.objects.filter(version=key.pk)
        .order_by("position")
        .values("chapter_id", *names)
    )
    rows = list(Chapter.objects.filter(version=key.pk).order_by("position"))
    places = {chapter.pk: chapter.position for chapter in rows}
    shown_in = groups(rows, {point["chapter_id"] for point in points})
    chapters = {
        chapter.position: ChapterText(
            chapter.position,
            shown_in[chapter.pk].position,
            chapter.ref,
            mended(chapter.title),
            mended(chapter.note),
            chapter.pk,
        )
        for chapter in rows
    }
    texts, found = {}, errata.by_point(key.pk)
    for point in points:
        point |= {name: mended(point[name]) for name in ("title", "requirement", "expected")}
        point["references"] = [_with_label(reference) for reference in point["references"]]
        place = places[point.pop("chapter_id")]
        own = found.get(point["ref"], ())
        texts[point["ref"]] = PointText(chapter=place, errata=own, **point)
    return Catalogue(chapters, texts)


def _with_label(reference: dict[str, Any]) -> dict[str, Any]:
    status = reference.get("status") or ReferenceStatus.IN_FORCE
    return {
        "label": reference["label"],
        "note": reference.get("note", ""),
        "status": status,
        "status_label": str(ReferenceStatus(status).label),
    }


_ITEM = ("point__ref", "is_knock_out", "weight", "legal_effect")
_ANSWER = tuple(
    f"answer__{name}" for name in ("value", "text", "version", "updated_at", "updated_by")
)
_SCORE = tuple(
    f"decided__{name}" for name in ("value", "comment", "version", "updated_at", "updated_by")
)
_SCORED = len(_ITEM) + len(_ANSWER) + _SCORE.index("decided__version")
"""The place of the version of a score in the columns of a state: a reminder has none."""


def states(assessment: Assessment) -> list[PointState]:
    """Return the state of each point asked, in official order, reminders included: one query."""
    items = (
        ChecklistItem.objects.filter(checklist=assessment.checklist_id, is_applicable=True)
        .annotate(
            answer=FilteredRelation("answers", condition=Q(answers__assessment=assessment)),
            decided=FilteredRelation("scores", condition=Q(scores__assessment=assessment)),
            files=evidence.counts(assessment),
        )
        .order_by("position", "pk")
    )
    rows: Any = items.values_list("point__answer_kind", *_ITEM, *_ANSWER, *_SCORE, "files")
    return [
        _state(row) for kind, *row in rows if row[_SCORED] is not None or kind == AnswerKind.NONE
    ]


def _state(row: list[Any]) -> PointState:
    if row[_SCORED] is not None:
        return PointState(*row[:-1])._replace(files=row[-1])
    ref, is_knock_out, weight, effect = row[: len(_ITEM)]
    return PointState(ref, is_knock_out, weight, effect, is_reminder=True)


def state_of(assessment: Assessment, ref: str) -> PointState | None:
    """Return the state of one point, None when the checklist doesn't ask it."""
    return next((state for state in states(assessment) if state.ref == ref), None)


def counts_by_chapter(texts: Catalogue, rows: list[PointState]) -> dict[int, Counts]:
    """Count the points of each chapter shown, from rows that were read already."""
    total: Counter[int] = Counter()
    answered: Counter[int] = Counter()
    scored: Counter[int] = Counter()
    for row in rows:
        root = texts.root_of(row.ref)
        total[root] += not row.is_reminder
        answered[root] += bool(row.claim or row.claim_text)
        scored[root] += bool(row.score)
    return {root: Counts(total[root], answered[root], scored[root]) for root in total}


def history(assessment: Assessment, ref: str) -> list[tuple[AuditEvent, str]]:
    """Return the events of one point, newest first, each with the name of its author."""
    subject = subject_of(assessment.pk, ref)
    events = journal.history(tenant=assessment.facility_id, subject=subject)
    name = authors.naming(events)
    return [(event, name(event)) for event in reversed(events)]
