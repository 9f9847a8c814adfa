"""People who sign elsewhere: an authority, its certificates, its list, and a tool to sign with.

Nothing here is the application's: it stands for the authority and the software of others.
"""

import datetime as dt
import io
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pypdf
from asn1crypto import core
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


class _Statement(core.Sequence):
    _fields = [("id", core.ObjectIdentifier), ("info", core.Any, {"optional": True})]


class _Statements(core.SequenceOf):
    _child_spec = _Statement


class _Kinds(core.SequenceOf):
    _child_spec = core.ObjectIdentifier


FOR_SIGNATURES, FOR_SEALS = "0.4.0.1862.1.6.1", "0.4.0.1862.1.6.2"


def qualified(kind: str | None = FOR_SIGNATURES) -> bytes:
    """The statements of a qualified certificate held on a qualified device, ``kind`` being its use."""
    statements: list[Any] = [{"id": "0.4.0.1862.1.1"}, {"id": "0.4.0.1862.1.4"}]
    if kind is not None:
        statements.append({"id": "0.4.0.1862.1.6", "info": _Kinds([kind])})
    made: bytes = _Statements(statements).dump()
    return made


@dataclass(frozen=True)
class Person:
    """A certificate with its key."""

    key: Any
    certificate: x509.Certificate
    issuer: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


class Authority:
    """An authority that delivers certificates to people and publishes a revocation list."""

    def __init__(self, name: str = "Autorité Qualifiée d’Essai"):
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def certificate(self) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(NOW - 4000 * DAY)
            .not_valid_after(NOW + 4000 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def person(
        self,
        name: str | None = "Camille Martin",
        *,
        statements: bytes | None = qualified(),
        since: dt.datetime = NOW - 100 * DAY,
        until: dt.datetime = NOW + 700 * DAY,
        self_made: bool = False,
    ) -> Person:
        key = ec.generate_private_key(ec.SECP256R1())
        parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Hôpital d’Essai")]
        if name is not None:
            parts.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
        subject = x509.Name(parts)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if self_made else self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        )
        if statements is not None:
            oid = ObjectIdentifier("1.3.6.1.5.5.7.1.3")
            builder = builder.add_extension(
                x509.UnrecognizedExtension(oid, statements), critical=False
            )
        made = builder.sign(key if self_made else self.key, hashes.SHA256())
        return Person(key, made, made if self_made else self.certificate)

    def list(self, *revoked: tuple[Person, dt.datetime]) -> bytes:
        """The revocation list of today, in DER."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(NOW - DAY)
            .next_update(NOW + 7 * DAY)
        )
        for person, at in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(person.certificate.serial_number)
                .revocation_date(at)
                .build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def sign(
    pdf: bytes,
    person: Person,
    *,
    field: str = "sig_buyer",
    subfilter: fields.SigSeedSubFilter = fields.SigSeedSubFilter.PADES,
) -> bytes:
    """Fill the empty field of a document, as somebody's own signing tool does."""
    store = SimpleCertificateStore()
    store.register(_asn1(person.issuer))
    private = person.key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signer = signers.SimpleSigner(
        signing_cert=_asn1(person.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", subfilter=subfilter, signer_key_usage=set()
    )
    output = io.BytesIO()
    signers.PdfSigner(metadata, signer).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), output=output
    )
    return output.getvalue()


_ROOM = 8_192
"""Bytes kept for the signature of OpenSSL, in hexadecimal digits twice as many."""


def sign_with_openssl(
    pdf: bytes, person: Person, folder: Path, *, field: str = "sig_buyer"
) -> bytes:
    """Sign with nothing of pyHanko: the update is written by hand, the signature is OpenSSL's."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    fields_of: Any = reader.trailer["/Root"]["/AcroForm"]["/Fields"]  # type: ignore[index]
    [place] = [one for one in fields_of if one.get_object()["/T"] == field]
    size: int = reader.trailer["/Size"]  # type: ignore[assignment]
    widget = place.get_object()
    widget[pypdf.generic.NameObject("/V")] = pypdf.generic.IndirectObject(size, 0, reader)
    text = io.BytesIO()
    widget.write_to_stream(text)
    stamp = NOW.strftime("D:%Y%m%d%H%M%SZ").encode()
    holes = b"[0 0000000000 0000000000 0000000000]"
    signature = (
        b"<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (%s) "
        b"/ByteRange %s /Contents <%s>>>" % (stamp, holes, b"0" * 2 * _ROOM)
    )
    data, offsets = pdf, {}
    for number, content in ((place.idnum, text.getvalue()), (size, signature)):
        offsets[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    data += _table(reader, pdf, offsets | {size + 1: len(data)}, size + 1)
    return _filled(data, holes, person, folder)


def _table(reader: pypdf.PdfReader, pdf: bytes, offsets: dict[int, int], own: int) -> bytes:
    """A cross-reference stream for the objects of one update."""
    rows = b"".join(
        b"\x01" + offsets[number].to_bytes(4, "big") + b"\0\0" for number in sorted(offsets)
    )
    index = " ".join(f"{number} 1" for number in sorted(offsets))
    kept = io.BytesIO()
    for name in ("/Root", "/Info", "/ID"):
        if name in reader.trailer:
            kept.write(name.encode() + b" ")
            reader.trailer.raw_get(name).write_to_stream(kept)
    previous = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    return (
        f"{own} 0 obj\n<</Type /XRef /W [1 4 2] /Index [{index}] /Size {own + 1} "
        f"/Prev {previous} /Length {len(rows)} ".encode()
        + kept.getvalue()
        + b">>\nstream\n"
        + rows
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % offsets[own]
    )


def _filled(data: bytes, holes: bytes, person: Person, folder: Path) -> bytes:
    start = data.rindex(b"/Contents <") + len(b"/Contents ")
    end = start + 2 * _ROOM + 2
    span = b"[0 %010d %010d %010d]" % (start, end, len(data) - end)
    data = data.replace(holes, span)
    (folder / "signed.bin").write_bytes(data[:start] + data[end:])
    (folder / "person.pem").write_bytes(person.pem)
    (folder / "person.key").write_bytes(
        person.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    made = subprocess.run(
        [
            "openssl",
            "cms",
            "-sign",
            "-binary",
            "-cades",
            "-md",
            "sha256",
            "-outform",
            "DER",
            "-in",
            "signed.bin",
            "-signer",
            "person.pem",
            "-inkey",
            "person.key",
        ],
        cwd=folder,
        capture_output=True,
        check=True,
    ).stdout
    digits = made.hex().encode().ljust(2 * _ROOM, b"0")
    return data[: start + 1] + digits + data[end - 1 :]


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _usage(**granted: bool) -> x509.KeyUsage:
    usages = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{usage: granted.get(usage, False) for usage in usages})
