"""Joining files to the answers of a candidate, and taking them back until the answers are frozen."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal, kept_files, scanning, storage
from uniha_clausier.common.errors import DomainError

from ..enums import Disclosure
from ..models import AnswerLink, Assessment, ChecklistItem, Evidence
from . import answer_links, answering, authors
from .assessments import subject_of, touch
from .authors import Author
from .receptions import shown_name

MOST_FILES = 100
MOST_BYTES = 200 * 1024 * 1024


class TooMuch(DomainError):
    """The candidate has joined all that may be."""


class UnknownPlace(DomainError):
    """No such point, or no such file on it."""


class AlreadyJoined(DomainError):
    """The file that would replace another is here already."""


class SentFile(NamedTuple):
    """A file as it came: its content, what it was found to be, the name it was sent under."""

    content: bytes
    kind: str
    sent_as: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def attach(*, assessment: Assessment, ref: str, file: SentFile, by: Author) -> Evidence:
    """Join a file to a point. The same file is kept once, for all its points.

    Raises LinkClosed, AnswersFrozen, SignedForEver, TooMuch or UnknownPlace.
    """
    _item(assessment, ref)
    stored = _stored(assessment, file)
    with transaction.atomic():
        owner = _opened(assessment, by)
        item = _item(owner, ref)
        found = Evidence.objects.filter(assessment=owner, file_sha256=file.sha256).first()
        if found is None:
            found = _kept(owner, file, stored, by=by)
        elif found.replaced_by_id:
            raise AlreadyJoined(_("Ce fichier est la version d’avant d’un document déjà joint."))
        _join(found, item, by=by)
    return found


def reuse(*, assessment: Assessment, ref: str, evidence_id: int, by: Author) -> Evidence:
    """Join to a point a file that the candidate has here already. Raises as ``attach``."""
    with transaction.atomic():
        owner = _opened(assessment, by)
        item = _item(owner, ref)
        found = Evidence.objects.filter(assessment=owner, replaced_by=None, pk=evidence_id).first()
        if found is None:
            raise UnknownPlace(_("Ce document n’est pas parmi ceux du candidat."))
        _join(found, item, by=by)
    return found


def replace(*, assessment: Assessment, evidence_id: int, file: SentFile, by: Author) -> Evidence:
    """Put a file in the place of another, on all its points; the former is kept beside it.

    Raises AlreadyJoined, and as ``attach``.
    """
    stored = _stored(assessment, file)
    with transaction.atomic():
        owner = _opened(assessment, by)
        mine = Evidence.objects.filter(assessment=owner)
        old = theirs(mine, by).filter(pk=evidence_id, replaced_by=None).first()
        if old is None:
            raise UnknownPlace(_("Ce document n’est pas parmi ceux du candidat."))
        if mine.filter(file_sha256=file.sha256).exists():
            raise AlreadyJoined(_("Ce fichier est déjà parmi les documents du candidat."))
        new = _kept(owner, file, stored, by=by)
        for item in old.items.select_related("point").order_by("position", "pk"):
            new.items.add(item)
            old.items.remove(item)
            _record(new, item.point.ref, "replaced", {"before": old.name, "after": new.name}, by=by)
        old.replaced_by = new
        old.save(update_fields=["replaced_by"])
    return new


def detach(*, assessment: Assessment, ref: str, evidence_id: int, by: Author) -> None:
    """Take a file back from a point; one that backs no point any more is forgotten.

    One that replaces another is not: the former version stays known by it. Raises LinkClosed,
    AnswersFrozen, SignedForEver or UnknownPlace.
    """
    with transaction.atomic():
        owner = _opened(assessment, by)
        item = _item(owner, ref)
        own = theirs(Evidence.objects.filter(assessment=owner), by)
        found = own.filter(pk=evidence_id, items=item).first()
        if found is None:
            raise UnknownPlace(_("Ce fichier n’est pas joint à ce point."))
        _record(found, ref, "detached", {"before": found.name}, by=by)
        found.items.remove(item)
        is_alone = not Evidence.objects.filter(replaced_by=found).exists()
        if is_alone and not found.items.exists():
            found.delete()
            # Another version of the assessment may hold the same file: it stays for that one.
            versions = Evidence.objects.filter(assessment__candidacy=owner.candidacy_id)
            mine = Assessment.objects.filter(pk=owner.pk)
            kept_files.discard_unnamed(found.file_name, owner=mine, rows=[versions])


def qualify(
    *, evidence: Evidence, valid_until: dt.date | None, disclosure: str, by: User
) -> Evidence:
    """Say until when a file is good, and whether it may be communicated (CRPA L311-5, 2° d).

    Raises UnknownPlace for a file that was taken back meanwhile.
    """
    with transaction.atomic():
        # First, as every act on files does: it is changed too, and the journal comes after it.
        owner = Assessment.objects.select_for_update(no_key=True).get(pk=evidence.assessment_id)
        found = Evidence.objects.select_for_update().filter(pk=evidence.pk).first()
        if found is None:
            raise UnknownPlace(_("Ce document vient d’être retiré."))
        before = {"valid_until": found.valid_until, "disclosure": found.disclosure}
        after = {"valid_until": valid_until, "disclosure": str(Disclosure(disclosure))}
        if before == after:
            return found
        found.valid_until, found.disclosure = valid_until, str(after["disclosure"])
        found.qualified_at, found.qualified_by = timezone.now(), by
        found.save(update_fields=["valid_until", "disclosure", "qualified_at", "qualified_by"])
        journal.record(
            tenant=owner.facility_id,
            action="evidence.qualified",
            subject=subject_of(owner.pk),
            data={
                "evidence": found.pk,
                "sha256": found.file_sha256,
                "before": _plain(before),
                "after": _plain(after),
            },
            by=by.pk,
        )
        if not owner.signed_at:  # what people signed stays as they read it
            touch(owner, timezone.now())
    return found


def follow(assessment: Assessment, asked: Mapping[int, ChecklistItem]) -> dict[str, list[str]]:
    """Move the files of an assessment to the same points of another edition of its checklist.

    ``asked`` are its items by point. Return the names of those whose point is no longer asked.
    """
    gone: dict[str, list[str]] = {}
    places = Evidence.items.through.objects.filter(evidence__assessment=assessment)
    for place in places.select_related("evidence", "checklistitem__point"):
        point = place.checklistitem.point
        if point.pk in asked:
            place.checklistitem = asked[point.pk]
            place.save(update_fields=["checklistitem"])
        else:
            gone.setdefault(point.ref, []).append(place.evidence.name)
            place.delete()
    return gone


def take_over(former: Assessment, version: Assessment) -> None:
    """Give a new version of an assessment the files of the former, on the same points.

    The rows are its own, what is kept is the same file.
    """
    made: dict[int, Evidence] = {}
    after: dict[int, int] = {}
    for file in Evidence.objects.filter(assessment=former).order_by("pk"):
        items, pk, replaced_by = list(file.items.all()), file.pk, file.replaced_by_id
        file.pk, file.assessment, file.replaced_by = None, version, None
        file.save(force_insert=True)
        file.items.set(items)
        made[pk] = file
        if replaced_by:
            after[pk] = replaced_by
    for pk, replaced_by in after.items():
        made[pk].replaced_by = made[replaced_by]
        made[pk].save(update_fields=["replaced_by"])


def _opened(assessment: Assessment, by: Author) -> Assessment:
    """Lock, and check that this author may still join files here."""
    if isinstance(by, AnswerLink):
        link = answer_links.used(by)
        if link.assessment_id != assessment.pk:
            raise UnknownPlace(_("Ce lien n’ouvre pas les documents d’un autre candidat."))
        return link.assessment
    locked = Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)
    answering.require_unsigned(locked)
    answering.require_open(locked)
    return locked


def theirs(files: QuerySet[Evidence], by: Author) -> QuerySet[Evidence]:
    """Leave a candidate the files that came by a link: those that the hospital joined stay."""
    return files.filter(added_by_link__isnull=False) if isinstance(by, AnswerLink) else files


def _stored(assessment: Assessment, file: SentFile) -> str:
    """Keep the bytes, before the transaction: nobody waits for a disk.

    What a refusal then leaves is unnamed.
    """
    if not Evidence.objects.filter(assessment=assessment, file_sha256=file.sha256).exists():
        _check_room(assessment, len(file.content))
    name = f"evidence/{assessment.facility_id}/{assessment.pk}/{file.sha256}.{file.kind}"
    return storage.store(name, file.content)


def _kept(owner: Assessment, file: SentFile, stored: str, *, by: Author) -> Evidence:
    _check_room(owner, len(file.content))
    storage.store_again(stored, file.content)
    found = Evidence.objects.create(
        assessment=owner,
        name=shown_name(file.sent_as),
        kind=file.kind,
        file_name=stored,
        file_sha256=file.sha256,
        file_size=len(file.content),
        added_at=timezone.now(),
        added_by_link=by if isinstance(by, AnswerLink) else None,
        added_by=by if isinstance(by, User) else None,
    )
    subject = subject_of(owner.pk)
    scanning.register(file_name=stored, tenant=owner.facility_id, subject=subject)
    return found


def _join(found: Evidence, item: ChecklistItem, *, by: Author) -> None:
    if not found.items.filter(pk=item.pk).exists():
        found.items.add(item)
        _record(found, item.point.ref, "attached", {"after": found.name}, by=by)


def _item(assessment: Assessment, ref: str) -> ChecklistItem:
    answers = assessment.answers.select_related("item__point")
    found = answers.filter(item__point__ref=ref).first()
    if found is None:
        raise UnknownPlace(_("Le point %(ref)s n’est pas demandé.") % {"ref": ref})
    return found.item


def _check_room(assessment: Assessment, size: int) -> None:
    sizes = Evidence.objects.filter(assessment=assessment).values_list("file_size", flat=True)
    if len(sizes) >= MOST_FILES or sum(sizes) + size > MOST_BYTES:
        raise TooMuch(_("Vous avez joint tout ce qui peut l’être : 100 fichiers, 200 Mo en tout."))


def _record(evidence: Evidence, ref: str, act: str, told: dict[str, Any], *, by: Author) -> None:
    journal.record(
        tenant=evidence.assessment.facility_id,
        action=f"evidence.{act}",
        subject=subject_of(evidence.assessment_id, ref),
        data=told
        | {"sha256": evidence.file_sha256, "size": evidence.file_size}
        | authors.trace_of(by),
        by=authors.actor_of(by),
    )
    touch(evidence.assessment, timezone.now())


def _plain(told: dict[str, Any]) -> dict[str, str]:
    return {key: str(value or "") for key, value in told.items()}
