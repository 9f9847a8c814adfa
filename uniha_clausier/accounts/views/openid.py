"""Signing in through an identity provider: leaving for it, coming back, linking, unlinking.

Coming back is a GET that signs in, as the protocol has it. What keeps another site from sending
somebody there is the ``state``, which this browser's own session holds and which serves once.
"""

import logging
import time
from typing import Any
from urllib.parse import urlencode

from allauth.account import views as account_views
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.common import openid as protocol
from uniha_clausier.common import row_scope
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.openid import OpenIdRefused, Trip, Verified
from uniha_clausier.common.openid_providers import Provider
from uniha_clausier.common.openid_tokens import SECONDS_OF_SKEW

from ..domain import invitations
from ..domain import openid as identities
from ..models import Invitation, OpenIdIdentity, User
from ..permissions import signed_in
from ..sessions import STRONG, record_provider
from .proofs import proved_again

TRIPS = "openid_trips"
"""In the session: what was kept of the latest departures, by their ``state``."""

MOST_TRIPS = 5
LEAVE_BY = "openid_leave_by"
"""In the session: the address that also closes the session at the provider."""

ANEW = "openid_anew"
"""In the session: the provider that knew the person too weakly, or since too long.

Its own session is open, and would answer the same: next time it is told to ask again.
"""

GONE = 410
UNMET = "provider_unmet_authentication_requirements"
TOO_WEAK = frozenset({"acr", "auth_time", UNMET})
FORBIDDEN = frozenset({"unknown_identity", "other_identity", "facility", "acr", UNMET})
SAME_SENTENCE = {
    UNMET: "acr",
    "provider_access_denied": "provider_error",
    "provider_interaction_required": "provider_error",
    "provider_login_required": "provider_error",
    "provider_account_selection_required": "provider_error",
    "provider_consent_required": "provider_error",
    "provider_invalid_request": "request",
    "provider_invalid_scope": "request",
    "provider_unauthorized_client": "request",
    "provider_unsupported_response_type": "request",
}
"""Reasons that the person reads as another one; the page and the log keep their own word."""

LONGEST_HINT = 6000
"""Characters of the address above: beyond, some servers refuse it."""

logger = logging.getLogger("clausier.openid")


@never_cache
@require_POST
@login_not_required
def openid_start(request: HttpRequest, provider: str) -> HttpResponse:
    """Send a person who is not signed in to a provider."""
    chosen = _provider_or_404(provider)
    if request.user.is_authenticated:
        return redirect("home")
    return leave(request, chosen, next_url=get_next_redirect_url(request) or "/")


@never_cache
@require_POST
@proved_again
def openid_link(request: HttpRequest, provider: str) -> HttpResponse:
    """Send a person who is signed in to a provider, to link who they are there."""
    return leave(request, _provider_or_404(provider), linker=signed_in(request).pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def openid_confirm(request: HttpRequest) -> HttpResponse:
    """Prove anew who one is, by a provider: for who has neither password nor factor here."""
    user = signed_in(request)
    first = get_adapter(request).get_reauthentication_methods(user)[0]
    if first["id"] != "openid":
        return redirect(passthrough_next_redirect_url(request, first["url"], "next"))
    next_url = get_next_redirect_url(request) or reverse("account")
    theirs = identities.providers_of(user)
    if request.method != "POST":
        context: dict[str, Any] = {"providers": theirs, "next_url": next_url}
        return render(request, "account/openid_confirm.html", context)
    chosen = next((one for one in theirs if one.id == request.POST.get("provider")), None)
    if chosen is None:
        raise Http404
    return leave(request, chosen, next_url=next_url, prover=user.pk)


@never_cache
@require_safe
@login_not_required
def openid_return(request: HttpRequest, provider: str) -> HttpResponse:
    """Somebody comes back from a provider: check who, then sign in or link."""
    chosen = _provider_or_404(provider)
    kept = _take_trip(request, chosen)
    if kept is None:
        return _refused(request, chosen, "no_trip")
    trip = Trip(**kept["trip"])
    try:
        verified = protocol.finish(chosen, trip, request.GET.dict(), allow_http=settings.DEMO)
    except OpenIdRefused as error:
        if error.reason in TOO_WEAK:
            request.session[ANEW] = chosen.id
        return _refused(request, chosen, error.reason, is_away=error.is_away)
    if kept.get("prover"):
        return _prove(request, chosen, verified, kept)
    if kept.get("newcomer"):
        return _join(request, chosen, verified, kept["newcomer"])
    if kept["linker"] is None:
        return _enter(request, chosen, verified, kept["next"])
    return _link(request, chosen, verified, kept["linker"])


@never_cache
@require_safe
def identity_list(request: HttpRequest) -> HttpResponse:
    """The identities by which the person signs in, and the providers that they may link."""
    user = signed_in(request)
    names = {provider.issuer: provider.name for provider in settings.OPENID_PROVIDERS}
    context: dict[str, Any] = {
        "identities": [
            {"identity": one, "provider": names.get(one.issuer, one.issuer)}
            for one in user.identities.order_by("linked_at", "pk")
        ],
        "can_unlink": identities.can_unlink(user),
    }
    return render(request, "account/identities.html", context)


@require_POST
def identity_unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Unlink one of one's own identities; those of others are nothing."""
    get_object_or_404(OpenIdIdentity, pk=pk, user=signed_in(request))
    return _unlink(request, pk=pk)


@proved_again
def _unlink(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    identity = OpenIdIdentity.objects.get(pk=pk, user=user)
    try:
        identities.unlink(identity=identity, by=user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        get_adapter(request).send_notification_mail("account/email/identity_unlinked", user)
        messages.success(request, _("L’identité est déliée : elle ne connecte plus personne."))
    return redirect("identity_list")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, then lead to the provider that signed the person in, so that it forgets too."""
    address = request.session.get(LEAVE_BY) if request.method == "POST" else None
    response: HttpResponse = account_views.logout(request)
    if address is None or request.user.is_authenticated:
        return response
    return render(request, "account/openid_leave.html", {"address": address, "is_end": True})


# -- Leaving -----------------------------------------------------------------------------------


def leave(
    request: HttpRequest,
    provider: Provider,
    *,
    next_url: str = "/",
    linker: int | None = None,
    prover: int | None = None,
    newcomer: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the page that leads to the provider.

    ``newcomer`` holds the number of the invitation of whoever leaves, and the name they give.
    ``prover``: who is signed in, and proves anew who they are.

    It is a page and no redirection, because the policy of the forms (CSP ``form-action``) follows
    redirections: it would have to name every provider, on every page.
    """
    if not ratelimit.consume(request, app="allauth.account", action="openid"):
        too_many: HttpResponse = ratelimit.respond_429(request)
        return too_many
    back_to = request.build_absolute_uri(reverse("openid_return", args=[provider.id]))
    is_told = request.session.get(ANEW) == provider.id
    try:
        address, trip = protocol.start(
            provider,
            redirect_uri=back_to,
            allow_http=settings.DEMO,
            anew=is_told or prover is not None,
        )
    except OpenIdRefused as error:
        return _refused(request, provider, error.reason, is_away=error.is_away)
    if is_told:
        del request.session[ANEW]
    trips = dict(list(request.session.get(TRIPS, {}).items())[1 - MOST_TRIPS :])
    trips[trip.state] = {
        "trip": trip.as_dict(),
        "next": next_url,
        "linker": linker,
        "prover": prover,
        "newcomer": newcomer,
    }
    request.session[TRIPS] = trips
    context = {"address": address, "provider": provider, "is_end": False}
    return render(request, "account/openid_leave.html", context)


def _provider_or_404(provider_id: str) -> Provider:
    for provider in settings.OPENID_PROVIDERS:
        if provider.id == provider_id:
            return provider
    raise Http404


def _take_trip(request: HttpRequest, provider: Provider) -> dict[str, Any] | None:
    """Take what was kept of this departure out of the session: it serves once, whatever follows."""
    trips = request.session.get(TRIPS, {})
    kept: dict[str, Any] | None = trips.get(request.GET.get("state", ""))
    if kept is None or kept["trip"]["provider"] != provider.id:
        return None
    request.session[TRIPS] = {
        state: one for state, one in trips.items() if state != kept["trip"]["state"]
    }
    request.session.save()  # now: the same answer sent twice at once is refused the second time
    return kept


# -- Coming back -------------------------------------------------------------------------------


def _enter(
    request: HttpRequest, provider: Provider, verified: Verified, next_url: str
) -> HttpResponse:
    """Sign in the person whose identity this is; nobody, when it is nobody's."""
    known = identities.identity_of(issuer=verified.issuer, subject=verified.subject)
    if known is None:
        return _refused(request, provider, "unknown_identity")
    if not known.user.is_active:
        return _refused(request, provider, "inactive", user=known.user)
    if not identities.may_use(known.user, provider.facilities):
        return _refused(request, provider, "facility", user=known.user)
    if request.user.is_authenticated:
        logout(request)
    identities.record_used(identity=known, has_factor=verified.has_factor)
    _remember_how_to_leave(request, provider, verified)
    user = known.user
    record_provider(request, user, provider=provider.id, proved_at=verified.proved_at)
    if not verified.has_factor:
        entered: HttpResponse = perform_login(request, Login(user=user, redirect_url=next_url))
        return entered
    get_adapter(request).login(request, user)
    request.session[STRONG] = True
    return redirect(next_url)


def _link(
    request: HttpRequest, provider: Provider, verified: Verified, linker: int
) -> HttpResponse:
    """Link the identity to the account that asked for it, which must still be signed in here."""
    user = request.user
    if not isinstance(user, User) or user.pk != linker:
        return _refused(request, provider, "no_trip")
    if not identities.may_use(user, provider.facilities):
        return _refused(request, provider, "facility", user=user)
    try:
        identities.link_identity(
            user=user,
            issuer=verified.issuer,
            subject=verified.subject,
            label=verified.label,
            by=user,
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        get_adapter(request).send_notification_mail("account/email/identity_linked", user)
        words = _("Votre compte est relié : vous pouvez vous connecter par « %(name)s ».")
        messages.success(request, words % {"name": provider.name})
    return redirect("identity_list")


def _prove(
    request: HttpRequest, provider: Provider, verified: Verified, kept: dict[str, Any]
) -> HttpResponse:
    """Note that the person is who they said, then go on with what they had asked for."""
    user = request.user
    if not isinstance(user, User) or user.pk != kept["prover"]:
        return _refused(request, provider, "no_trip")
    known = identities.identity_of(issuer=verified.issuer, subject=verified.subject)
    if known is None or known.user_id != user.pk:
        return _refused(request, provider, "other_identity", user=user)
    now, said = time.time(), verified.proved_at
    # Where the provider does not say when, there is only our wish that it asks again.
    if said is not None and said < kept["trip"]["started_at"] - SECONDS_OF_SKEW:
        return _refused(request, provider, "auth_time", user=user)
    identities.record_proved(identity=known)
    record_provider(request, user, provider=provider.id, proved_at=now, anew=True)
    request.GET = QueryDict(urlencode({"next": kept["next"]}))
    return resume_request(request) or redirect(kept["next"])


def _join(
    request: HttpRequest, provider: Provider, verified: Verified, newcomer: dict[str, Any]
) -> HttpResponse:
    """Accept the invitation with which the person left, then sign them in."""
    found = invitations.of_number(newcomer["invitation"])
    if found is None:
        return _refused(request, provider, "no_trip")
    if not identities.is_kept_for(found.facility, provider.facilities):
        return _refused(request, provider, "facility")
    row_scope.narrow(row_scope.of_facility(found.facility_id))
    known = identities.identity_of(issuer=verified.issuer, subject=verified.subject)
    if known is not None and not known.user.is_active:
        return _refused(request, provider, "inactive", user=known.user)
    try:
        user = invitations.accept_by_identity(
            invitation=found,
            full_name=newcomer["full_name"],
            issuer=verified.issuer,
            subject=verified.subject,
            label=verified.label,
        )
    except DomainError as error:
        return _not_joined(request, provider, found, str(error))
    if known is None:
        get_adapter(request).send_notification_mail("account/email/identity_linked", user)
    entered = _enter(request, provider, verified, "/")
    words = _("Vous êtes maintenant membre de cet établissement : %(facility)s.")
    messages.success(request, words % {"facility": found.facility})
    return entered


def _not_joined(
    request: HttpRequest, provider: Provider, found: Invitation, sentence: str
) -> HttpResponse:
    logger.warning("OpenID refused: provider=%s reason=invitation", provider.id)
    found.refresh_from_db()
    if not found.is_open_at(timezone.now()):
        context: dict[str, Any] = {"invitation": found}
        return render(request, "accounts/invitation_gone.html", context, status=GONE)
    context = {"sentence": sentence, "is_unknown": False, "reason": "invitation"}
    return render(request, "account/openid_refused.html", context, status=403)


def _remember_how_to_leave(request: HttpRequest, provider: Provider, verified: Verified) -> None:
    address = protocol.end_session_url(
        provider,
        id_token=verified.id_token,
        back_to=request.build_absolute_uri(reverse("account_login")),
        allow_http=settings.DEMO,
    )
    if address is not None and len(address) <= LONGEST_HINT:
        request.session[LEAVE_BY] = address


# -- Refusing ----------------------------------------------------------------------------------


def _refused(
    request: HttpRequest,
    provider: Provider,
    reason: str,
    *,
    is_away: bool = False,
    user: User | None = None,
) -> HttpResponse:
    """Say what happened and what to do; write the reason in the log, and nothing that was sent."""
    logger.warning("OpenID refused: provider=%s reason=%s", provider.id, reason)
    if user is not None:
        identities.record_refused(user=user, provider=provider.id, reason=reason)
    if reason == "inactive":
        return redirect("account_inactive")
    context = {
        "sentence": _sentence(reason, is_away) % {"name": provider.name},
        "is_unknown": reason == "unknown_identity",
        "reason": reason,
    }
    status = 503 if is_away else 403 if reason in FORBIDDEN else 400
    return render(request, "account/openid_refused.html", context, status=status)


def _sentence(reason: str, is_away: bool) -> str:
    """Return what happened and what to do; the name of the provider is left to be filled."""
    if is_away:
        return _(
            "« %(name)s » ne répond pas comme prévu. Réessayez dans quelques minutes ; si cela "
            "dure, prévenez l’exploitant."
        )
    known = {
        "no_trip": _(
            "Cette connexion n’a pas commencé dans ce navigateur, ou elle a déjà servi. "
            "Recommencez depuis la page de connexion."
        ),
        "state": _("Cette réponse ne correspond pas à votre demande. Recommencez."),
        "too_late": _("Plus de dix minutes ont passé. Recommencez."),
        "acr": _(
            "« %(name)s » vous a reconnu par un moyen trop faible. Recommencez : il vous le "
            "redemandera. Prenez un moyen plus fort, une carte ou une application par exemple."
        ),
        "auth_time": _(
            "Votre connexion chez « %(name)s » est trop ancienne. Recommencez : il vous demandera "
            "de vous identifier de nouveau."
        ),
        "provider_error": _(
            "« %(name)s » n’a pas confirmé votre identité, ou vous avez annulé. Recommencez, ou "
            "adressez-vous à l’assistance de ce fournisseur."
        ),
        "request": _(
            "« %(name)s » n’accepte pas la demande de Clausier. Prévenez l’exploitant : un réglage est "
            "à revoir, chez ce fournisseur ou ici."
        ),
        "unknown_identity": _("« %(name)s » vous a reconnu, mais aucun compte n’est relié à vous."),
        "other_identity": _(
            "« %(name)s » a reconnu une autre personne que vous, ou un autre de vos comptes. "
            "Recommencez avec celui qui est relié ici."
        ),
        "facility": _(
            "« %(name)s » est réservé à d’autres établissements que les vôtres. Connectez-vous "
            "autrement, ou adressez-vous à votre administrateur."
        ),
    }
    unproved = _(
        "La réponse de « %(name)s » n’a pas pu être vérifiée : personne n’est connecté. "
        "Recommencez ; si cela dure, prévenez l’exploitant."
    )
    return known.get(SAME_SENTENCE.get(reason, reason), unproved)
