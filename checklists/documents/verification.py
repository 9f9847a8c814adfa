"""What a deposited PDF is: known here and intact, altered, or not ours, and why.

The seal proves that no byte changed since it was made. The hash kept in the database proves more:
which edition of which evaluation, and that nobody cut a later signature away. A stranger to the
facility learns nothing of it: the file is then unknown.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common.signing_isolated import verify_pdf_isolated
from uniha_clausier.common.signing_verdict import Verdict, VerdictStatus

from ..domain.queries import documents as queries
from ..domain.queries import long_term
from ..models import Document, LongTermCopy
from .seal_keys import date_roots, seal_roots

MAX_SIZE = 50 * 1024 * 1024
MOST_REVISIONS = 20

_END = re.compile(rb"%%EOF\r?\n?")


@dataclass(frozen=True)
class Finding:
    """The answer to « is this file as it was sealed? », for one person."""

    status: str  # intact, altered, unknown or unsigned: the badges of kind "verdict"
    reasons: tuple[str, ...]
    verdict: Verdict
    document: Document | None

    @property
    def intact(self) -> bool:
        return self.status == "intact"

    def as_json(self) -> dict[str, Any]:
        """Return plain data, for the command."""
        known = self.document and {
            "assessment": self.document.assessment_id,
            "edition": self.document.number,
            "facility": self.document.assessment.facility.name,
            "tender": self.document.assessment.candidacy.lot.tender.reference,
            "vendor": self.document.assessment.candidacy.vendor.name,
            "content_sha256": self.document.content_sha256,
        }
        return {
            **self.verdict.as_json(),
            "seal_status": self.verdict.status.value,
            "status": self.status,
            "intact": self.intact,
            "reasons": list(self.reasons),
            "document": known,
        }


def examine(content: bytes, *, by: User | None) -> Finding:
    """Say what a file is, to ``by``; None is the operator at a terminal. Never uses the network.

    Raises ExaminationFailed when the file costs too much to be read.
    """
    verdict = verify_pdf_isolated(content, trusted_roots=seal_roots(), timestamp_roots=date_roots())
    document = queries.known_file([verdict.sha256], to=by)
    if document is not None:
        return Finding("intact", (_known(), *_doubts(verdict)), verdict, document)
    copy = long_term.known_copy(verdict.sha256, to=by)
    if copy is not None:
        return Finding("intact", (_extends(copy), *verdict.reasons), verdict, copy.document)
    if verdict.status is VerdictStatus.ALTERED:
        reasons = (*verdict.reasons, _do_not_trust())
        return Finding("altered", reasons, verdict, sealed_before(content, by))
    if verdict.status is VerdictStatus.UNSIGNED:
        return Finding("unsigned", (*verdict.reasons, _not_made_here()), verdict, None)
    if verdict.status is not VerdictStatus.INTACT:
        return Finding("unknown", (*verdict.reasons, _not_made_here()), verdict, None)
    signed = sealed_before(content, by)
    if signed is not None:
        return Finding("intact", verdict.reasons, verdict, signed)
    return Finding("unknown", (*verdict.reasons, _not_registered()), verdict, None)


def sealed_before(content: bytes, by: User | None) -> Document | None:
    """Return the edition that this file was before something was added to it."""
    ends = [match.end() for match in islice(_END.finditer(content), MOST_REVISIONS)]
    return queries.known_file([sha256(content[:end]).hexdigest() for end in ends], to=by)


def _doubts(verdict: Verdict) -> tuple[str, ...]:
    return () if verdict.intact else verdict.reasons


def _known() -> str:
    return _("Le fichier est, octet pour octet, celui que Clausier a produit et scellé.")


def _extends(copy: LongTermCopy) -> str:
    return _(
        "Le fichier est, octet pour octet, la copie prolongée %(number)d que Clausier a faite de "
        "l’édition %(edition)d."
    ) % {"number": copy.number, "edition": copy.document.number}


def _do_not_trust() -> str:
    return _("Ne vous fiez pas à ce fichier : téléchargez l’original depuis la page des documents.")


def _not_made_here() -> str:
    return _(
        "Il n’a pas été produit par cette installation, ou il a été réenregistré par un autre "
        "logiciel : demandez l’original, ou produisez-le à nouveau."
    )


def _not_registered() -> str:
    return _(
        "Le sceau est bon, mais ce fichier n’est au registre d’aucun de vos établissements : "
        "comparez-le avec l’original."
    )
