"""The page behind the link of an invitation: whoever knows the secret was sent it."""

from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from uniha_clausier.common import row_scope
from uniha_clausier.common.openid_providers import Provider

from ..domain import invitations
from ..domain import openid as identities
from ..forms.members import NewcomerForm
from ..forms.sign_in import BY_PROVIDER
from ..models import Invitation, User
from . import openid

GONE, UNPROCESSABLE = 410, 422


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Say who invites and to what; join with one's account, or open one by either proof."""
    found = invitations.of_secret(secret)
    if found is None:
        # As for sign-in: nobody tries addresses at leisure.
        if not ratelimit.consume(
            request, app="allauth.account", action="answer_link", limit_get=True
        ):
            refused: HttpResponse = ratelimit.respond_429(request)
            return refused
        raise Http404
    row_scope.narrow(row_scope.of_facility(found.facility_id))
    if not found.is_open_at(timezone.now()):
        return _gone(request, found)
    return _accept(request, found) if request.method == "POST" else _page(request, found)


def _accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    try:
        if isinstance(request.user, User):
            invitations.accept_with_account(invitation=found, by=request.user)
            messages.success(request, _joined(found))
            return redirect("home")
        if "provider" in request.POST:
            return _leave(request, found, request.POST["provider"])
        if settings.OPENID_ONLY:
            messages.error(request, str(BY_PROVIDER))
            return redirect(request.path)
        form = NewcomerForm(request.POST, email=found.email)
        if not form.is_valid():
            return _page(request, found, form, status=UNPROCESSABLE)
        invitations.accept_as_newcomer(invitation=found, **form.cleaned_data)
    except invitations.InvitationOver as error:
        messages.error(request, str(error))
        return redirect(request.path)
    messages.success(
        request,
        _("Votre compte est ouvert : connectez-vous avec cette adresse et ce mot de passe."),
    )
    return redirect("account_login")


def _leave(request: HttpRequest, found: Invitation, provider: str) -> HttpResponse:
    """Send who was invited to a provider: what it says of them opens the account, or theirs."""
    chosen = next((one for one in _providers(found) if one.id == provider), None)
    if chosen is None:
        raise Http404
    full_name = found.full_name
    if not invitations.has_account(found):
        form = NewcomerForm(request.POST, email=found.email, is_by_provider=True)
        if not form.is_valid():
            return _page(request, found, form, status=UNPROCESSABLE)
        full_name = form.cleaned_data["full_name"]
    newcomer = {"invitation": found.pk, "full_name": full_name}
    return openid.leave(request, chosen, newcomer=newcomer)


def _providers(found: Invitation) -> list[Provider]:
    """The providers by which a member of the facility may sign in."""
    return [
        one
        for one in settings.OPENID_PROVIDERS
        if identities.is_kept_for(found.facility, one.facilities)
    ]


def _joined(found: Invitation) -> str:
    return _("Vous êtes maintenant membre de cet établissement : %(facility)s.") % {
        "facility": found.facility
    }


def _page(
    request: HttpRequest, found: Invitation, form: NewcomerForm | None = None, *, status: int = 200
) -> HttpResponse:
    user = request.user if isinstance(request.user, User) else None
    context: dict[str, Any] = {
        "invitation": found,
        "roles": invitations.roles_in_words(found),
        "is_theirs": user is not None and user.email == found.email,
        "has_account": invitations.has_account(found),
        "providers": _providers(found),
        "is_only_by_provider": settings.OPENID_ONLY,
        "form": form or NewcomerForm(email=found.email, initial={"full_name": found.full_name}),
    }
    return render(request, "accounts/invitation.html", context, status=status)


def _gone(request: HttpRequest, found: Invitation) -> HttpResponse:
    context = {"invitation": found}
    return render(request, "accounts/invitation_gone.html", context, status=GONE)
