"""The page of a facility: what its documents and its tenders say of it, and its group."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from uniha_clausier.common.errors import StaleVersion

from ..domain import facilities
from ..enums import Role
from ..forms.facilities import FacilityForm
from ..models import Facility
from ..permissions import access_or_404, for_roles, require, signed_in
from ..validators import in_groups

UNPROCESSABLE, CONFLICT = 422, 409


@require_http_methods(["GET", "HEAD", "POST"])
def facility(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what describes a facility; its administrator changes it."""
    access = access_or_404(signed_in(request), pk)
    found = Facility.objects.select_related("group__lead_facility").get(pk=pk)
    permit = for_roles(access, Role.FACILITY_ADMIN)
    form, status = FacilityForm(initial=FacilityForm.initial_of(found)), 200
    if request.method == "POST":
        require(permit)
        typed = request.POST.copy()
        form = FacilityForm(typed)
        status = _save(request, found, form, typed)
        if status == 200:
            return redirect("facility", pk=pk)
    context: dict[str, Any] = {
        "facility": found,
        "form": form,
        "permit": permit,
        "facts": facts_of(found) + equipment_of(found),
        "group": _group(found),
    }
    return render(request, "accounts/facility.html", context, status=status)


def _save(request: HttpRequest, found: Facility, form: FacilityForm, typed: QueryDict) -> int:
    """Save what was typed; return the status of the answer, having said in the form what is wrong."""
    if not form.is_valid():
        return UNPROCESSABLE
    seen = form.cleaned_data["seen"]
    try:
        facilities.change_facility(
            facility=found, values=form.values(), seen=seen, by=signed_in(request)
        )
    except facilities.FacilityRefused as error:
        form.add_error(error.field or None, str(error))
        return UNPROCESSABLE
    except StaleVersion as error:
        form.add_error(None, str(error))
        found.refresh_from_db()
        typed["seen"] = facilities.seen_of(found)
        return CONFLICT
    messages.success(request, _("L’établissement est enregistré."))
    return 200


def facts_of(found: Facility) -> list[tuple[str, str]]:
    """Return what identifies a facility, as it is read."""
    return [
        (_("Nom"), found.name),
        (_("Ville"), found.city),
        (_("SIRET"), in_groups(found.siret)),
        (_("FINESS juridique"), found.finess),
    ]


def equipment_of(found: Facility) -> list[tuple[str, str]]:
    """Return whom to write to, and what a tender asks to fit in with."""
    names = facilities.ADDRESSES + facilities.EQUIPMENT
    return [(facilities.label_of(name), getattr(found, name)) for name in names]


def _group(found: Facility) -> str:
    """Say in which group the facility is, and who buys for it."""
    group = found.group
    if group is None:
        return ""
    lead = group.lead_facility
    if lead is None:
        words = _("%(group)s, dont l’établissement support n’est pas encore nommé.")
    elif lead.pk == found.pk:
        words = _("%(group)s, dont il est l’établissement support : il achète pour ses membres.")
    else:
        words = _("%(group)s, dont %(lead)s est l’établissement support.")
    return words % {"group": group, "lead": lead}
