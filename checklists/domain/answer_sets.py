"""The set of the answers of one candidate: its canonical content, its hash, and its freezing.

The hash says what was answered and nothing else: neither who typed it, nor when. Anybody who holds
the answers can compute it again (``content``, written as canonical JSON, then SHA-256).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, journal
from uniha_clausier.common.errors import DomainError

from ..models import (
    Answer,
    AnswerLink,
    Assessment,
    Evidence,
    ExchangeReply,
    RegularisedAnswer,
    TakeOver,
)
from . import answering, authors
from .assessments import subject_of
from .authors import Author
from .queries.assessment_versions import up_to

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
    """Return the received files of which something was taken over: the number and hash of each.

    A correction does not take them over: they stay under the version in which they came.
    """
    taken = TakeOver.objects.filter(up_to(assessment, "reception__assessment"))
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
    AlreadyFrozen, or SignedForEver.
    """
    now = at or timezone.now()
    with transaction.atomic():
        locked = (
            Assessment.objects.select_for_update(of=("self",), no_key=True)
            .select_related("checklist")
            .get(pk=assessment.pk)
        )
        if locked.answers_frozen_at:
            raise AlreadyFrozen(_("Les réponses de ce candidat sont déjà arrêtées."))
        answering.require_unsigned(locked)
        locked.answers_sha256, locked.answers_frozen_at = hash_of(locked), now
        if isinstance(by, AnswerLink):
            locked.answers_frozen_by_link = by
        else:
            locked.answers_frozen_by = by
        locked.changed_at = max(now, locked.changed_at)
        locked.save(
            update_fields=[
                "answers_sha256",
                "answers_frozen_at",
                "answers_frozen_by",
                "answers_frozen_by_link",
                "changed_at",
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


@dataclass(frozen=True)
class Regularised:
    """What an answer becomes by a regularisation."""

    reply: ExchangeReply
    value: str
    text: str


def regularise(
    *, assessment: Assessment, changes: Sequence[Regularised], number: int, by: User
) -> tuple[str, str]:
    """Change frozen answers on the points asked, and on them alone; return both hashes of the set.

    The only door of the frozen set (migration 0028): each change is written with its before and
    after, then the answer follows. The caller holds the lock and the transaction, and stores the
    hash. Raises NotAllowedHere.
    """
    before, now = assessment.answers_sha256, timezone.now()
    for one in changes:
        _reopen(assessment, one, number, now, by)
    if changes:
        assessment.save(update_fields=["answered", "changed_at"])
    return before, hash_of(assessment)


def _reopen(
    assessment: Assessment, one: Regularised, number: int, now: dt.datetime, by: User
) -> None:
    item = one.reply.point.item
    answering.check_fits("claim", one.value, item.point.answer_kind)
    answer = Answer.objects.select_for_update().get(assessment=assessment, item=item)
    text = answering.cleaned("claim_text", one.text)
    if (answer.value, answer.text) == (one.value, text):
        return
    RegularisedAnswer.objects.create(
        reply=one.reply,
        answer=answer,
        version_before=answer.version,
        value_before=answer.value,
        text_before=answer.text,
        value_after=one.value,
        text_after=text,
    )
    was = bool(answer.value or answer.text)
    answer.version += 1
    for column, field, after in (("value", "claim", one.value), ("text", "claim_text", text)):
        told = getattr(answer, column)
        if told == after:
            continue
        setattr(answer, column, after)
        setattr(answer, f"{column}_version", answer.version)
        data = {"field": field, "before": told, "after": after, "version": answer.version}
        journal.record(
            tenant=assessment.facility_id,
            action=f"{field}.changed",
            subject=subject_of(assessment.pk, item.point.ref),
            data=data | {"regularisation": number},
            at=now,
            by=by.pk,
        )
    answer.updated_at, answer.updated_by, answer.updated_by_link = now, by, None
    answer.save()
    assessment.answered += bool(answer.value or answer.text) - was
    assessment.changed_at = max(now, assessment.changed_at)
