"""Stored passkeys that nothing can read any more: they open nothing, and close nothing.

The sign-in library reads every key of a person before it asks for one. One damaged row would then
close each page that asks, to who has another key, a code or a password.
"""

import functools
import logging
import struct
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from fido2.webauthn import AttestedCredentialData

from ..models import User

UNREADABLE = (ValidationError, ValueError, TypeError, LookupError, AttributeError, struct.error)
"""What the library raises on a key whose content is damaged, by what is missing in it."""

logger = logging.getLogger(__name__)


def keys_of(user: User) -> list[Authenticator]:
    """Return the passkeys of ``user``, readable or not."""
    kept = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN)
    return list(kept.order_by("created_at", "pk"))


def credential_of(key: Authenticator) -> AttestedCredentialData | None:
    """Return what a key proves itself with; None, and a line in the log, when it is unreadable."""
    try:
        found: AttestedCredentialData | None = key.wrap().authenticator_data.credential_data
    except UNREADABLE as error:
        logger.error("passkey %s unreadable: %s", key.pk, type(error).__name__)
        return None
    if found is None:
        logger.error("passkey %s unreadable: no credential", key.pk)
    return found


def some_unreadable(user: User) -> bool:
    """Whether a passkey of ``user`` is there and can prove nothing."""
    return any(credential_of(key) is None for key in keys_of(user))


def readable_credentials(user: User) -> list[AttestedCredentialData]:
    """Return what the passkeys of ``user`` prove themselves with, but the unreadable ones."""
    found = [credential_of(key) for key in keys_of(user)]
    return [one for one in found if one is not None]


def key_of_credential(user: User, credential_id: bytes) -> Authenticator | None:
    """Return the passkey of ``user`` that bears an identifier."""
    for key in keys_of(user):
        found = credential_of(key)
        if found is not None and found.credential_id == credential_id:
            return key
    return None


def read_by_the_library() -> None:
    """Let the sign-in library read keys by these functions, at every page that asks for one.

    An answer that no browser would give is refused as a wrong one: the library lets the errors of
    its parts through.
    """
    auth.get_credentials = readable_credentials
    auth.get_authenticator_by_credential_id = key_of_credential
    for name in (
        "parse_authentication_response",
        "complete_authentication",
        "extract_user_from_response",
        "parse_registration_response",
        "complete_registration",
    ):
        setattr(auth, name, _refusing(getattr(auth, name)))


def _refusing(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def asked(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except ValidationError:
            raise
        except (*UNREADABLE, InvalidSignature) as error:
            logger.warning("passkey refused: %s", type(error).__name__)
            raise get_adapter().validation_error("incorrect_code") from error

    return asked
