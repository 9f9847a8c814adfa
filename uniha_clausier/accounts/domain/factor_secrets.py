"""Secrets of second factors: encrypted in the database, under the secret of the installation.

Who changes ``SECRET_KEY`` names the former one in ``SECRET_KEY_PREVIOUS`` for a time: each sign-in
with a factor brings those of its person under the new one. What neither reads is lost for good.
"""

import base64
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken

from uniha_clausier.common.ciphers import cipher

from ..models import User

ENCRYPTED = ("secret", "seed")
"""Where a factor keeps what nobody may read: of an application, of the recovery codes."""

_lost: ContextVar[list[str] | None] = ContextVar("lost_factors", default=None)

logger = logging.getLogger("clausier.factors")


def encrypted(text: str) -> str:
    """Return ``text`` as the database keeps it."""
    return cipher("factors").encrypt(text.encode()).decode()


def decrypted(kept: str) -> str:
    """Return what ``encrypted`` was given. Raises InvalidToken, but while a code is tried."""
    try:
        return cipher("factors").decrypt(kept.encode()).decode()
    except InvalidToken:
        logger.error("a second factor is encrypted under a SECRET_KEY that is not known any more")
        lost = _lost.get()
        if lost is None:
            raise
        lost.append(kept)
        # No code is one of it, and the other factors of the person are tried all the same.
        return base64.b32encode(secrets.token_bytes(20)).decode()


@contextmanager
def code_tried() -> Iterator[list[str]]:
    """Try a code on every factor of a person; gives those that cannot be read."""
    lost: list[str] = []
    token = _lost.set(lost)
    try:
        yield lost
    finally:
        _lost.reset(token)


def encrypt_again(user: User) -> None:
    """Bring the secrets of a person under the secret of today; those that are lost stay as they are.

    Call it in the transaction of the sign-in.
    """
    for row in Authenticator.objects.select_for_update().filter(user=user).order_by("pk"):
        before = {name: row.data[name] for name in ENCRYPTED if name in row.data}
        if not before:
            continue
        try:
            after = {name: _rotated(kept) for name, kept in before.items()}
        except InvalidToken:
            continue
        row.data |= after
        row.save(update_fields=["data"])


def _rotated(kept: str) -> str:
    return cipher("factors").rotate(kept.encode()).decode()
