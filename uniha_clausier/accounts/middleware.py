"""What is decided of each request before its page: its activity, its person and their factor."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from uniha_clausier.common import journal, row_scope

from .domain import factors, typed_forms
from .models import User
from .sessions import STRONG, ended_person, remember_ended, touch

Answer = Callable[[HttpRequest], HttpResponseBase]

SIGNS_OF_LIFE = {"checklists:assessment_presence"}
"""An open page that asks by itself: nobody may be in front of it."""

OPEN_WITHOUT_FACTOR = {
    "account",
    "account_change_password",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "help",
    "contact",
    "accessibility",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "openid_confirm",
    "openid_return",
}


class StandInMiddleware:
    """Forgets, with the request, in whose place something was done (see journal.act_for)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        journal.act_for(None)
        try:
            return self.get_response(request)
        finally:
            journal.act_for(None)


class SessionActivityMiddleware:
    """Puts off the end of the session of who asks for something; remembers whose has ended."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and match.view_name not in SIGNS_OF_LIFE:
            touch(request)
        remember_ended(request)
        return response


OPEN_WITHOUT_PASSWORD = {
    "account_change_password",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "help",
    "contact",
    "accessibility",
}


class FactorRequiredMiddleware:
    """Whoever must have a second factor, and has none, does nothing else before setting one up.

    OWASP ASVS 5.0, 6.3.3; so does whoever has a provisional password (6.4.1). Pages lead there;
    scripts and programs get 403 with the sentence.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User):
            row_scope.narrow(row_scope.of_user(user.pk))
        if not isinstance(user, User) or request.session.get(STRONG):
            return self.get_response(request)
        if user.password_is_provisional:
            refused = password_refusal(request)
            if refused is not None:
                return refused
        elif factors.may_lack(user):
            refused = refusal(request)
            # Asked again of the factors themselves: one that was just added opens at once.
            if refused is not None and not factors.has_factor(user):
                return refused
        return self.get_response(request)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Leads who is not signed in to the sign-in page, and keeps what a form held for its person.

    The token of the form has been checked before: the form is one of ours, sent by this browser.
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.method == "POST" and request.user.is_authenticated:
            typed_forms.drop_once_sent(
                request.session, person=request.user.pk, address=request.get_full_path()
            )
        refused: HttpResponseBase | None = super().process_view(
            request, view_func, view_args, view_kwargs
        )
        return refused

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method == "POST" and not _is_of_a_script(request):
            if typed_forms.KEPT in request.session:  # of another tab: one form waits, not two
                return _form_lost(request, after=reverse("typed_form"))
            person = ended_person(request)
            if person is not None:
                return _form_kept(request, person)
        return super().handle_no_permission(request, view_func)


def _form_kept(request: HttpRequest, person: int) -> HttpResponseRedirect:
    """Keep the form of a session that has ended, or say that it could not be."""
    is_kept = typed_forms.keep(
        request.session,
        person=person,
        address=request.get_full_path(),
        fields=[(name, str(one)) for name, many in request.POST.lists() for one in many],
        has_files=bool(request.FILES),
    )
    if not is_kept:
        return _form_lost(request, after="/")
    messages.warning(
        request,
        _(
            "Votre session avait pris fin : rien n’est enregistré, mais ce que vous aviez écrit "
            "est gardé trente minutes. Connectez-vous pour le retrouver."
        ),
    )
    return redirect_to_login(reverse("typed_form"), reverse("account_login"))


def _form_lost(request: HttpRequest, *, after: str) -> HttpResponseRedirect:
    messages.warning(
        request,
        _("Votre session avait pris fin : ce que vous venez d’envoyer n’est pas enregistré."),
    )
    return redirect_to_login(after, reverse("account_login"))


def _is_of_a_script(request: HttpRequest) -> bool:
    return "json" in request.headers.get("Accept", "") or bool(request.headers.get("HX-Request"))


class WrongMethodMiddleware:
    """Gives a page to who opens, by its address, what only a button calls: 405 alone is blank.

    Scripts, programs and the API keep the answer that they had, and every answer its ``Allow``.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or _is_of_a_script(request):
            return response
        if request.method not in {"GET", "HEAD"}:
            return response
        page = render(request, "405.html", status=response.status_code)
        page.headers["Allow"] = response.headers["Allow"]
        return page


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the answer that leads to setting a factor up, or None for the pages that do it."""
    return _led(request, OPEN_WITHOUT_FACTOR, factors.required_sentence(), "mfa_index")


def password_refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the answer that leads to choosing a password, or None for the page that does it."""
    sentence = _("Votre mot de passe est provisoire : choisissez d’abord le vôtre.")
    return _led(request, OPEN_WITHOUT_PASSWORD, sentence, "account_change_password")


def _led(request: HttpRequest, without: set[str], sentence: str, to: str) -> HttpResponse | None:
    if request.path.startswith("/static/"):
        return None
    # Known here already: an unknown address is refused like the others, without saying it is one.
    if _view_name(request) in without:
        return None
    if "json" in request.headers.get("Accept", ""):
        return JsonResponse({"error": sentence}, status=403)
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = reverse(to)
        return answer
    return redirect(to)


def _view_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
