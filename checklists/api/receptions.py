"""The answer files: those of a candidate, and those that wait for one."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Router

from uniha_clausier.accounts.permissions import access_or_404, signed_in
from uniha_clausier.common.attachments import GONE, attachment, require_openable

from ..documents import answer_files
from ..documents.answer_files import UnreadableWorkbook
from ..domain.queries import deposits as deposit_queries
from ..domain.queries import receptions as queries
from ..models import Deposit, LateFile, Reception
from .access import BYTES, FILE, assessment_or_404
from .checklists import published_or_404
from .schemas import Id
from .schemas_exchanges import DepositOut, ReceptionOut
from .site import REFUSALS

router = Router(tags=["Classeurs de réponse"])


@router.get(
    "/assessments/{pk}/receptions",
    response={200: list[ReceptionOut]} | REFUSALS,
    summary="Lister les classeurs reçus d’un candidat",
)
def reception_list(request: HttpRequest, pk: Path[Id]) -> list[dict[str, Any]]:
    """Le dernier d’abord, avec ce qui en a été repris et, hors délai, ce qui est décidé."""
    return [_reception(one) for one in queries.of_assessment(assessment_or_404(request, pk))]


@router.get(
    "/receptions/{pk}/file",
    response=REFUSALS,
    summary="Télécharger un classeur reçu",
    openapi_extra=FILE,
)
def reception_file(request: HttpRequest, pk: Path[Id]) -> HttpResponse:
    """Le fichier tel que reçu."""
    found = get_object_or_404(queries.receptions(), pk=pk)
    access_or_404(signed_in(request), found.assessment.facility_id)
    return _given(found)


@router.get(
    "/checklists/{pk}/deposits",
    response={200: list[DepositOut]} | REFUSALS,
    summary="Lister les classeurs déposés ensemble",
)
def deposit_list(request: HttpRequest, pk: Path[Id]) -> list[dict[str, Any]]:
    """Le dernier d’abord : refusé avec son motif, en attente, ou devenu celui d’un candidat."""
    checklist = published_or_404(request, pk)
    return [_deposit(one) for one in deposit_queries.of_checklist(checklist)]


@router.get(
    "/deposits/{pk}/file",
    response=REFUSALS,
    summary="Télécharger un classeur déposé",
    openapi_extra=FILE,
)
def deposit_file(request: HttpRequest, pk: Path[Id]) -> HttpResponse:
    """Le fichier tel que reçu ; un fichier refusé n’est pas gardé."""
    found = get_object_or_404(deposit_queries.deposits(), pk=pk)
    access_or_404(signed_in(request), found.checklist.lot.tender.facility_id)
    return _given(found)


def _given(found: Reception | Deposit) -> HttpResponse:
    require_openable(found.file_name)
    try:
        content = answer_files.kept(found)
    except UnreadableWorkbook:
        raise Http404(GONE) from None
    name = f"{found.file_sha256[:16]}.{found.kind}"
    return attachment(content, name=name, content_type=BYTES)


def _reception(one: Reception) -> dict[str, Any]:
    return _file(one) | {
        "number": one.number,
        "takeovers": [
            {"at": act.at, "by": str(act.by), "changed": act.changed, "decisions": act.decisions}
            for act in one.takeovers.all()
        ],
        "late": _late(one.lateness),
    }


def _late(late: LateFile | None) -> dict[str, Any] | None:
    if late is None:
        return None
    return {
        "deposited_at": late.deposited_at,
        "deadline": late.deadline,
        "decision": late.decision,
        "reason": late.reason,
        "decided_at": late.decided_at,
        "decided_by": str(late.decided_by or ""),
    }


def _deposit(one: Deposit) -> dict[str, Any]:
    return _file(one) | {
        "deposited_at": one.deposited_at,
        "refusal": one.refusal,
        "clue": one.clue,
        "reception": one.reception_id,
        "assessment": one.reception.assessment_id if one.reception else None,
    }


def _file(one: Reception | Deposit) -> dict[str, Any]:
    return {
        "id": one.pk,
        "name": one.sent_as,
        "kind": one.kind,
        "sha256": one.file_sha256,
        "size": one.file_size,
        "scan": one.scan_state if one.file_name else "",
        "received_at": one.received_at,
        "received_by": str(one.received_by),
    }
