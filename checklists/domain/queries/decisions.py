"""Reads of the decisions: each point with its claim, its score, its findings and what is decided."""

import datetime as dt
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q

from ...enums import AnswerKind
from ...models import Assessment, AssessmentDecision, ChecklistItem, PointDecision
from ..deciding import Why, reasons
from ..outdated import is_decision_outdated
from . import findings
from .findings import Given


class Line(NamedTuple):
    """One point of an assessment, and what is decided of it. ``version`` 0: nothing yet."""

    item: int
    ref: str
    title: str
    is_knock_out: bool
    claim: str
    claim_text: str
    answer_version: int
    score: str
    comment: str
    score_version: int
    decision: str
    commitment: str
    owner: str
    due_on: dt.date | None
    version: int
    read_answer: int
    read_score: int
    at: dt.datetime | None
    author: str
    given: tuple[Given, ...] = ()

    @property
    def why(self) -> list[Why]:
        """Why the point calls for a decision of its own; nothing: it goes with the others."""
        return reasons(
            is_knock_out=self.is_knock_out,
            claim=self.claim,
            is_answered=bool(self.claim or self.claim_text),
            score=self.score,
            findings=[one.value for one in self.given],
        )

    @property
    def is_outdated(self) -> bool:
        """Whether the claim or the score changed after the decision."""
        read, now = (self.read_answer, self.read_score), (self.answer_version, self.score_version)
        return is_decision_outdated(self.decision, read, now)

    @property
    def is_left(self) -> bool:
        """Whether the point still waits for its decision."""
        return not self.decision or self.is_outdated


def lines(assessment: Assessment) -> list[Line]:
    """Return the points that a candidate answers, in official order: two queries."""

    def own(name: str) -> FilteredRelation:
        return FilteredRelation(name, condition=Q(**{f"{name}__assessment": assessment}))

    items = (
        ChecklistItem.objects.filter(checklist=assessment.checklist_id, is_applicable=True)
        .exclude(point__answer_kind=AnswerKind.NONE)
        .annotate(answer=own("answers"), score=own("scores"), decision=own("decisions"))
        .order_by("position", "pk")
    )
    rows: Any = items.values_list(
        "pk",
        "point__ref",
        "point__title",
        "is_knock_out",
        "answer__value",
        "answer__text",
        "answer__version",
        "score__value",
        "score__comment",
        "score__value_version",
        "decision__value",
        "decision__commitment",
        "decision__owner",
        "decision__due_on",
        "decision__version",
        "decision__answer_version",
        "decision__score_version",
        "decision__decided_at",
        "decision__decided_by__full_name",
    )
    given = findings.by_point(assessment)
    return [_line(row, tuple(given.get(row[1], ()))) for row in rows]


def _line(row: tuple[Any, ...], given: tuple[Given, ...]) -> Line:
    """A point that nothing is decided of has no row of its own: its fields come empty."""
    line = Line._make((*row, given))
    return line._replace(
        decision=line.decision or "",
        commitment=line.commitment or "",
        owner=line.owner or "",
        version=line.version or 0,
        author=line.author or "",
    )


def of_assessment(assessment: Assessment) -> AssessmentDecision | None:
    """Return the decision on the whole of an assessment, None before."""
    found = AssessmentDecision.objects.filter(assessment=assessment)
    return found.select_related("decided_by").first()


def by_item(assessment: Assessment) -> dict[int, PointDecision]:
    """Return the decisions on the points of an assessment, by item: one query."""
    found = PointDecision.objects.filter(assessment=assessment).select_related("decided_by")
    return {one.item_id: one for one in found}
