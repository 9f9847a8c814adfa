"""Who stands in for whom in a facility: given and ended by its administrators, read by its members."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from uniha_clausier.common.dates import date_format

from .. import queries
from ..domain import delegations
from ..enums import Role
from ..forms.delegations import DelegationForm
from ..models import Delegation, Facility
from ..permissions import access_or_404, for_roles, require, signed_in

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def delegation_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the delegations that stand or are to come; give one more."""
    access = access_or_404(signed_in(request), pk)
    facility = Facility.objects.get(pk=pk)
    permit = for_roles(access, Role.FACILITY_ADMIN)
    form = DelegationForm(
        request.POST if request.method == "POST" else None,
        facility=facility,
        members=queries.members_of(facility) if permit else [],
    )
    if request.method == "POST":
        require(permit)
        if form.is_valid() and _give(request, form):
            return redirect("delegation_list", pk=pk)
    today = timezone.localdate()
    context = {
        "facility": facility,
        "form": form,
        "permit": permit,
        "delegations": queries.unfinished(today)
        .filter(facility=facility)
        .order_by("first_day", "pk"),
        "today": today,
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "accounts/delegations.html", context, status=status)


def _give(request: HttpRequest, form: DelegationForm) -> bool:
    try:
        made = delegations.delegate(**form.cleaned_data, by=signed_in(request))
    except delegations.DelegationRefused as error:
        form.add_error(error.field, str(error))
        return False
    words = _("%(name)s remplace %(other)s du %(first)s au %(last)s.")
    messages.success(
        request,
        words
        % {
            "name": made.delegate,
            "other": made.principal,
            "first": date_format(made.first_day, "j N Y"),
            "last": date_format(made.last_day, "j N Y"),
        },
    )
    return True


@require_POST
def delegation_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a delegation before its day."""
    found = get_object_or_404(Delegation, pk=pk)
    access = access_or_404(signed_in(request), found.facility_id)
    require(for_roles(access, Role.FACILITY_ADMIN))
    delegations.end(delegation=found, by=access.user)
    words = _("La délégation est terminée : %(name)s n’a plus ce rôle.")
    messages.success(request, words % {"name": found.delegate})
    return redirect("delegation_list", pk=found.facility_id)
