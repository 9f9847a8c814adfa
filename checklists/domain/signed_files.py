"""A document signed elsewhere comes back: kept as received, then accepted by a person, or set aside.

The machine checks the signature; the law leaves the identity of the signer to a person (order of
22 March 2019, article 5). What is accepted is the document of today: an evaluation that changed
since asks for another edition.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal, scanning, storage
from uniha_clausier.common.errors import DomainError

from ..enums import SignedDecision
from ..models import Assessment, Document, SignedFile
from .assessments import replaced_sentence, subject_of
from .queries import documents, signed_files
from .receptions import shown_name

DataHash = Callable[[Document], str]
"""``data_hash(document)``: the hash of what that edition would say now."""


class NotAcceptable(DomainError):
    """The signed file cannot be accepted now; the sentence says what to do."""


@dataclass(frozen=True)
class Sent:
    """A file as somebody sent it, and its hash."""

    content: bytes
    name: str
    sha256: str


@dataclass(frozen=True)
class Confirmation:
    """What a person answers for: who signed, and by what right."""

    name: str
    identity: bool
    delegation: bool


def receive(*, document: Document, sent: Sent, report: dict[str, Any], by: User) -> SignedFile:
    """Keep a signed file as it came, with the report of its checks.

    The same file is kept once. It is worth nothing until somebody accepts it.
    """
    assessment = document.assessment
    name = storage.store(
        f"signed/{assessment.facility_id}/{assessment.pk}/{document.number}-{sent.sha256}.pdf",
        sent.content,
    )
    with transaction.atomic():
        _lock(document)
        if known := signed_files.known(document, sent.sha256):
            return known
        file = SignedFile.objects.create(
            document=document,
            received_at=timezone.now(),
            received_by=by,
            sent_as=shown_name(sent.name),
            file_name=name,
            file_sha256=sent.sha256,
            file_size=len(sent.content),
            report=report,
        )
        scanning.register(
            file_name=name, tenant=assessment.facility_id, subject=subject_of(assessment.pk)
        )
        _record(document, "received", {"sha256": sent.sha256, "name": file.sent_as}, by=by)
    return file


def refuse(*, document: Document, sent: Sent, reasons: list[str], by: User) -> None:
    """Keep in the journal that a file was refused, and why; the file itself is not kept."""
    data = {"name": shown_name(sent.name), "sha256": sent.sha256, "size": len(sent.content)}
    with transaction.atomic():
        _record(document, "refused", data | {"reasons": reasons}, by=by)


def accept(
    *, file: SignedFile, confirmation: Confirmation, data_hash: DataHash, by: User
) -> SignedFile:
    """Accept a signed file: ``by`` answers for the identity and the right of who signed.

    From then on the assessment is read-only, for ever. The row alone names who signed, not the
    journal: a person must be erasable (RGPD art. 17).

    Raises NotAcceptable: decided before, a tick or a name missing, signatures accepted since, an
    evaluation that is no longer the one that was signed, or that another version replaces; NotServed
    while nobody may open the file.
    """
    name = " ".join(confirmation.name.split())
    if not (name and confirmation.identity and confirmation.delegation):
        raise NotAcceptable(_("Confirmez l’identité et la délégation, et donnez le nom."))
    with transaction.atomic():
        assessment = _lock(file.document)
        file = _undecided(file)
        scanning.require_served(file.file_name)
        _require_last(file)
        if assessment.replaced_at:
            raise NotAcceptable(replaced_sentence(assessment))
        if not assessment.signed_at:
            _require_unchanged(file.document, data_hash)
            assessment.signed_at = timezone.now()
            assessment.save(update_fields=["signed_at"])
        file.decision, file.confirmed_name = SignedDecision.ACCEPTED, name
        file.identity_confirmed = file.delegation_confirmed = True
        return _decided(file, "accepted", by=by)


def set_aside(*, file: SignedFile, by: User) -> SignedFile:
    """Set a signed file aside: it stays as received, and counts for nothing. Raises NotAcceptable."""
    with transaction.atomic():
        _lock(file.document)
        file = _undecided(file)
        file.decision = SignedDecision.SET_ASIDE
        return _decided(file, "set_aside", by=by)


def _lock(document: Document) -> Assessment:
    return Assessment.objects.select_for_update(of=("self",), no_key=True).get(
        pk=document.assessment_id
    )


def _undecided(file: SignedFile) -> SignedFile:
    file = signed_files.signed_files().get(pk=file.pk)
    if file.decision:
        raise NotAcceptable(_("La décision est déjà prise : elle ne change plus."))
    return file


def _require_last(file: SignedFile) -> None:
    """A file made from an older one would lose the signatures accepted since."""
    last = signed_files.last_accepted(file.document)
    expected = last.file_sha256 if last else file.document.file_sha256
    if file.report["base_sha256"] != expected:
        raise NotAcceptable(
            _(
                "Un autre fichier signé a été accepté depuis : faites signer celui-là, puis "
                "déposez-le."
            )
        )


def _require_unchanged(document: Document, data_hash: DataHash) -> None:
    if documents.data_hash_of(document) != data_hash(document):
        raise NotAcceptable(
            _(
                "L’évaluation a changé depuis l’édition %(number)d : produisez une nouvelle "
                "édition et faites-la signer."
            )
            % {"number": document.number}
        )


def _decided(file: SignedFile, what: str, *, by: User) -> SignedFile:
    file.decided_at, file.decided_by = timezone.now(), by
    file.save(
        update_fields=[
            "decision",
            "identity_confirmed",
            "delegation_confirmed",
            "confirmed_name",
            "decided_at",
            "decided_by",
        ]
    )
    _record(file.document, what, {"sha256": file.file_sha256}, by=by)
    return file


def _record(document: Document, what: str, data: dict[str, Any], *, by: User) -> None:
    journal.record(
        tenant=document.assessment.facility_id,
        action=f"signature.{what}",
        subject=subject_of(document.assessment_id),
        data={"document": document.pk, "number": document.number} | data,
        by=by.pk,
    )
