"""Pages about oneself: those of the sign-in library, with the methods offered here, and the tokens."""

import datetime as dt
from typing import Any

from allauth.account import views as account_views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import queries
from .domain import tokens
from .forms import TokenForm
from .models import ApiToken, User
from .permissions import signed_in

UNPROCESSABLE = 422
USUAL_LIFE = dt.timedelta(days=90)

_form = require_http_methods(["GET", "HEAD", "POST"])

sign_in = _form(account_views.login)
sign_out = _form(account_views.logout)
inactive = require_safe(account_views.account_inactive)
password_change = _form(account_views.password_change)
password_reset = _form(account_views.password_reset)
password_reset_done = require_safe(account_views.password_reset_done)
password_reset_from_key = _form(account_views.password_reset_from_key)
password_reset_from_key_done = require_safe(account_views.password_reset_from_key_done)


@require_POST
@login_not_required
def extend_session(request: HttpRequest) -> JsonResponse:
    """Give the session its whole length again (WCAG 2.2.1): for a script, which gets 401."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": _("Votre session a expiré.")}, status=401)
    request.session.modified = True
    return JsonResponse({"session": settings.SESSION_COOKIE_AGE})


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in French that the form is out of date, and what to do."""
    return render(request, "403_csrf.html", status=403)


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who the person is here, what they may do and where, and the pages about themselves."""
    user = signed_in(request)
    roles = [
        (facility, [role.label for role in held])
        for facility, held in queries.roles_by_facility(user)
    ]
    return render(request, "account/account.html", {"roles": roles})


# -- Personal tokens of the API ----------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def api_tokens(request: HttpRequest) -> HttpResponse:
    """List the tokens of the person; make one, whose secret is shown in this answer alone."""
    user = signed_in(request)
    if request.method != "POST":
        return _tokens_page(request, user, _new_form())
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _tokens_page(request, user, form, status=UNPROCESSABLE)
    try:
        _token, secret = tokens.create(
            name=form.cleaned_data["name"], expires_at=form.expiry(), by=user
        )
    except tokens.TokenRefused as error:
        form.add_error(error.field or None, str(error))
        return _tokens_page(request, user, form, status=UNPROCESSABLE)
    return _tokens_page(request, user, _new_form(), secret=secret)


@require_POST
def api_token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one of one's own tokens; those of others are nothing."""
    user = signed_in(request)
    token = get_object_or_404(ApiToken, pk=pk, user=user)
    tokens.revoke(token=token, by=user)
    messages.success(request, _("Le jeton est retiré : il n’ouvre plus rien."))
    return redirect("api_tokens")


def _tokens_page(
    request: HttpRequest, user: User, form: TokenForm, *, secret: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        "form": form,
        "secret": secret,
        "tokens": [
            {"token": token, "is_valid": token.is_valid_at(now)}
            for token in user.api_tokens.order_by("-created_at", "-pk")
        ],
    }
    return render(request, "account/api_tokens.html", context, status=status)


def _new_form() -> TokenForm:
    return TokenForm(initial={"expires_on": (timezone.localtime() + USUAL_LIFE).date()})
