"""A score that stands after the claim changed: the buyer read it again and says so."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError

from ..models import Answer, Assessment, Score
from . import answering
from .assessments import subject_of
from .outdated import is_score_outdated


class NothingToConfirm(DomainError):
    """The claim of this point did not change after its score."""


def confirm_score(*, assessment_id: int, ref: str, by: User) -> Score:
    """Keep the score of a point on the claim as it stands now. Raises NothingToConfirm."""
    with transaction.atomic():
        assessment = Assessment.objects.select_for_update(of=("self",), no_key=True).get(
            pk=assessment_id
        )
        answering.require_unsigned(assessment)
        own = {"assessment": assessment, "item__point__ref": ref}
        score, answer = Score.objects.filter(**own).first(), Answer.objects.filter(**own).first()
        if not (
            score and answer and is_score_outdated(score.value, score.updated_at, answer.updated_at)
        ):
            raise NothingToConfirm(_("La réponse n’a pas changé depuis la note."))
        now = max(timezone.now(), assessment.changed_at)
        score.version += 1
        score.updated_at, score.updated_by, assessment.changed_at = now, by, now
        score.save(update_fields=["version", "updated_at", "updated_by"])
        assessment.save(update_fields=["changed_at"])
        journal.record(
            tenant=assessment.facility_id,
            action="score.confirmed",
            subject=subject_of(assessment_id, ref),
            data={
                "confirmed": "score",
                "value": score.value,
                "version": score.version,
                "answer_version": answer.version,
            },
            at=now,
            by=by.pk,
        )
    return score
