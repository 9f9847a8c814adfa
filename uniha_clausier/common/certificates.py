"""A local authority that issues one sealing certificate an organisation.

Its seal proves that a file has not changed since this server made it (*scellement
d’intégrité*). It is never a qualified signature: nobody outside vouches for it.
Real establishments give a PKCS#12 file instead.

A key is one PEM file with its certificate, readable by us alone, published by a
hard link: of two processes that start together one wins, and both use its file.
"""

import contextlib
import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .errors import SigningFailed

AUTHORITY_LIFE = dt.timedelta(days=20 * 365)
SEAL_LIFE = dt.timedelta(days=5 * 365)
#: A certificate this near its end is replaced, so that no seal outlives it by surprise.
RENEWAL = dt.timedelta(days=60)
LIST_LIFE = dt.timedelta(days=7)
#: The longest common name and organisation that X.509 allows, in bytes.
NAME_LENGTH = 64


@dataclass(frozen=True)
class Identity:
    """A certificate and its private key, as PEM."""

    pem: bytes

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.pem)

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(self.pem, password=None)
        return cast("ec.EllipticCurvePrivateKey", key)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def local_authority(home: Path, *, now: dt.datetime | None = None) -> Identity:
    """The authority of this data folder, made on first use."""
    now = now or dt.datetime.now(dt.UTC)
    return _stored(_folder(home) / "authority.pem", lambda: _new_authority(now))


def local_seal(home: Path, organisation: str, *, now: dt.datetime | None = None) -> Identity:
    """The sealing certificate of an organisation, made on first use and renewed in time."""
    now = now or dt.datetime.now(dt.UTC)
    authority = local_authority(home, now=now)
    name = hashlib.sha256(organisation.encode()).hexdigest()[:16]
    path = _folder(home) / f"seal-{name}.pem"
    identity = _stored(path, lambda: _new_seal(authority, organisation, now))
    if identity.certificate.not_valid_after_utc - now > RENEWAL:
        return identity
    fresh = _new_seal(authority, organisation, now)
    _publish(path, fresh, replace=True)
    return fresh


def existing_authority(home: Path) -> Identity | None:
    """The authority if this data folder has one: a check never makes one."""
    path = home / "seal" / "authority.pem"
    return Identity(path.read_bytes()) if path.exists() else None


def check_folder(home: Path) -> None:
    """Make the folder of the local keys and write in it, as the first seal will.

    Raises SigningFailed with the folder and the reason.
    """
    try:
        folder = _folder(home)
        with tempfile.NamedTemporaryFile(dir=folder):
            existing_authority(home)
    except OSError as error:
        raise SigningFailed(
            f"Le dossier {home / 'seal'} ne peut pas être créé, lu ou écrit "
            f"({error.strerror})\u00a0: donnez CLAUSIER_HOME à l’utilisateur du programme."
        ) from error


def as_der(certificate: x509.Certificate) -> bytes:
    """The bytes of a certificate."""
    return certificate.public_bytes(serialization.Encoding.DER)


def as_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The same certificate for the libraries that read the structures."""
    return asn1_x509.Certificate.load(as_der(certificate))


def loaded(encoded: bytes) -> x509.Certificate:
    """A certificate from DER or PEM."""
    if encoded.lstrip().startswith(b"-----"):
        return x509.load_pem_x509_certificate(encoded)
    return x509.load_der_x509_certificate(encoded)


def common_name(certificate: x509.Certificate) -> str:
    """The name that a person reads in a certificate."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def _folder(home: Path) -> Path:
    folder = home / "seal"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _stored(path: Path, make: Callable[[], Identity]) -> Identity:
    if not path.exists():
        _publish(path, make())
    return Identity(path.read_bytes())


def _publish(path: Path, identity: Identity, *, replace: bool = False) -> None:
    """Write aside, then link: the file appears whole, and the first one stays."""
    handle, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(identity.pem)
            stream.flush()
            os.fsync(stream.fileno())
        if replace:
            scratch.replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(scratch)
    finally:
        scratch.unlink(missing_ok=True)


def _new_authority(now: dt.datetime) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Clausier, autorité locale de scellement", "Clausier")
    builder = (
        _certificate(name, name, key, now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    return _identity(key, builder.sign(key, hashes.SHA256()))


def _new_seal(authority: Identity, organisation: str, now: dt.datetime) -> Identity:
    """digitalSignature beside nonRepudiation, and a purpose: else pdfsig doubts the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    subject = _name(f"Scellement — {organisation}", organisation)
    life = min(SEAL_LIFE, issuer.not_valid_after_utc - now)
    builder = (
        _certificate(subject, issuer.subject, key, now, life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    return _identity(key, builder.sign(authority.key, hashes.SHA256()))


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
    life: dt.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))  # clocks differ
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _shortened(organisation) or "-"),
            x509.NameAttribute(NameOID.COMMON_NAME, _shortened(common_name)),
        ]
    )


def _shortened(name: str) -> str:
    return name.encode()[:NAME_LENGTH].decode(errors="ignore")


def _key_usage(**granted: bool) -> x509.KeyUsage:
    usages = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{usage: granted.get(usage, False) for usage in usages})


def _identity(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Identity:
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Identity(private + certificate.public_bytes(serialization.Encoding.PEM))


def empty_list(home: Path, *, now: dt.datetime) -> bytes | None:
    """The revocation list of the local authority, in DER: it has revoked nobody.

    None when this data folder has no local authority.
    """
    authority = existing_authority(home)
    if authority is None:
        return None
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now)
        .next_update(now + LIST_LIFE)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .sign(authority.key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
