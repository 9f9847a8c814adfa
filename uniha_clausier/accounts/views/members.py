"""The members of a facility: who is there, who is invited, who leaves."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from uniha_clausier.common.errors import DomainError

from .. import queries
from ..domain import invitations, members
from ..enums import Role
from ..forms.members import InvitationForm, MemberSearchForm, RoleForm
from ..models import Facility, Invitation, User
from ..permissions import access_or_404, for_roles, require, signed_in

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def member_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the members and who is invited; invite somebody."""
    access = access_or_404(signed_in(request), pk)
    facility = Facility.objects.get(pk=pk)
    permit = for_roles(access, Role.FACILITY_ADMIN)
    form = InvitationForm(request.POST or None)
    if request.method == "POST":
        require(permit)
        if form.is_valid() and _invite(request, facility, form):
            return redirect("member_list", pk=pk)
    sought = MemberSearchForm(request.GET).text()
    context: dict[str, Any] = {
        "facility": facility,
        "form": form,
        "permit": permit,
        "members": queries.members_of(facility, sought),
        "q": sought,
        "invitations": _shown(facility) if permit else [],
        "roles": Role.choices,
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "accounts/members.html", context, status=status)


def _invite(request: HttpRequest, facility: Facility, form: InvitationForm) -> bool:
    try:
        made, secret = invitations.invite(
            facility=facility, by=signed_in(request), **form.cleaned_data
        )
    except invitations.InvitationRefused as error:
        form.add_error(error.field or None, str(error))
        return False
    send_invitation(request, made, secret)
    return True


def send_invitation(request: HttpRequest, made: Invitation, secret: str) -> None:
    """Send the link of an invitation, and say on the next page whether it has left."""
    address = request.build_absolute_uri(reverse("invitation", args=[secret]))
    if invitations.tell(invitation=made, address=address):
        words = _("L’invitation est envoyée à %(email)s ; elle vaut sept jours.")
        messages.success(request, words % {"email": made.email})
        return
    words = _(
        "L’invitation est prête, mais le message n’est pas parti : la messagerie ne répond pas. "
        "Remettez vous-même cette adresse à %(name)s, elle ne sera plus affichée : %(address)s"
    )
    messages.warning(request, words % {"name": made.full_name, "address": address})


def _shown(facility: Facility) -> list[dict[str, Any]]:
    """The invitations that nobody has accepted yet, over ones included: they may be sent again."""
    now = timezone.now()
    rows = facility.invitations.filter(accepted_at=None, withdrawn_at=None)
    return [
        {
            "invitation": row,
            "roles": invitations.roles_in_words(row),
            "is_open": row.is_open_at(now),
        }
        for row in rows.order_by("-created_at", "-pk")
    ]


@require_POST
def member_role_add(request: HttpRequest, pk: int, user: int) -> HttpResponse:
    """Give a member another role."""
    facility, person = _member(request, pk, user)
    form = RoleForm(request.POST)
    if form.is_valid():
        role = form.cleaned_data["role"]
        members.add_member(user=person, facility=facility, role=role, by=signed_in(request))
        words = _("%(name)s a maintenant le rôle %(role)s.")
        messages.success(request, words % {"name": person, "role": Role(role).label})
    else:
        messages.error(request, _("Choisissez un rôle dans la liste."))
    return redirect("member_list", pk=pk)


@require_POST
def member_role_take(request: HttpRequest, pk: int, user: int, role: str) -> HttpResponse:
    """Take one role of a member back."""
    facility, person = _member(request, pk, user)
    try:
        members.take_role(user=person, facility=facility, role=role, by=signed_in(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        words = _("%(name)s n’a plus ce rôle, dès maintenant.")
        messages.success(request, words % {"name": person})
    return redirect("member_list", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: HttpRequest, pk: int, user: int) -> HttpResponse:
    """Ask, then take every role of a member back."""
    facility, person = _member(request, pk, user)
    if request.method != "POST":
        context = {"facility": facility, "person": person}
        return render(request, "accounts/member_remove.html", context)
    try:
        members.remove(user=person, facility=facility, by=signed_in(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("member_list", pk=pk)
    words = _("%(name)s n’est plus membre : son accès à l’établissement est fermé.")
    messages.success(request, words % {"name": person})
    if person.pk == signed_in(request).pk:
        return redirect("account")
    return redirect("member_list", pk=pk)


@require_POST
def invitation_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send another link in the place of one that waits or is over."""
    found = _invitation(request, pk)
    try:
        made, secret = invitations.send_again(invitation=found, by=signed_in(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        send_invitation(request, made, secret)
    return redirect("member_list", pk=found.facility_id)


@require_POST
def invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    found = _invitation(request, pk)
    invitations.withdraw(invitation=found, by=signed_in(request))
    messages.success(request, _("L’invitation est retirée : son lien n’ouvre plus rien."))
    return redirect("member_list", pk=found.facility_id)


def _member(request: HttpRequest, pk: int, user: int) -> tuple[Facility, User]:
    """Return a facility and one of its members, for its administrator."""
    access = access_or_404(signed_in(request), pk)
    require(for_roles(access, Role.FACILITY_ADMIN))
    people = User.objects.filter(memberships__facility_id=pk).distinct()
    return Facility.objects.get(pk=pk), get_object_or_404(people, pk=user)


def _invitation(request: HttpRequest, pk: int) -> Invitation:
    found = get_object_or_404(Invitation.objects.select_related("facility"), pk=pk)
    access = access_or_404(signed_in(request), found.facility_id)
    require(for_roles(access, Role.FACILITY_ADMIN))
    return found
