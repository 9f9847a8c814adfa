"""What an administrator decides of the accounts of a facility: required factors, lost ones, sessions."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from uniha_clausier.common.errors import DomainError

from .. import queries
from ..domain import browser_sessions, factors, reach
from ..enums import Role
from ..forms.factors import RequiredFactorsForm
from ..models import Facility, User
from ..permissions import Access, access_or_404, for_roles, require, signed_in


def _facility(request: HttpRequest, pk: int) -> tuple[Facility, Access]:
    access = access_or_404(signed_in(request), pk)
    return Facility.objects.get(pk=pk), access


@require_http_methods(["GET", "HEAD", "POST"])
def account_protection(request: HttpRequest, pk: int) -> HttpResponse:
    """Which roles need a second factor, and where each member stands."""
    facility, access = _facility(request, pk)
    permit = for_roles(access, Role.FACILITY_ADMIN)
    if request.method == "POST":
        require(permit)
        form = RequiredFactorsForm(request.POST)
        if form.is_valid():
            factors.require(
                facility=facility, roles=form.cleaned_data["roles"], by=signed_in(request)
            )
            messages.success(request, _("La règle est enregistrée ; elle vaut dès maintenant."))
            return redirect("account_protection", pk=pk)
    else:
        form = RequiredFactorsForm(initial={"roles": sorted(factors.required_roles(facility))})
    me = signed_in(request)
    shown = queries.protected_members(facility, by=me)
    is_some_beyond = any(not one.is_in_reach and one.user != me for one in shown)
    context: dict[str, Any] = {
        "facility": facility,
        "form": form,
        "permit": permit,
        "members": shown,
        "out_of_reach": reach.sentence() if permit and is_some_beyond else "",
        "required": [Role(role).label for role in sorted(factors.required_roles(facility))],
    }
    return render(request, "accounts/protection.html", context, status=422 if form.errors else 200)


@require_POST
def member_factors_reset(request: HttpRequest, pk: int, user: int) -> HttpResponse:
    """Take the factors of a member off, who lost them and whose identity was checked."""
    person = _member(request, pk, user)
    try:
        factors.reset(user=person, by=signed_in(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        get_adapter(request).send_notification_mail("mfa/email/factors_reset", person)
        words = _(
            "Les seconds facteurs et les jetons de %(name)s sont retirés, et ses sessions fermées."
        )
        messages.success(request, words % {"name": person})
    return redirect("account_protection", pk=pk)


@require_POST
def member_sessions_end(request: HttpRequest, pk: int, user: int) -> HttpResponse:
    """End every session of a member."""
    person = _member(request, pk, user)
    try:
        browser_sessions.end_all_of_member(user=person, by=signed_in(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Les sessions de %(name)s sont fermées.") % {"name": person})
    return redirect("account_protection", pk=pk)


def _member(request: HttpRequest, pk: int, user: int) -> User:
    """Return a member of the facility, for its administrator."""
    access = access_or_404(signed_in(request), pk)
    require(for_roles(access, Role.FACILITY_ADMIN))
    return get_object_or_404(
        User.objects.filter(memberships__facility_id=access.facility_id).distinct(), pk=user
    )
