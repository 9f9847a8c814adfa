"""Signed tokens of an identity provider: which signature counts, and what the token must say.

OpenID Connect Core 1.0, 3.1.3.7 and 5.3.2; JSON Web Token Best Current Practices (RFC 8725).
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.utils import timezone

ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
"""What may sign, and with which kind of key: never a shared secret, never nothing."""

SECONDS_OF_SKEW = 30
LONGEST_AGE = 600
"""A token is asked for and read at once: one that was made long before is somebody else's."""

SHORTEST_RSA = 2048
TYPES = frozenset({"", "jwt"})
"""Values of ``typ``: an access token (at+jwt) or a logout token is not an identity."""


class TokenRefused(Exception):
    """A token is not believed; the message is a code for the log, without any of its content."""


class UnknownKey(TokenRefused):
    """No key of the provider has the number that the token names."""


def claims_of(
    token: str, *, keys: Sequence[dict[str, Any]], issuer: str, client_id: str, is_identity: bool
) -> dict[str, Any]:
    """Return what ``token`` says, once its signature, its issuer, its audience and its times hold.

    ``keys``: the key set of the provider (RFC 7517). ``is_identity``: an ID token, which must bear
    its times; a signed userinfo may have none. Raises UnknownKey or another TokenRefused.
    """
    header = _header(token)
    key = _key(header, keys)
    try:
        claims = jwt.decode(
            token,
            key=key,
            algorithms=[header["alg"]],
            audience=client_id,
            issuer=issuer,
            leeway=SECONDS_OF_SKEW,
            options={
                "require": ["iss", "aud", "sub", *(("exp", "iat") if is_identity else ())],
                "enforce_minimum_key_length": False,  # checked here, with our own sentence
            },
        )
    except jwt.PyJWTError as error:
        raise TokenRefused(type(error).__name__) from None
    _check_audience(claims, client_id)
    if is_identity:
        _check_age(claims)
    if not isinstance(claims["sub"], str) or not 1 <= len(claims["sub"]) <= 255:
        raise TokenRefused("sub")
    return dict(claims)


def check_identity(
    claims: dict[str, Any],
    *,
    nonce: str,
    access_token: str,
    acr_required: Sequence[str] = (),
    max_age: int | None = None,
) -> None:
    """Check what an ID token says of this very sign-in. Raises TokenRefused."""
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise TokenRefused("nonce")
    if "at_hash" in claims and claims["at_hash"] != _half_hash(access_token):
        raise TokenRefused("at_hash")
    if acr_required and claims.get("acr") not in acr_required:
        raise TokenRefused("acr")
    if max_age is not None:
        proved_at = claims.get("auth_time")
        if _seconds_since(proved_at) > max_age + SECONDS_OF_SKEW:
            raise TokenRefused("auth_time")


def _header(token: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise TokenRefused(type(error).__name__) from None
    if header.get("alg") not in ALGORITHMS:
        raise TokenRefused("alg")
    if "crit" in header:
        raise TokenRefused("crit")
    if str(header.get("typ", "")).lower() not in TYPES:
        raise TokenRefused("typ")
    return dict(header)


def _key(header: dict[str, Any], keys: Sequence[dict[str, Any]]) -> Any:
    """Return the key that the token names: only those of the provider's set may be named."""
    wanted = ALGORITHMS[header["alg"]]
    usable = [
        key
        for key in keys
        if key.get("kty") == wanted
        and key.get("use", "sig") == "sig"
        and key.get("alg", header["alg"]) == header["alg"]
    ]
    if "kid" in header:
        usable = [key for key in usable if key.get("kid") == header["kid"]]
    if not usable:
        raise UnknownKey("kid")
    if len(usable) > 1:
        raise TokenRefused("which_key")
    try:
        key = jwt.PyJWK(usable[0], algorithm=header["alg"]).key
    except jwt.PyJWTError:
        raise TokenRefused("key") from None
    _check_strength(key)
    return key


def _check_strength(key: Any) -> None:
    if isinstance(key, RSAPublicKey):
        strong = key.key_size >= SHORTEST_RSA
    else:
        strong = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    if not strong:
        raise TokenRefused("weak_key")


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    """Another audience beside us, or another party it was made for, makes it somebody else's."""
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if set(audience) != {client_id} or claims.get("azp", client_id) != client_id:
        raise TokenRefused("aud")


def _check_age(claims: dict[str, Any]) -> None:
    if _seconds_since(claims["iat"]) > LONGEST_AGE:
        raise TokenRefused("iat")


def _seconds_since(moment: Any) -> float:
    """How long ago ``moment`` is, in seconds; for ever, when it is none."""
    if not isinstance(moment, int | float) or isinstance(moment, bool):
        return float("inf")
    return timezone.now().timestamp() - moment


def _half_hash(access_token: str) -> str:
    """OpenID Connect Core 1.0, 3.1.3.6; the three algorithms allowed all hash with SHA-256."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
