"""An application of codes, as on a telephone: RFC 6238 written anew, with the standard library."""

import base64
import hashlib
import hmac
import struct
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from uniha_clausier.accounts.domain import factors
from uniha_clausier.accounts.models import User

PERIOD = 30


def code_of(secret: str, *, at: float | None = None) -> str:
    """Return the six digits that the application shows at a moment (now)."""
    counter = int((time.time() if at is None else at) // PERIOD)
    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def with_application(user: User) -> str:
    """Give ``user`` an application of codes; return its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    factors.refresh([user.pk])
    return secret


def recovery_codes(user: User) -> list[str]:
    """Give ``user`` recovery codes and return them."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    RecoveryCodes.activate(user)
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    return list(row.wrap().get_unused_codes())
