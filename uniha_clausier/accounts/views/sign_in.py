"""Signing in and out, and passwords: the pages of the sign-in library, with the methods offered here."""

from allauth.account import views as account_views
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..permissions import signed_in
from ..sessions import prolong

_form = require_http_methods(["GET", "HEAD", "POST"])

sign_in = _form(account_views.login)
inactive = require_safe(account_views.account_inactive)
password_reset = _form(account_views.password_reset)
password_reset_done = require_safe(account_views.password_reset_done)
password_reset_from_key = _form(account_views.password_reset_from_key)
password_reset_from_key_done = require_safe(account_views.password_reset_from_key_done)


@_form
def password_change(request: HttpRequest) -> HttpResponse:
    """Choose another password; who has none, and comes in by a provider, gets the link by mail."""
    if not signed_in(request).has_usable_password():
        messages.info(
            request,
            _(
                "Votre compte n’a pas de mot de passe : demandez le lien qui permet d’en choisir un."
            ),
        )
        return redirect("account_reset_password")
    changed: HttpResponse = account_views.password_change(request)
    return changed


@require_POST
@login_not_required
def extend_session(request: HttpRequest) -> JsonResponse:
    """Give the session its idle time again (WCAG 2.2.1): for a script, which gets 401."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": _("Votre session a expiré.")}, status=401)
    return JsonResponse({"session": prolong(request)})


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in French that the form is out of date, and what to do."""
    return render(request, "403_csrf.html", status=403)
