"""The life of a checklist: a clausier added to a lot, a correction begun, a draft given up."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import access_or_404, require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import checklists, editions
from ..domain.queries import checklists as queries
from ..forms.checklists import CorrectionForm, VersionForm
from .checklists import UNPROCESSABLE, page_of, versions_context, with_checklist


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a version, and create the draft of one more clausier of a lot."""
    lot = get_object_or_404(queries.lots(), pk=pk)
    access = access_or_404(signed_in(request), lot.tender.facility_id)
    prepare = permissions.prepare(access, None)
    form = VersionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(prepare)
        if form.is_valid():
            try:
                started = checklists.start_checklist(
                    lot=lot, version=form.cleaned_data["version"], by=access.user
                )
            except DomainError as error:
                messages.info(request, str(error))
                return redirect("checklists:tender_detail", pk=lot.tender_id)
            return redirect("checklists:checklist_edit", pk=started.pk)
    context = versions_context(form, queries.versions_to_start(lot)) | {
        "lot": lot,
        "tender": lot.tender,
        "facility": lot.tender.facility,
        "prepare": prepare,
        "carried": [one.version for one in queries.carried(lot)],
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "checklists/checklist_start.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, then prepare the next edition of what is published."""
    place, checklist = with_checklist(request, pk)
    if not checklist.is_published:
        raise Http404
    permit = permissions.correct(place.access, editions.obstacle(checklist))
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(permissions.prepare(place.access, None))
        if form.is_valid():
            try:
                draft = editions.prepare_correction(
                    checklist=checklist, reason=form.cleaned_data["reason"], by=place.access.user
                )
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                return redirect("checklists:checklist_points", pk=draft.pk)
    context = {"form": form, "correct": permit, "next_edition": checklist.edition + 1}
    status = UNPROCESSABLE if form.errors else 200
    return page_of(request, "correct", place, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then give up a draft that nobody published."""
    place, checklist = with_checklist(request, pk)
    require(place.prepare)
    if request.method != "POST":
        return page_of(request, "discard", place, {})
    tender = place.lot.tender
    try:
        checklists.discard_draft(checklist=checklist, by=place.access.user)
    except checklists.ChecklistGone as error:
        messages.info(request, str(error))
        return redirect("checklists:tender_detail", pk=tender.pk)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("checklists:checklist_publish", pk=pk)
    messages.success(request, _("Le brouillon est abandonné. Le journal garde ce qu’il décidait."))
    return redirect("checklists:tender_detail", pk=tender.pk)
