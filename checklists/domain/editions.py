"""Correcting what is published: a new numbered edition, with its own hash, before the deadline.

A published checklist never changes. A mistake found while candidates prepare their offers is mended
in another edition, told to all of them in time (CCP R2132-6 and R2151-4); after the deadline it
would break the equality of the candidates.
"""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal

from ..models import (
    Answer,
    Assessment,
    CctpParameter,
    Checklist,
    ChecklistItem,
    Finding,
    PointDecision,
    Score,
)
from . import checklists, edition_changes, evidence, version_change
from .assessments import recompute_counters, scored_items, subject_of
from .checklists import NotReady
from .edition_changes import Change
from .queries.editions import closed


def obstacle(checklist: Checklist) -> str:
    """Say why a published checklist cannot be corrected now; empty when it can."""
    later = Checklist.objects.filter(replaces=checklist).first()
    if later is not None and later.is_published:
        return _("Cette édition est déjà remplacée par l’édition %(number)d.") % {
            "number": later.edition
        }
    if later is not None:
        return _("L’édition %(number)d est déjà en préparation.") % {"number": later.edition}
    return closed(checklist)


def prepare_correction(*, checklist: Checklist, reason: str, by: User) -> Checklist:
    """Create the draft of the next edition, with every decision of the one that it corrects.

    Raises NotReady without a reason, after the deadline, or when a correction is under way.
    """
    reason = reason.strip()
    if not reason:
        raise NotReady(_("Écrivez le motif : il figure dans l’édition corrigée."))
    with transaction.atomic():
        former = (
            Checklist.objects.select_for_update(of=("self",), no_key=True)
            .select_related("version__clausier", "lot__tender")
            .get(pk=checklist.pk)
        )
        if not former.is_published:
            raise NotReady(_("Cette check-list n’est pas publiée : modifiez-la directement."))
        if why := obstacle(former):
            raise NotReady(why)
        draft = _copy(former, reason, by)
        data = {"edition": draft.edition, "replaces": former.content_sha256, "reason": reason}
        checklists.record(draft, "checklist.correction_started", data, by=by)
    return draft


def changes_of(checklist: Checklist) -> list[Change]:
    """Return what an edition changes of the one that it replaces; nothing for a first edition."""
    if checklist.replaces is None:
        return []
    return edition_changes.changes(
        checklists.content(checklist.replaces), checklists.content(checklist)
    )


def publish(*, checklist: Checklist, seen: str | None = None, by: User) -> Checklist:
    """Freeze a checklist; a correction takes over the assessments that were started before it.

    Raises what ``checklists.publish`` raises.
    """
    with transaction.atomic():
        started = _locked_before(checklist)
        published = checklists.publish(checklist=checklist, seen=seen, by=by)
        for assessment in started:
            _take_over(assessment, published, by)
    return published


def _copy(former: Checklist, reason: str, by: User) -> Checklist:
    draft = Checklist.objects.create(
        lot=former.lot,
        version=former.version,
        edition=former.edition + 1,
        replaces=former,
        correction_reason=reason,
        profile=former.profile,
        max_note=former.max_note,
        weight_total=former.weight_total,
        created_by=by,
    )
    checklists.create_items(draft)
    version_change.apply_decisions(draft, version_change.decisions_of(former))
    for parameter in CctpParameter.objects.filter(checklist=former):
        parameter.pk, parameter.checklist = None, draft
        parameter.save(force_insert=True)
    return draft


# -- The assessments that were started on the former edition ---------------------------------------


def _locked_before(checklist: Checklist) -> list[Assessment]:
    """Lock the assessments of the edition that a correction replaces, all before the journal.

    The former edition is locked too: whoever starts an assessment on it waits, or is waited for.
    """
    if checklist.replaces_id is None:
        return []
    Checklist.objects.select_for_update(no_key=True).get(pk=checklist.replaces_id)
    found = Assessment.objects.select_for_update(no_key=True)
    return list(found.filter(checklist=checklist.replaces_id).order_by("pk"))


def _take_over(assessment: Assessment, checklist: Checklist, by: User) -> None:
    """Move what was entered to the same points of ``checklist``; the journal keeps what goes."""
    asked = {item.point_id: item for item in scored_items(checklist)}
    gone = _move(assessment, asked)
    for ref, names in evidence.follow(assessment, asked).items():
        gone.setdefault(ref, []).extend(names)
    held = set(Score.objects.filter(assessment=assessment).values_list("item_id", flat=True))
    new = [item for item in asked.values() if item.pk not in held]
    Answer.objects.bulk_create(Answer(assessment=assessment, item=item) for item in new)
    Score.objects.bulk_create(Score(assessment=assessment, item=item) for item in new)
    assessment.checklist = checklist
    assessment.save(update_fields=["checklist"])
    recompute_counters(assessment)
    journal.record(
        tenant=assessment.facility_id,
        action="assessment.edition_changed",
        subject=subject_of(assessment.pk),
        data={"edition": checklist.edition, "sha256": checklist.content_sha256, "gone": gone},
        by=by.pk,
    )


def _move(assessment: Assessment, asked: dict[int, ChecklistItem]) -> dict[str, list[str]]:
    """Link the rows to the points still asked, delete the others; return what these said."""
    gone: dict[str, list[str]] = {}
    _move_rows(Answer.objects.filter(assessment=assessment), "text", asked, gone)
    _move_rows(Score.objects.filter(assessment=assessment), "comment", asked, gone)
    _move_rows(Finding.objects.filter(assessment=assessment), "comment", asked, gone)
    decided = PointDecision.objects.filter(assessment=assessment)
    _move_rows(decided, "commitment", asked, gone)
    return gone


def _move_rows(
    rows: QuerySet[Any], text: str, asked: dict[int, ChecklistItem], gone: dict[str, list[str]]
) -> None:
    found = list(rows.select_related("item__point"))
    staying = [row for row in found if row.item.point_id in asked]
    going = [row for row in found if row.item.point_id not in asked]
    for row in staying:
        row.item = asked[row.item.point_id]
    for row in going:
        told = [row.value, getattr(row, text)]
        if any(told):
            gone.setdefault(row.item.point.ref, []).extend(told)
    rows.bulk_update(staying, ["item"])
    rows.filter(pk__in=[row.pk for row in going]).delete()
