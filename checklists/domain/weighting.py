"""Deciding, before publication, what each point weighs and what its absence does to an offer.

Weights known after the offers are opened would be illegal, and sub-criteria that influence the
offers must be announced (CE 18/06/2010): everything here is frozen, and printed for the RC. A
piece that the RC requires makes an offer irregular when it is missing; what is only useful may
count zero instead (CE 20/09/2019, n° 421075).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical

from ..enums import AnswerKind, LegalEffect
from ..models import Checklist, ChecklistItem
from ..models.checklist import DEFAULT_NOTE
from . import weights
from .checklists import NotReady, StaleChecklist, locked_draft, record


@dataclass(frozen=True)
class Setting:
    """What one point weighs, and what its absence does."""

    effect: str
    weight: Decimal

    @classmethod
    def of(cls, item: ChecklistItem) -> "Setting":
        return cls(item.legal_effect, item.weight)


@dataclass(frozen=True)
class Weighting:
    """Out of what the criterion counts, what the weights must make, and the points by number."""

    max_note: Decimal
    total: Decimal | None
    settings: Mapping[str, Setting]

    def plain(self) -> dict[str, Any]:
        """Return this as plain JSON values, for the journal and for a fingerprint."""
        return {
            "max_note": weights.written(self.max_note),
            "total": "" if self.total is None else weights.written(self.total),
            "points": {
                ref: [one.effect, weights.written(one.weight)] for ref, one in self.settings.items()
            },
        }

    @property
    def fingerprint(self) -> str:
        """What tells whether somebody else has changed it."""
        return canonical.sha256_of(self.plain())


EQUAL = Setting(LegalEffect.SCORED_ZERO, weights.EQUAL)


def current(checklist: Checklist) -> Weighting:
    """Return what is decided now on the points that candidates answer."""
    settings = {item.point.ref: Setting.of(item) for item in _asked(checklist)}
    return Weighting(checklist.max_note, checklist.weight_total, settings)


def equal(checklist: Checklist) -> Weighting:
    """Return the weighting of a checklist on which nothing was decided."""
    return Weighting(DEFAULT_NOTE, None, dict.fromkeys(current(checklist).settings, EQUAL))


def problem(setting: Setting, *, is_knock_out: bool) -> tuple[str, str]:
    """Return the field at fault and what is wrong with a setting; empty texts when nothing is."""
    if setting.effect == LegalEffect.INFORMATION and is_knock_out:
        return "effect", _("Un point éliminatoire ne peut pas être une simple information.")
    if setting.effect == LegalEffect.SCORED_ZERO and not setting.weight:
        return "weight", _("Donnez un poids, ou demandez ce point pour information.")
    return "", ""


def set_weighting(
    *, checklist: Checklist, weighting: Weighting, seen: str | None = None, by: User
) -> Checklist:
    """Replace the weights and the effects of the points that candidates answer.

    ``seen`` is the fingerprint of the weighting that the person had before them. Raises
    ChecklistFrozen after publication, NotReady for a setting that cannot be, StaleChecklist when
    somebody else changed the weighting since, or the points that are asked.
    """
    with transaction.atomic():
        checklist = locked_draft(checklist)
        before = current(checklist)
        if before == weighting:
            return checklist
        is_another = seen is not None and seen != before.fingerprint
        if is_another or before.settings.keys() != weighting.settings.keys():
            raise StaleChecklist(
                _(
                    "Une autre personne vient de changer cette check-list. Votre saisie est gardée "
                    "ci-dessous : relisez-la, puis enregistrez à nouveau."
                )
            )
        _write(checklist, weighting)
        data = {"before": _changed(before, weighting), "after": _changed(weighting, before)}
        record(checklist, "checklist.weighting_changed", data, by=by)
    return checklist


def _write(checklist: Checklist, weighting: Weighting) -> None:
    items = [
        _set(item, weighting.settings[item.point.ref])
        for item in _asked(checklist)
        if Setting.of(item) != weighting.settings[item.point.ref]
    ]
    ChecklistItem.objects.bulk_update(items, ["legal_effect", "weight"])
    checklist.max_note, checklist.weight_total = weighting.max_note, weighting.total
    checklist.save(update_fields=["max_note", "weight_total"])


def _set(item: ChecklistItem, setting: Setting) -> ChecklistItem:
    _field, sentence = problem(setting, is_knock_out=item.is_knock_out)
    if sentence:
        raise NotReady(f"{item.point.ref} : {sentence}")
    is_information = setting.effect == LegalEffect.INFORMATION
    item.legal_effect = setting.effect
    item.weight = Decimal(0) if is_information else setting.weight
    return item


def _changed(one: Weighting, other: Weighting) -> dict[str, Any]:
    """Return ``one`` as the journal keeps it: the points that differ from ``other`` only."""
    settings = {ref: it for ref, it in one.settings.items() if it != other.settings[ref]}
    return replace(one, settings=settings).plain()


def _asked(checklist: Checklist) -> list[ChecklistItem]:
    asked = checklist.items.filter(is_applicable=True).exclude(point__answer_kind=AnswerKind.NONE)
    return list(asked.select_related("point").order_by("position", "pk"))
