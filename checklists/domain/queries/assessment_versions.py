"""Reads of the versions of an assessment: a signed one is corrected by the next."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from ...enums import SignedDecision
from ...models import Assessment, SignedFile


def versions(assessment: Assessment) -> list[Assessment]:
    """Return every version of an assessment, the current one first."""
    found = Assessment.objects.filter(
        candidacy=assessment.candidacy_id, checklist=assessment.checklist_id
    )
    return list(found.select_related("created_by", "replaces").order_by("-number"))


def up_to(assessment: Assessment, way: str = "assessment") -> Q:
    """Keep what belongs to an assessment or to a version before it; ``way`` leads to it.

    What a candidate sent and was asked stays where it came: a correction does not copy it.
    """
    if assessment.number == 1:
        return Q(**{way: assessment.pk})
    return Q(**{f"{way}__in": _up_to(assessment)})


def _up_to(assessment: Assessment) -> QuerySet[Assessment]:
    return Assessment.objects.filter(
        candidacy=assessment.candidacy_id,
        checklist=assessment.checklist_id,
        number__lte=assessment.number,
    )


def signed_document(assessment: Assessment) -> SignedFile | None:
    """Return the signed file that stands for a version: the last one that was accepted."""
    return signed_documents([assessment]).get(assessment.pk)


def signed_documents(found: Iterable[Assessment]) -> dict[int, SignedFile]:
    """Return the same for each of some versions that has one: one query."""
    accepted = SignedFile.objects.filter(
        document__assessment__in=found, decision=SignedDecision.ACCEPTED
    )
    rows = accepted.select_related("document").defer("document__content")
    return {row.document.assessment_id: row for row in rows.order_by("decided_at", "pk")}
