"""The buyer's page of the personal link of a candidate: give it, follow it, prolong it, revoke it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import Permit, access_or_404, require, signed_in

from .. import permissions, tasks
from ..domain import answer_links, answer_mails
from ..domain.queries import answer_links as queries
from ..domain.queries import grid
from ..forms.answer_links import CreateLinkForm, ProlongLinkForm
from ..models import AnswerLink, Assessment
from .answer_sending import receipt_file
from .grid_pages import names

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the link of a candidate stands; the buyer gives one here."""
    assessment = get_object_or_404(grid.assessments(), pk=pk)
    access = access_or_404(signed_in(request), assessment.facility_id)
    give = permissions.give_link(access, assessment)
    if request.method != "POST":
        return _page(request, assessment, give)
    require(give)
    form = CreateLinkForm(request.POST)
    if not form.is_valid():
        return _page(request, assessment, give, create=form)
    try:
        link, token = answer_links.create_link(
            assessment=assessment, by=access.user, **form.cleaned_data
        )
    except answer_links.LinkRefused as error:
        form.add_error(error.field or None, str(error))
        return _page(request, assessment, give, create=form)
    address = request.build_absolute_uri(reverse("checklists:answers", args=[token]))
    has_left = answer_mails.send_link(link=queries.links().get(pk=link.pk), address=address)
    # Shown here, once, and never again: the answer to this very request, which nobody keeps.
    return _page(request, assessment, give, fresh={"address": address, "has_left": has_left})


@require_POST
def link_prolong(request: HttpRequest, pk: int) -> HttpResponse:
    """Move the end of a link."""
    link, give = _link_to_change(request, pk)
    form = ProlongLinkForm(request.POST)
    if form.is_valid():
        try:
            answer_links.prolong_link(link=link, by=signed_in(request), **form.cleaned_data)
        except answer_links.LinkRefused as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("La nouvelle date est enregistrée."))
            return redirect("checklists:answer_link", link.assessment_id)
    assessment = grid.assessments().get(pk=link.assessment_id)
    return _page(request, assessment, give, prolong=form)


@require_POST
def link_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a link back."""
    link, _give = _link_to_change(request, pk)
    back = (
        ("checklists:reply_link", link.party_id)
        if link.party_id
        else ("checklists:answer_link", link.assessment_id)
    )
    try:
        answer_links.revoke_link(link=link, by=signed_in(request))
    except answer_links.LinkRefused as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Le lien est retiré : il n’ouvre plus rien."))
    return redirect(*back)


@never_cache
@require_safe
def link_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the receipt of a candidate to the members of the facility."""
    link = get_object_or_404(queries.links(), pk=pk)
    access_or_404(signed_in(request), link.assessment.facility_id)
    return receipt_file(link)


def _link_to_change(request: HttpRequest, pk: int) -> tuple[AnswerLink, Permit]:
    link = get_object_or_404(queries.links(), pk=pk)
    access = access_or_404(signed_in(request), link.assessment.facility_id)
    give = (
        permissions.give_reply_link(access, link.party)
        if link.party
        else permissions.give_link(access, link.assessment)
    )
    require(give)
    return link, give


def _page(
    request: HttpRequest,
    assessment: Assessment,
    give: Permit,
    *,
    create: CreateLinkForm | None = None,
    prolong: ProlongLinkForm | None = None,
    fresh: dict[str, Any] | None = None,
) -> HttpResponse:
    now = timezone.now()
    links = queries.of_assessment(assessment)
    current = next((one for one in links if not one.revoked_at and not one.submitted_at), None)
    submitted = next((one for one in links if one.submitted_at), None)
    context = names(assessment) | {
        "give": give,
        "links": [{"link": one, "state": answer_links.state_of(one, now)} for one in links],
        "current": current,
        "submitted": submitted,
        "receipt": tasks.receipt_of(submitted) if submitted else None,
        "fresh": fresh,
        "create": create or CreateLinkForm(initial=_usual(assessment)),
        "prolong": prolong
        or ProlongLinkForm(initial={"expires_at": current and current.expires_at}),
    }
    refused = (create is not None and create.errors) or (prolong is not None and prolong.errors)
    status = UNPROCESSABLE if refused else 200
    return render(request, "checklists/answer_link.html", context, status=status)


def _usual(assessment: Assessment) -> dict[str, Any]:
    return {
        "email": assessment.candidacy.vendor.contact_email,
        "expires_at": answer_links.usual_expiry(assessment, timezone.now()),
    }
