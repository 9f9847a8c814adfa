"""What is kept for good: the signed documents, the copies made to last, the dossiers."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router

from uniha_clausier.accounts.permissions import access_or_404, signed_in
from uniha_clausier.common.attachments import kept_attachment, require_openable
from vendors.models import Tender

from ..documents import dossier, long_term, production, signatures
from ..domain import retention
from ..domain.queries import long_term as copy_queries
from ..domain.queries import retention as retention_queries
from ..domain.queries import signed_files as queries
from ..domain.queries.retention import Filters
from ..models import Dossier, SignedFile
from .access import BYTES, FILE, assessment_or_404, checked_file, tender_or_404
from .paging import paged
from .schemas import Id, Page
from .schemas_files import (
    DossierOut,
    LongTermCopyOut,
    RetentionQuery,
    RetentionRow,
    SignedFileOut,
)
from .site import REFUSALS

router = Router(tags=["Documents et dossiers"])


@router.get(
    "/documents/{pk}/signed-files",
    response={200: list[SignedFileOut]} | REFUSALS,
    summary="Lister les retours signés d’une édition",
)
def signed_list(request: HttpRequest, pk: Path[Id]) -> list[dict[str, Any]]:
    """Le dernier d’abord, avec le rapport de vérification et ce qu’une personne a décidé."""
    document = get_object_or_404(queries.signable(), pk=pk)
    access_or_404(signed_in(request), document.assessment.facility_id)
    return [_signed(one) for one in queries.of_document(document)]


@router.get(
    "/signed-files/{pk}/file",
    response=REFUSALS,
    summary="Télécharger un document signé",
    openapi_extra=FILE,
)
def signed_file(request: HttpRequest, pk: Path[Id]) -> HttpResponseBase:
    """Le fichier tel que reçu."""
    found = get_object_or_404(queries.signed_files(), pk=pk)
    access_or_404(signed_in(request), found.document.assessment.facility_id)
    name = production.download_name(found.document).replace(".pdf", "-signe.pdf")
    return checked_file(found.file_name, name=name)


@router.get(
    "/assessments/{pk}/long-term-copies",
    response={200: list[LongTermCopyOut]} | REFUSALS,
    summary="Lister les copies prolongées",
)
def copy_list(request: HttpRequest, pk: Path[Id]) -> list[dict[str, Any]]:
    """La dernière copie de chaque fichier scellé ou signé, faite pour durer."""
    return [
        {
            "id": one.pk,
            "document": one.document_id,
            "signed_file": one.signed_file_id,
            "number": one.number,
            "made_at": one.made_at,
            "good_until": one.good_until,
            "extends_sha256": one.extends_sha256,
            "sha256": one.file_sha256,
            "size": one.file_size,
        }
        for one in copy_queries.copies_of(assessment_or_404(request, pk))
    ]


@router.get(
    "/long-term-copies/{pk}/file",
    response=REFUSALS,
    summary="Télécharger une copie prolongée",
    openapi_extra=FILE,
)
def copy_file(request: HttpRequest, pk: Path[Id]) -> HttpResponseBase:
    """Le même fichier, suivi de ses preuves et d’un horodatage."""
    found = get_object_or_404(copy_queries.copies(), pk=pk)
    access_or_404(signed_in(request), found.document.assessment.facility_id)
    if found.signed_file:
        require_openable(found.signed_file.file_name)
    name = long_term.download_name(found)
    return kept_attachment(found.file_name, name=name, content_type=BYTES)


@router.get(
    "/tenders/{pk}/dossiers",
    response={200: list[DossierOut]} | REFUSALS,
    summary="Lister les éditions du dossier d’une consultation",
)
def dossier_list(request: HttpRequest, pk: Path[Id]) -> list[dict[str, Any]]:
    """La dernière d’abord, avec l’empreinte du fichier et celle de son bordereau."""
    tender, _access = tender_or_404(request, pk)
    found = Dossier.objects.filter(tender=tender).select_related("made_by").order_by("-number")
    return [
        {
            "id": one.pk,
            "number": one.number,
            "made_at": one.made_at,
            "made_by": str(one.made_by or ""),
            "sha256": one.file_sha256,
            "size": one.file_size,
            "file_count": one.file_count,
            "manifest_sha256": one.manifest_sha256,
        }
        for one in found
    ]


@router.get(
    "/dossiers/{pk}/file",
    response=REFUSALS,
    summary="Télécharger un dossier",
    openapi_extra=FILE,
)
def dossier_file(request: HttpRequest, pk: Path[Id]) -> HttpResponseBase:
    """Le ZIP d’une édition, tel qu’il a été fait."""
    found = get_object_or_404(Dossier.objects.select_related("tender"), pk=pk)
    access_or_404(signed_in(request), found.tender.facility_id)
    name = dossier.download_name(found.tender, found.number)
    return kept_attachment(found.file_name, name=name, content_type=BYTES)


def _signed(one: SignedFile) -> dict[str, Any]:
    return {
        "id": one.pk,
        "name": one.sent_as,
        "sha256": one.file_sha256,
        "size": one.file_size,
        "scan": one.scan_state,
        "received_at": one.received_at,
        "received_by": str(one.received_by),
        "decision": one.decision,
        "report": signatures.validation_report(one),
    }


@router.get(
    "/retention",
    response={200: Page[RetentionRow]} | REFUSALS,
    summary="Lister ce qui est conservé, et jusqu’à quand",
)
def retention_list(request: HttpRequest, asked: Query[RetentionQuery]) -> dict[str, Any]:
    """Par consultation, la première échéance d’abord."""
    today = retention.today()
    filters = Filters(text=asked.q, state=asked.state or "", facility=asked.facility)
    found = retention_queries.tenders_of(signed_in(request), filters, today)

    def row(tender: Tender) -> dict[str, Any]:
        return {
            "tender": tender.pk,
            "facility": tender.facility,
            "reference": tender.reference,
            "title": tender.title,
            "parts": [
                {
                    "scope": one.scope.value,
                    "until": one.until,
                    "basis": one.basis,
                    "state": one.state.value,
                }
                for one in retention_queries.parts_of(tender, today)
            ],
        }

    return paged(found, asked, row)
