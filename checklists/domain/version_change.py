"""Moving a draft to another version of a clausier, without losing what the buyer decided.

A decision (a point forced in or out, a knock-out, a weight, an effect, a derogation) stays where the
text of its point stays. Where the text is reworded the buyer says whether it stays; where the point
is gone it goes too. The decisions of before are kept in the journal, so that the move can be undone
for as long as the checklist is not published.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal

from ..enums import DerogationKind, Force, LegalEffect, VersionChange
from ..models import Checklist, ChecklistItem, ClausierVersion, Derogation
from .checklists import NotReady, create_items, locked_draft, record
from .clausier import canonical_content
from .queries.additions import derogation_of
from .versions import compare

CHANGED, UNDONE = "checklist.version_changed", "checklist.version_restored"
SAME_TEXT = (VersionChange.UNCHANGED, VersionChange.MOVED, VersionChange.DESCRIBED)

Decision = dict[str, Any]
"""What the buyer decided on one point, as plain JSON values: only what differs from the rule."""


@dataclass(frozen=True)
class Fate:
    """A decided point: its number before and after ("" when it is gone), and its decision."""

    before: str
    after: str
    title: str
    decision: Decision


@dataclass(frozen=True)
class Plan:
    """What a move does with each decision: it stays, the buyer says, or its point is gone."""

    kept: tuple[Fate, ...] = ()
    doubtful: tuple[Fate, ...] = ()
    gone: tuple[Fate, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether the buyer has something to read before the move."""
        return bool(self.doubtful or self.gone)


def plan(checklist: Checklist, version: ClausierVersion) -> Plan:
    """Return what moving ``checklist`` to ``version`` would do with each decision."""
    decided = decisions_of(checklist)
    if not decided:
        return Plan()
    before, after = canonical_content(checklist.version), canonical_content(version)
    kept: list[Fate] = []
    doubtful: list[Fate] = []
    gone: list[Fate] = []
    for change in compare(before, after).points:
        if change.before is None or change.before["ref"] not in decided:
            continue
        ref = change.before["ref"]
        to = change.after["ref"] if change.after else ""
        fate = Fate(ref, to, change.row["title"], decided[ref])
        list_of = gone if not to else kept if change.kind in SAME_TEXT else doubtful
        list_of.append(fate)
    return Plan(tuple(kept), tuple(doubtful), tuple(gone))


def change_version(
    *, checklist: Checklist, version: ClausierVersion, keep: Collection[str] = (), by: User
) -> Checklist:
    """Move a draft to another published version; the profile and the values of the CCTP stay.

    ``keep`` names, by their number before, the reworded points whose decision stays.
    Raises ChecklistFrozen after publication, NotReady when the version is a draft, when another
    checklist of the lot is on its clausier, or for a correction, which stays on its version.
    """
    if not version.is_published:
        raise NotReady(_("Cette version du clausier n’est pas publiée : choisissez-en une autre."))
    with transaction.atomic():
        checklist = locked_draft(checklist)
        if checklist.version_id == version.pk:  # a second click loses nothing
            return checklist
        _require_free(checklist, version)
        found = plan(checklist, version)
        staying = [*found.kept, *(fate for fate in found.doubtful if fate.before in keep)]
        data = {
            "before": str(checklist.version),
            "after": str(version),
            "before_id": checklist.version_id,
            "after_id": version.pk,
            "decisions": {
                f.before: f.decision for f in (*found.kept, *found.doubtful, *found.gone)
            },
            "kept": sorted(fate.after for fate in staying),
        }
        _rebuild(checklist, version, {fate.after: fate.decision for fate in staying})
        record(checklist, CHANGED, data, by=by)
    return checklist


def _require_free(checklist: Checklist, version: ClausierVersion) -> None:
    if checklist.edition > 1:
        raise NotReady(_("Une correction reste sur la version du clausier de ce qu’elle corrige."))
    others = checklist.lot.checklists.exclude(pk=checklist.pk)
    if others.filter(version__clausier=version.clausier_id).exists():
        raise NotReady(_("Ce lot porte déjà ce clausier."))


def undoable(checklist: Checklist) -> ClausierVersion | None:
    """Return the version to which the last move can be undone, if any."""
    data = _last_move(checklist)
    return ClausierVersion.objects.filter(pk=data["before_id"]).first() if data else None


def undo(*, checklist: Checklist, by: User) -> Checklist:
    """Go back to the version of before the last move, with the decisions of then.

    Raises ChecklistFrozen after publication, NotReady when there is nothing to undo.
    """
    with transaction.atomic():
        checklist = locked_draft(checklist)
        data = _last_move(checklist)
        if data is None:
            raise NotReady(_("Il n’y a pas de changement de version à annuler."))
        version = ClausierVersion.objects.get(pk=data["before_id"])
        told = {"before": str(checklist.version), "after": str(version)}
        _rebuild(checklist, version, data["decisions"])
        record(checklist, UNDONE, told, by=by)
    return checklist


def decisions_of(checklist: Checklist) -> dict[str, Decision]:
    """Return what the buyer decided, by the number of the point."""
    items = checklist.items.select_related("point", "derogation").order_by("position")
    found = {item.point.ref: _decision(item) for item in items}
    return {ref: decision for ref, decision in found.items() if decision}


def _decision(item: ChecklistItem) -> Decision:
    decision: Decision = {}
    if item.force:
        assert item.forced_at is not None
        decision["force"] = [
            item.force, item.force_reason, item.forced_at.isoformat(), item.forced_by_id,
        ]  # fmt: skip
    if item.is_knock_out:
        decision["knock_out"] = True
    if (item.legal_effect, item.weight) != (LegalEffect.SCORED_ZERO, Decimal(1)):
        decision["weighting"] = [item.legal_effect, str(item.weight)]
    derogation = derogation_of(item)
    if derogation is not None:
        decision["derogation"] = [
            derogation.kind, derogation.wording, derogation.reason,
            derogation.decided_at.isoformat(), derogation.decided_by_id,
        ]  # fmt: skip
    return decision


def _last_move(checklist: Checklist) -> dict[str, Any] | None:
    """Return what the journal kept of the last move, unless it was undone already."""
    events = journal.history(
        tenant=checklist.lot.tender.facility_id, subject=f"checklist/{checklist.pk}"
    )
    moves = [event for event in events if event.action in (CHANGED, UNDONE)]
    if not moves or moves[-1].action == UNDONE or "decisions" not in moves[-1].data:
        return None
    return moves[-1].data if moves[-1].data["after_id"] == checklist.version_id else None


def _rebuild(
    checklist: Checklist, version: ClausierVersion, decisions: Mapping[str, Decision]
) -> None:
    """Make the items anew on ``version``, with these decisions; the announced sum of weights goes."""
    checklist.items.all().delete()
    checklist.version, checklist.weight_total = version, None
    checklist.save(update_fields=["version", "weight_total"])
    create_items(checklist)
    apply_decisions(checklist, decisions)


def apply_decisions(checklist: Checklist, decisions: Mapping[str, Decision]) -> None:
    """Write decisions (see ``decisions_of``) on the items of a draft that has none yet."""
    for item in checklist.items.filter(point__ref__in=decisions).select_related("point"):
        decision = decisions[item.point.ref]
        if "force" in decision:
            force, reason, at, by = decision["force"]
            item.force, item.force_reason = force, reason
            item.forced_at, item.forced_by_id = dt.datetime.fromisoformat(at), by
            item.is_applicable = force == Force.IN
        if "weighting" in decision:
            effect, weight = decision["weighting"]
            item.legal_effect, item.weight = effect, Decimal(weight)
        if "derogation" in decision:
            _derogate(item, decision["derogation"])
        item.is_knock_out = "knock_out" in decision and item.is_applicable and item.point.is_scored
        item.save()


def _derogate(item: ChecklistItem, values: list[Any]) -> None:
    kind, wording, reason, at, by = values
    Derogation.objects.create(
        item=item,
        kind=kind,
        wording=wording,
        reason=reason,
        decided_at=dt.datetime.fromisoformat(at),
        decided_by_id=by,
    )
    if kind == DerogationKind.WAIVED:
        item.is_applicable = False
