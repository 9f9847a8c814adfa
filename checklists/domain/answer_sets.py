"""The set of the answers of one candidate: its canonical content, its hash, and its freezing.

The hash says what was answered and nothing else: neither who typed it, nor when. Anybody who holds
the answers can compute it again (``content``, written as canonical JSON, then SHA-256).
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import canonical, journal
from uniha_clausier.common.errors import DomainError

from ..models import Answer, AnswerLink, Assessment, Evidence, TakeOver
from . import authors
from .assessments import subject_of
from .authors import Author

FORMAT = "clausier/reponses"
FORMAT_VERSION = 1

Plain = dict[str, Any]


class AlreadyFrozen(DomainError):
    """The answers of this candidate don't change any more."""


def content(assessment: Assessment) -> Plain:
    """Return what the hash of a set covers: each answer in official order, the checklist that they
    answer, the received files that some were taken over from, the files joined to each point.
    """
    answers = Answer.objects.filter(assessment=assessment).order_by("item__position", "item_id")
    evidence = evidence_of(assessment)
    # Without files nothing is said of them.
    return ({"evidence": evidence} if evidence else {}) | {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "checklist_sha256": assessment.checklist.content_sha256,
        "answers": [
            {"ref": ref, "value": value, "text": text}
            for ref, value, text in answers.values_list("item__point__ref", "value", "text")
        ],
        "receptions": receptions_of(assessment),
    }


def receptions_of(assessment: Assessment) -> list[Plain]:
    """Return the received files of which something was taken over: the number and hash of each."""
    taken = TakeOver.objects.filter(reception__assessment=assessment)
    files = taken.values_list("reception__number", "reception__file_sha256").distinct()
    return [
        {"number": number, "sha256": sha256}
        for number, sha256 in files.order_by("reception__number")
    ]


def evidence_of(assessment: Assessment) -> list[Plain]:
    """Return the files joined to each point, in official order: its number and the hash of each."""
    joined = Evidence.objects.filter(assessment=assessment, items__isnull=False).order_by(
        "items__position", "items__pk", "file_sha256"
    )
    return [
        {"ref": ref, "sha256": sha256}
        for ref, sha256 in joined.values_list("items__point__ref", "file_sha256")
    ]


def hash_of(assessment: Assessment) -> str:
    """Return the SHA-256 of the answers as they stand."""
    return canonical.sha256_of(content(assessment))


def freeze(*, assessment: Assessment, by: Author, at: dt.datetime | None = None) -> Assessment:
    """Store the hash of the answers, which never change afterwards (migration 0017).

    By a buyer who closes the reception, or by the candidate who submits. Scores stay free. Raises
    AlreadyFrozen.
    """
    now = at or timezone.now()
    with transaction.atomic():
        locked = (
            Assessment.objects.select_for_update(of=("self",))
            .select_related("checklist")
            .get(pk=assessment.pk)
        )
        if locked.answers_frozen_at:
            raise AlreadyFrozen(_("Les réponses de ce candidat sont déjà arrêtées."))
        locked.answers_sha256, locked.answers_frozen_at = hash_of(locked), now
        if isinstance(by, AnswerLink):
            locked.answers_frozen_by_link = by
        else:
            locked.answers_frozen_by = by
        locked.save(
            update_fields=[
                "answers_sha256",
                "answers_frozen_at",
                "answers_frozen_by",
                "answers_frozen_by_link",
            ]
        )
        journal.record(
            tenant=locked.facility_id,
            action="answers.frozen",
            subject=subject_of(locked.pk),
            data={"sha256": locked.answers_sha256} | authors.trace_of(by),
            at=now,
            by=authors.actor_of(by),
        )
    return locked
