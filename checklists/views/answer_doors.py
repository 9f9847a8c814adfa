"""The door of a candidate: a personal link, and nothing else.

The secret in the address is the right. Nothing that the browser would add by itself (a cookie)
counts, so that no other site can act in the name of the bearer: the token of the forms would protect
nothing, and its check would refuse every form of a page that sends no referrer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from uniha_clausier.common import row_scope

from ..domain import answer_links
from ..domain.queries import answer_links as queries
from ..enums import LinkState
from ..models import AnswerLink, Assessment

GONE, TOO_LARGE, UNPROCESSABLE, TOO_MANY = 410, 413, 422, 429
MOST_SENT = 120 * 1024 * 1024
"""Bytes of one request: a page of answers and five of the largest files. More is not even read."""


@dataclass(frozen=True)
class Bearer:
    """A candidate behind a link: the link, its secret, where it stands."""

    link: AnswerLink
    token: str
    state: LinkState

    @property
    def assessment(self) -> Assessment:
        return self.link.assessment

    @property
    def is_open(self) -> bool:
        return self.state in LinkState.open_ones()

    @property
    def home(self) -> str:
        """Where the bearer writes: the questionnaire, or the answer to a letter."""
        return self.url("reply_home" if self.link.party_id else "answers")

    def url(self, name: str, *parts: Any) -> str:
        """Return the address of a page behind the same link."""
        return reverse(f"checklists:{name}", args=[self.token, *parts])


View = Callable[..., HttpResponse]


def behind_link(view: View) -> View:
    """Open a page to the bearer of a link that may still be used; say nothing to anybody else."""
    return _door(view, is_sent=False)


def after_sending(view: View) -> View:
    """Open a page to the bearer of a link by which answers were submitted."""
    return _door(view, is_sent=True)


def behind_letter_link(view: View) -> View:
    """The same for the link of a letter."""
    return _door(view, is_sent=False, of_letter=True)


def after_reply(view: View) -> View:
    """Open a page to the bearer of a link by which a letter was answered."""
    return _door(view, is_sent=True, of_letter=True)


def _door(view: View, *, is_sent: bool, of_letter: bool = False) -> View:
    @wraps(view)
    def opened(request: HttpRequest, token: str, **parts: Any) -> HttpResponse:
        bearer = _bearer(request, token)
        if isinstance(bearer, HttpResponse):
            return bearer
        if (bearer.link.party_id is not None) != of_letter:
            raise Http404
        try:
            response = (
                _elsewhere(request, bearer, is_sent)
                or _too_large(request, bearer)
                or _too_often(request, bearer)
                or view(request, bearer, **parts)
            )
        except answer_links.LinkClosed:  # since the door, by the other of two clicks on « Envoyer »
            bearer = _standing(queries.links().get(pk=bearer.link.pk), token)
            response = _elsewhere(request, bearer, is_sent) or gone(request, bearer)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return csrf_exempt(login_not_required(never_cache(opened)))


def _elsewhere(request: HttpRequest, bearer: Bearer, is_sent: bool) -> HttpResponse | None:
    """Return where a bearer belongs instead; None when it is here."""
    has_sent = bearer.state == LinkState.SUBMITTED
    if has_sent == is_sent and (has_sent or bearer.is_open):
        return None
    if has_sent and not _is_script(request):
        return redirect(bearer.url("reply_receipt" if bearer.link.party_id else "answer_receipt"))
    return redirect(bearer.home) if bearer.is_open else gone(request, bearer)


def _too_large(request: HttpRequest, bearer: Bearer) -> HttpResponse | None:
    if int(request.META.get("CONTENT_LENGTH") or 0) <= MOST_SENT:
        return None
    if _is_script(request):
        sentence = _("Trop de documents à la fois : joignez-les un par un.")
        return JsonResponse({"error": sentence}, status=UNPROCESSABLE)  # sent again, still too much
    context = {"facility": bearer.assessment.facility, "url": bearer.home}
    return render(request, "answers/too_large.html", context, status=TOO_LARGE)


def _too_often(request: HttpRequest, bearer: Bearer) -> HttpResponse | None:
    """Each write adds to the journal, which is kept for ever: nobody fills it through a link."""
    if request.method != "POST" or _consumed(request, bearer, "answer_writes"):
        return None
    if _is_script(request):  # which keeps the text, and tries again
        sentence = _("Trop d’envois en peu de temps : attendez une minute.")
        return JsonResponse({"error": sentence}, status=TOO_MANY)
    refused: HttpResponse = ratelimit.respond_429(request)
    return refused


def _bearer(request: HttpRequest, token: str) -> Bearer | HttpResponse:
    with row_scope.acting(row_scope.EVERYTHING):  # the secret alone says of which facility
        link = queries.of_secret(answer_links.hash_of(token))
    if link is not None:
        row_scope.narrow(row_scope.of_facility(link.assessment.facility_id))
        return _standing(link, token)
    # As for sign-in: nobody tries addresses at leisure.
    if not ratelimit.consume(request, app="allauth.account", action="answer_link", limit_get=True):
        response: HttpResponse = ratelimit.respond_429(request)
        return response
    raise Http404


def _standing(link: AnswerLink, token: str) -> Bearer:
    return Bearer(link, token, answer_links.state_of(link, timezone.now()))


def may_send_a_file(request: HttpRequest, bearer: Bearer) -> bool:
    """Whether this candidate may send one file more now."""
    return _consumed(request, bearer, "answer_files")


def _consumed(request: HttpRequest, bearer: Bearer, action: str) -> bool:
    key = str(bearer.link.pk)
    found = ratelimit.consume(request, app="allauth.account", action=action, key=key)
    return found is not None


def gone(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """Say the same of a link that has expired and of one that was taken back: whom to ask.

    A page left open by a colleague of who sent the answers hears that they were sent.
    """
    if _is_script(request):
        sentence = _("Ce lien n’est plus valable : rien n’a été enregistré.")
        if bearer.state == LinkState.SUBMITTED:
            sentence = _(
                "Les réponses sont envoyées : elles ne changent plus, rien n’a été enregistré."
            )
        return JsonResponse({"error": sentence}, status=GONE)
    context = {"facility": bearer.assessment.facility, "buyer": bearer.link.created_by}
    return render(request, "answers/gone.html", context, status=GONE)


def _is_script(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
