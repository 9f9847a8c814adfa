"""The versions of an assessment: what replaces what, and the correction of a signed one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import assessment_versions as domain
from ..domain.queries import assessment_versions as queries
from ..domain.queries import grid as grid_queries
from ..forms.assessment_versions import NewVersionForm
from ..models import Assessment
from .grid_pages import names

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_versions(request: HttpRequest, pk: int) -> HttpResponse:
    """List the versions of an assessment; the buyer corrects a signed one by the next."""
    assessment = get_object_or_404(grid_queries.assessments(), pk=pk)
    access = access_or_404(signed_in(request), assessment.facility_id)
    if request.method != "POST":
        return _page(request, assessment, access, NewVersionForm())
    require(permissions.correct(access, domain.obstacle(assessment)))
    form = NewVersionForm(request.POST)
    if not form.is_valid():
        return _page(request, assessment, access, form)
    try:
        version = domain.correct(
            assessment=assessment, reason=form.cleaned_data["reason"], by=access.user
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, assessment, access, form)
    messages.success(
        request,
        _("La version %(number)d est ouverte : corrigez-la, puis faites-la signer.")
        % {"number": version.number},
    )
    return redirect("checklists:assessment_grid", version.pk)


def _page(
    request: HttpRequest, assessment: Assessment, access: Access, form: NewVersionForm
) -> HttpResponse:
    versions = queries.versions(assessment)
    signed = queries.signed_documents(versions)
    context: dict[str, Any] = names(assessment) | {
        "versions": [(one, signed.get(one.pk)) for one in versions],
        "form": form,
        "correct": permissions.correct(access, domain.obstacle(assessment)),
        "next": assessment.number + 1,
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "checklists/assessment_versions.html", context, status=status)
