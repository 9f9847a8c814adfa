"""A draft moves to another version: what the buyer decided stays where the text of the point stays."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from checklists.domain import checklists, derogations, version_change
from checklists.enums import AnswerKind, DerogationKind, Force, LegalEffect
from checklists.models import Checklist, ChecklistItem, ClausierVersion
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

TEXTS = {
    "O-1.1": "Un correspondant de sécurité est nommé pour la durée du marché.",
    "O-1.2": "Les correctifs sont posés en vingt et un jours au plus.",
    "O-1.3": "Les supports retirés sont détruits et un certificat est remis.",
    "O-1.4": "Une astreinte répond la nuit et les jours fériés.",
}


def version(texts: dict[str, str]) -> ClausierVersion:
    return factories.version(
        points=[
            {
                "ref": ref,
                "title": f"Point {text[:12]}",
                "requirement": text,
                "expected": "",
                "condition": "DP" if text == TEXTS["O-1.4"] else "ALWAYS",
                "answer_kind": AnswerKind.YES_NO,
            }
            for ref, text in texts.items()
        ]
    )


@pytest.fixture
def draft(buyer: User, facility: Facility) -> Checklist:
    """A knock-out on 1.1, a weight on 1.2, a derogation on 1.3, 1.4 forced in."""
    made = factories.draft_checklist(buyer, facility, flags=("MOB",), on=version(TEXTS))
    checklists.set_knock_out(checklist=made, ref="O-1.1", is_knock_out=True, by=buyer)
    items = ChecklistItem.objects.filter(checklist=made, point__ref="O-1.2")
    items.update(weight=Decimal(3), legal_effect=LegalEffect.REQUIRED)
    derogations.derogate(
        checklist=made, ref="O-1.3", kind=DerogationKind.WAIVED, wording="", reason="Loué", by=buyer
    )
    checklists.force_point(
        checklist=made, ref="O-1.4", force=Force.IN, reason="Soins continus", by=buyer
    )
    return made


@pytest.fixture
def newer() -> ClausierVersion:
    """1.1 moves to 1.2, the old 1.2 is reworded as 1.3, the old 1.3 is gone, 1.4 stays."""
    return version(
        {
            "O-1.1": "Le titulaire remet la liste de ses sous-traitants chaque année.",
            "O-1.2": TEXTS["O-1.1"],
            "O-1.3": "Les correctifs sont posés en quinze jours au plus.",
            "O-1.4": TEXTS["O-1.4"],
        }
    )


def state(checklist: Checklist) -> dict[str, tuple[Any, ...]]:
    items = checklist.items.select_related("point", "derogation").order_by("position")
    return {
        item.point.ref: (
            item.is_applicable,
            item.force,
            item.force_reason,
            item.is_knock_out,
            item.weight,
            item.legal_effect,
            getattr(getattr(item, "derogation", None), "reason", ""),
        )
        for item in items
    }


def move(checklist: Checklist, to: ClausierVersion, by: User, keep: tuple[str, ...] = ()) -> None:
    version_change.change_version(checklist=checklist, version=to, keep=keep, by=by)
    checklist.refresh_from_db()


def test_each_decision_has_one_fate(draft: Checklist, newer: ClausierVersion) -> None:
    found = version_change.plan(draft, newer)
    assert [(f.before, f.after) for f in found.kept] == [("O-1.1", "O-1.2"), ("O-1.4", "O-1.4")]
    assert [(f.before, f.after) for f in found.doubtful] == [("O-1.2", "O-1.3")]
    assert [(f.before, f.after) for f in found.gone] == [("O-1.3", "")]


@pytest.mark.parametrize("keep", [(), ("O-1.2",)])
def test_decisions_follow_their_point(
    draft: Checklist, newer: ClausierVersion, buyer: User, keep: tuple[str, ...]
) -> None:
    profile = list(draft.profile)
    move(draft, newer, buyer, keep)
    weighting = (Decimal(3), "required") if keep else (Decimal(1), "scored_zero")
    assert draft.profile == profile
    assert state(draft) == {
        "O-1.1": (True, "", "", False, Decimal(1), "scored_zero", ""),
        "O-1.2": (True, "", "", True, Decimal(1), "scored_zero", ""),
        "O-1.3": (True, "", "", False, *weighting, ""),
        "O-1.4": (True, "in", "Soins continus", False, Decimal(1), "scored_zero", ""),
    }


def test_a_move_is_undone_with_all_that_it_lost(
    draft: Checklist, newer: ClausierVersion, buyer: User
) -> None:
    before, version_before = state(draft), draft.version
    move(draft, newer, buyer)
    assert version_change.undoable(draft) == version_before
    version_change.undo(checklist=draft, by=buyer)
    draft.refresh_from_db()
    assert draft.version == version_before and state(draft) == before
    assert AuditEvent.objects.filter(action="checklist.version_restored").count() == 1
    with pytest.raises(checklists.NotReady):
        version_change.undo(checklist=draft, by=buyer)


def test_a_published_checklist_never_moves(
    draft: Checklist, newer: ClausierVersion, buyer: User
) -> None:
    move(draft, newer, buyer)
    checklists.publish(checklist=draft, by=buyer)
    with pytest.raises(checklists.ChecklistFrozen):
        version_change.undo(checklist=draft, by=buyer)
    with pytest.raises(checklists.ChecklistFrozen):
        move(draft, version(TEXTS), buyer)


def test_the_page_asks_before_it_drops_anything(
    signed_in: Client, draft: Checklist, newer: ClausierVersion
) -> None:
    address = reverse("checklists:checklist_version", args=[draft.pk])
    old = draft.version_id
    asked = signed_in.post(address, {"version": newer.pk}).content.decode()
    draft.refresh_from_db()
    assert draft.version_id == old and 'name="keep" value="O-1.2"' in asked
    assert "required" not in asked and "poids 3" in asked
    signed_in.post(address, {"version": newer.pk, "confirm": "1", "keep": ["O-1.2"]})
    draft.refresh_from_db()
    assert draft.version_id == newer.pk
    assert "Revenir à la version d’avant" in signed_in.get(address).content.decode()
    signed_in.post(reverse("checklists:checklist_version_undo", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.version_id == old


def test_a_draft_without_decisions_moves_at_once(
    signed_in: Client, buyer: User, facility: Facility, newer: ClausierVersion
) -> None:
    plain = factories.draft_checklist(buyer, facility, on=version(TEXTS))
    signed_in.post(reverse("checklists:checklist_version", args=[plain.pk]), {"version": newer.pk})
    plain.refresh_from_db()
    assert plain.version_id == newer.pk
