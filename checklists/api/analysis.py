"""What is made of the answers: the note line by line, the decisions, the opinions asked."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router

from ..documents import report
from ..domain import decisions
from ..domain.comparing import Candidate, Comparison, Point
from ..domain.queries import comparison as comparison_queries
from ..domain.queries import decisions as decision_queries
from ..domain.queries import opinions as opinion_queries
from ..domain.queries import reservations as reservation_queries
from ..domain.queries import visas as visa_queries
from ..domain.queries.decisions import Line
from ..domain.scoring import Line as Computed
from ..models import OpinionRequest, PointDecision, VisaRound
from .access import assessment_or_404, tender_or_404
from .checklists import number_text
from .paging import paged
from .schemas import Id, Page
from .schemas_analysis import (
    DecisionOut,
    NoteOut,
    OpinionRequestOut,
    ReservationOut,
    ReservationQuery,
    VisasOut,
)
from .site import REFUSALS

router = Router()


@router.get(
    "/assessments/{pk}/note",
    response={200: NoteOut} | REFUSALS,
    summary="Lire le calcul d’une note",
    tags=["Évaluations"],
)
def assessment_note(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """Ligne par ligne, en décimaux exacts : de quoi refaire le calcul à la main."""
    assessment = assessment_or_404(request, pk)
    compared = comparison_queries.comparison(assessment.checklist, only=assessment)
    [candidate] = compared.candidates
    note = compared.note(candidate)
    points = {point.ref: point for point in compared.points}
    return {
        "assessment": assessment.pk,
        "earned": report.decimal_text(note.tally.earned),
        "possible": report.decimal_text(note.tally.possible),
        "rate": number_text(note.tally.rate),
        "note": number_text(note.value),
        "max_note": report.decimal_text(note.max_note),
        "missing": note.tally.missing,
        "lines": [_computed(compared, candidate, points[one.ref], one) for one in note.lines],
    }


def _computed(
    compared: Comparison, candidate: Candidate, point: Point, line: Computed
) -> dict[str, Any]:
    return {
        "ref": point.ref,
        "title": point.title,
        "chapter": point.chapter,
        "is_knock_out": point.is_knock_out,
        "legal_effect": point.effect,
        "claim": compared.cell(candidate, point).claim,
        "score": line.score,
        "worth": number_text(line.worth),
        "weight": report.decimal_text(line.weight),
        "product": report.decimal_text(line.product),
        "counted": report.decimal_text(line.counted),
        "stake": compared.stake(candidate, point).value,
    }


@router.get(
    "/assessments/{pk}/decision",
    response={200: DecisionOut} | REFUSALS,
    summary="Lire les décisions sur une évaluation",
    tags=["Décisions"],
)
def assessment_decision(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """Sur l’ensemble, avec ce qui manque pour décider, puis sur chaque point : acceptée, avec
    réserve (engagement, responsable, échéance) ou refusée."""
    assessment = assessment_or_404(request, pk)
    lines, known = decision_queries.lines(assessment), decision_queries.of_assessment(assessment)
    missing = decisions.missing_to_decide(lines)
    return {
        "assessment": assessment.pk,
        "value": known.value if known else "",
        "reason": known.reason if known else "",
        "version": known.version if known else 0,
        "at": known.decided_at if known else None,
        "author": str(known.decided_by) if known else "",
        "is_outdated": decisions.is_whole_outdated(known, lines),
        "unscored": list(missing.unscored),
        "undecided": list(missing.undecided),
        "points": [_decided(line) for line in lines],
    }


def _decided(line: Line) -> dict[str, Any]:
    return line._asdict() | {
        "why": [why.value for why in line.why],
        "is_outdated": line.is_outdated,
        "findings": [
            one._asdict() | {"is_outdated": one.is_outdated(line.answer_version)}
            for one in line.given
        ],
    }


@router.get(
    "/tenders/{pk}/reservations",
    response={200: Page[ReservationOut]} | REFUSALS,
    summary="Suivre les réserves d’une consultation",
    tags=["Décisions"],
)
def reservation_list(
    request: HttpRequest, pk: Path[Id], asked: Query[ReservationQuery]
) -> dict[str, Any]:
    """L’engagement de chaque candidat, la première échéance d’abord ; sans ceux qui sont refusés."""
    tender, _access = tender_or_404(request, pk)
    today = timezone.localdate()
    found = reservation_queries.of_tender(tender)
    if asked.state:
        found = reservation_queries.in_state(found, asked.state, today)

    def row(one: PointDecision) -> dict[str, Any]:
        return _reservation(one) | {"state": reservation_queries.state_of(one, today).value}

    return paged(found, asked, row)


def _reservation(one: PointDecision) -> dict[str, Any]:
    candidacy, point = one.assessment.candidacy, one.item.point
    return {
        "assessment": one.assessment_id,
        "vendor": candidacy.vendor.name,
        "lot": candidacy.lot_id,
        "ref": point.ref,
        "title": point.title,
        "commitment": one.commitment,
        "owner": one.owner,
        "due_on": one.due_on,
        "decided_at": one.decided_at,
        "decided_by": str(one.decided_by),
    }


@router.get(
    "/assessments/{pk}/opinions",
    response={200: list[OpinionRequestOut]} | REFUSALS,
    summary="Lire les avis demandés et rendus",
    tags=["Avis"],
)
def opinion_list(request: HttpRequest, pk: Path[Id]) -> list[dict[str, Any]]:
    """Chaque question, à qui, pour quand, et les avis rendus : le dernier vaut, tous sont gardés."""
    found = opinion_queries.of_assessment(assessment_or_404(request, pk))
    return [_asked(one) for one in found]


def _asked(asked: OpinionRequest) -> dict[str, Any]:
    return {
        "id": asked.pk,
        "number": asked.number,
        "assessment": asked.assessment_id,
        "role": asked.role,
        "person": str(asked.person or ""),
        "chapter": asked.chapter,
        "points": asked.points,
        "question": asked.question,
        "due_on": asked.due_on,
        "asked_at": asked.asked_at,
        "asked_by": str(asked.asked_by),
        "withdrawn_at": asked.withdrawn_at,
        "withdrawn_by": str(asked.withdrawn_by or ""),
        "state": opinion_queries.state_of(asked),
        "opinions": [
            {
                "number": one.number,
                "value": one.value,
                "text": one.text,
                "filed_at": one.filed_at,
                "filed_by": one.author,
                "is_late": one.is_late,
            }
            for one in asked.opinions.all()
        ],
    }


@router.get(
    "/assessments/{pk}/visas",
    response={200: VisasOut} | REFUSALS,
    summary="Lire les visas d’une évaluation",
    tags=["Avis"],
)
def visa_list(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """L’ordre de l’établissement et chaque demande, la dernière d’abord : qui a visé ou refusé,
    qui est attendu, et si l’évaluation a changé depuis."""
    assessment = assessment_or_404(request, pk)
    content = report.visa_hash(pk)
    return {
        "order": visa_queries.order_of(assessment.facility_id),
        "content_sha256": content,
        "rounds": [_round(one, content) for one in visa_queries.rounds_of(assessment)],
    }


def _round(asked: VisaRound, content: str) -> dict[str, Any]:
    return {
        "number": asked.number,
        "state": asked.state,
        "has_lapsed": visa_queries.has_lapsed(asked, content),
        "roles": asked.roles,
        "awaited_role": asked.awaited_role,
        "content_sha256": asked.content_sha256,
        "requested_at": asked.requested_at,
        "requested_by": str(asked.requested_by),
        "visas": [
            {
                "role": one.role,
                "value": one.value,
                "person": one.author,
                "at": one.at,
                "remark": one.remark,
            }
            for one in asked.visas.all()
        ],
    }
