"""The assessments: the list, each one whole, its evidence and its sealed documents."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Path, Query, Router

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.permissions import access_or_404, require, signed_in
from uniha_clausier.common import validity
from uniha_clausier.common.attachments import kept_attachment
from uniha_clausier.common.canonical import canonical_json

from .. import permissions
from ..documents import exports, production, report
from ..domain import disclosure
from ..domain.queries import documents as document_queries
from ..domain.queries import evidence as evidence_queries
from ..enums import DocumentState
from ..models import Assessment, Evidence
from .access import BYTES, FILE, assessment_or_404, checked_file
from .paging import paged
from .schemas import (
    AssessmentQuery,
    AssessmentRow,
    DocumentOut,
    EvidenceOut,
    Id,
    Page,
)
from .site import REFUSALS
from .tenders import assessment_ref

router = Router(tags=["Évaluations"])


@router.get(
    "/assessments",
    response={200: Page[AssessmentRow]} | REFUSALS,
    summary="Lister les évaluations",
)
def assessment_list(request: HttpRequest, asked: Query[AssessmentQuery]) -> dict[str, Any]:
    """Celles de vos établissements, la dernière modifiée d’abord, chacune dans sa version en cours.
    La version signée qu’elle remplace se lit à son adresse."""
    mine = account_queries.facility_ids_of(signed_in(request))
    found = Assessment.objects.filter(facility__in=mine, replaced_at=None).select_related(
        "candidacy__vendor", "candidacy__lot"
    )
    if asked.tender:
        found = found.filter(candidacy__lot__tender=asked.tender)
    if asked.checklist:
        found = found.filter(checklist=asked.checklist)
    return paged(found.order_by("-changed_at", "-pk"), asked, _row)


@router.get(
    "/assessments/{pk}",
    response={200: dict[str, Any], 304: None} | REFUSALS,
    summary="Lire une évaluation entière",
)
def assessment_detail(request: HttpRequest, pk: Path[Id]) -> HttpResponse:
    """Chaque point avec ce que le candidat déclare, les constats et la note, sous le schéma
    publié (/schemas/evaluation-1.json). L’en-tête ETag est l’empreinte des données :
    renvoyez-la dans If-None-Match pour ne relire que ce qui a changé."""
    assessment_or_404(request, pk)
    content = exports.current(report.gather(pk))
    etag = f'"{content["data_sha256"]}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(canonical_json(content), content_type="application/json")
    response.headers["ETag"] = etag
    return response


@router.get(
    "/assessments/{pk}/evidence",
    response={200: list[EvidenceOut]} | REFUSALS,
    summary="Lister les documents joints par le candidat",
)
def evidence_list(request: HttpRequest, pk: Path[Id]) -> list[dict[str, Any]]:
    """Leur nom, leur empreinte, les points qu’ils appuient et ce que l’établissement en dit, après
    l’ouverture des plis ; les versions remplacées sont gardées."""
    assessment = assessment_or_404(request, pk)
    require(permissions.compare(assessment.candidacy.lot.tender))
    today = timezone.localdate()
    return [_evidence(one, today) for one in evidence_queries.of_assessment(assessment)]


@router.get(
    "/evidence/{pk}/file",
    response=REFUSALS,
    summary="Télécharger un document joint",
    openapi_extra=FILE,
)
def evidence_file(request: HttpRequest, pk: Path[Id]) -> HttpResponseBase:
    """Le fichier tel que le candidat l’a joint ; jamais un fichier infecté ou pas encore analysé."""
    found = get_object_or_404(evidence_queries.files(), pk=pk)
    access_or_404(signed_in(request), found.assessment.facility_id)
    require(permissions.compare(found.assessment.candidacy.lot.tender))
    return checked_file(found.file_name, name=f"{found.file_sha256[:16]}.{found.kind}")


@router.get(
    "/assessments/{pk}/documents",
    response={200: list[DocumentOut]} | REFUSALS,
    summary="Lister les éditions du PDF scellé",
)
def document_list(request: HttpRequest, pk: Path[Id]) -> list[dict[str, Any]]:
    """La dernière d’abord, avec leur état et leur empreinte."""
    return [
        {
            "id": one.pk,
            "number": one.number,
            "state": one.state,
            "requested_at": one.requested_at,
            "finished_at": one.finished_at,
            "data_sha256": one.content_sha256,
            "file_sha256": one.file_sha256,
            "file_size": one.file_size,
            "pages": one.page_count,
            "seal": one.seal,
            "error": one.error,
        }
        for one in document_queries.editions(assessment_or_404(request, pk))
    ]


@router.get(
    "/documents/{pk}/file",
    response=REFUSALS,
    summary="Télécharger un PDF scellé",
    openapi_extra=FILE,
)
def document_file(request: HttpRequest, pk: Path[Id]) -> HttpResponseBase:
    """Le fichier d’une édition prête."""
    found = get_object_or_404(document_queries.documents(), pk=pk, state=DocumentState.READY)
    access_or_404(signed_in(request), found.assessment.facility_id)
    name = production.download_name(found)
    return kept_attachment(found.file_name, name=name, content_type=BYTES)


def _evidence(one: Evidence, today: dt.date) -> dict[str, Any]:
    items = sorted(one.items.all(), key=lambda item: item.position)
    return {
        "id": one.pk,
        "name": one.name,
        "kind": one.kind,
        "sha256": one.file_sha256,
        "size": one.file_size,
        "added_at": one.added_at,
        "added_by": str(one.added_by_link or one.added_by),
        "points": [item.point.ref for item in items],
        "scan": one.scan_state,
        "valid_until": one.valid_until,
        "validity": validity.of(one.valid_until, today).value,
        "secrecy": disclosure.secrecy_of(one).value,
        "is_restricted": disclosure.is_restricted(one),
        "replaced_by": one.replaced_by_id,
    }


def _row(assessment: Assessment) -> dict[str, Any]:
    candidacy = assessment.candidacy
    return assessment_ref(assessment) | {
        "tender": candidacy.lot.tender_id,
        "lot": candidacy.lot_id,
        "candidacy": candidacy.pk,
        "vendor": candidacy.vendor.name,
    }
