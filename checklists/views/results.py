"""The results of one candidate, to give to it alone once its offer is rejected."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import access_or_404, require, signed_in
from uniha_clausier.common.attachments import attachment

from .. import permissions
from ..documents import report, result
from ..domain import results
from ..domain.queries import documents as queries
from ..forms.results import ResultForm

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_result(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the comments to share, then give the file: never before every point has its score."""
    assessment = get_object_or_404(queries.assessments(), pk=pk)
    access = access_or_404(signed_in(request), assessment.facility_id)
    require(permissions.produce_document(access))
    data = report.gather(assessment.pk)
    shown = report.shown(data)
    commented = [point for point in shown["points"] if point["score"]["comment"]]
    posted = request.POST if request.method == "POST" else None
    form = ResultForm(posted, points=commented)
    if posted is None or data["missing"] or not form.is_valid():
        context: dict[str, Any] = {
            "assessment": assessment,
            "facility": assessment.facility,
            "data": shown,
            "form": form,
        }
        status = 200 if posted is None else UNPROCESSABLE
        return render(request, "checklists/result.html", context, status=status)
    kind, comments = form.cleaned_data["kind"], form.cleaned_data["comments"]
    content = result.written(shown, comments=set(comments), kind=kind)
    results.hand_over(
        assessment=assessment, content=content, kind=kind, comments=comments, by=access.user
    )
    name = result.file_name(data, kind)
    return attachment(content, name=name, content_type=result.TYPES[kind])
