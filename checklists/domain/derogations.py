"""Derogating from a point in the CCTP: only the buyer does, before publication, for everybody.

A point waived is not asked. A point adapted is asked with the wording of the buyer beside the text
of the clausier, which never changes.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User

from ..enums import DerogationKind, Force
from ..models import Checklist, ChecklistItem, Derogation
from . import applicability
from .checklists import REASON_MAX_LENGTH, NotReady, locked_draft, locked_item, record

WORDING_MAX_LENGTH = 4_000


def derogate(
    *, checklist: Checklist, ref: str, kind: str, wording: str, reason: str, by: User
) -> None:
    """Waive a point that is asked, or adapt its wording; a second call replaces the first.

    Raises ChecklistFrozen after publication, NotReady without what the act needs or on a point
    that nobody is asked.
    """
    wording = wording.strip() if kind == DerogationKind.ADAPTED else ""
    reason = reason.strip()
    _check(kind, wording, reason)
    with transaction.atomic():
        checklist = locked_draft(checklist)
        item = locked_item(checklist, ref)
        before = _plain(_of(item))
        _check_item(item, has_derogation=bool(before))
        after = {"kind": kind, "wording": wording, "reason": reason}
        if before == after:
            return
        given = after | {"decided_at": timezone.now(), "decided_by": by}
        Derogation.objects.update_or_create(item=item, defaults=given)
        _set_applicable(item, checklist, is_waived=kind == DerogationKind.WAIVED)
        data = {"before": before, "after": after}
        record(checklist, "checklist.derogation_set", data, ref=ref, by=by)


def remove_derogation(*, checklist: Checklist, ref: str, by: User) -> None:
    """Take a derogation back: the point is asked again as the clausier writes it.

    Raises ChecklistFrozen after publication.
    """
    with transaction.atomic():
        checklist = locked_draft(checklist)
        item = locked_item(checklist, ref)
        derogation = _of(item)
        if derogation is None:  # a second click
            return
        before = _plain(derogation)
        derogation.delete()
        _set_applicable(item, checklist, is_waived=False)
        record(checklist, "checklist.derogation_removed", {"before": before}, ref=ref, by=by)


def _check(kind: str, wording: str, reason: str) -> None:
    if kind not in DerogationKind.values:
        raise NotReady(_("Choisissez d’écarter le point ou d’adapter sa rédaction."))
    if kind == DerogationKind.ADAPTED and not wording:
        raise NotReady(_("Écrivez la rédaction adaptée : c’est elle que le candidat lira."))
    if not reason:
        raise NotReady(_("Écrivez le motif : il figure dans l’annexe des dérogations."))
    if len(reason) > REASON_MAX_LENGTH or len(wording) > WORDING_MAX_LENGTH:
        raise NotReady(_("Raccourcissez la rédaction ou le motif."))


def _check_item(item: ChecklistItem, *, has_derogation: bool) -> None:
    if item.force == Force.IN:
        raise NotReady(_("Vous avez ajouté ce point vous-même : revenez plutôt à la règle."))
    if not (item.is_applicable or has_derogation) or not item.point.is_scored:
        raise NotReady(_("On ne déroge qu’à un point demandé au candidat."))


def _set_applicable(item: ChecklistItem, checklist: Checklist, *, is_waived: bool) -> None:
    profile = applicability.closure(checklist.profile)
    rule = applicability.evaluate(item.point.condition, profile).applies
    item.is_applicable = rule and not is_waived
    item.save(update_fields=["is_applicable"])


def _of(item: ChecklistItem) -> Derogation | None:
    return Derogation.objects.filter(item=item).first()


def _plain(derogation: Derogation | None) -> dict[str, Any]:
    if derogation is None:
        return {}
    return {
        "kind": derogation.kind,
        "wording": derogation.wording,
        "reason": derogation.reason,
    }
