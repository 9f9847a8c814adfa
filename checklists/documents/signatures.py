"""The checks of a document that people signed elsewhere, with what this installation trusts."""

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, storage
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.signing_isolated import examine_signed_pdf_isolated
from uniha_clausier.common.signing_people import Examination, PeopleTrust

from ..domain.queries import signed_files as queries
from ..models import Document, SignedFile
from .seal_keys import seal_roots
from .verification import sealed_before


class TrustUnreadable(DomainError):
    """The authorities or the lists that the operator gave cannot be read."""


def examine(document: Document, content: bytes) -> Examination:
    """Check a deposited file against the last state of ``document`` that is known here.

    Raises ExaminationFailed when the file costs too much, TrustUnreadable for bad settings.
    """
    last = queries.last_accepted(document)
    return examine_signed_pdf_isolated(
        content,
        base=storage.read(last.file_name if last else document.file_name),
        seal_roots=seal_roots(),
        trust=people_trust(),
        now=timezone.now(),
    )


def belongs_elsewhere(document: Document, content: bytes, *, to: User) -> str:
    """Say which other document a refused file is made from, when ``to`` may know it; else nothing."""
    other = sealed_before(content, to)
    if other is None or other.pk == document.pk:
        return ""
    words = {
        "number": other.number,
        "vendor": other.assessment.candidacy.vendor.name,
        "reference": other.assessment.candidacy.lot.tender.reference,
    }
    if other.assessment_id == document.assessment_id:
        return _("C’est l’édition %(number)d de cette évaluation : déposez-la sur sa page.") % words
    return (
        _(
            "C’est le document d’une autre évaluation : %(vendor)s, consultation %(reference)s, "
            "édition %(number)d."
        )
        % words
    )


def validation_report(file: SignedFile) -> dict[str, Any]:
    """Return what was checked of a signed file and what a person decided, as plain JSON values."""
    document = file.document
    found: dict[str, Any] = file.report
    return found | {
        "document": {
            "number": document.number,
            "sha256": document.file_sha256,
            "content_sha256": document.content_sha256,
        },
        "received_at": canonical.iso(file.received_at),
        "received_by": str(file.received_by),
        "decision": file.decision,
        "identity_confirmed": file.identity_confirmed,
        "delegation_confirmed": file.delegation_confirmed,
        "confirmed_name": file.confirmed_name,
        "decided_at": canonical.iso(file.decided_at),
        "decided_by": str(file.decided_by or ""),
    }


def people_trust() -> PeopleTrust:
    """Read the authorities and the revocation lists of the settings. Raises TrustUnreadable."""
    return PeopleTrust(
        roots=_roots(settings.SIGNATURE_ROOTS),
        revocation_lists=_lists(settings.SIGNATURE_REVOCATION_LISTS),
        qualified_only=settings.SIGNATURE_QUALIFIED_ONLY,
    )


def _roots(path: Path | None) -> tuple[bytes, ...]:
    if path is None:
        return ()
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TrustUnreadable(
            _("Le fichier des autorités (SIGNATURE_ROOTS) ne se lit pas : prévenez l’exploitant.")
        ) from error
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in certificates)


def _lists(folder: Path | None) -> tuple[bytes, ...]:
    if folder is None:
        return ()
    try:
        return tuple(_der(path.read_bytes()) for path in sorted(folder.glob("*.crl")))
    except (OSError, ValueError) as error:
        raise TrustUnreadable(
            _(
                "Une liste de révocation (SIGNATURE_REVOCATION_LISTS) ne se lit pas : prévenez "
                "l’exploitant."
            )
        ) from error


def _der(encoded: bytes) -> bytes:
    if encoded.lstrip().startswith(b"-----"):
        return x509.load_pem_x509_crl(encoded).public_bytes(Encoding.DER)
    return x509.load_der_x509_crl(encoded).public_bytes(Encoding.DER)
