"""The person, their tenders, and the journal of one."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.permissions import signed_in
from uniha_clausier.common import journal

from ..documents.dossier_parts import events
from ..domain.queries import tenders as queries
from ..domain.queries.tenders import Candidate, Filters, LotState, Sheet
from ..models import Assessment, Checklist
from .access import tender_or_404
from .paging import paged
from .schemas import EventOut, Id, Me, Page, Paging, TenderOut, TenderQuery, TenderRow
from .site import REFUSALS

router = Router()


@router.get("/me", response={200: Me} | REFUSALS, summary="Qui appelle", tags=["Personne"])
def me(request: HttpRequest) -> dict[str, Any]:
    """La personne du jeton, ses établissements et ses rôles."""
    user = signed_in(request)
    return {
        "id": user.pk,
        "name": str(user),
        "email": user.email,
        "facilities": [
            {"id": facility.pk, "name": facility.name, "roles": [role.value for role in held]}
            for facility, held in account_queries.roles_by_facility(user)
        ],
        "token_expires_at": request.auth.expires_at,  # type: ignore[attr-defined]
    }


@router.get(
    "/tenders",
    response={200: Page[TenderRow]} | REFUSALS,
    summary="Lister les consultations",
    tags=["Consultations"],
)
def tender_list(request: HttpRequest, asked: Query[TenderQuery]) -> dict[str, Any]:
    """Les consultations de vos établissements, les plus récentes d’abord."""
    filters = Filters(
        text=asked.q,
        procedure=asked.procedure or "",
        state=asked.state or "",
        facility=asked.facility,
    )
    return paged(queries.tenders_of(signed_in(request), filters), asked)


@router.get(
    "/tenders/{pk}",
    response={200: TenderOut} | REFUSALS,
    summary="Lire une consultation",
    tags=["Consultations"],
)
def tender_detail(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """Ses lots, leurs check-lists, leurs candidats et l’avancement de chaque évaluation."""
    tender: Any
    tender, access = tender_or_404(request, pk)
    opening = tender.opening if tender.is_opened else None
    row = TenderRow.from_orm(tender).dict()
    lots = queries.lots_of(tender, reader=access.user)
    return row | {
        "opened_at": opening.opened_at if opening else None,
        "lots": [_lot(one) for one in lots],
    }


@router.get(
    "/tenders/{pk}/journal",
    response={200: Page[EventOut]} | REFUSALS,
    summary="Lire le journal d’une consultation",
    tags=["Consultations"],
)
def tender_journal(request: HttpRequest, pk: Path[Id], asked: Query[Paging]) -> dict[str, Any]:
    """Chaque événement, du plus ancien au plus récent, avec ce que son empreinte couvre."""
    tender, _access = tender_or_404(request, pk)
    return paged(events(tender), asked, journal.plain)


def _lot(state: LotState) -> dict[str, Any]:
    assessments: dict[int, list[dict[str, Any]]] = {}
    for sheet in state.sheets:
        for candidate in sheet.candidates:
            if candidate.assessment is not None:
                found = assessments.setdefault(candidate.candidacy.pk, [])
                found.append(assessment_ref(candidate.assessment))
    return {
        "id": state.lot.pk,
        "number": state.lot.number,
        "title": state.lot.title,
        "checklists": [_checklist(sheet) for sheet in state.sheets if sheet.checklist],
        "candidacies": [
            _candidacy(candidate, assessments.get(candidate.candidacy.pk, []))
            for candidate in state.sheets[0].candidates
        ],
    }


def _checklist(sheet: Sheet) -> dict[str, Any]:
    checklist = sheet.checklist
    assert isinstance(checklist, Checklist)
    return {
        "id": checklist.pk,
        "clausier": checklist.version.clausier.code,
        "title": checklist.version.title,
        "version": checklist.version.number,
        "edition": checklist.edition,
        "state": checklist.state,
        "asked": sheet.asked,
        "sha256": checklist.content_sha256,
        "correction": sheet.correction.pk if sheet.correction else None,
    }


def _candidacy(candidate: Candidate, assessments: list[dict[str, Any]]) -> dict[str, Any]:
    candidacy = candidate.candidacy
    product = candidacy.product
    return {
        "id": candidacy.pk,
        "vendor": candidacy.vendor,
        "product": product.name if product else "",
        "product_version": product.version if product else "",
        "stage": candidacy.stage,
        "assessments": assessments,
    }


def assessment_ref(assessment: Assessment) -> dict[str, Any]:
    """Return where an assessment stands."""
    return {
        "id": assessment.pk,
        "checklist": assessment.checklist_id,
        "total": assessment.total,
        "answered": assessment.answered,
        "scored": assessment.scored,
        "changed_at": assessment.changed_at,
        "answers_frozen_at": assessment.answers_frozen_at,
        "signed_at": assessment.signed_at,
        "version": assessment.number,
        "replaces": assessment.replaces_id,
        "replaced_at": assessment.replaced_at,
    }
