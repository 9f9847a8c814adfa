"""Examines a document that people signed elsewhere: the five points of the French rule.

The order of 22 March 2019 (article 5) asks for the identity of the signer, the category of the
certificate, the format, the validity of the certificate at the date of signature and the integrity
of what is signed. Everything but the identity may be checked by a machine; that one says
``PERSON``: somebody must still confirm it. Nothing is asked of the network: a revocation is known
from the lists of the installation and from what the file carries.
"""

import asyncio
import dataclasses
import datetime as dt
import hashlib
import io
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from asn1crypto import core, crl
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
)
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InsufficientRevinfoError,
    NotYetValidError,
    PathBuildingError,
    PathError,
    RevokedError,
    StaleRevinfoError,
    ValidationError,
)

from .certificates import as_asn1, loaded
from .signing_verdict import _iso, _kind, _modifications, verify_pdf

logger = logging.getLogger(__name__)

IDENTITY, CATEGORY, FORMAT, VALIDITY, INTEGRITY = (
    "identity",
    "category",
    "format",
    "validity",
    "integrity",
)
OK, PERSON, WARNING, REFUSED = "ok", "person", "warning", "refused"

_QC_STATEMENTS = "1.3.6.1.5.5.7.1.3"
_QC_COMPLIANCE = "0.4.0.1862.1.1"
_QC_DEVICE = "0.4.0.1862.1.4"
_QC_TYPE = "0.4.0.1862.1.6"
_QC_FOR_SIGNATURES = "0.4.0.1862.1.6.1"
_PADES = "/ETSI.CAdES.detached"
_HARMLESS = ("none", "lta_updates", "form_filling")
_MOST_PLACES = 12


@dataclass(frozen=True)
class PeopleTrust:
    """The authorities whose certificates name people, in PEM or DER, and their lists, in DER."""

    roots: tuple[bytes, ...] = ()
    revocation_lists: tuple[bytes, ...] = ()
    qualified_only: bool = False


@dataclass(frozen=True)
class Point:
    """One of the five points: its state and a French sentence."""

    key: str
    state: str
    text: str


@dataclass(frozen=True)
class PersonSignature:
    """One signature of a person, with what is known of its certificate, and the five points."""

    field_name: str
    signer: str
    organisation: str
    issuer: str
    serial_number: str
    fingerprint: str
    category: str  # "qualified", "qualified_seal" or "ordinary"
    valid_from: str
    valid_until: str
    signed_at: str | None
    timestamped_at: str | None
    revocation: str  # "good", "unknown" or "revoked"
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Examination:
    """What is found of a file; ``faults`` refuse it, ``places`` say where it was touched."""

    sha256: str
    size: int
    base_sha256: str
    faults: tuple[str, ...]
    places: tuple[str, ...] = ()
    signatures: tuple[PersonSignature, ...] = ()

    @property
    def is_acceptable(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


UNSIGNED = (
    "Ce fichier est celui que Clausier a produit, octet pour octet : personne ne l’a encore signé."
)
ROLLED_BACK = (
    "Ce fichier est une révision antérieure du document connu ici : des signatures en ont été "
    "retirées."
)
NOT_OURS = (
    "La partie scellée de ce fichier n’est pas, octet pour octet, celle que Clausier a produite."
)
NOBODY = "Ce fichier ne porte aucune signature de personne ajoutée depuis le document connu ici."


def examine_signed_pdf(
    data: bytes,
    *,
    base: bytes,
    seal_roots: tuple[bytes, ...],
    trust: PeopleTrust,
    now: dt.datetime,
) -> Examination:
    """Say whether ``data`` is ``base``, known here, to which signatures of people were added.

    Never raises for what the file holds, never uses the network.
    """
    found = _Found(data, base)
    if data == base:
        return found.refused(UNSIGNED)
    if base.startswith(data):
        return found.refused(ROLLED_BACK)
    if not data.startswith(base):
        return found.refused(NOT_OURS, places=_first_difference(data, base))
    try:
        return _examined(found, seal_roots, trust, now)
    except Exception as error:  # noqa: BLE001 the library meets bytes chosen by anybody
        logger.info("unreadable signed PDF %s: %r", found.sha256, error)
        return found.refused("Le fichier est endommagé : ses signatures ne se lisent pas.")


class _Found:
    """A file beside the one that it should extend."""

    def __init__(self, data: bytes, base: bytes):
        self.data, self.base = data, base
        self.sha256 = hashlib.sha256(data).hexdigest()

    def examination(
        self,
        faults: Iterable[str],
        places: tuple[str, ...],
        signatures: tuple[PersonSignature, ...],
    ) -> Examination:
        return Examination(
            sha256=self.sha256,
            size=len(self.data),
            base_sha256=hashlib.sha256(self.base).hexdigest(),
            faults=tuple(dict.fromkeys(faults)),
            places=places,
            signatures=signatures,
        )

    def refused(self, *faults: str, places: tuple[str, ...] = ()) -> Examination:
        return self.examination(faults, places, ())


def _examined(
    found: _Found, seal_roots: tuple[bytes, ...], trust: PeopleTrust, now: dt.datetime
) -> Examination:
    verdict = verify_pdf(found.data, trusted_roots=seal_roots)
    broken = [
        reason for report in verdict.signatures if not report.intact for reason in report.reasons
    ]
    if not any(report.covers_entire_file for report in verdict.signatures):
        broken += verdict.reasons
    reader = PdfFileReader(io.BytesIO(found.data), strict=True)
    people = [
        signature
        for signature in sorted(reader.embedded_signatures, key=lambda one: one.byte_range[2])
        if _kind(signature) == "signature"
    ]
    checker = _Checker(reader, trust, now)
    signatures = tuple(asyncio.run(checker.all(people)))
    faults = broken + [
        point.text for one in signatures for point in one.points if point.state == REFUSED
    ]
    if not any(_end_of(signature) > len(found.base) for signature in people):
        faults.append(NOBODY)
    touched = broken or any(_state(one, INTEGRITY) == REFUSED for one in signatures)
    places = tuple(_touched(reader, found.base)) if touched else ()
    return found.examination(faults, places, signatures)


def _end_of(signature: EmbeddedPdfSignature) -> int:
    _, _, second, rest = map(int, signature.byte_range)
    return second + rest


def _state(signature: PersonSignature, key: str) -> str:
    return next(point.state for point in signature.points if point.key == key)


# -- The five points -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Standing:
    """What the chain of a certificate says at some moment."""

    fault: str = ""
    is_known: bool = True
    revocation: str = "good"


class _Checker:
    """Checks the signatures of one file against the authorities of the installation."""

    def __init__(self, reader: PdfFileReader, trust: PeopleTrust, now: dt.datetime):
        self.trust, self.now = trust, now
        self.roots = [as_asn1(loaded(root)) for root in trust.roots]
        self.carried = _carried(reader)

    async def all(self, signatures: list[EmbeddedPdfSignature]) -> list[PersonSignature]:
        return [await self.person(signature) for signature in signatures]

    async def person(self, signature: EmbeddedPdfSignature) -> PersonSignature:
        certificate = signature.signer_cert
        claimed = signature.self_reported_timestamp
        status = await async_validate_pdf_signature(
            signature,
            self.context(claimed or self.now),
            key_usage_settings=KeyUsageConstraints(key_usage=set()),
        )
        token = status.timestamp_validity
        proven = token.timestamp if token and token.valid and token.trusted else None
        moments = [proven] if proven else [claimed or self.now, self.now]
        standings = [await self.standing(signature, moment) for moment in moments]
        return PersonSignature(
            field_name=signature.field_name,
            signer=_named(certificate, "common_name"),
            organisation=_named(certificate, "organization_name"),
            issuer=_common_name(certificate.issuer),
            serial_number=f"{certificate.serial_number:x}",
            fingerprint=certificate.sha256.hex(),
            category=_category(certificate),
            valid_from=certificate.not_valid_before.isoformat(),
            valid_until=certificate.not_valid_after.isoformat(),
            signed_at=_iso(claimed),
            timestamped_at=_iso(proven),
            revocation=_worst(standings),
            points=(
                _identity(certificate, standings),
                _category_point(certificate, self.trust),
                _format(signature),
                _validity(certificate, standings, proven),
                _integrity(status),
            ),
        )

    def context(self, moment: dt.datetime, revocation_mode: str = "soft-fail") -> ValidationContext:
        certificates, ocsps, lists = self.carried
        known = [crl.CertificateList.load(one) for one in self.trust.revocation_lists]
        return ValidationContext(
            trust_roots=list(self.roots),
            other_certs=certificates,
            moment=moment,
            allow_fetching=False,
            crls=[*known, *lists],
            ocsps=ocsps,
            revocation_mode=revocation_mode,
            retroactive_revinfo=True,  # a list published after the signature speaks of it too
        )

    async def standing(self, signature: EmbeddedPdfSignature, moment: dt.datetime) -> _Standing:
        """First ask for a proof that nothing is revoked; without one, for the rest alone."""
        try:
            await self.chain(signature, moment, "require")
        except RevokedError:
            return _Standing("revoked", revocation="revoked")
        except (ExpiredError, NotYetValidError):
            return _Standing("expired")
        except (InsufficientRevinfoError, StaleRevinfoError):
            return await self.without_proof(signature, moment)
        except PathBuildingError:
            return _Standing("unknown", is_known=False, revocation="unknown")
        except (PathError, ValidationError):
            return await self.without_proof(signature, moment)
        return _Standing()

    async def without_proof(
        self, signature: EmbeddedPdfSignature, moment: dt.datetime
    ) -> _Standing:
        try:
            await self.chain(signature, moment, "soft-fail")
        except RevokedError:
            return _Standing("revoked", revocation="revoked")
        except (ExpiredError, NotYetValidError):
            return _Standing("expired", revocation="unknown")
        except (PathError, ValidationError):
            return _Standing("unknown", is_known=False, revocation="unknown")
        return _Standing(revocation="unknown")

    async def chain(
        self, signature: EmbeddedPdfSignature, moment: dt.datetime, revocation_mode: str
    ) -> None:
        validator = CertificateValidator(
            signature.signer_cert,
            intermediate_certs=signature.other_embedded_certs,
            validation_context=self.context(moment, revocation_mode),
        )
        await validator.async_validate_usage(set())  # type: ignore[no-untyped-call]


def _carried(reader: PdfFileReader) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the certificates, OCSP responses and revocation lists that the file carries (B-LT)."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return [], [], []
    context = store.as_validation_context({"allow_fetching": False})
    manager = context.revinfo_manager
    return list(store.load_certs()), list(manager.ocsps), list(manager.crls)


def _worst(standings: list[_Standing]) -> str:
    found = {standing.revocation for standing in standings}
    return next(one for one in ("revoked", "unknown", "good") if one in found)


def _identity(certificate: asn1_x509.Certificate, standings: list[_Standing]) -> Point:
    name, issuer = _named(certificate, "common_name"), _common_name(certificate.issuer)
    if all(standing.is_known for standing in standings):
        text = f"Certificat au nom de « {name} », délivré par « {issuer} » : une personne confirme."
        return Point(IDENTITY, PERSON, text)
    if certificate.issuer == certificate.subject:
        text = f"Le certificat au nom de « {name} » s’est délivré lui-même : il ne prouve rien."
    else:
        text = (
            f"L’autorité « {issuer} » n’est pas reconnue par cette installation : l’identité de "
            f"« {name} » n’est pas établie."
        )
    return Point(IDENTITY, REFUSED, text)


def _category_point(certificate: asn1_x509.Certificate, trust: PeopleTrust) -> Point:
    category = _category(certificate)
    if category == "qualified":
        device = _QC_DEVICE in _statements(certificate)
        held = ", sur un dispositif qualifié" if device else ""
        text = f"Certificat déclaré qualifié pour la signature d’une personne{held}."
        return Point(CATEGORY, OK, text)
    text = (
        "Certificat qualifié de cachet : il engage un organisme, pas une personne."
        if category == "qualified_seal"
        else "Le certificat n’est pas qualifié : il ne vaut pas là où une signature est exigée."
    )
    return Point(CATEGORY, REFUSED if trust.qualified_only else WARNING, text)


def _format(signature: EmbeddedPdfSignature) -> Point:
    if signature.sig_object.get("/SubFilter") == _PADES:
        return Point(FORMAT, OK, "Signature au format PAdES.")
    text = "La signature n’est pas au format PAdES : choisissez-le dans l’outil de signature."
    return Point(FORMAT, REFUSED, text)


def _validity(
    certificate: asn1_x509.Certificate, standings: list[_Standing], proven: dt.datetime | None
) -> Point:
    since = (
        "à la date de l’horodatage"
        if proven
        else "à la date annoncée et aujourd’hui (aucun horodatage reconnu ne prouve cette date)"
    )
    faults = {standing.fault for standing in standings}
    if "revoked" in faults:
        return Point(VALIDITY, REFUSED, f"Le certificat était révoqué, {since}.")
    if "expired" in faults:
        start, end = certificate.not_valid_before, certificate.not_valid_after
        text = f"Le certificat va du {start:%d/%m/%Y} au {end:%d/%m/%Y} : il n’était pas valide, {since}."
        return Point(VALIDITY, REFUSED, text)
    if "unknown" in faults:
        return Point(VALIDITY, WARNING, "La validité ne se vérifie pas sans autorité reconnue.")
    if _worst(standings) == "good":
        return Point(VALIDITY, OK, f"Certificat en cours de validité et non révoqué, {since}.")
    text = (
        f"Certificat en cours de validité, {since} ; aucune liste de révocation n’est disponible "
        "hors ligne : vérifiez la révocation auprès de l’autorité."
    )
    return Point(VALIDITY, WARNING, text)


def _integrity(status: Any) -> Point:
    modifications = _modifications(status)
    if not status.intact or not status.valid:
        return Point(INTEGRITY, REFUSED, "Le contenu signé a changé depuis cette signature.")
    if modifications not in _HARMLESS or not status.docmdp_ok:
        text = "Le document a été modifié après cette signature, autrement que par des signatures."
        return Point(INTEGRITY, REFUSED, text)
    return Point(INTEGRITY, OK, "Contenu intact : seules des signatures ont été ajoutées.")


# -- Certificates --------------------------------------------------------------------------------


class _Statement(core.Sequence):
    _fields = [("id", core.ObjectIdentifier), ("info", core.Any, {"optional": True})]


class _Statements(core.SequenceOf):
    _child_spec = _Statement


class _Kinds(core.SequenceOf):
    _child_spec = core.ObjectIdentifier


def _statements(certificate: asn1_x509.Certificate) -> dict[str, Any]:
    """Return the QcStatements of a certificate (ETSI EN 319 412-5), by their identifiers."""
    for extension in certificate["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted == _QC_STATEMENTS:
            parsed = _Statements.load(extension["extn_value"].contents)
            return {one["id"].dotted: one["info"] for one in parsed}
    return {}


def _category(certificate: asn1_x509.Certificate) -> str:
    """Without a QcType, a qualified certificate is one for signatures (EN 319 412-5, 4.2.3)."""
    statements = _statements(certificate)
    if _QC_COMPLIANCE not in statements:
        return "ordinary"
    if _QC_TYPE not in statements:
        return "qualified"
    kinds = {kind.dotted for kind in _Kinds.load(statements[_QC_TYPE].dump())}
    return "qualified" if _QC_FOR_SIGNATURES in kinds else "qualified_seal"


def _named(certificate: asn1_x509.Certificate, part: str) -> str:
    value = certificate.subject.native.get(part)
    if value is None:
        return str(certificate.subject.human_friendly) if part == "common_name" else ""
    return value if isinstance(value, str) else " ".join(map(str, value))


def _common_name(name: asn1_x509.Name) -> str:
    value = name.native.get("common_name")
    return value if isinstance(value, str) else str(name.human_friendly)


# -- Where a file was touched --------------------------------------------------------------------


_OBJECT = re.compile(rb"(\d+) 0 obj")


def _first_difference(data: bytes, base: bytes) -> tuple[str, ...]:
    """Say at which byte a file leaves the known one, and what stands there in the known one."""
    offset = next(
        (n for n, (one, other) in enumerate(zip(data, base, strict=False)) if one != other),
        min(len(data), len(base)),
    )
    places = [f"premier octet différent : n° {offset + 1} sur {len(base)}"]
    before = [int(match[1]) for match in _OBJECT.finditer(base, 0, offset + 1)]
    try:
        names = _names(PdfFileReader(io.BytesIO(base), strict=True))
    except Exception:  # noqa: BLE001 the place is a comfort: the refusal stands without it
        names = {}
    if before and before[-1] in names:
        places.append(names[before[-1]])
    return tuple(places)


def _touched(reader: PdfFileReader, base: bytes) -> Iterator[str]:
    """Name the pages, attachments and stamps that the revisions after ``base`` write anew."""
    names = _names(reader)
    first = PdfFileReader(io.BytesIO(base), strict=True).xrefs.total_revisions
    seen: set[str] = set()
    for revision in range(first, reader.xrefs.total_revisions):
        before = reader.get_historical_resolver(revision - 1)
        for reference in sorted(
            reader.xrefs.explicit_refs_in_revision(revision), key=lambda one: one.idnum
        ):
            name = _name_of(reference, before, names)
            if name and name not in seen and len(seen) < _MOST_PLACES:
                seen.add(name)
                yield name


def _name_of(reference: Any, before: Any, names: dict[int, str]) -> str:
    try:
        old = before.get_object(generic.Reference(reference.idnum, reference.generation, before))
    except Exception:  # noqa: BLE001 an object that this revision brings: nothing was there to touch
        return ""
    if isinstance(old, generic.DictionaryObject) and old.get("/FT") == "/Sig":
        return f"tampon du champ {old.get('/T')}" if "/V" in old else ""
    return names.get(reference.idnum, "")


def _names(reader: PdfFileReader) -> dict[int, str]:
    """Return what a person would call the objects of a file: page 3, attachment x, stamp y."""
    names: dict[int, str] = {}
    for number, page in enumerate(_pages(reader), start=1):
        names[page.idnum] = f"page {number}"
        _name_contents(page.get_object(), f"page {number}", names)
    attached = reader.root.get("/AF", ())
    for n in range(len(attached)):
        _name_attachment(attached.raw_get(n), names)
    for field in reader.root.get("/AcroForm", {}).get("/Fields", ()):
        appearance = field.get_object().get("/AP", {})
        if "/N" in appearance:
            stream = appearance.raw_get("/N")
            if isinstance(stream, generic.IndirectObject):
                names[stream.idnum] = f"tampon du champ {field.get_object().get('/T')}"
    return names


def _pages(reader: PdfFileReader) -> Iterator[Any]:
    waiting = [reader.root.raw_get("/Pages")]
    while waiting:
        node = waiting.pop(0)
        kids = node.get_object().get("/Kids")
        if kids is None:
            yield node
        else:
            waiting = [kids.raw_get(n) for n in range(len(kids))] + waiting


def _name_contents(page: Any, name: str, names: dict[int, str]) -> None:
    if "/Contents" not in page:
        return
    contents = page.raw_get("/Contents")
    if isinstance(contents, generic.IndirectObject):
        names[contents.idnum] = name
    parts = contents.get_object()
    if isinstance(parts, generic.ArrayObject):
        names.update((parts.raw_get(n).idnum, name) for n in range(len(parts)))


def _name_attachment(reference: Any, names: dict[int, str]) -> None:
    file = reference.get_object()
    name = f"pièce jointe {file.get('/UF') or file.get('/F')}"
    if isinstance(reference, generic.IndirectObject):
        names[reference.idnum] = name
    for key in file.get("/EF", {}):
        stream = file["/EF"].raw_get(key)
        if isinstance(stream, generic.IndirectObject):
            names[stream.idnum] = name
