"""The API as one object: who calls, how often, and how a refusal is told."""

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.security import HttpBearer

from uniha_clausier.accounts.domain import factors, tokens
from uniha_clausier.accounts.models import ApiToken, User
from uniha_clausier.common import row_scope
from uniha_clausier.common.errors import DomainError

from .schemas import REASONS, WRONG_KIND, Problem

PROBLEM = "application/problem+json"
TITLES = {
    400: gettext_lazy("Demande illisible"),
    401: gettext_lazy("Jeton requis"),
    403: gettext_lazy("Action réservée"),
    404: gettext_lazy("Introuvable"),
    405: gettext_lazy("Méthode non prévue"),
    409: gettext_lazy("Refusé dans cet état"),
    422: gettext_lazy("Valeurs refusées"),
    429: gettext_lazy("Trop d’appels"),
}
DESCRIPTION = (
    "Tout ce que les écrans montrent, en lecture, et l’écriture des constats. Chaque appel porte "
    "un jeton personnel (page « Jetons d’accès ») et a les droits de sa personne à cet instant. "
    "Ce qui est à un autre établissement répond 404."
)


class TooManyCalls(Exception):
    """The token, or the address that tries wrong ones, has called too often."""


class Token(HttpBearer):
    """A personal token in the Authorization header: no cookie opens the API."""

    openapi_description = "Jeton personnel, créé sur la page « Jetons d’accès »."

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        found = tokens.bearer(token)
        if found is None:
            # As for sign-in: nobody tries secrets at leisure.
            _limit(request, "api_refused")
            return None
        _limit(request, "api", key=str(found.pk))
        if found.user.lacks_factor or _lacks_as_deputy(found.user):
            raise PermissionDenied(factors.required_sentence())
        request.user = found.user
        row_scope.narrow(row_scope.of_user(found.user_id))
        return found


def _lacks_as_deputy(user: User) -> bool:
    return factors.is_required_by_delegation(user) and not factors.has_factor(user)


def _limit(request: HttpRequest, action: str, key: str | None = None) -> None:
    allowed = ratelimit.consume(
        request, app="allauth.account", action=action, key=key, limit_get=True
    )
    if not allowed:
        raise TooManyCalls


class Description(OpenAPISchema):
    """The OpenAPI document, in which refusals have the media type that they really have."""

    def get_paths(self) -> dict[str, Any]:
        paths = super().get_paths()
        for path in paths.values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "content" in response:
                        response["content"] = {PROBLEM: response["content"]["application/json"]}
        return paths


class Site(NinjaAPI):
    """The API, whose addresses answer HEAD like GET, and nobody without a token."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        return self._description

    @cached_property
    def _description(self) -> OpenAPISchema:
        """Made once: anybody may ask for it, and it costs as much as forty pages."""
        return Description(self, self.root)

    @property
    def root(self) -> str:
        """Where the addresses of this version start."""
        return reverse("api:openapi-json").removesuffix("openapi.json")

    @cached_property
    def parameters(self) -> dict[str, frozenset[str]]:
        """The parameters of the query of each address, by its route as Django writes it."""
        return {
            path.replace("{", "<").replace("}", ">"): frozenset(
                one["name"]
                for operation in operations.values()
                for one in operation["parameters"]
                if one["in"] == "query"
            )
            for path, operations in self.get_openapi_schema()["paths"].items()
        }

    def _get_urls(self) -> list[URLPattern | URLResolver]:
        # The root of the library is no address of ours: it would answer 404 in its own words.
        found = [one for one in super()._get_urls() if getattr(one, "name", "") != "api-root"]
        for pattern in found:
            view: Any = pattern.callback
            is_description = getattr(pattern, "name", "") == "openapi-json"
            pattern.callback = (
                login_not_required(require_safe(view)) if is_description else _opened(view)
            )
        return found


def _opened(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the token decide alone who enters, and keep every answer out of shared caches."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "HEAD":
            request.method = "GET"  # the server sends no body to a HEAD
        response = _unknown_parameters(request) or view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response.headers["Allow"]
            response = problem(
                405, _("Cette adresse répond à : %(methods)s.") % {"methods": allowed}
            )
            response.headers["Allow"] = allowed
        patch_cache_control(response, private=True, no_cache=True)
        return response

    opened.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie counts here
    return login_not_required(opened)


def _unknown_parameters(request: HttpRequest) -> HttpResponse | None:
    """Refuse a parameter that the call does not have: a misspelt filter would filter nothing."""
    match = request.resolver_match
    assert match is not None
    known = api.parameters.get(f"/{match.route}", frozenset())
    unknown = [name for name in request.GET if name not in known]
    if not unknown:
        return None
    reason = str(_("Ce paramètre n’existe pas."))
    errors = [{"place": f"query.{name}", "reason": reason} for name in unknown]
    return problem(422, _("Des valeurs sont absentes ou refusées."), errors=errors)


def problem(status: int, detail: str, **more: Any) -> HttpResponse:
    """Return a refusal in the form of RFC 9457, with a French sentence fit for the user."""
    content = {
        "type": "about:blank",
        "title": str(TITLES[status]),
        "status": status,
        "detail": detail,
    }
    return JsonResponse(content | more, status=status, content_type=PROBLEM)


api = Site(
    title="Clausier",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
    auth=Token(),
)

REFUSALS: Any = dict.fromkeys((401, 403, 404, 422, 429), Problem)
"""What every operation may answer instead: declared in the OpenAPI document."""


@api.exception_handler(AuthenticationError)
def _no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    sentence = _("Donnez un jeton valable dans l’en-tête « Authorization: Bearer … ».")
    response = problem(401, sentence)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(TooManyCalls)
def _too_many(request: HttpRequest, error: TooManyCalls) -> HttpResponse:
    response = problem(429, _("Trop d’appels : attendez une minute."))
    response.headers["Retry-After"] = "60"
    return response


@api.exception_handler(Http404)
def _nothing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, _("Cet objet n’existe pas, ou il ne vous est pas ouvert."))


@api.exception_handler(PermissionDenied)
def _reserved(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problem(403, str(error))


@api.exception_handler(DomainError)
def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem(409, str(error))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(400, _("Le corps de la demande n’est pas du JSON."))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name each value that is refused: its place, and why, without repeating what was sent."""
    errors = [
        {
            "place": ".".join(map(str, one["loc"])),
            "reason": str(REASONS.get(one["type"], WRONG_KIND)),
        }
        for one in error.errors
    ]
    return problem(422, _("Des valeurs sont absentes ou refusées."), errors=errors)
