"""OpenID Connect, the part of the client: where to send a person, and who came back.

Authorization code with PKCE (S256), state, nonce, the issuer of the response (RFC 9207), an ID
token whose signature is always checked, and what the provider says of the person.
docs/decisions/0035 says why this is ours.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlencode

from .openid_fetch import FetchFailed, as_object, fetch, fetch_object
from .openid_providers import Provider, is_safe
from .openid_tokens import TokenRefused, UnknownKey, check_identity, claims_of

WELL_KNOWN = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
MORE_ENDPOINTS = ("userinfo_endpoint", "end_session_endpoint")
SECONDS_KEPT = 3600
SECONDS_BETWEEN_KEYS = 30
"""Keys are asked for again, at most so often, when a token names one that is not known."""

LONGEST_TRIP = 600
"""Seconds that a person has between leaving for the provider and coming back."""

MOST_CODE = 4096
ERRORS = frozenset(
    {
        "access_denied",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_response_type",
        "server_error",
        "temporarily_unavailable",
        "interaction_required",
        "login_required",
        "account_selection_required",
        "consent_required",
        "unmet_authentication_requirements",
    }
)
"""What a provider may answer instead of a code: RFC 6749, 4.1.2.1; OpenID Connect Core 1.0,
3.1.2.6; OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
"""

AWAY = frozenset({"server_error", "temporarily_unavailable"})


class OpenIdRefused(Exception):
    """Nobody came in; ``reason`` is a code for the log, and holds no secret.

    ``is_away``: the provider did not answer, or not as a provider does.
    """

    def __init__(self, reason: str, *, is_away: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_away = is_away


@dataclass(frozen=True)
class Trip:
    """What is kept here, in the session, while the person is at the provider. It serves once."""

    provider: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    started_at: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Verified:
    """Who came back, as the provider proves it: ``subject`` is theirs for ever, at this issuer.

    ``label`` is what they are called there, to be shown to themselves; it identifies nobody.
    ``proved_at``: when they proved who they are there, where it says so (some say zero).
    """

    issuer: str
    subject: str
    label: str
    has_factor: bool
    id_token: str
    proved_at: float | None


_kept: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}


def forget() -> None:
    """Forget what the providers have said of themselves."""
    _kept.clear()


def start(
    provider: Provider, *, redirect_uri: str, allow_http: bool, anew: bool = False
) -> tuple[str, Trip]:
    """Return the address of the provider where the person goes, and what to keep meanwhile.

    ``anew``: the person proves again who they are there, even in an open session.
    Raises OpenIdRefused.
    """
    found = metadata(provider, allow_http=allow_http)
    trip = Trip(
        provider=provider.id,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        redirect_uri=redirect_uri,
        started_at=time.time(),
    )
    challenge = hashlib.sha256(trip.verifier.encode()).digest()
    values = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": trip.state,
        "nonce": trip.nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    if provider.acr_values:
        values["acr_values"] = " ".join(provider.acr_values)
    if provider.max_age is not None:
        values["max_age"] = str(provider.max_age)
    if anew:
        values["prompt"] = "login"
    claims = _claims_asked(provider, anew=anew)
    if claims and found.get("claims_parameter_supported") is True:
        values["claims"] = json.dumps({"id_token": claims}, separators=(",", ":"))
    return _with_query(found["authorization_endpoint"], values), trip


def finish(
    provider: Provider, trip: Trip, answer: Mapping[str, str], *, allow_http: bool
) -> Verified:
    """Return who came back from the provider with ``answer``, the query of the address.

    Raises OpenIdRefused.
    """
    try:
        code = _code(provider, trip, answer, allow_http)
        tokens = _exchange(provider, trip, code, allow_http)
        claims = _with_keys(provider, tokens["id_token"], True, allow_http)
        check_identity(
            claims,
            nonce=trip.nonce,
            access_token=tokens["access_token"],
            acr_required=provider.acr_required,
            max_age=provider.max_age,
        )
        told = _userinfo(provider, tokens["access_token"], claims["sub"], allow_http)
    except FetchFailed as error:
        # A code that it refuses is an answer; the rest is none.
        raise OpenIdRefused(str(error), is_away=not str(error).startswith("status_4")) from None
    except TokenRefused as error:
        raise OpenIdRefused(str(error)) from None
    return Verified(
        issuer=provider.issuer,
        subject=claims["sub"],
        label=_label(claims | told),
        has_factor=_has_factor(provider, claims),
        id_token=tokens["id_token"],
        proved_at=_moment(claims.get("auth_time")),
    )


def end_session_url(
    provider: Provider, *, id_token: str, back_to: str, allow_http: bool
) -> str | None:
    """Return the address that also closes the session at the provider, when it has one.

    OpenID Connect RP-Initiated Logout 1.0. A provider that does not answer has none.
    """
    try:
        endpoint = metadata(provider, allow_http=allow_http).get("end_session_endpoint")
    except OpenIdRefused:
        return None
    if not endpoint:
        return None
    values = {
        "id_token_hint": id_token,
        "client_id": provider.client_id,
        "post_logout_redirect_uri": back_to,
        "state": secrets.token_urlsafe(32),  # ProConnect wants one; nothing hangs on its return
    }
    return _with_query(endpoint, values)


def metadata(provider: Provider, *, allow_http: bool) -> dict[str, Any]:
    """Return what the provider says of itself (OpenID Connect Discovery 1.0). Raises OpenIdRefused."""
    url = provider.issuer.rstrip("/") + WELL_KNOWN
    try:
        found = _fresh("metadata", url, SECONDS_KEPT, allow_http)
    except FetchFailed as error:
        raise OpenIdRefused(f"discovery_{error}", is_away=True) from None
    if found.get("issuer") != provider.issuer:
        _kept.pop(("metadata", url), None)
        raise OpenIdRefused("discovery_issuer", is_away=True)
    named = [found[name] for name in (*ENDPOINTS, *MORE_ENDPOINTS) if name in found]
    safe = all(isinstance(one, str) and is_safe(one, allow_http=allow_http) for one in named)
    if not safe or not set(ENDPOINTS) <= set(found):
        raise OpenIdRefused("discovery_endpoints", is_away=True)
    return found


def _claims_asked(provider: Provider, *, anew: bool) -> dict[str, Any]:
    """Return what the ID token must say (OpenID Connect Core 1.0, 5.5).

    ``acr_values`` is a wish: in an open session, a provider may answer with the level that it has.
    An essential ``acr`` makes it raise the level, or refuse. ProConnect leaves ``amr`` out of the
    token unless it is asked so. ``anew``: it also says when the person proved who they are, since
    the wish that they do it again goes by their own browser.
    """
    asked: dict[str, Any] = {}
    levels = list(provider.acr_required)
    if levels:
        wanted = {"values": levels} if len(levels) > 1 else {"value": levels[0]}
        asked["acr"] = {"essential": True, **wanted}
    if provider.has_factor:
        asked["amr"] = {"essential": True}
    if anew:
        asked["auth_time"] = {"essential": True}
    return asked


def _code(provider: Provider, trip: Trip, answer: Mapping[str, str], allow_http: bool) -> str:
    if not hmac.compare_digest(answer.get("state", "").encode(), trip.state.encode()):
        raise OpenIdRefused("state")
    if not 0 <= time.time() - trip.started_at <= LONGEST_TRIP:
        raise OpenIdRefused("too_late")
    _check_issuer(provider, answer, allow_http)
    if "error" in answer:
        # Only a known word goes to the page and to the log: the address is anybody's.
        said = answer["error"] if answer["error"] in ERRORS else "error"
        raise OpenIdRefused(f"provider_{said}", is_away=said in AWAY)
    code = answer.get("code", "")
    if not 1 <= len(code) <= MOST_CODE:
        raise OpenIdRefused("no_code")
    return code


def _check_issuer(provider: Provider, answer: Mapping[str, str], allow_http: bool) -> None:
    """RFC 9207: the answer of another provider never reaches this one's token endpoint."""
    said = answer.get("iss")
    promised = metadata(provider, allow_http=allow_http).get(
        "authorization_response_iss_parameter_supported"
    )
    if said != provider.issuer and (said is not None or promised is True):
        raise OpenIdRefused("response_issuer")


def _exchange(provider: Provider, trip: Trip, code: str, allow_http: bool) -> dict[str, str]:
    found = metadata(provider, allow_http=allow_http)
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": trip.redirect_uri,
        "code_verifier": trip.verifier,
        "client_id": provider.client_id,
    }
    basic = None
    if _secret_in_header(provider, found):
        # RFC 6749, 2.3.1: both are form-encoded first.
        basic = (quote(provider.client_id, safe=""), quote(provider.client_secret, safe=""))
    else:
        data["client_secret"] = provider.client_secret
    tokens = fetch_object(
        "POST", found["token_endpoint"], data=data, basic=basic, allow_http=allow_http
    )
    if not all(isinstance(tokens.get(name), str) for name in ("id_token", "access_token")):
        raise OpenIdRefused("no_id_token")
    if str(tokens.get("token_type", "")).lower() != "bearer":
        raise OpenIdRefused("token_type")
    return tokens


def _secret_in_header(provider: Provider, found: Mapping[str, Any]) -> bool:
    """Whether the secret goes in the header (``client_secret_basic``) rather than in the form.

    The discovery says what the provider can do, and not what it allows this very client.
    """
    if provider.client_auth != "auto":
        return provider.client_auth == "basic"
    methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return "client_secret_basic" in methods


def _with_keys(
    provider: Provider, token: str, is_identity: bool, allow_http: bool
) -> dict[str, Any]:
    """Believe a token by the keys that are kept, then once by those of now."""
    address = metadata(provider, allow_http=allow_http)["jwks_uri"]
    options: dict[str, Any] = {
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "is_identity": is_identity,
    }
    try:
        return claims_of(token, keys=_keys(address, SECONDS_KEPT, allow_http), **options)
    except UnknownKey:
        keys = _keys(address, SECONDS_BETWEEN_KEYS, allow_http)
        return claims_of(token, keys=keys, **options)


def _keys(address: str, seconds: int, allow_http: bool) -> list[dict[str, Any]]:
    keys = _fresh("keys", address, seconds, allow_http).get("keys")
    if not isinstance(keys, list):
        raise FetchFailed("no_keys")
    return [key for key in keys if isinstance(key, dict)]


def _fresh(kind: str, url: str, seconds: int, allow_http: bool) -> dict[str, Any]:
    """Return what ``url`` answered less than so many seconds ago, asking it again if need be."""
    fetched_at, content = _kept.get((kind, url), (0.0, {}))
    if not content or not 0 <= time.time() - fetched_at < seconds:
        content = fetch_object("GET", url, allow_http=allow_http)
        _kept[kind, url] = (time.time(), content)
    return content


def _userinfo(
    provider: Provider, access_token: str, subject: str, allow_http: bool
) -> dict[str, Any]:
    endpoint = metadata(provider, allow_http=allow_http).get("userinfo_endpoint")
    if provider.userinfo == "none" or not isinstance(endpoint, str):
        return {}
    # Some give both kinds, and choose by what is accepted.
    accept = "application/jwt" if provider.userinfo == "signed" else "application/json"
    status, media, body = fetch(
        "GET", endpoint, bearer=access_token, accept=accept, allow_http=allow_http
    )
    if status != 200:
        raise FetchFailed(f"userinfo_status_{status}")
    if provider.userinfo == "signed":
        if media != "application/jwt":
            raise TokenRefused("userinfo_not_signed")
        told = _with_keys(provider, body.decode("ascii", errors="replace"), False, allow_http)
    else:
        if media != "application/json":
            raise TokenRefused("userinfo_not_json")
        told = as_object(body)
    if told.get("sub") != subject:
        raise TokenRefused("userinfo_sub")
    return told


def _label(told: Mapping[str, Any]) -> str:
    """Return how the person is called there, as far as the provider tells it."""
    full = f"{told.get('given_name', '')} {told.get('usual_name', told.get('family_name', ''))}"
    for value in (told.get("email"), told.get("preferred_username"), told.get("name"), full):
        text = str(value or "").strip()
        if text and text.isprintable():
            return text[:200]
    return ""


def _moment(said: Any) -> float | None:
    is_number = isinstance(said, int | float) and not isinstance(said, bool)
    return float(said) if is_number and said > 0 else None


def _has_factor(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """Whether the provider, when it is believed for it, says that it checked a second factor."""
    if not provider.has_factor:
        return False
    methods = claims.get("amr")
    by_method = isinstance(methods, list) and "mfa" in methods
    return by_method or claims.get("acr") in provider.mfa_acr


def _with_query(endpoint: str, values: Mapping[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(values)}"
