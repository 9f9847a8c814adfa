"""Joining files to the answers of a candidate, and taking them back until the answers are frozen."""

import hashlib
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import journal, scanning, storage
from uniha_clausier.common.errors import DomainError

from ..models import AnswerLink, Assessment, ChecklistItem, Evidence
from . import answer_links, authors
from .assessments import subject_of
from .authors import Author
from .receptions import shown_name

MOST_FILES = 100
MOST_BYTES = 200 * 1024 * 1024


class TooMuch(DomainError):
    """The candidate has joined all that may be."""


class UnknownPlace(DomainError):
    """No such point, or no such file on it."""


def attach(*, link: AnswerLink, ref: str, content: bytes, kind: str, sent_as: str) -> Evidence:
    """Join a file to a point, by a link. The same file is kept once, for all its points.

    Raises LinkClosed, TooMuch or UnknownPlace.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    owner = link.assessment
    _item(owner, ref)
    if not Evidence.objects.filter(assessment=owner, file_sha256=sha256).exists():
        _check_room(owner, len(content))
    # Kept before the transaction: nobody waits for a disk. What a refusal then leaves is unnamed.
    name = f"evidence/{owner.facility_id}/{owner.pk}/{sha256}.{kind}"
    stored = storage.store(name, content)
    with transaction.atomic():
        link = answer_links.used(link)
        item = _item(link.assessment, ref)
        found = Evidence.objects.filter(assessment=link.assessment, file_sha256=sha256).first()
        if found is None:
            _check_room(link.assessment, len(content))
            found = Evidence.objects.create(
                assessment=link.assessment,
                name=shown_name(sent_as),
                kind=kind,
                file_name=stored,
                file_sha256=sha256,
                file_size=len(content),
                added_at=timezone.now(),
                added_by_link=link,
            )
            scanning.register(
                file_name=stored,
                tenant=link.assessment.facility_id,
                subject=subject_of(link.assessment_id, ref),
            )
        if not found.items.filter(pk=item.pk).exists():
            found.items.add(item)
            _record(found, ref, "attached", by=link)
    return found


def detach(*, link: AnswerLink, ref: str, evidence_id: int) -> None:
    """Take a file back from a point; one that backs no point any more is forgotten.

    Raises LinkClosed or UnknownPlace.
    """
    with transaction.atomic():
        link = answer_links.used(link)
        item = _item(link.assessment, ref)
        own = Evidence.objects.filter(assessment=link.assessment, added_by_link__isnull=False)
        found = own.filter(pk=evidence_id, items=item).first()
        if found is None:
            raise UnknownPlace(_("Ce fichier n’est pas joint à ce point."))
        _record(found, ref, "detached", by=link)
        found.items.remove(item)
        if not found.items.exists():
            found.delete()
            transaction.on_commit(lambda: storage.discard(found.file_name))


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


def _item(assessment: Assessment, ref: str) -> ChecklistItem:
    found = assessment.answers.select_related("item").filter(item__point__ref=ref).first()
    if found is None:
        raise UnknownPlace(_("Le point %(ref)s n’est pas demandé.") % {"ref": ref})
    return found.item


def _check_room(assessment: Assessment, size: int) -> None:
    sizes = Evidence.objects.filter(assessment=assessment).values_list("file_size", flat=True)
    if len(sizes) >= MOST_FILES or sum(sizes) + size > MOST_BYTES:
        raise TooMuch(_("Vous avez joint tout ce qui peut l’être : 100 fichiers, 200 Mo en tout."))


def _record(evidence: Evidence, ref: str, act: str, *, by: Author) -> None:
    side = "after" if act == "attached" else "before"
    journal.record(
        tenant=evidence.assessment.facility_id,
        action=f"evidence.{act}",
        subject=subject_of(evidence.assessment_id, ref),
        data={
            side: evidence.name,
            "sha256": evidence.file_sha256,
            "size": evidence.file_size,
        }
        | authors.trace_of(by),
        by=authors.actor_of(by),
    )
