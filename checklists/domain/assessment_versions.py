"""Correcting a signed assessment: the next version takes over what it says, and names it.

The former stays as it was signed. What the candidate sent and was asked, and the opinions, stay
with the version in which they came: the next ones read them there.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError

from ..models import (
    Answer,
    Assessment,
    AssessmentDecision,
    ChapterWork,
    Finding,
    JoinedCertificate,
    PointDecision,
    Score,
)
from . import answering, evidence
from .assessments import replaced_sentence, subject_of
from .queries import assessment_versions as queries

TAKEN_OVER: tuple[type[Any], ...] = (
    Answer,
    Score,
    PointDecision,
    AssessmentDecision,
    JoinedCertificate,
    ChapterWork,
)
"""The rows that the next version starts from as they are, authors and dates included."""

COUNTERS = ("total", "answered", "scored", "weight_sum", "score_sum")
FROZEN = ("answers_sha256", "answers_frozen_at", "answers_frozen_by", "answers_frozen_by_link")


class NotCorrectable(DomainError):
    """No new version can be started; the sentence says why."""


def obstacle(assessment: Assessment) -> str:
    """Say why an assessment is not corrected by a new version; empty when it may be."""
    if assessment.replaced_at:
        return replaced_sentence(assessment)
    if not assessment.signed_at:
        return _("L’évaluation n’est pas signée : elle se corrige directement.")
    return ""


def correct(*, assessment: Assessment, reason: str, by: User) -> Assessment:
    """Start the next version of a signed assessment; return it, ready to be changed.

    Raises NotCorrectable: not signed, replaced already, no signed file to name, or no reason.
    """
    reason = answering.cleaned("comment", reason).strip()
    with transaction.atomic():
        former = Assessment.objects.select_for_update(of=("self",), no_key=True).get(
            pk=assessment.pk
        )
        signed = queries.signed_document(former)
        if sentence := _missing(former, reason, is_deposited=signed is not None):
            raise NotCorrectable(sentence)
        assert signed is not None
        former.replaced_at = timezone.now()
        former.save(update_fields=["replaced_at"])
        version = _next(former, reason, by)
        _take_over(former, version)
        data = {"version": version.number, "reason": reason, "sha256": signed.file_sha256}
        _record(version, "assessment.corrected", data | {"replaces": former.pk}, by)
        _record(former, "assessment.replaced", data | {"replaced_by": version.pk}, by)
    return version


def _missing(former: Assessment, reason: str, *, is_deposited: bool) -> str:
    if sentence := obstacle(former):
        return sentence
    if not is_deposited:
        return _("Le document signé n’est pas déposé : une correction nomme ce qu’elle remplace.")
    return "" if reason else _("Donnez le motif de la correction.")


def _next(former: Assessment, reason: str, by: User) -> Assessment:
    return Assessment.objects.create(
        facility_id=former.facility_id,
        candidacy_id=former.candidacy_id,
        checklist_id=former.checklist_id,
        number=former.number + 1,
        replaces=former,
        correction_reason=reason,
        created_by=by,
        **{name: getattr(former, name) for name in COUNTERS},
    )


def _take_over(former: Assessment, version: Assessment) -> None:
    for model in TAKEN_OVER:
        model.objects.bulk_create(_copies(model, former, version))
    findings = _copies(Finding, former, version)
    for finding in findings:
        # The version in which it was given, however many took it over since.
        finding.taken_from = finding.taken_from or former.number
    Finding.objects.bulk_create(findings)
    evidence.take_over(former, version)
    # Last: nothing is added to answers that are stopped. Their hash says the same as before.
    for name in FROZEN:
        setattr(version, name, getattr(former, name))
    version.save(update_fields=FROZEN)


def _copies(model: type[Any], former: Assessment, version: Assessment) -> list[Any]:
    rows = list(model.objects.filter(assessment=former).order_by("pk"))
    for row in rows:
        row.pk, row.assessment = None, version
    return rows


def _record(assessment: Assessment, action: str, data: dict[str, Any], by: User) -> None:
    journal.record(
        tenant=assessment.facility_id,
        action=action,
        subject=subject_of(assessment.pk),
        data=data,
        by=by.pk,
    )
