"""Reads of the files that candidates sent."""

from collections.abc import Iterable

from django.db.models import QuerySet

from uniha_clausier.common.scanning import with_scan
from vendors.models import Lot

from ...models import Assessment, Checklist, ChecklistItem, Reception, TakeOver
from ..answering import CLAIMS_OF_KIND
from .assessment_versions import up_to
from .editions import editions_of


def receptions() -> QuerySet[Reception]:
    """Receptions with all that the head of a page names."""
    found = Reception.objects.select_related(
        "received_by",
        "late__decided_by",
        "assessment__facility",
        "assessment__candidacy__vendor",
        "assessment__candidacy__product",
        "assessment__candidacy__lot__tender__opening",
        "assessment__checklist__version__clausier",
    )
    return with_scan(found)


def of_assessment(assessment: Assessment) -> list[Reception]:
    """Return the files of one assessment, newest first, each with what was taken over.

    Those of the versions that it replaces come with them.
    """
    found = Reception.objects.filter(up_to(assessment)).select_related("received_by", "late")
    return list(with_scan(found).prefetch_related("takeovers__by").order_by("-number"))


def takeovers(reception: Reception) -> list[TakeOver]:
    """Return what was taken over from a file, newest first."""
    return list(reception.takeovers.select_related("by").order_by("-at", "-pk"))


def asked(checklist_id: int) -> dict[str, tuple[str, ...]]:
    """Return the claims that may be made on each point asked by a checklist, in official order."""
    items = (
        ChecklistItem.objects.filter(checklist=checklist_id, is_applicable=True)
        .order_by("position", "pk")
        .values_list("point__ref", "point__answer_kind")
    )
    return {ref: CLAIMS_OF_KIND[kind] for ref, kind in items if CLAIMS_OF_KIND[kind]}


def former_edition(assessment: Assessment, seals: Iterable[str]) -> Checklist | None:
    """Return the earlier edition of the same checklist that one of these hashes names, if any."""
    asked = assessment.checklist
    return next((one for one in editions_of(asked) if one.content_sha256 in set(seals)), None)


def lots_of_seals(assessment: Assessment, seals: Iterable[str]) -> list[Lot]:
    """Return the lots of the same facility whose published checklists bear these hashes."""
    found = Checklist.objects.filter(
        content_sha256__in=list(seals), lot__tender__facility=assessment.facility_id
    ).select_related("lot__tender")
    return [checklist.lot for checklist in found.order_by("pk")]
