"""The checklists with their points, and their candidates beside each other."""

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Router

from uniha_clausier.accounts.permissions import access_or_404, require, signed_in

from .. import permissions
from ..documents import dce, report
from ..domain.comparing import Candidate, Comparison, Point
from ..domain.queries import comparison as queries
from ..models import Checklist
from .schemas import ComparisonOut, Id
from .site import REFUSALS

router = Router(tags=["Check-lists"])


@router.get(
    "/checklists/{pk}",
    response={200: dict[str, Any]} | REFUSALS,
    summary="Lire une check-list et ses points",
)
def checklist_detail(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """Le profil, les paramètres, les dérogations, et par chapitre chaque point demandé : son
    exigence, son poids, son effet. Les mêmes clés que dans le JSON des annexes du DCE."""
    checklist = _opened(request, pk)
    own = {"id": checklist.pk, "state": checklist.state}
    return own | dce.gather(checklist)


@router.get(
    "/checklists/{pk}/comparison",
    response={200: ComparisonOut} | REFUSALS,
    summary="Comparer les candidats d’une check-list",
)
def checklist_comparison(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """Point par point, ce que chacun déclare et votre note ; les sommes exactes et la note du
    critère. Rien n’est lisible avant l’ouverture des plis."""
    checklist = published_or_404(request, pk)
    require(permissions.compare(checklist.lot.tender))
    compared = queries.comparison(checklist)
    return {
        "checklist": checklist.pk,
        "max_note": report.decimal_text(compared.max_note),
        "candidates": [_candidate(compared, one) for one in compared.candidates],
        "points": [_point(compared, one) for one in compared.points],
        "not_started": compared.waiting,
        "out_of_time": compared.late,
    }


def _opened(request: HttpRequest, pk: int) -> Checklist:
    checklist = get_object_or_404(
        queries.checklists().select_related(
            "published_by", "lot__tender__facility__group", "version__clausier"
        ),
        pk=pk,
    )
    access_or_404(signed_in(request), checklist.lot.tender.facility_id)
    return checklist


def published_or_404(request: HttpRequest, pk: int) -> Checklist:
    """Return a checklist that candidates answer."""
    checklist = _opened(request, pk)
    if not checklist.is_published:
        raise Http404
    return checklist


def _candidate(compared: Comparison, candidate: Candidate) -> dict[str, Any]:
    note = compared.note(candidate)
    sums = note.tally
    return {
        "assessment": candidate.assessment,
        "name": candidate.name,
        "product": candidate.product,
        "decision": candidate.decision,
        "earned": report.decimal_text(sums.earned),
        "possible": report.decimal_text(sums.possible),
        "rate": number_text(sums.rate),
        "note": number_text(note.value),
        "missing": sums.missing,
    }


def _point(compared: Comparison, point: Point) -> dict[str, Any]:
    return {
        "ref": point.ref,
        "title": point.title,
        "chapter": point.chapter,
        "weight": report.decimal_text(point.weight),
        "legal_effect": point.effect,
        "is_knock_out": point.is_knock_out,
        "cells": [
            compared.cell(candidate, point)._asdict()
            | {"stake": compared.stake(candidate, point).value}
            for candidate in compared.candidates
        ],
    }


def number_text(value: Decimal | None) -> str:
    """Write an exact decimal; empty when there is none."""
    return "" if value is None else report.decimal_text(value)
