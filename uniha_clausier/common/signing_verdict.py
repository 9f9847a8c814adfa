"""Says of any PDF whether it is as it was sealed, and by whom.

Checking never uses the network. An attacker can always cut a file back to the seal alone, with the
later signatures gone: only the SHA-256 and the expected signers in the database show that, so
compare Verdict.sha256 as well.
"""

import asyncio
import dataclasses
import datetime as dt
import hashlib
import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from .certificates import as_asn1, loaded

logger = logging.getLogger(__name__)


class VerdictStatus(StrEnum):
    """INTACT: as sealed by someone we trust. UNTRUSTED: as sealed, by someone unknown here."""

    INTACT = "intact"
    ALTERED = "altered"
    UNTRUSTED = "untrusted"
    UNSIGNED = "unsigned"
    NOT_PDF = "not_pdf"


@dataclass(frozen=True)
class SignatureReport:
    """What is known of one signature of the file."""

    field_name: str
    kind: str  # "seal", "signature" or "timestamp"
    signer: str
    fingerprint: str
    signed_at: str | None
    timestamped_at: str | None
    intact: bool
    trusted: bool
    covers_entire_file: bool
    modifications: str  # "none", "lta_updates", "form_filling", "annotations", "other"
    reasons: tuple[str, ...]
    certificate_ends: str = ""


@dataclass(frozen=True)
class Verdict:
    """The answer of verify_pdf(); ``reasons`` are French sentences, as_json() is plain data."""

    status: VerdictStatus
    sha256: str
    size: int
    reasons: tuple[str, ...]
    signatures: tuple[SignatureReport, ...] = ()
    carries_proofs: bool = False

    @property
    def intact(self) -> bool:
        return self.status is VerdictStatus.INTACT

    @property
    def extended_until(self) -> str:
        """The end of the time-stamp that closes a file which carries its proofs; else nothing."""
        last = self.signatures[-1] if self.signatures else None
        if last is None or not self.carries_proofs or last.kind != "timestamp" or not last.trusted:
            return ""
        return last.certificate_ends if last.covers_entire_file else ""

    @property
    def level(self) -> str:
        """The PAdES level that the file shows; nothing for a file that is not sealed."""
        if self.extended_until:
            return "B-LTA"
        if not self.signatures:
            return ""
        return "B-T" if self.signatures[0].timestamped_at else "B-B"

    def as_json(self) -> dict[str, Any]:
        return {
            **dataclasses.asdict(self),
            "status": self.status.value,
            "intact": self.intact,
            "level": self.level,
            "extended_until": self.extended_until,
        }


#: The traces of a signature that remain legible when the structure is not.
_TRACES = re.compile(rb"/ByteRange|/Type\s*/(?:Sig|DocTimeStamp)\b|/adbe\.pkcs7|/ETSI\.")

_MODIFICATIONS = {
    ModificationLevel.NONE: "none",
    ModificationLevel.LTA_UPDATES: "lta_updates",
    ModificationLevel.FORM_FILLING: "form_filling",
    ModificationLevel.ANNOTATIONS: "annotations",
    ModificationLevel.OTHER: "other",
}

INTACT = "Le document est tel qu’il a été scellé : aucun octet n’a changé."
INTACT_SIGNED = (
    "Le document est tel qu’il a été scellé ; seules des signatures ont été ajoutées ensuite."
)
UNSIGNED = "Ce PDF ne porte aucun sceau ni aucune signature."
NOT_PDF = "Ce fichier n’est pas un PDF."
DAMAGED = "Le fichier est endommagé ou tronqué : sa structure ne se lit plus."
BROKEN_SEAL = "Le fichier garde la trace d’un sceau, mais celui-ci ne se lit plus."
CHANGED = "Le contenu scellé a été modifié : son empreinte ne correspond plus à celle du sceau."
BAD_SIGNATURE = "La signature cryptographique du sceau est fausse."
MALFORMED = "Le bloc de signature a été modifié ou est mal formé."
NOT_COVERED = "Du contenu a été ajouté après la dernière signature."
FORBIDDEN_CHANGE = "Une modification que le sceau n’autorise pas a été ajoutée au document."
UNKNOWN_SIGNER = (
    "Le certificat du signataire n’est pas reconnu par cette installation : "
    "l’identité de « {} » n’est pas établie."
)
EXTENDED = (
    "Sa preuve est prolongée (PAdES B-LTA) jusqu’au {:%d/%m/%Y}, fin du certificat du dernier "
    "horodatage."
)
BAD_TIMESTAMP = "L’horodatage est faux."
UNKNOWN_TIMESTAMP = "Le serveur d’horodatage n’est pas reconnu par cette installation."


def verify_pdf(
    data: bytes, *, trusted_roots: Sequence[bytes], timestamp_roots: Sequence[bytes] = ()
) -> Verdict:
    """Say whether a file is as it was sealed, and by whom. Never raises, never uses the network.

    The roots are certificates in DER or PEM; a root that is the signer's own certificate counts
    too (a PKCS#12 file without its chain). ``timestamp_roots`` vouch for dates alone: who gets a
    certificate from a time-stamp authority may not seal for us.
    """
    digest = hashlib.sha256(data).hexdigest()
    if not data.startswith(b"%PDF-"):
        damaged = _TRACES.search(data) is not None
        status = VerdictStatus.ALTERED if damaged else VerdictStatus.NOT_PDF
        return Verdict(status, digest, len(data), (DAMAGED if damaged else NOT_PDF,))
    try:
        trust = _Trust(trusted_roots, timestamp_roots)
        reader = PdfFileReader(io.BytesIO(data), strict=True)
        signatures = asyncio.run(_signature_reports(data, reader, trust))
        verdict = _verdict(data, digest, signatures, carries_proofs="/DSS" in reader.root)
    except Exception as error:  # noqa: BLE001 the library meets bytes chosen by anybody
        logger.info("unreadable PDF %s: %r", digest, error)
        return Verdict(VerdictStatus.ALTERED, digest, len(data), (DAMAGED,))
    return verdict


def _verdict(
    data: bytes, digest: str, signatures: tuple[SignatureReport, ...], *, carries_proofs: bool
) -> Verdict:
    status, reasons = _conclusion(data, signatures)
    verdict = Verdict(status, digest, len(data), reasons, signatures, carries_proofs)
    if not verdict.intact or not verdict.extended_until:
        return verdict
    until = dt.datetime.fromisoformat(verdict.extended_until)
    return dataclasses.replace(verdict, reasons=(*reasons, EXTENDED.format(until)))


def _conclusion(
    data: bytes, signatures: tuple[SignatureReport, ...]
) -> tuple[VerdictStatus, tuple[str, ...]]:
    """The worst fact first: alteration, then doubt on the first signer."""
    if not signatures:
        if _TRACES.search(data):
            return VerdictStatus.ALTERED, (BROKEN_SEAL,)
        return VerdictStatus.UNSIGNED, (UNSIGNED,)
    broken = [reason for report in signatures if not report.intact for reason in report.reasons]
    if not any(report.covers_entire_file for report in signatures):
        broken.append(NOT_COVERED)
    if broken:
        return VerdictStatus.ALTERED, tuple(dict.fromkeys(broken))
    doubts = [reason for report in signatures for reason in report.reasons]
    said = INTACT if len(signatures) == 1 else INTACT_SIGNED
    if not signatures[0].trusted:
        return VerdictStatus.UNTRUSTED, tuple(dict.fromkeys(doubts))
    return VerdictStatus.INTACT, (said, *dict.fromkeys(doubts))


class _Trust:
    """The certificates that make a signer known."""

    def __init__(self, roots: Sequence[bytes], timestamp_roots: Sequence[bytes] = ()):
        self.roots = [as_asn1(loaded(root)) for root in roots]
        self.timestamp_roots = [*self.roots, *(as_asn1(loaded(root)) for root in timestamp_roots)]
        self.fingerprints = {root.sha256 for root in self.roots}

    def issued(self, certificate: asn1_x509.Certificate) -> bool:
        """One of the roots really signed it, whatever the file says of the chain."""
        leaf = _cryptography(certificate)
        return certificate.sha256 in self.fingerprints or any(
            _issued(leaf, _cryptography(root)) for root in self.roots
        )

    def same(self, certificate: asn1_x509.Certificate) -> bool:
        """A certificate that bears the name of a root is that root, byte for byte."""
        namesakes = [root for root in self.roots if root.subject == certificate.subject]
        return not namesakes or certificate.sha256 in {root.sha256 for root in namesakes}

    def context(self, moment: dt.datetime | None, *, dates: bool = False) -> ValidationContext:
        """At the moment of the signature: a seal does not fade when its certificate expires."""
        return ValidationContext(
            trust_roots=list(self.timestamp_roots if dates else self.roots),
            moment=moment,
            allow_fetching=False,
            revocation_mode="soft-fail",
        )


async def _signature_reports(
    data: bytes, reader: PdfFileReader, trust: _Trust
) -> tuple[SignatureReport, ...]:
    embedded = sorted(reader.embedded_signatures, key=lambda one: one.byte_range[2])
    return tuple(
        [await _report(data, signature, trust, first=not n) for n, signature in enumerate(embedded)]
    )


async def _report(
    data: bytes, signature: EmbeddedPdfSignature, trust: _Trust, *, first: bool
) -> SignatureReport:
    """The first signature is compared with all that follows; the others only with themselves."""
    signed_at = signature.self_reported_timestamp
    status, timestamped_at = await _validated(signature, trust, signed_at, first=first)
    certificate = signature.signer_cert
    trusted = bool(status.trusted) or certificate.sha256 in trust.fingerprints
    faults = _faults(data, signature, status, trust, first=first)
    name = certificate.subject.native.get("common_name") or certificate.subject.human_friendly
    return SignatureReport(
        field_name=signature.field_name,
        kind=_kind(signature),
        signer=name,
        fingerprint=certificate.sha256.hex(),
        signed_at=_iso(signed_at),
        timestamped_at=_iso(timestamped_at),
        intact=not faults,
        trusted=trusted and not faults,
        covers_entire_file=_reaches_the_end(data, signature),
        modifications=_modifications(status),
        reasons=tuple(faults or _doubts(signature, status, name, trusted=trusted)),
        certificate_ends=certificate.not_valid_after.isoformat(),
    )


async def _validated(
    signature: EmbeddedPdfSignature, trust: _Trust, moment: dt.datetime | None, *, first: bool
) -> tuple[Any, dt.datetime | None]:
    """The library's status, and the moment that a time-stamp server vouches for."""
    dates = trust.context(moment, dates=True)
    if signature.sig_object_type == "/DocTimeStamp":
        stamp = await async_validate_pdf_timestamp(signature, dates, skip_diff=not first)
        return stamp, stamp.timestamp
    status = await async_validate_pdf_signature(
        signature,
        trust.context(moment),
        dates,
        skip_diff=not first,
        key_usage_settings=KeyUsageConstraints(key_usage=set()),
    )
    token = status.timestamp_validity
    return status, token.timestamp if token else None


def _doubts(signature: EmbeddedPdfSignature, status: Any, name: str, *, trusted: bool) -> list[str]:
    if signature.sig_object_type == "/DocTimeStamp":
        return [] if trusted else [UNKNOWN_TIMESTAMP]
    doubts = [] if trusted else [UNKNOWN_SIGNER.format(name)]
    timestamp = getattr(status, "timestamp_validity", None)
    if timestamp is not None and not timestamp.trusted:
        doubts.append(UNKNOWN_TIMESTAMP)
    return doubts


def _kind(signature: EmbeddedPdfSignature) -> str:
    """A certification (DocMDP) says what may still change; an ordinary signature approves."""
    if signature.sig_object_type == "/DocTimeStamp":
        return "timestamp"
    references = signature.sig_object.get("/Reference", ())
    certifies = any(one.get_object()["/TransformMethod"] == "/DocMDP" for one in references)
    return "seal" if certifies else "signature"


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _modifications(status: Any) -> str:
    result = status.diff_result
    if result is None:
        return "none"
    level = result.modification_level if isinstance(result, DiffResult) else ModificationLevel.OTHER
    return _MODIFICATIONS[level]


def _faults(
    data: bytes,
    signature: EmbeddedPdfSignature,
    status: Any,
    trust: _Trust,
    *,
    first: bool,
) -> list[str]:
    faults = []
    if not status.intact:
        faults.append(CHANGED)
    if not status.valid:
        faults.append(BAD_SIGNATURE)
    if not _well_formed(
        data,
        signature,
        trust,
        ours=_kind(signature) == "seal" and trust.issued(signature.signer_cert),
    ):
        faults.append(MALFORMED)
    if status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        faults.append(NOT_COVERED)
    elif first and not status.docmdp_ok:
        faults.append(FORBIDDEN_CHANGE)
    timestamp = getattr(status, "timestamp_validity", None)
    if timestamp is not None and not (timestamp.intact and timestamp.valid):
        faults.append(BAD_TIMESTAMP)
    return faults


def _reaches_the_end(data: bytes, signature: EmbeddedPdfSignature) -> bool:
    start, length, second, rest = map(int, signature.byte_range)
    return start == 0 and second + rest == len(data) and length < second


def _well_formed(
    data: bytes, signature: EmbeddedPdfSignature, trust: _Trust, *, ours: bool
) -> bool:
    """What the signature does not cover, its own block, must be exactly what it decodes to.

    Of a seal of ours, every byte; other software writes some fields differently.
    """
    _, length, second, _ = map(int, signature.byte_range)
    gap, content = data[length:second], bytes(signature.pkcs7_content)
    written = b"<%s>" % content.hex().encode()
    if gap.lower() != written or (ours and gap not in (written, written.upper())):
        return False
    block = signature.signed_data
    envelope = cms.ContentInfo({"content_type": "signed_data", "content": block}).dump()
    if not content.startswith(envelope) or content[len(envelope) :].strip(b"\0"):
        return False
    return not ours or (
        _headers_sound(block)
        and _certificates_sound(block, trust)
        and all(_chain_sound(token, trust) for token in _timestamp_blocks(signature))
    )


def _timestamp_blocks(signature: EmbeddedPdfSignature) -> list[cms.SignedData]:
    attributes = signature.signer_info["unsigned_attrs"]
    return [
        token["content"]
        for attribute in attributes
        if attribute["type"].native == "signature_time_stamp_token"
        for token in attribute["values"]
    ]


def _headers_sound(block: cms.SignedData) -> bool:
    """The fields that no digest protects say what the protected ones say."""
    [signer] = block["signer_infos"]
    algorithms = [one.dump() for one in block["digest_algorithms"]]
    return (
        _tiled(block)
        and _tiled(signer)
        and algorithms == [signer["digest_algorithm"].dump()]
        and block["version"].native == "v1"
        and signer["version"].native == "v1"
    )


def _tiled(sequence: Any) -> bool:
    """Its fields fill it: a length that was changed leaves or takes some bytes."""
    return bool(sequence.contents == b"".join(sequence[name].dump() for name in sequence))


def _certificates_sound(block: cms.SignedData, trust: _Trust) -> bool:
    """The signer's certificate is the one named, and a root that comes along is the one we know."""
    [signer] = block["signer_infos"]
    embedded = [choice.chosen for choice in block["certificates"]]
    named = any(_is_named(one, signer["sid"].chosen) for one in embedded)
    return named and all(map(trust.same, embedded)) and _chain_sound(block, trust, complete=True)


def _chain_sound(block: cms.SignedData, trust: _Trust, *, complete: bool = False) -> bool:
    """Each certificate was really issued by the one it names, as far as that one is at hand."""
    embedded = [_cryptography(choice.chosen) for choice in block["certificates"]]
    roots = list(map(_cryptography, trust.roots))
    tied = [one in roots or _tied(one, [*embedded, *roots]) for one in embedded]
    return False not in tied and not (complete and None in tied)


def _is_named(certificate: asn1_x509.Certificate, named: Any) -> bool:
    """Byte for byte: names are otherwise compared without regard to case."""
    return (
        isinstance(named, cms.IssuerAndSerialNumber)
        and named["issuer"].dump() == certificate.issuer.dump()
        and named["serial_number"].native == certificate.serial_number
    )


def _tied(certificate: x509.Certificate, known: list[x509.Certificate]) -> bool | None:
    """Whether one of its possible issuers really issued it; None when there is none here."""
    issuers = [other for other in known if other.subject == certificate.issuer]
    return any(_issued(certificate, issuer) for issuer in issuers) if issuers else None


def _cryptography(certificate: asn1_x509.Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
