"""Personal tokens of the API."""

import datetime as dt
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ..domain import tokens
from ..forms.tokens import TokenForm
from ..models import ApiToken, User
from ..permissions import signed_in
from .proofs import proved_again

UNPROCESSABLE = 422
USUAL_LIFE = dt.timedelta(days=90)


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
    return _create(request, form)


@proved_again
def _create(request: HttpRequest, form: TokenForm) -> HttpResponse:
    """Make a token: it outlives the session, so whoever found one open does not make it."""
    user = signed_in(request)
    try:
        token, secret = tokens.create(
            name=form.cleaned_data["name"], expires_at=form.expiry(), by=user
        )
    except tokens.TokenRefused as error:
        form.add_error(error.field or None, str(error))
        return _tokens_page(request, user, form, status=UNPROCESSABLE)
    get_adapter(request).send_notification_mail(
        "account/email/api_token_created", user, {"token": token}
    )
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
