"""The second factors of people: an application of codes (RFC 6238 written anew), passkeys."""

import base64
import hashlib
import hmac
import struct
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from uniha_clausier.accounts.domain import factors
from uniha_clausier.accounts.models import User

PERIOD = 30
SECONDS_TO_SEND = 2


def code_of(secret: str, *, at: float | None = None) -> str:
    """Return the six digits that the application shows at a moment (now).

    Now is not the end of a half-minute: the code would be over before it is sent.
    """
    if at is None:
        left = PERIOD - time.time() % PERIOD
        if left < SECONDS_TO_SEND:
            time.sleep(left)
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


def with_passkey(user: User, name: str) -> Authenticator:
    """Give ``user`` a passkey as a browser would have registered it; nobody holds its private key."""
    identifier, flags = b"0" * 32, AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    attested = AttestedCredentialData.create(b"\0" * 16, identifier, public)
    data = AuthenticatorData.create(hashlib.sha256(b"localhost").digest(), flags, 0, attested)
    client = CollectedClientData.create("webauthn.create", b"challenge", "https://localhost")
    credential = {
        "id": websafe_encode(identifier),
        "rawId": websafe_encode(identifier),
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
    }
    return Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": name, "credential": credential},
    )
