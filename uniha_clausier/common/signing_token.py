"""A sealing key that stays in a token: a security module (HSM) or a card, through PKCS#11.

The token holds the key alone. The certificates are in a file, so that checking a seal never needs
the token. Nothing stays open between two seals: a card may be taken out and put back.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.sign.pkcs11 import PKCS11Signer

from .certificates import as_asn1
from .errors import SigningFailed


@dataclass(frozen=True)
class TokenKey:
    """Where a key is: the driver of the token, its label, the label of the key, and the PIN."""

    module: Path
    token: str
    key: str
    pin: str = field(repr=False)


#: A driver is one for the whole process, and keeps one login a token.
_driver = threading.Lock()
#: A card locks after three wrong PINs: this process tries each one once.
_refused: set[TokenKey] = set()


@contextmanager
def token_signer(
    place: TokenKey, certificate: x509.Certificate, others: list[x509.Certificate]
) -> Iterator[PKCS11Signer]:
    """Log in for one seal, and out again. SigningFailed says what to correct in the settings."""
    with _driver, _loaded(place) as library:
        session = _opened(place, library)
        try:
            _require_one_key(place, session)
            yield _MatchingSigner(
                pkcs11_session=session,
                signing_cert=as_asn1(certificate),
                ca_chain=[as_asn1(other) for other in others],
                key_label=place.key,
                # Every token signs a hash by an elliptic curve; few compute the hash too.
                use_raw_mechanism=isinstance(certificate.public_key(), ec.EllipticCurvePublicKey),
            )
        except pkcs11.PKCS11Error as error:
            raise SigningFailed(
                f"Le jeton « {place.token} » n’a pas pu signer ({type(error).__name__}) : "
                "vérifiez qu’il est en place et que sa clé sert à signer, puis recommencez."
            ) from error
        finally:
            session.close()


@contextmanager
def _loaded(place: TokenKey) -> Iterator[Any]:
    try:
        library = pkcs11.lib(str(place.module))
    except pkcs11.PKCS11Error as error:
        raise SigningFailed(
            f"Le pilote du jeton (SEAL_PKCS11_MODULE : {place.module}) ne se charge pas : donnez "
            "le fichier .so fourni avec le jeton."
        ) from error
    try:
        yield library
    finally:
        library.finalize()


def _opened(place: TokenKey, library: Any) -> Any:
    try:
        token = library.get_token(token_label=place.token)
    except pkcs11.NoSuchToken as error:
        raise SigningFailed(
            f"Le jeton « {place.token} » est absent : branchez-le, ou corrigez SEAL_PKCS11_TOKEN."
        ) from error
    except pkcs11.MultipleTokensReturned as error:
        raise SigningFailed(
            f"Plusieurs jetons portent le nom « {place.token} » : n’en laissez qu’un."
        ) from error
    except pkcs11.PKCS11Error as error:
        raise _unreadable(place, error) from error
    _require_tries_left(place, token)
    try:
        return token.open(user_pin=place.pin)
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
        _refused.add(place)
        raise SigningFailed(_wrong_pin(place)) from error
    except pkcs11.PinLocked as error:
        raise SigningFailed(_locked(place)) from error
    except pkcs11.PKCS11Error as error:
        raise _unreadable(place, error) from error


def _require_tries_left(place: TokenKey, token: Any) -> None:
    """What the token says of itself counts too: another process may have tried."""
    if place in _refused:
        raise SigningFailed(_wrong_pin(place))
    if pkcs11.TokenFlag.USER_PIN_LOCKED in token.flags:
        raise SigningFailed(_locked(place))
    if pkcs11.TokenFlag.USER_PIN_FINAL_TRY in token.flags:
        raise SigningFailed(
            f"Il ne reste qu’un essai de code au jeton « {place.token} » : Clausier ne le prend "
            "pas. Ouvrez-le une fois avec son propre outil, puis vérifiez SEAL_PKCS11_PIN."
        )


def _require_one_key(place: TokenKey, session: Any) -> None:
    wanted = {
        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
        pkcs11.Attribute.LABEL: place.key,
    }
    count = len(list(session.get_objects(wanted)))
    if count == 0:
        raise SigningFailed(
            f"Le jeton « {place.token} » n’a pas de clé « {place.key} » : corrigez SEAL_PKCS11_KEY."
        )
    if count > 1:
        raise SigningFailed(
            f"Plusieurs clés du jeton « {place.token} » portent le nom « {place.key} » : "
            "n’en laissez qu’une."
        )


class _MatchingSigner(PKCS11Signer):
    """Compares each signature with the certificate before anything is made of it."""

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        signature: bytes = await super().async_sign_raw(data, digest_algorithm, dry_run)
        if not dry_run:
            _require_match(self.signing_cert.dump(), signature, data, digest_algorithm)
        return signature


def _require_match(certificate: bytes, signature: bytes, data: bytes, digest: str) -> None:
    public = x509.load_der_x509_certificate(certificate).public_key()
    algorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, data, padding.PKCS1v15(), algorithm[digest])
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, data, ec.ECDSA(algorithm[digest]))
    except InvalidSignature as error:
        raise SigningFailed(
            "La clé du jeton n’est pas celle du premier certificat de SEAL_CERTIFICATES : "
            "corrigez SEAL_PKCS11_KEY, ou mettez le certificat de cette clé en tête du fichier."
        ) from error


def _unreadable(place: TokenKey, error: pkcs11.PKCS11Error) -> SigningFailed:
    return SigningFailed(
        f"Le jeton « {place.token} » ne s’ouvre pas ({type(error).__name__}) : vérifiez-le avec "
        "son propre outil."
    )


def _wrong_pin(place: TokenKey) -> str:
    return (
        f"Le jeton « {place.token} » a refusé le code de SEAL_PKCS11_PIN. Il ne sera pas essayé à "
        "nouveau, pour ne pas bloquer le jeton : corrigez-le, puis redémarrez."
    )


def _locked(place: TokenKey) -> str:
    return f"Le jeton « {place.token} » est bloqué : débloquez-le avec son propre outil."
