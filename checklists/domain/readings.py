"""The second look before publication: a buyer asks, a specialist answers, once.

An opinion is never rewritten: a new question is asked. What was read is told by its fingerprint,
so that an agreement never covers what changed after it.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Membership, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError

from ..enums import ReadingVerdict
from ..models import Checklist, Reading
from .checklists import fingerprint, locked_draft


class NotAsked(DomainError):
    """This role can't be asked; the sentence says why."""


class NotAnswered(DomainError):
    """The opinion can't be kept as it is; the sentence says why."""


def ask_reading(*, checklist: Checklist, role: str, question: str, by: User) -> Reading:
    """Ask a role to read a draft. Raises ChecklistFrozen or NotAsked."""
    with transaction.atomic():
        checklist = locked_draft(checklist)
        facility_id = checklist.lot.tender.facility_id
        label = Role(role).label
        if not Membership.objects.filter(facility=facility_id, role=role).exists():
            raise NotAsked(
                _("Personne ne tient le rôle %(role)s dans l’établissement.") % {"role": label}
            )
        if Reading.objects.filter(
            checklist=checklist, role=role, verdict=ReadingVerdict.WAITING
        ).exists():
            raise NotAsked(_("Un avis de ce rôle est déjà attendu."))
        reading = Reading.objects.create(
            checklist=checklist,
            role=role,
            question=question,
            asked_at=timezone.now(),
            asked_by=by,
        )
        _record(reading, "asked", {"role": role, "question": question}, by)
    return reading


def withdraw_reading(*, reading: Reading, by: User) -> None:
    """Take a question back while nobody has answered it. Raises ChecklistFrozen or NotAsked."""
    with transaction.atomic():
        reading = _locked(reading)
        if reading.verdict:
            raise NotAsked(_("L’avis vient d’être donné : il reste au dossier."))
        _record(reading, "withdrawn", {"role": reading.role, "question": reading.question}, by)
        reading.delete()


def answer_reading(*, reading: Reading, verdict: str, remark: str, by: User) -> Reading:
    """Give the opinion of a role on the draft as it stands now.

    Raises ChecklistFrozen, or NotAnswered for a reserve without a word and for a second answer.
    """
    if verdict == ReadingVerdict.RESERVED and not remark:
        raise NotAnswered(_("Écrivez vos réserves : l’acheteur doit savoir quoi changer."))
    with transaction.atomic():
        reading = _locked(reading)
        if reading.verdict:
            raise NotAnswered(_("Cet avis est déjà donné : il ne se réécrit pas."))
        reading.verdict, reading.remark = verdict, remark
        reading.answered_at, reading.answered_by = timezone.now(), by
        reading.content_sha256 = fingerprint(reading.checklist)
        reading.save()
        data = {
            "role": reading.role,
            "verdict": verdict,
            "remark": remark,
            "content_sha256": reading.content_sha256,
        }
        _record(reading, "answered", data, by)
    return reading


def _locked(reading: Reading) -> Reading:
    checklist = locked_draft(reading.checklist)
    current = Reading.objects.select_for_update(of=("self",)).filter(pk=reading.pk).first()
    if current is None:
        raise NotAsked(_("Cette demande de relecture a été retirée."))
    current.checklist = checklist
    return current


def _record(reading: Reading, act: str, data: dict[str, Any], by: User) -> None:
    journal.record(
        tenant=reading.checklist.lot.tender.facility_id,
        action=f"reading.{act}",
        subject=f"checklist/{reading.checklist_id}",
        data=data,
        by=by.pk,
    )
