"""Seals a PDF (PAdES) with the key of an organisation.

The seal is a certification: afterwards people may fill and sign their fields, nothing else.
"""

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from .certificates import (
    as_asn1,
    as_der,
    common_name,
    existing_authority,
    local_authority,
    local_seal,
)
from .errors import SigningFailed, TimestampAway
from .signing_token import TokenKey, token_signer

SEAL_FIELD = "sceau"

Opened = Callable[[], AbstractContextManager[signers.Signer]]
"""The key, ready for one seal: in a token it is held for that time alone."""


@dataclass(frozen=True)
class SealSettings:
    """Where the key comes from: a PKCS#12 file, a token, else the local authority of the data folder.

    ``certificates`` is a PEM file: the certificate of the key of the token, then its chain.
    """

    home: Path
    organisation: str
    pkcs12: Path | None = None
    passphrase: str = field(default="", repr=False)
    token: TokenKey | None = None
    certificates: Path | None = None
    tsa_url: str = ""
    tsa_certificates: Path | None = None  # PEM: the authorities of the time-stamp server


@dataclass(frozen=True)
class Signer:
    """A sealing certificate ready for use. The roots are DER, for verify_pdf()."""

    name: str
    fingerprint: str
    expires_at: dt.datetime
    local: bool
    trusted_roots: tuple[bytes, ...] = field(repr=False)
    timestamp_roots: tuple[bytes, ...] = field(repr=False)
    opened: Opened = field(repr=False, compare=False)
    timestamper: TimeStamper | None = field(default=None, repr=False, compare=False)


def load_signer(settings: SealSettings, *, now: dt.datetime | None = None) -> Signer:
    """The signer of an organisation; SigningFailed says what to correct in the settings."""
    now = now or dt.datetime.now(dt.UTC)
    opened, certificate = _key_material(settings, now)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        end = certificate.not_valid_after_utc
        raise SigningFailed(
            f"Le certificat de scellement n’est pas valide aujourd’hui (fin : {end:%d/%m/%Y}) : "
            "remplacez-le."
        )
    return Signer(
        name=common_name(certificate),
        fingerprint=hashlib.sha256(as_der(certificate)).hexdigest(),
        expires_at=certificate.not_valid_after_utc,
        local=settings.pkcs12 is None and settings.token is None,
        trusted_roots=trusted_roots(settings),
        timestamp_roots=timestamp_roots(settings),
        opened=opened,
        timestamper=HTTPTimeStamper(settings.tsa_url, timeout=15) if settings.tsa_url else None,
    )


def trusted_roots(settings: SealSettings) -> tuple[bytes, ...]:
    """What this server vouches for: its own certificates, and its local authority if it has one.

    The local authority stays trusted after a PKCS#12 file or a token is configured: the
    documents that it sealed before must still be recognised. The token itself is never asked.
    """
    roots = []
    if settings.pkcs12 is not None:
        _, certificate, others = _read_pkcs12(settings.pkcs12, settings.passphrase)
        roots = [as_der(root) for root in (*others, certificate)]
    elif settings.token is not None:
        certificate, others = _read_certificates(settings.certificates)
        roots = [as_der(root) for root in (*others, certificate)]
    if authority := existing_authority(settings.home):
        roots.append(authority.der)
    return tuple(roots)


def timestamp_roots(settings: SealSettings) -> tuple[bytes, ...]:
    """Who this server believes about dates: the authorities of the time-stamp server."""
    if settings.tsa_certificates is None:
        return ()
    certificate, others = _read_certificates(settings.tsa_certificates, "TSA_CERTIFICATES")
    return tuple(as_der(one) for one in (certificate, *others))


def seal_pdf(
    pdf: bytes,
    *,
    signer: Signer,
    reason: str,
    location: str = "",
    field_name: str = SEAL_FIELD,
    timestamp: bool = True,
) -> bytes:
    """Certify the file (PAdES B-T with a time-stamp server, else B-B), leaving filling and signing open.

    The seal is invisible: its field lies outside the page, which PDF/A and PDF/UA
    both accept. Nothing may rewrite the file afterwards.
    """
    metadata = signers.PdfSignatureMetadata(
        field_name=field_name,
        md_algorithm="sha256",
        reason=reason,
        location=location or None,
        name=signer.name,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,
        signer_key_usage=set(),  # load_signer() decides, not the library
    )
    return _signed(pdf, metadata, signer, signer.timestamper if timestamp else None)


def _signed(
    pdf: bytes,
    metadata: signers.PdfSignatureMetadata,
    signer: Signer,
    timestamper: TimeStamper | None,
) -> bytes:
    output = io.BytesIO()
    invisible = fields.SigFieldSpec(
        sig_field_name=metadata.field_name or SEAL_FIELD,
        invis_sig_settings=fields.InvisSigSettings(box_out_of_bounds=True),
    )
    try:
        with signer.opened() as backend:
            signers.PdfSigner(
                metadata, backend, timestamper=timestamper, new_field_spec=invisible
            ).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=output)
    except TimestampRequestError as error:
        raise TimestampAway(
            "Le serveur d’horodatage ne répond pas : le document n’est pas scellé. "
            "Recommencez plus tard."
        ) from error
    except (SigningError, PdfReadError) as error:
        raise SigningFailed(f"Le document n’a pas pu être scellé ({error}).") from error
    return output.getvalue()


# Keys and certificates

_Key = Any  # the union of private keys of the cryptography package
_Material = tuple[_Key, x509.Certificate, list[x509.Certificate]]


def _key_material(settings: SealSettings, now: dt.datetime) -> tuple[Opened, x509.Certificate]:
    if settings.pkcs12 is not None:
        return _kept(*_read_pkcs12(settings.pkcs12, settings.passphrase))
    if settings.token is not None:
        certificate, others = _read_certificates(settings.certificates)
        return partial(token_signer, settings.token, certificate, others), certificate
    seal = local_seal(settings.home, settings.organisation, now=now)
    authority = local_authority(settings.home, now=now)
    return _kept(seal.key, seal.certificate, [authority.certificate])


def _kept(
    key: _Key, certificate: x509.Certificate, others: list[x509.Certificate]
) -> tuple[Opened, x509.Certificate]:
    backend = _backend(key, certificate, others)
    return lambda: nullcontext(backend), certificate


def _read_certificates(
    path: Path | None, variable: str = "SEAL_CERTIFICATES"
) -> tuple[x509.Certificate, list[x509.Certificate]]:
    try:
        certificate, *others = x509.load_pem_x509_certificates(path.read_bytes() if path else b"")
    except OSError as error:
        raise SigningFailed(f"Le fichier {variable} {path} est illisible.") from error
    except ValueError as error:
        raise SigningFailed(
            f"Le fichier {variable} n’est pas une suite de certificats PEM."
        ) from error
    return certificate, others


def _read_pkcs12(path: Path, passphrase: str) -> _Material:
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(
            path.read_bytes(), passphrase.encode() or None
        )
    except OSError as error:
        raise SigningFailed(f"Le fichier PKCS#12 {path} est illisible.") from error
    except ValueError as error:
        raise SigningFailed(
            "Le fichier PKCS#12 n’en est pas un, ou sa phrase de passe est fausse."
        ) from error
    if key is None or certificate is None:
        raise SigningFailed("Le fichier PKCS#12 ne contient pas une clé et son certificat.")
    return key, certificate, others


def _backend(
    key: _Key, certificate: x509.Certificate, others: Iterable[x509.Certificate]
) -> signers.SimpleSigner:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(as_asn1(other) for other in others)
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return signers.SimpleSigner(
        signing_cert=as_asn1(certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )
