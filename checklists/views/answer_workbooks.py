"""The answer workbook of a lot, blank for every candidate, or with the answers of one of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from uniha_clausier.accounts.permissions import access_or_404, signed_in
from uniha_clausier.common.attachments import attachment

from ..documents import answer_form, answer_workbook
from ..domain.queries import grid as queries
from .checklists import with_checklist


@never_cache
@require_safe
def checklist_workbook(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Give the blank workbook of a published checklist: the same to every candidate."""
    _place, checklist = with_checklist(request, pk)
    if not checklist.is_published:
        raise Http404
    return _file(answer_form.blank(checklist), kind)


@never_cache
@require_safe
def assessment_workbook(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Give the workbook with the answers that an assessment holds."""
    assessment = get_object_or_404(queries.assessments(), pk=pk)
    access_or_404(signed_in(request), assessment.facility_id)
    return _file(answer_form.filled(assessment), kind)


def _file(form: answer_form.Form, kind: str) -> HttpResponse:
    if kind not in answer_workbook.TYPES:
        raise Http404
    return attachment(
        answer_workbook.written(form, kind),
        name=answer_workbook.file_name(form, kind),
        content_type=answer_workbook.TYPES[kind],
    )
