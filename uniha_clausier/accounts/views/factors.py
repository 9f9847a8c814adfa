"""What protects one's own account: second factors, and the browsers that are signed in.

The forms and the checks are those of the sign-in library; each change asks for the password or a
factor again, when the last proof is older than ten minutes.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account import views as account_views
from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.base import views as base_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import views as key_views
from django.contrib import messages
from django.db import IntegrityError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..domain import browser_sessions, factors, openid, passkeys, tokens
from ..permissions import signed_in
from ..sessions import STRONG

FEW_CODES = 3

_form = require_http_methods(["GET", "HEAD", "POST"])
_page = reverse_lazy("mfa_index")


def _keeper(request: HttpRequest) -> str:
    """The provider that checks the factor of who has none here, and came in without it; or empty.

    Their password alone would otherwise set up a first factor, and go round that one.
    """
    user = signed_in(request)
    if request.session.get(STRONG) or factors.has_factor(user):
        return ""
    return openid.keeper_of_factor(user)


def _not_before_the_provider(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        return redirect(_page) if _keeper(request) else view(request)

    return guarded


authenticate = never_cache(_form(base_views.authenticate))
reauthenticate = never_cache(_form(account_views.reauthenticate))
reauthenticate_by_code = never_cache(_form(base_views.reauthenticate))


@never_cache
@_form
@_not_before_the_provider
def application_add(request: HttpRequest) -> HttpResponse:
    """Add the application that makes codes; the second of two clicks leads where the first does."""
    try:
        if request.method == "POST" and is_mfa_enabled(
            signed_in(request), [Authenticator.Type.TOTP]
        ):
            return redirect("mfa_view_recovery_codes")
        response: HttpResponse = totp_views.activate_totp(request)
    except IntegrityError:  # the first was not committed yet
        return redirect("mfa_view_recovery_codes")
    return response


application_remove = _form(totp_views.deactivate_totp)
key_add = never_cache(_form(_not_before_the_provider(key_views.add_webauthn)))
_rename = key_views.EditWebAuthnView.as_view(success_url=_page)
_remove = key_views.RemoveWebAuthnView.as_view(success_url=_page)
codes = never_cache(require_safe(code_views.view_recovery_codes))
codes_generate = _form(code_views.generate_recovery_codes)


class _ByKey(key_views.LoginWebAuthnView):
    """A key alone opens; a refusal speaks of the key, and not of a code as the library's does."""

    def form_invalid(self, form: Form) -> HttpResponse:
        refusal = _("Cette clé n’a pas été reconnue. Entrez avec votre mot de passe.")
        messages.error(self.request, refusal)
        return redirect(
            passthrough_next_redirect_url(self.request, reverse("account_login"), "next")
        )


sign_in_by_key = never_cache(_form(_ByKey.as_view()))


class _ByKeyAgain(key_views.ReauthenticateWebAuthnView):
    """A key again, before what protects the account is changed; a refusal stays on the page."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        some = passkeys.some_unreadable(signed_in(self.request))
        told: dict[str, Any] = super().get_context_data(**kwargs)
        return told | {"some_unreadable": some, "refusal": ""} | kwargs

    def form_invalid(self, form: Form) -> HttpResponse:
        refusal = _(
            "Cette clé n’a pas été reconnue. Présentez-la de nouveau, ou confirmez autrement."
        )
        again: HttpResponse = self.render_to_response(self.get_context_data(refusal=refusal))
        return again


reauthenticate_by_key = never_cache(_form(_ByKeyAgain.as_view()))


@_form
def key_rename(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give one of one's own keys another name; those of others are nothing."""
    _own_key_or_404(request, pk)
    return cast("HttpResponseBase", _rename(request, pk=pk))


@_form
def key_remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take one of one's own keys off; those of others are nothing."""
    _own_key_or_404(request, pk)
    return cast("HttpResponseBase", _remove(request, pk=pk))


def _own_key_or_404(request: HttpRequest, pk: int) -> None:
    keys = Authenticator.objects.filter(user=signed_in(request), type=Authenticator.Type.WEBAUTHN)
    if not keys.filter(pk=pk).exists():
        raise Http404


@never_cache
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """The factors of the person, what to do next, and the browsers that are signed in."""
    user = signed_in(request)
    held = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    keys = [one for one in held if one.type == Authenticator.Type.WEBAUTHN]
    context: dict[str, Any] = {
        "is_required": factors.is_required(user),
        "keeper": _keeper(request),
        "application": _first(held, Authenticator.Type.TOTP),
        "keys": [
            {
                "key": key,
                "name": key.wrap().name,
                "alone": is_readable and _is_alone(key),
                "is_readable": is_readable,
            }
            for key in keys
            for is_readable in [passkeys.credential_of(key) is not None]
        ],
        "codes_left": _codes_left(_first(held, Authenticator.Type.RECOVERY_CODES)),
        "few": FEW_CODES,
        "sessions": browser_sessions.of(user, current=request.session.session_key),
        "tokens": len(tokens.usable(user, timezone.now())),
    }
    return render(request, "mfa/index.html", context)


def _first(held: list[Authenticator], kind: str) -> Authenticator | None:
    return next((one for one in held if one.type == kind), None)


def _is_alone(key: Authenticator) -> bool:
    return bool(key.wrap().is_passwordless)


def _codes_left(row: Authenticator | None) -> int | None:
    return None if row is None else len(row.wrap().get_unused_codes())


@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions; those of others are nothing."""
    user = signed_in(request)
    if not browser_sessions.end(user=user, pk=pk, by=user):
        raise Http404
    messages.success(request, _("La session est fermée."))
    return redirect("mfa_index")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions but this one."""
    user = signed_in(request)
    number = browser_sessions.end_all(user=user, keep=request.session.session_key, by=user)
    messages.success(request, _closed_in_words(number))
    return redirect("mfa_index")


def _closed_in_words(number: int) -> str:
    if not number:
        return _("Aucune autre session n’était ouverte.")
    words = ngettext(
        "%(number)d autre session est fermée.", "%(number)d autres sessions sont fermées.", number
    )
    return words % {"number": number}
