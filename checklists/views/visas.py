"""The visas of an assessment: ask them, give one or refuse it; and the order of a facility."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility
from uniha_clausier.accounts.permissions import (
    Access,
    Permit,
    access_or_404,
    action,
    for_roles,
    require,
    signed_in,
    under,
)
from uniha_clausier.common.errors import DomainError

from .. import permissions, tasks
from ..documents import report
from ..documents import visas as visa_data
from ..domain import interests
from ..domain import visas as domain
from ..domain.queries import documents as assessment_queries
from ..domain.queries import visas as queries
from ..enums import VisaRoundState, VisaValue
from ..forms.interests import InterestForm
from ..forms.visas import VisaForm, VisaOrderForm
from ..models import Assessment, Visa, VisaRound
from ..models.finding import REVIEWERS
from .grid_pages import names

UNPROCESSABLE, CONFLICT = 422, 409
LAPSED = "lapsed"


@dataclass(frozen=True)
class Step:
    """One role of a round: its badge, and its visa once there is one."""

    label: str
    state: str
    who: str = ""
    at: dt.datetime | None = None
    remark: str = ""


@dataclass(frozen=True)
class Round:
    """A round as the page shows it; ``state`` says when its visas lapsed."""

    row: VisaRound
    state: str
    steps: list[Step] = field(default_factory=list)


# -- The visas of an assessment --------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_visas(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who gave a visa and whose turn it is; take the visa of who reads, or its refusal."""
    assessment, access = _assessment_or_404(request, pk)
    if request.method != "POST":
        return _page(request, assessment, access)
    require(for_roles(access, *REVIEWERS))
    role = _awaited(assessment.pk)
    form = VisaForm(request.POST, request=request)
    permit = _permit(access, assessment, role)
    if not under(permit):
        return _page(request, assessment, access, form, error=permit.reason, status=CONFLICT)
    if not form.is_valid():
        return _page(request, assessment, access, form, status=UNPROCESSABLE)
    try:
        visa = tasks.answer_visa(
            assessment=assessment,
            given=form.answer(),
            address=request.build_absolute_uri(request.path),
            role=role,
            by=access.user,
        )
    except DomainError as error:
        return _page(request, assessment, access, form, error=str(error), status=CONFLICT)
    messages.success(request, _answered_in_words(visa))
    return redirect("checklists:assessment_visas", pk)


@require_POST
def visas_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the visas, in the order of the facility; the first role is told by mail."""
    assessment, access = _assessment_or_404(request, pk)
    require(for_roles(access, Role.BUYER))
    page = reverse("checklists:assessment_visas", args=[pk])
    try:
        made = tasks.request_visas(
            assessment=assessment, address=request.build_absolute_uri(page), by=access.user
        )
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(
            request,
            _("Les visas sont demandés. Attendu d’abord : %(role)s, prévenu par courriel.")
            % {"role": Role(made.awaited_role).label},
        )
    return redirect(page)


def _assessment_or_404(request: HttpRequest, pk: int) -> tuple[Assessment, Access]:
    assessment = get_object_or_404(assessment_queries.assessments(), pk=pk)
    return assessment, access_or_404(signed_in(request), assessment.facility_id)


def _awaited(assessment_id: int) -> str:
    last = queries.last_round(assessment_id)
    return last.awaited_role if last and last.state == VisaRoundState.OPEN else ""


def _permit(access: Access, assessment: Assessment, role: str) -> Permit:
    """Whether the person gives the visa whose turn it is."""
    if not role:
        return Permit(False, _("Aucun visa n’est attendu : quelqu’un a été plus rapide, relisez."))
    tender = assessment.candidacy.lot.tender
    interest = interests.interest_of(tender, access.user)
    return permissions.give_visa(access, role, tender, interest)


def _interest_form(access: Access, assessment: Assessment) -> InterestForm | None:
    """What somebody who has declared nothing yet declares first."""
    declared = interests.interest_of(assessment.candidacy.lot.tender, access.user)
    return InterestForm() if permissions.declare_interest(access) and not declared else None


def _page(
    request: HttpRequest,
    assessment: Assessment,
    access: Access,
    form: VisaForm | None = None,
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    data = report.gather(assessment.pk)
    content = visa_data.hash_of(data)
    rounds = [_round(row, content) for row in queries.rounds_of(assessment)]
    order = queries.order_of(assessment.facility_id)
    current = rounds[0] if rounds else None
    role = current.row.awaited_role if current and current.state == VisaRoundState.OPEN else ""
    permit = _permit(access, assessment, role) if role else None
    context = names(assessment) | {
        "overall": data["overall"],
        "order": [Step(str(Role(one).label), "coming") for one in order],
        "current": current,
        "earlier": rounds[1:],
        "role": Role(role).label if role else "",
        "permit": permit,
        "interest_form": _interest_form(access, assessment) if permit is not None else None,
        "is_mine": bool(role) and access.has(role),
        "form": form or VisaForm(request=request, initial={"seen": content}),
        "seen": content,
        "error": error,
        "state": current.state if current else "none",
        "sentence": _("Attendu : %(role)s.") % {"role": Role(role).label} if role else "",
        "action": _request_action(assessment, access, current) if order else None,
        "may_order": bool(permissions.order_visas(access)),
    }
    return render(request, "checklists/visas.html", context, status=status)


def _round(row: VisaRound, content: str) -> Round:
    state = LAPSED if queries.has_lapsed(row, content) else row.state
    given = {visa.role: visa for visa in row.visas.all()}
    steps = [_step(row, role, given.get(role), is_current=state == row.state) for role in row.roles]
    return Round(row, state, steps)


def _step(row: VisaRound, role: str, visa: Visa | None, *, is_current: bool) -> Step:
    label = str(Role(role).label)
    if visa is None:
        is_awaited = is_current and row.state == VisaRoundState.OPEN and row.awaited_role == role
        return Step(label, "awaited" if is_awaited else "coming")
    is_standing = is_current and row.state != VisaRoundState.REPLACED
    has_lapsed = visa.value == VisaValue.GIVEN and not is_standing
    state = LAPSED if has_lapsed else visa.value
    return Step(label, state, visa.author, visa.at, visa.remark)


def _request_action(assessment: Assessment, access: Access, current: Round | None) -> Any:
    if current and current.state in (VisaRoundState.OPEN, VisaRoundState.GRANTED):
        return None
    return action(
        permissions.ask_visas(access, domain.missing_to_request(assessment)),
        key="demander-les-visas",
        label=_("Demander à nouveau les visas") if current else _("Demander les visas"),
        url=reverse("checklists:visas_request", args=[assessment.pk]),
        method="post",
    )


def _answered_in_words(visa: Visa) -> str:
    if visa.value == VisaValue.REFUSED:
        return _("Votre refus est enregistré : l’évaluation revient à l’acheteur.")
    if visa.round.awaited_role:
        return _("Votre visa est enregistré. Au tour du rôle suivant : %(role)s.") % {
            "role": Role(visa.round.awaited_role).label
        }
    return _("Votre visa est enregistré : c’était le dernier.")


# -- The order of a facility -----------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def visa_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Which roles give a visa before the sealed PDF, and in which order."""
    access = access_or_404(signed_in(request), pk)
    facility = Facility.objects.get(pk=pk)
    order = queries.order_of(pk)
    if request.method != "POST":
        return _order_page(request, facility, access, order, VisaOrderForm(order=order))
    require(permissions.order_visas(access))
    form = VisaOrderForm(request.POST, order=order)
    if not form.is_valid():
        return _order_page(request, facility, access, order, form)
    domain.set_order(facility=facility, roles=form.order(), by=access.user)
    messages.success(request, _("L’ordre des visas est enregistré."))
    return redirect("checklists:visa_order", pk)


def _order_page(
    request: HttpRequest, facility: Facility, access: Access, order: list[str], form: VisaOrderForm
) -> HttpResponse:
    context = {
        "facility": facility,
        "form": form,
        "order": [Role(role).label for role in order],
        "permit": permissions.order_visas(access),
        "unheld": [Role(role).label for role in queries.unheld(facility.pk, order)],
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "checklists/visa_order.html", context, status=status)
