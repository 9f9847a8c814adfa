"""The section for the rapport d'analyse, as it stands and in its frozen editions."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Path, Router

from uniha_clausier.accounts.permissions import access_or_404, require, signed_in
from uniha_clausier.common.attachments import kept_attachment

from .. import permissions, tasks
from ..documents import analysis
from ..documents.analysis import Part
from ..domain.queries import analysis as queries
from ..models import AnalysisReport
from .access import BYTES, FILE
from .checklists import published_or_404
from .schemas import Id
from .schemas_files import AnalysisOut
from .site import REFUSALS

router = Router(tags=["Rapport d’analyse"])


@router.get(
    "/checklists/{pk}/analysis",
    response={200: AnalysisOut} | REFUSALS,
    summary="Lire la section du rapport d’analyse",
)
def analysis_detail(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """Ses textes (proposés d’après les données, ou écrits par l’acheteur), ce qui manque et ses
    éditions, la dernière d’abord. Rien n’est lisible avant l’ouverture des plis."""
    checklist = published_or_404(request, pk)
    require(permissions.compare(checklist.lot.tender))
    made = analysis.section(checklist)
    return {
        "checklist": checklist.pk,
        "parts": [_part(one) for one in made.parts],
        "candidates": made.candidates,
        "reservations": made.reservations,
        "missing": made.missing,
        "editions": [_edition(one) for one in queries.reports(checklist)],
    }


@router.get(
    "/analysis-reports/{pk}",
    response={200: dict[str, Any]} | REFUSALS,
    summary="Lire une édition du rapport d’analyse",
)
def analysis_edition(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """Le contenu tel qu’arrêté, celui que couvre l’empreinte de l’édition."""
    content: dict[str, Any] = _edition_or_404(request, pk).content
    return content


@router.get(
    "/analysis-reports/{pk}/file",
    response=REFUSALS,
    summary="Télécharger le PDF scellé du rapport d’analyse",
    openapi_extra=FILE,
)
def analysis_pdf(request: HttpRequest, pk: Path[Id]) -> HttpResponseBase:
    """Celui d’une édition, une fois prêt."""
    made = tasks.analysis_of(_edition_or_404(request, pk))
    if not made.file:
        raise Http404
    return kept_attachment(made.file, name=made.name, content_type=BYTES)


def _edition_or_404(request: HttpRequest, pk: int) -> AnalysisReport:
    found = get_object_or_404(queries.editions(), pk=pk)
    access_or_404(signed_in(request), found.checklist.lot.tender.facility_id)
    return found


def _part(part: Part) -> dict[str, Any]:
    written = part.written
    return {
        "key": part.key,
        "title": part.title,
        "text": part.text,
        "proposed": part.proposed,
        "is_outdated": part.is_outdated,
        "version": part.version,
        "at": written.updated_at if written else None,
        "author": str(written.updated_by) if written else "",
    }


def _edition(one: AnalysisReport) -> dict[str, Any]:
    return {
        "id": one.pk,
        "number": one.number,
        "sha256": one.content_sha256,
        "made_at": one.made_at,
        "made_by": str(one.made_by),
    }
