"""The vendors, their certificates, and those that stand beside the points of an assessment."""

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Path, Query, Router

from uniha_clausier.accounts.permissions import access_or_404, signed_in
from vendors.domain import certificates as of_vendors
from vendors.domain import queries
from vendors.models import Candidacy, Certificate, Vendor

from ..domain.queries import certificates as joined_queries
from ..models import JoinedCertificate
from .access import FILE, assessment_or_404, checked_file
from .paging import paged
from .schemas import Id, Page
from .schemas_files import JoinedCertificateOut, VendorOut, VendorQuery, VendorRow
from .site import REFUSALS

router = Router(tags=["Fournisseurs"])


@router.get(
    "/vendors",
    response={200: Page[VendorRow]} | REFUSALS,
    summary="Lister les fournisseurs",
)
def vendor_list(request: HttpRequest, asked: Query[VendorQuery]) -> dict[str, Any]:
    """Ceux de vos établissements, par nom."""
    return paged(queries.vendors_of(signed_in(request), asked.q), asked)


@router.get(
    "/vendors/{pk}",
    response={200: VendorOut} | REFUSALS,
    summary="Lire un fournisseur",
)
def vendor_detail(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """Son identité, ses solutions, ses certificats en cours et les lots auxquels il répond."""
    vendor = get_object_or_404(queries.vendors(), pk=pk)
    access_or_404(signed_in(request), vendor.facility_id)
    today = timezone.localdate()
    return _vendor(vendor) | {
        "products": list(vendor.products.order_by("name", "version", "pk")),
        "certificates": [_certificate(one, today) for one in of_vendors.current(vendor)],
        "candidacies": [_candidacy(one) for one in queries.candidacies_of(vendor)],
    }


@router.get(
    "/certificates/{pk}/file",
    response=REFUSALS,
    summary="Télécharger un certificat",
    openapi_extra=FILE,
)
def certificate_file(request: HttpRequest, pk: Path[Id]) -> HttpResponseBase:
    """Le fichier d’un certificat ; jamais un fichier infecté ou pas encore analysé."""
    found = get_object_or_404(Certificate.objects.select_related("vendor"), pk=pk)
    access_or_404(signed_in(request), found.vendor.facility_id)
    if not found.file_name:
        raise Http404
    return checked_file(found.file_name, name=f"{found.file_sha256[:16]}.{found.file_kind}")


@router.get(
    "/assessments/{pk}/certificates",
    response={200: list[JoinedCertificateOut]} | REFUSALS,
    summary="Lister les certificats joints aux points",
)
def joined_list(request: HttpRequest, pk: Path[Id]) -> list[dict[str, Any]]:
    """Tels qu’ils étaient le jour où l’établissement les a joints."""
    found = joined_queries.by_point(assessment_or_404(request, pk))
    return [_joined(ref, one) for ref, several in found.items() for one in several]


def _vendor(vendor: Vendor) -> dict[str, Any]:
    return {
        "id": vendor.pk,
        "facility": vendor.facility,
        "name": vendor.name,
        "country": vendor.country,
        "siren": vendor.siren,
        "siret": vendor.siret,
        "foreign_id": vendor.foreign_id,
        "contact_name": vendor.contact_name,
        "contact_email": vendor.contact_email,
    }


def _certificate(one: Certificate, today: dt.date) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "number": one.number,
        "issuer": one.issuer,
        "covers": of_vendors.words(one),
        "issued_on": one.issued_on,
        "valid_until": one.valid_until,
        "last_day": of_vendors.last_day(one),
        "standing": of_vendors.standing(one, today).value,
        "remark": of_vendors.remark(one),
        "file_name": one.sent_as,
        "file_sha256": one.file_sha256,
        "scan": one.scan_state if one.file_name else "",
    }


def _candidacy(one: Candidacy) -> dict[str, Any]:
    return {
        "id": one.pk,
        "tender": one.lot.tender_id,
        "reference": one.lot.tender.reference,
        "lot": one.lot_id,
        "product": one.product.name if one.product else "",
        "stage": one.stage,
    }


def _joined(ref: str, one: JoinedCertificate) -> dict[str, Any]:
    told: dict[str, Any] = one.data
    return told | {
        "ref": ref,
        "certificate": one.certificate_id,
        "joined_at": one.joined_at,
        "joined_by": str(one.joined_by),
    }
