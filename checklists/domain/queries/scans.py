"""What the antivirus said of the files that people sent about a tender, whatever they are."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from uniha_clausier.common.enums import ScanState
from uniha_clausier.common.scanning import with_scan
from vendors.models import Tender

from ...models import Deposit, EliminatedFile, Evidence, ExchangeFile, Reception, SignedFile
from ..assessments import subject_of


def of_tender(tender: Tender) -> Iterator[tuple[str, str]]:
    """Return the name of each kept file of a tender, and its state.

    A file that was given to its candidate is told once, as the candidate's.
    """
    about = "candidacy__lot__tender"
    waiting = Deposit.objects.filter(checklist__lot__tender=tender, refusal="", reception=None)
    for found, name in (
        (Evidence.objects.filter(**{f"assessment__{about}": tender}), "name"),
        (ExchangeFile.objects.filter(**{f"party__assessment__{about}": tender}), "name"),
        (Reception.objects.filter(**{f"assessment__{about}": tender}), "sent_as"),
        (SignedFile.objects.filter(**{f"document__assessment__{about}": tender}), "sent_as"),
        (waiting, "sent_as"),
    ):
        yield from _shown(found).order_by("pk").values_list(name, "scan_state")


def never_scanned() -> Iterator[tuple[str, int, str]]:
    """Return the files that the antivirus never saw: name, facility, subject of the journal."""
    for found, facility, assessment in (
        (Evidence.objects.all(), "assessment__facility_id", "assessment_id"),
        (ExchangeFile.objects.all(), "party__assessment__facility_id", "party__assessment_id"),
        (Reception.objects.all(), "assessment__facility_id", "assessment_id"),
        (SignedFile.objects.all(), "document__assessment__facility_id", "document__assessment_id"),
    ):
        told = _unseen(found).values_list("file_name", facility, assessment)
        for file_name, facility_id, assessment_id in told:
            yield file_name, facility_id, subject_of(assessment_id)
    waiting = Deposit.objects.filter(refusal="", reception=None)
    told = _unseen(waiting).values_list(
        "file_name", "checklist__lot__tender__facility_id", "checklist_id"
    )
    for file_name, facility_id, checklist_id in told:
        yield file_name, facility_id, f"checklist/{checklist_id}"


def _unseen(found: QuerySet[Any]) -> QuerySet[Any]:
    return _shown(found).filter(scan_state=ScanState.NOT_SCANNED).order_by("pk")


def _shown(found: QuerySet[Any]) -> QuerySet[Any]:
    gone = EliminatedFile.objects.values("file_name")
    return with_scan(found.exclude(file_name__in=gone))
