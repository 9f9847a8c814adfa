"""An assessment whose points are scored in several ways, and what a buyer decides of it."""

import datetime as dt
from typing import Any

from checklists.domain import answering, decisions
from checklists.domain.decisions import Edit
from checklists.domain.queries import decisions as queries
from checklists.models import Assessment, AssessmentDecision
from tests import factories
from uniha_clausier.accounts.models import Facility, User

REFS = ("O-1.1", "O-2.1", "O-7.1", "O-7.2")
SOON = dt.date(2027, 3, 1)


def scored_assessment(by: User, facility: Facility) -> Assessment:
    """Four points: one compliant, one NON, one partial, one compliant."""
    assessment = factories.assessment(by, facility)
    score_points(assessment, by)
    return assessment


def score_points(assessment: Assessment, by: User) -> None:
    write(assessment, "O-1.1", "claim_text", "Voir le mémoire.", by)
    for ref, claim in zip(REFS[1:], ("no", "yes", "yes"), strict=True):
        write(assessment, ref, "claim", claim, by)
    scores = ("compliant", "non_compliant", "partial", "compliant")
    for ref, score in zip(REFS, scores, strict=True):
        write(assessment, ref, "score", score, by)


def write(assessment: Assessment, ref: str, field: str, value: str, by: User) -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=99, by=by
    )


def edit(assessment: Assessment, ref: str, value: str, **given: Any) -> Edit:
    """What a person who reads the page now decides."""
    (line,) = [one for one in queries.lines(assessment) if one.ref == ref]
    read = {
        "base_version": line.version,
        "answer_version": line.answer_version,
        "score_version": line.score_version,
    }
    return Edit(ref, value, **read | given)


def reservation(assessment: Assessment, ref: str) -> Edit:
    return edit(
        assessment,
        ref,
        "reserved",
        commitment="Chiffrer les sauvegardes.",
        owner="Éditeur, chef de projet",
        due_on=SOON,
    )


def decide(assessment: Assessment, by: User, *edits: Edit) -> decisions.Outcome:
    return decisions.decide_points(assessment_id=assessment.pk, edits=edits, by=by)


def whole(assessment: Assessment, value: str, by: User, **given: Any) -> AssessmentDecision:
    values: dict[str, Any] = {"reason": "", "base_version": 0} | given
    return decisions.decide_whole(assessment_id=assessment.pk, value=value, by=by, **values)


def decided(assessment: Assessment) -> dict[str, str]:
    return {line.ref: line.decision for line in queries.lines(assessment)}


def ready(assessment: Assessment, by: User, *edits: Edit) -> None:
    decide(assessment, by, *edits)
    decisions.accept_others(assessment_id=assessment.pk, by=by)
