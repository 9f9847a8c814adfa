"""Reads of the files that back the answers of a candidate."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from uniha_clausier.common.enums import ScanState
from uniha_clausier.common.scanning import with_scan

from ...models import Assessment, Evidence
from ..assessments import subject_of

_LINKS: Any = Evidence.items.through


def files() -> QuerySet[Evidence]:
    """Files with what opens them to a member."""
    return Evidence.objects.select_related("assessment__candidacy__lot__tender__opening")


def counts(assessment: Assessment) -> Coalesce:
    """Return, of each checklist item of the query, how many files back it in an assessment."""
    links = _LINKS.objects.filter(checklistitem=OuterRef("pk"), evidence__assessment=assessment)
    counted = links.order_by().values("checklistitem").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def of_point(assessment: Assessment, ref: str) -> list[Evidence]:
    """Return the files that back one point, in the order they came."""
    found = with_scan(Evidence.objects.filter(assessment=assessment, items__point__ref=ref))
    return list(found.select_related("added_by", "added_by_link").order_by("added_at", "pk"))


def by_point(assessment: Assessment) -> dict[str, list[Evidence]]:
    """Return the files of an assessment by the number of the point they back: two queries."""
    known = {one.pk: one for one in with_scan(Evidence.objects.filter(assessment=assessment))}
    links = (
        _LINKS.objects.filter(evidence__assessment=assessment) if known else _LINKS.objects.none()
    )
    found: dict[str, list[Evidence]] = {}
    for ref, pk in links.order_by("evidence_id").values_list(
        "checklistitem__point__ref", "evidence_id"
    ):
        found.setdefault(ref, []).append(known[pk])
    return found


def never_scanned() -> Iterator[tuple[str, int, str]]:
    """Return the joined files that the antivirus never saw: name, facility, subject of the journal."""
    found = with_scan(Evidence.objects.all()).filter(scan_state=ScanState.NOT_SCANNED)
    told = found.order_by("pk").values_list("file_name", "assessment__facility_id", "assessment_id")
    for file_name, facility_id, assessment_id in told:
        yield file_name, facility_id, subject_of(assessment_id)
