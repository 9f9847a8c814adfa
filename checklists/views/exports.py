"""An assessment for other software, and the public schema of its JSON."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from uniha_clausier.accounts.permissions import access_or_404, signed_in
from uniha_clausier.common.attachments import attachment

from ..documents import exports, report
from ..models import Assessment


@never_cache
@require_safe
def assessment_export(request: HttpRequest, pk: int, into: str) -> HttpResponse:
    """Give the assessment as it stands, in one of the formats, to a member."""
    assessment = get_object_or_404(Assessment, pk=pk)
    access_or_404(signed_in(request), assessment.facility_id)
    if into not in exports.FORMATS:
        raise Http404
    data = report.gather(assessment.pk)
    form = exports.FORMATS[into]
    return attachment(
        form.write(data), name=exports.file_name(data, into), content_type=form.content_type
    )


@require_safe
@login_not_required
def evaluation_schema(request: HttpRequest) -> HttpResponse:
    """Give the published schema to whoever reads an export: it tells nothing of any facility."""
    content = exports.schema_file().read_bytes()
    return HttpResponse(content, content_type="application/schema+json")
