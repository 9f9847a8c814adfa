"""Files that come in together for one checklist: kept, then each given to its candidate.

A file is kept under its hash before anybody knows whose it is: what waits is never lost. Given, it
becomes a reception of the candidate, whose assessment is started when it was not.
"""

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal, kept_files, scanning, storage
from uniha_clausier.common.enums import ScanState
from uniha_clausier.common.errors import DomainError
from vendors.models import Candidacy

from ..models import Assessment, Checklist, Deposit, Reception
from . import answer_words as words
from . import assessments, receptions
from .answer_reading import Reading
from .attribution import Attribution, Candidate, attribute
from .receptions import KeptFile


class NotToBeGiven(DomainError):
    """The file has its candidate already, was refused, or the candidate is another lot's."""


class NotToBeKept(DomainError):
    """The same file was refused at this very moment, and is where it lay no more."""


@dataclass(frozen=True)
class Told:
    """What a file says, in figures: it and the points asked never change, so neither does this."""

    number: str = ""
    company: str = ""
    seals: list[str] = field(default_factory=list)
    understood: int = 0
    doubts: int = 0
    refused: int = 0
    foreign: int = 0

    @classmethod
    def by(cls, reading: Reading) -> "Told":
        """Count what a reading understood."""
        return cls(
            number=reading.identity.get(words.SIRET, "")[:50],
            company=reading.identity.get(words.COMPANY, "")[:200],
            seals=reading.seals[:10],
            understood=len(reading.found),
            doubts=len(reading.doubts),
            refused=len(reading.refused),
            foreign=len(reading.foreign),
        )


def told_by(deposit: Deposit) -> Told:
    """Return what a kept file says."""
    return Told(**deposit.told)


def whose(deposit: Deposit, candidates: list[Candidate]) -> Attribution:
    """Find the candidate of a file, or why a person must choose."""
    told = told_by(deposit)
    return attribute(
        number=told.number,
        company=told.company,
        file_name=deposit.sent_as,
        candidates=candidates,
    )


def candidate_of(candidacy: Candidacy) -> Candidate:
    """Return what identifies a candidate."""
    vendor = candidacy.vendor
    return Candidate(candidacy.pk, vendor.name, vendor.siren, vendor.foreign_id)


def stays_because(deposit: Deposit, seal: str, waiting: int, scan: str) -> str:
    """Say why a file waits for a look of its own; empty when it may be taken over with the others.

    ``seal`` is the hash of the checklist; ``waiting`` counts the files of the candidate of which
    nothing is taken over yet; ``scan`` is what the antivirus said of the file.
    """
    told = told_by(deposit)
    if scan == ScanState.INFECTED:
        return _("infecté : rien n’en est repris")
    late = deposit.reception.lateness if deposit.reception else None
    if late and not late.is_admitted:
        return _("hors délai : écarté") if late.decision else _("hors délai : à décider")
    if deposit.reception and deposit.reception.assessment.answers_frozen_at:
        return _("réponses arrêtées")
    if set(told.seals) - {seal}:
        return _("répond à une autre check-list")
    if told.doubts:
        return _("doutes à trancher")
    if not told.understood:
        return _("aucune réponse reconnue")
    if waiting > 1:
        return _("plusieurs classeurs de ce candidat")
    return ""


# -- Writes --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """A file as it was sent; ``deposited_at`` is set when that was after the deadline."""

    content: bytes
    kind: str
    sent_as: str
    deposited_at: dt.datetime | None = None


@dataclass(frozen=True)
class Laid:
    """A file that lies where it is kept, before any row says so."""

    file_name: str
    kind: str
    sent_as: str
    sha256: str
    size: int
    deposited_at: dt.datetime | None


def lay(*, checklist: Checklist, sent: Sent) -> Laid:
    """Put a file where it is kept, under its hash: slow, so outside of any transaction."""
    sha256 = hashlib.sha256(sent.content).hexdigest()
    folder = f"deposits/{checklist.lot.tender.facility_id}/{checklist.pk}"
    return Laid(
        file_name=storage.store(f"{folder}/{sha256}.{sent.kind}", sent.content),
        kind=sent.kind,
        sent_as=receptions.shown_name(sent.sent_as),
        sha256=sha256,
        size=len(sent.content),
        deposited_at=sent.deposited_at,
    )


def keep(
    *, checklist: Checklist, file: Laid, told: Told | None = None, by: User
) -> tuple[Deposit, bool]:
    """Keep a file as it came; return it, and whether it is new. The same file is kept once.

    ``told`` is what it says; without it the file is still to be read. Raises NotToBeKept.
    """
    with transaction.atomic():
        Checklist.objects.select_for_update(of=("self",), no_key=True).get(pk=checklist.pk)
        same = Deposit.objects.filter(checklist=checklist, file_sha256=file.sha256, refusal="")
        known = same.first()
        if known:
            return known, False
        _require_there(checklist, file)
        deposit = Deposit.objects.create(
            checklist=checklist,
            received_at=timezone.now(),
            received_by=by,
            deposited_at=file.deposited_at,
            sent_as=file.sent_as,
            kind=file.kind,
            file_name=file.file_name,
            file_sha256=file.sha256,
            file_size=file.size,
            is_read=told is not None,
            told=asdict(told or Told()),
        )
        scanning.register(
            file_name=file.file_name,
            tenant=checklist.lot.tender.facility_id,
            subject=_subject(deposit),
        )
        _record(deposit, "deposit.received", {}, by=by)
    return deposit, True


def _require_there(checklist: Checklist, file: Laid) -> None:
    """A refusal removes the file from where another one with its hash has been laid."""
    refused = Deposit.objects.filter(checklist=checklist, file_sha256=file.sha256)
    if refused.exists() and not default_storage.exists(file.file_name):
        raise NotToBeKept(
            _(
                "« %(name)s » vient d’être refusé : rien de cet envoi n’est gardé. Déposez de "
                "nouveau les fichiers."
            )
            % {"name": file.sent_as}
        )


def tell(*, deposit: Deposit, told: Told) -> bool:
    """Write what a kept file says, once. False: somebody was faster."""
    with transaction.atomic():
        deposit = _locked(deposit)
        if deposit.is_read:
            return False
        deposit.is_read, deposit.told = True, asdict(told)
        deposit.save(update_fields=["is_read", "told"])
    return True


def give_up(*, deposit: Deposit, reason: str, by: User) -> bool:
    """Tell that a kept file cannot be read, and why; it is kept no more. False: too late."""
    with transaction.atomic():
        deposit = _locked(deposit)
        if deposit.is_read:
            return False
        stored = deposit.file_name
        deposit.is_read, deposit.refusal = True, reason
        deposit.kind = deposit.file_name = ""
        deposit.save(update_fields=["is_read", "refusal", "kind", "file_name"])
        _record(deposit, "deposit.refused", {"reason": reason}, by=by)
        kept_files.discard_unnamed(
            stored,
            owner=Checklist.objects.filter(pk=deposit.checklist_id),
            rows=[Deposit.objects.filter(checklist=deposit.checklist_id)],
        )
    return True


def _locked(deposit: Deposit) -> Deposit:
    found = Deposit.objects.select_for_update(of=("self",))
    return found.select_related("checklist__lot__tender", "received_by").get(pk=deposit.pk)


def refuse(
    *, checklist: Checklist, sha256: str, size: int, sent_as: str, reason: str, by: User
) -> Deposit:
    """Tell that a file is none that may be read, and why; the file itself is not kept."""
    with transaction.atomic():
        deposit = Deposit.objects.create(
            checklist=checklist,
            received_at=timezone.now(),
            received_by=by,
            sent_as=receptions.shown_name(sent_as),
            file_sha256=sha256,
            file_size=size,
            refusal=reason,
        )
        _record(deposit, "deposit.refused", {"reason": reason}, by=by)
    return deposit


def give(*, deposit: Deposit, candidacy: Candidacy, clue: str, by: User) -> Reception:
    """Give a file to its candidate, for good; its assessment is started when it was not.

    Raises NotToBeGiven, or NotReady for a checklist that was corrected since.
    """
    with transaction.atomic():
        deposit = _locked(deposit)
        if deposit.reception_id or deposit.refusal or not deposit.is_read:
            raise NotToBeGiven(
                _("« %(name)s » n’attend plus son candidat.") % {"name": deposit.sent_as}
            )
        if candidacy.lot_id != deposit.checklist.lot_id:
            raise NotToBeGiven(_("Cette entreprise n’est pas candidate à ce lot."))
        assessment = Assessment.objects.filter(
            candidacy=candidacy, checklist=deposit.checklist, replaced_at=None
        ).first() or assessments.start_assessment(
            candidacy=candidacy, checklist=deposit.checklist, by=by
        )
        reception, _is_new = receptions.file_under(
            assessment=assessment, file=_kept_file(deposit), by=by
        )
        deposit.reception, deposit.clue = reception, clue
        deposit.save(update_fields=["reception", "clue"])
        data = {"vendor": candidacy.vendor.name, "clue": str(clue), "reception": reception.number}
        _record(deposit, "deposit.given", data, by=by)
    return reception


def _kept_file(deposit: Deposit) -> KeptFile:
    return KeptFile(
        sent_as=deposit.sent_as,
        kind=deposit.kind,
        file_name=deposit.file_name,
        sha256=deposit.file_sha256,
        size=deposit.file_size,
        received_at=deposit.received_at,
        received_by=deposit.received_by,
        deposited_at=deposit.deposited_at,
    )


def _subject(deposit: Deposit) -> str:
    return f"checklist/{deposit.checklist_id}"


def _record(deposit: Deposit, action: str, data: dict[str, Any], *, by: User) -> None:
    journal.record(
        tenant=deposit.checklist.lot.tender.facility_id,
        action=action,
        subject=_subject(deposit),
        data={
            "deposit": deposit.pk,
            "name": deposit.sent_as,
            "sha256": deposit.file_sha256,
            "size": deposit.file_size,
        }
        | data,
        by=by.pk,
    )
