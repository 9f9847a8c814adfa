"""The operator's pages of the facilities and their groups: who is there, never what they buy."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.models import Facility, HospitalGroup
from uniha_clausier.accounts.permissions import YES, action, operator_or_404
from uniha_clausier.accounts.views.facilities import facts_of
from uniha_clausier.accounts.views.members import send_invitation
from uniha_clausier.common import row_scope
from uniha_clausier.common.errors import DomainError
from vendors.views.pages import Crumb, FormPage, posted

from ..domain import groups
from ..domain.queries import facilities as queries
from ..forms.groups import (
    AdministratorForm,
    FacilitySearchForm,
    GroupForm,
    NewFacilityForm,
    NewGroupForm,
    PlaceForm,
)

Made = TypeVar("Made")

PAGE_LENGTH = 25
UNPROCESSABLE = 422


@never_cache
@require_safe
def facility_list(request: HttpRequest) -> HttpResponse:
    """List the facilities of the installation, and the groups."""
    operator_or_404(request)
    form = FacilitySearchForm(request.GET)
    text = form.text()
    found = Paginator(queries.facilities(text), PAGE_LENGTH)
    context = {
        "form": form,
        "text": text,
        "page": found.get_page(request.GET.get("page")),
        "query": f"{urlencode({'q': text})}&" if text else "",
        "count_text": ngettext("%(n)d établissement", "%(n)d établissements", found.count)
        % {"n": found.count},
        "groups": queries.groups(),
        "create": action(
            YES,
            key="creer",
            label=_("Créer un établissement"),
            url=reverse("checklists:facility_create"),
        ),
        "create_group": action(
            YES,
            key="creer-groupement",
            label=_("Créer un groupement"),
            url=reverse("checklists:group_create"),
        ),
    }
    return render(request, "operations/facilities.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def facility_create(request: HttpRequest) -> HttpResponse:
    """Create a facility, and invite who will administer it."""
    user = operator_or_404(request)
    form = NewFacilityForm(posted(request))
    if form.is_valid():
        data = form.cleaned_data
        made = _done(
            form,
            lambda: groups.welcome_facility(
                values=form.values(),
                group=data["group"],
                email=data["email"],
                full_name=data["full_name"],
                by=user,
            ),
        )
        if made:
            facility, invitation, secret = made
            messages.success(
                request, _("L’établissement « %(name)s » est créé.") % {"name": facility}
            )
            send_invitation(request, invitation, secret)
            return redirect("checklists:facility_place", pk=facility.pk)
    page = FormPage(
        title=_("Créer un établissement"),
        submit=_("Créer l’établissement"),
        cancel_url=reverse("checklists:facility_list"),
        crumbs=_crumbs(),
    )
    return page.show(request, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def facility_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a facility and who administers it; put it in a group, or take it out."""
    user = operator_or_404(request)
    facility = get_object_or_404(queries.facilities(), pk=pk)
    form = PlaceForm(posted(request), facility=facility)
    if form.is_valid():
        group = form.cleaned_data["group"]
        if _done(form, lambda: groups.place_facility(facility=facility, group=group, by=user)):
            words = (
                _("%(name)s est dans %(group)s.") if group else _("%(name)s est sans groupement.")
            )
            messages.success(request, words % {"name": facility, "group": group})
            return redirect("checklists:facility_place", pk=pk)
    return _facility_page(request, facility, form, AdministratorForm())


@require_POST
def facility_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite the first administrator of a facility, or the next one when the link was lost."""
    user = operator_or_404(request)
    facility = get_object_or_404(queries.facilities(), pk=pk)
    form = AdministratorForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        made = _done(form, lambda: groups.invite_administrator(facility=facility, by=user, **data))
        if made:
            send_invitation(request, *made)
            return redirect("checklists:facility_place", pk=pk)
    return _facility_page(request, facility, PlaceForm(None, facility=facility), form)


def _facility_page(
    request: HttpRequest, facility: Facility, form: PlaceForm, invite: AdministratorForm
) -> HttpResponse:
    now = timezone.now()
    who = queries.administration_of(facility)
    context: dict[str, Any] = {
        "place": facility,  # not « facility », under whose name the person would be
        "facts": [*facts_of(facility), (_("Membres"), facility.member_count)],  # type: ignore[attr-defined]
        "form": form,
        "invite": invite,
        "wrong": next((one for one in (form, invite) if one.errors), None),
        "administrators": who.administrators,
        "invitations": [(one, one.is_open_at(now)) for one in who.invitations],
    }
    status = UNPROCESSABLE if context["wrong"] else 200
    return render(request, "operations/facility.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def group_create(request: HttpRequest) -> HttpResponse:
    """Create a group, which nobody is in yet."""
    user = operator_or_404(request)
    form = NewGroupForm(posted(request))
    if form.is_valid():
        name = form.cleaned_data["name"]
        made = _done(form, lambda: groups.create_group(name=name, by=user))
        if made:
            messages.success(request, _("Le groupement « %(name)s » est créé.") % {"name": made})
            return redirect("checklists:group_edit", pk=made.pk)
    page = FormPage(
        title=_("Créer un groupement"),
        submit=_("Créer le groupement"),
        cancel_url=reverse("checklists:facility_list"),
        crumbs=_crumbs(),
        sentence=_("Les établissements y entrent ensuite, chacun à sa page."),
    )
    return page.show(request, form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def group_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a group, name its lead facility; show its members."""
    user = operator_or_404(request)
    group = get_object_or_404(HospitalGroup, pk=pk)
    members = list(queries.facilities().filter(group=group))
    form = GroupForm(posted(request), group=group, members=members)
    if form.is_valid():
        name, lead = form.cleaned_data["name"], form.lead_chosen()
        if _done(form, lambda: groups.change_group(group=group, name=name, lead=lead, by=user)):
            messages.success(request, _("Le groupement est enregistré."))
            return redirect("checklists:group_edit", pk=pk)
    context = {"group": group, "members": members, "form": form}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "operations/group.html", context, status=status)


def _done(form: forms.Form, act: Callable[[], Made]) -> Made | None:
    """Act in every facility, as an operator does; a refusal is said in the form, and gives None."""
    try:
        with row_scope.acting(row_scope.EVERYTHING):
            return act()
    except DomainError as error:
        field = getattr(error, "field", "")
        form.add_error(field if field in form.fields else None, str(error))
        return None


def _crumbs() -> tuple[Crumb, ...]:
    return (
        (_("Exploitation"), reverse("operations")),
        (_("Établissements"), reverse("checklists:facility_list")),
    )
