"""Starting an assessment, and keeping its counters right."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from vendors.models import Candidacy

from ..enums import AnswerKind, Claim, ScoreValue
from ..models import Answer, Assessment, Checklist, ChecklistItem, Score
from . import scoring
from .checklists import NotReady
from .queries.editions import STANDING


def subject_of(assessment_id: int, ref: str = "") -> str:
    """Return the subject of an assessment, or of one of its points, in the journal."""
    return f"assessment/{assessment_id}" + (f"/{ref}" if ref else "")


def start_assessment(*, candidacy: Candidacy, checklist: Checklist, by: User) -> Assessment:
    """Open the assessment of a candidate on a published checklist of its lot.

    One empty answer and one empty score are created a point, so that every later write is the
    update of a row that is there. Raises NotReady when the checklist isn't published, is another
    lot's, was corrected since, or when the candidate already has its assessment on it.
    """
    with transaction.atomic():
        locked = (
            Candidacy.objects.select_for_update(of=("self",))
            .select_related("lot__tender", "vendor")
            .filter(pk=candidacy.pk)
            .first()
        )
        if locked is None:
            raise NotReady(_("Ce candidat vient d’être retiré : il n’y a rien à évaluer."))
        candidacy = locked
        # The correction that replaces a checklist, and the closing of its answers, lock it too.
        Checklist.objects.select_for_update(no_key=True).get(pk=checklist.pk)
        _require_standing(checklist, candidacy)
        if Assessment.objects.filter(candidacy=candidacy, checklist=checklist).exists():
            raise NotReady(_("Ce candidat a déjà son évaluation : ouvrez-la."))
        assessment = Assessment.objects.create(
            facility_id=candidacy.lot.tender.facility_id,
            candidacy=candidacy,
            checklist=checklist,
            created_by=by,
        )
        _create_rows(assessment)
        recompute_counters(assessment)
        journal.record(
            tenant=assessment.facility_id,
            action="assessment.started",
            subject=subject_of(assessment.pk),
            data={"vendor": candidacy.vendor.name, "checklist": checklist.content_sha256},
            by=by.pk,
        )
    return assessment


def replaced_sentence(assessment: Assessment) -> str:
    """Say which version stands for an assessment that was corrected."""
    return _(
        "La version %(number)d remplace celle-ci, qui reste telle qu’elle a été signée : "
        "travaillez sur la dernière."
    ) % {"number": assessment.number + 1}


def scored_items(checklist: Checklist) -> list[ChecklistItem]:
    """Return the items that a candidate answers, in order: asked, duties of the facility out."""
    items = checklist.items.filter(is_applicable=True).exclude(point__answer_kind=AnswerKind.NONE)
    return list(items.order_by("position"))


def touch(assessment: Assessment, at: dt.datetime) -> None:
    """Say that something changed: open pages follow it, an older edition is no longer up to date."""
    assessment.changed_at = max(at, assessment.changed_at)
    assessment.save(update_fields=["changed_at"])


def recompute_counters(assessment: Assessment) -> list[str]:
    """Set the counters of ``assessment`` from its rows; return the names of those that differed."""
    scores = Score.objects.filter(assessment=assessment).values_list("value", "item__weight")
    sums = scoring.tally(scores)
    answered = (
        Answer.objects.filter(assessment=assessment).exclude(value=Claim.NONE, text="").count()
    )
    expected: dict[str, int | Decimal] = {
        "total": sums.total,
        "answered": answered,
        "scored": sums.scored,
        "weight_sum": sums.possible,
        "score_sum": sums.earned,
    }
    wrong = [name for name, value in expected.items() if getattr(assessment, name) != value]
    for name in wrong:
        setattr(assessment, name, expected[name])
    if wrong:
        assessment.save(update_fields=wrong)
    return wrong


def _require_standing(checklist: Checklist, candidacy: Candidacy) -> None:
    found = Checklist.objects.filter(STANDING, pk=checklist.pk, lot=candidacy.lot_id)
    if not found.exists():
        raise NotReady(_("Publiez d’abord la check-list du lot : l’évaluation porte sur elle."))


def _create_rows(assessment: Assessment) -> None:
    items = scored_items(assessment.checklist)
    Answer.objects.bulk_create(Answer(assessment=assessment, item=item) for item in items)
    Score.objects.bulk_create(
        Score(assessment=assessment, item=item, value=ScoreValue.NONE) for item in items
    )
