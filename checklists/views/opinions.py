"""The opinions that a buyer asks for: the page of an assessment, and the page of one question."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from uniha_clausier.accounts.permissions import Permit, access_or_404, require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import answering, assessments, interests, opinion_mails, opinions
from ..domain.queries import grid as grid_queries
from ..domain.queries import opinions as queries
from ..forms.interests import InterestForm
from ..forms.opinions import AskOpinionForm, OpinionForm
from ..models import Assessment, OpinionRequest
from .grid_pages import door_or_404, names

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def opinion_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was asked and answered on an assessment; the buyer asks here."""
    door = door_or_404(request.user, pk)
    assessment = grid_queries.assessments().get(pk=pk)
    permit = permissions.unless_signed(
        permissions.ask_opinion(door.access, assessment.candidacy.lot.tender),
        answering.signed_sentence(assessment),
    )
    form = None
    if permit:
        form = AskOpinionForm(
            request.POST if request.method == "POST" else None,
            people=queries.people(assessment),
            asked=[item.point.ref for item in assessments.scored_items(assessment.checklist)],
            texts=grid_queries.catalogue(door.version),
        )
    if request.method == "POST":
        require(permit)
        if form and _is_asked(request, assessment, form):
            return redirect("checklists:opinion_list", pk)
    told = queries.of_assessment(assessment)
    context = names(assessment) | {
        "rows": [_told(one) for one in told],
        "waiting": sum(not one.withdrawn_at and not one.opinions.all() for one in told),
        "form": form,
        "reason": permit.reason,
    }
    status = UNPROCESSABLE if form and form.errors else 200
    return render(request, "checklists/opinions.html", context, status=status)


def _is_asked(request: HttpRequest, assessment: Assessment, form: AskOpinionForm) -> bool:
    """Whether what was sent is asked; the form says why not."""
    if not form.is_valid():
        return False
    try:
        asked = opinions.ask(
            assessment=assessment, question=form.question_asked(), by=signed_in(request)
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    asked = queries.requests().get(pk=asked.pk)
    page = request.build_absolute_uri(reverse("checklists:opinion", args=[asked.pk]))
    if opinion_mails.send_request(asked=asked, address=page):
        messages.success(request, _("L’avis est demandé, le courriel est parti."))
    else:
        messages.warning(
            request,
            _("L’avis est demandé, mais le courriel n’est pas parti : prévenez vous-même."),
        )
    return True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one question and its answers; who is asked answers here."""
    asked = get_object_or_404(queries.requests(), pk=pk)
    door = door_or_404(request.user, asked.assessment_id)
    assessment = grid_queries.assessments().get(pk=asked.assessment_id)
    tender = assessment.candidacy.lot.tender
    interest = interests.interest_of(tender, door.access.user)
    may_declare = permissions.declare_interest(door.access) and not interest
    permit = permissions.unless_signed(
        permissions.give_opinion(door.access, asked, tender, interest),
        answering.signed_sentence(assessment),
    )
    if permit and asked.withdrawn_at:
        permit = Permit(False, _("Cette demande d’avis a été retirée."))
    base = len(asked.opinions.all())
    form = OpinionForm(request.POST if request.method == "POST" else None, initial={"base": base})
    if request.method == "POST":
        require(permit)
        if _is_filed(request, asked, form):
            return redirect("checklists:opinion_list", asked.assessment_id)
    context = (
        names(assessment)
        | _told(asked)
        | {
            "form": form if permit else None,
            "reason": permit.reason,
            "interest_form": InterestForm() if may_declare else None,
            "is_again": base > 0,
        }
    )
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "checklists/opinion.html", context, status=status)


def _is_filed(request: HttpRequest, asked: OpinionRequest, form: OpinionForm) -> bool:
    """Whether what was sent is filed; the form says why not."""
    if not form.is_valid():
        return False
    data = form.cleaned_data
    try:
        filed = opinions.file(
            asked=asked,
            value=data["value"],
            text=data["text"].replace("\r\n", "\n"),
            base=data["base"] or 0,
            by=signed_in(request),
        )
    except DomainError as error:
        form.add_error("text" if isinstance(error, opinions.NotFiled) else None, str(error))
        return False
    said = _("Votre avis est rendu, sous votre nom.")
    late = _("Votre avis est rendu, sous votre nom, après la date demandée.")
    messages.success(request, late if filed.is_late else said)
    return True


@require_POST
def opinion_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a question back."""
    asked = get_object_or_404(queries.requests(), pk=pk)
    access = access_or_404(signed_in(request), asked.assessment.facility_id)
    require(permissions.ask_opinion(access, asked.assessment.candidacy.lot.tender))
    try:
        opinions.withdraw(asked=asked, by=access.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("La demande d’avis est retirée."))
    return redirect("checklists:opinion_list", asked.assessment_id)


def _told(asked: OpinionRequest) -> dict[str, Any]:
    """One question, its answers (the last one stands), and where it is."""
    state = queries.state_of(asked)
    return {
        "asked": asked,
        "opinions": list(asked.opinions.all()),
        "state": state,
        "late_days": 0 if state else queries.late_days(asked),
    }
