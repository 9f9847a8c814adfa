"""What each point weighs and what its absence does: decided before publication, then frozen."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test import Client

from checklists.domain import answering, assessments, checklists, scoring, weighting, weights
from checklists.domain.weighting import Setting
from checklists.enums import LegalEffect
from checklists.models import Checklist
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

from .checklist_site import NB, said, text, url

REFS = ["O-1.1", "O-2.1", "O-7.1", "O-7.2"]
INFORMATION = LegalEffect.INFORMATION.value
REQUIRED = LegalEffect.REQUIRED.value
ZERO = LegalEffect.SCORED_ZERO.value


@pytest.fixture
def draft(facility: Facility, buyer: User) -> Checklist:
    return factories.draft_checklist(buyer, facility)


@pytest.fixture
def published(facility: Facility, buyer: User) -> Checklist:
    return factories.published_checklist(buyer, facility)


def decide(checklist: Checklist, by: User, total: str | None = None, **settings: Any) -> None:
    """Set the points named (``O_7_1=(effect, weight)``), and leave the others as they are."""
    now = weighting.current(checklist)
    changed = {
        "O-" + name.removeprefix("O_").replace("_", "."): Setting(effect, Decimal(weight))
        for name, (effect, weight) in settings.items()
    }
    announced = None if total is None else Decimal(total)
    wanted = weighting.Weighting(now.max_note, announced, {**now.settings, **changed})
    weighting.set_weighting(checklist=checklist, weighting=wanted, by=by)


def typed(checklist: Checklist, **changes: str) -> dict[str, str]:
    """Return what the form of the page holds, with ``changes``."""
    now = weighting.current(checklist)
    fields = {"max_note": "20", "total": "", "seen": now.fingerprint}
    for ref, setting in now.settings.items():
        fields[f"{ref}.effect"] = setting.effect
        fields[f"{ref}.weight"] = weights.written(setting.weight)
    return fields | changes


# -- In the domain ---------------------------------------------------------------------------------


def test_every_point_weighs_the_same_until_the_buyer_decides(draft: Checklist) -> None:
    now = weighting.current(draft)
    assert now.settings == dict.fromkeys(REFS, Setting(ZERO, Decimal(1)))
    assert (now.max_note, now.total) == (Decimal(20), None)


def test_a_decision_is_kept_and_journaled_with_what_it_changed(
    draft: Checklist, buyer: User
) -> None:
    decide(draft, buyer, "10", O_7_1=(REQUIRED, "2.5"), O_7_2=(INFORMATION, "3"))
    item = draft.items.get(point__ref="O-7.1")
    assert (item.legal_effect, item.weight) == (REQUIRED, Decimal("2.5"))
    assert draft.items.get(point__ref="O-7.2").weight == 0
    data = AuditEvent.objects.get(action="checklist.weighting_changed").data
    assert data["before"]["points"] == {"O-7.1": [ZERO, "1"], "O-7.2": [ZERO, "1"]}
    assert data["after"]["points"]["O-7.1"] == [REQUIRED, "2,5"]
    assert data["after"]["total"] == "10"


def test_saving_the_same_twice_is_one_act(draft: Checklist, buyer: User) -> None:
    decide(draft, buyer, O_7_1=(ZERO, "3"))
    decide(draft, buyer, O_7_1=(ZERO, "3"))
    assert AuditEvent.objects.filter(action="checklist.weighting_changed").count() == 1


def test_who_read_older_weights_overwrites_nobody(draft: Checklist, buyer: User) -> None:
    seen = weighting.current(draft).fingerprint
    decide(draft, buyer, O_7_1=(ZERO, "3"))
    with pytest.raises(checklists.StaleChecklist, match="autre personne"):
        weighting.set_weighting(
            checklist=draft, weighting=weighting.equal(draft), seen=seen, by=buyer
        )
    assert draft.items.get(point__ref="O-7.1").weight == 3


def test_what_only_informs_cannot_eliminate(draft: Checklist, buyer: User) -> None:
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=buyer)
    with pytest.raises(checklists.NotReady, match="éliminatoire"):
        decide(draft, buyer, O_7_1=(INFORMATION, "0"))
    decide(draft, buyer, O_7_2=(INFORMATION, "0"))
    with pytest.raises(checklists.NotReady, match="information"):
        checklists.set_knock_out(checklist=draft, ref="O-7.2", is_knock_out=True, by=buyer)


def test_an_announced_total_that_the_weights_miss_blocks_publication(
    draft: Checklist, buyer: User
) -> None:
    decide(draft, buyer, "100", O_7_1=(ZERO, "50"))
    draft.refresh_from_db()
    assert [(one.place, one.sentence) for one in checklists.blockers(draft)] == [
        ("weights", "Les poids font 53, au lieu des 100 annoncés.")
    ]
    decide(draft, buyer, "100", O_7_1=(ZERO, "97"))
    draft.refresh_from_db()
    assert checklists.blockers(draft) == []


def test_weights_of_nothing_cannot_be_published(draft: Checklist, buyer: User) -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ["O_1_1", "O_2_1", "O_7_1", "O_7_2"], ("information", 0)
    )
    decide(draft, buyer, **nothing)
    assert [one.place for one in checklists.blockers(draft)] == ["weights"]


def test_the_hash_covers_weights_effects_and_note(draft: Checklist, buyer: User) -> None:
    hashes = {checklists.fingerprint(draft)}
    decide(draft, buyer, O_7_1=(ZERO, "2"))
    hashes.add(checklists.fingerprint(draft))
    decide(draft, buyer, O_7_1=(REQUIRED, "2"))
    hashes.add(checklists.fingerprint(draft))
    for field in ("max_note", "weight_total"):
        setattr(draft, field, Decimal(30))
        hashes.add(checklists.fingerprint(draft))
    assert len(hashes) == 5


def test_what_was_published_before_keeps_its_hash(published: Checklist) -> None:
    told = checklists.content(published)
    assert set(told) == {"clausier", "version", "version_sha256", "profile", "items"}
    assert set(told["items"][0]) == {"ref", "applicable", "force", "reason", "knock_out", "weight"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checklists_checklistitem SET legal_effect = 'required' WHERE checklist_id = {pk}",
        "UPDATE checklists_checklist SET max_note = 30 WHERE id = {pk}",
        "UPDATE checklists_checklist SET weight_total = 30 WHERE id = {pk}",
    ],
)
def test_the_database_keeps_what_is_published(published: Checklist, statement: str) -> None:
    refused = pytest.raises(DatabaseError, match="frozen")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(pk=published.pk))


def test_the_domain_keeps_what_is_published(published: Checklist, buyer: User) -> None:
    with pytest.raises(checklists.ChecklistFrozen):
        decide(published, buyer, O_7_1=(ZERO, "2"))


@pytest.mark.parametrize(
    ("table", "change", "constraint"),
    [
        ("checklist", "max_note = 0", "checklist_note_out_of"),
        ("checklist", "weight_total = 0", "checklist_weight_total_positive"),
        ("item", "legal_effect = 'information'", "item_effect_agrees_with_weight"),
        ("item", "weight = 0", "item_effect_agrees_with_weight"),
        ("item", "legal_effect = 'other'", "item_effect_agrees_with_weight"),
        (
            "item",
            "legal_effect = 'information', weight = 0, is_knock_out = TRUE",
            "item_effect_agrees_with_weight",
        ),
    ],
)
def test_the_database_holds_each_rule(
    draft: Checklist, table: str, change: str, constraint: str
) -> None:
    row = f"checklists_checklistitem SET {change} WHERE checklist_id = {draft.pk}"
    if table == "checklist":
        row = f"checklists_checklist SET {change} WHERE id = {draft.pk}"
    refused = pytest.raises(IntegrityError, match=constraint)
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row}")


# -- In the note -----------------------------------------------------------------------------------


def test_information_stays_outside_of_the_rate(draft: Checklist, buyer: User) -> None:
    decide(draft, buyer, O_7_1=(ZERO, "3"), O_7_2=(INFORMATION, "0"))
    published = checklists.publish(checklist=draft, by=buyer)
    candidacy = factories.candidacy(published.lot, buyer)
    assessment = assessments.start_assessment(candidacy=candidacy, checklist=published, by=buyer)
    assert assessment.weight_sum == 5
    edits = [
        answering.Edit("O-7.1", "score", "compliant", 0),
        answering.Edit("O-7.2", "score", "non_compliant", 0),
    ]
    answering.save_fields(assessment_id=assessment.pk, edits=edits, by=buyer)
    assessment.refresh_from_db()
    assert [assessment.score_sum, assessment.weight_sum, assessment.scored] == [3, 5, 2]
    assert assessments.recompute_counters(assessment) == []


def test_the_note_is_the_rate_out_of_the_note_announced() -> None:
    sums = scoring.tally([("compliant", Decimal(1)), ("partial", Decimal(2))])
    assert weights.note(sums.earned, sums.possible, Decimal(20)) == Decimal("13.33")
    assert weights.note(Decimal(3), Decimal(3), Decimal("12.5")) == Decimal("12.50")
    assert weights.note(Decimal(0), Decimal(0), Decimal(20)) is None


# -- On the page -----------------------------------------------------------------------------------


def test_the_page_shows_each_point_and_its_part(signed_in: Client, draft, buyer) -> None:
    decide(draft, buyer, O_7_1=(ZERO, "5"))
    html = text(signed_in.get(url("weights", draft.pk)))
    assert f"Somme des poids{NB}: <strong data-total>8</strong>" in html
    rows = html.split('<tr id="O-7.1" data-point>')[1]
    assert "data-share>62,5<" in rows.replace("> ", ">").replace(" <", "<")
    assert "data-part>12,5<" in rows.replace("> ", ">").replace(" <", "<")
    assert "O-2.8" not in html.split("<table")[1]


def test_points_and_chapters_are_saved_in_one_go(signed_in: Client, draft: Checklist) -> None:
    changes = {"O-7.1.weight": "9", "chapitre-4.effect": REQUIRED, "O-1.1.weight": "1,5"}
    data = typed(draft, max_note="30", **changes)
    response = signed_in.post(url("weights", draft.pk), data | {"save": "1"})
    assert response.status_code == 302
    assert said(response) == ["La pondération et les effets sont enregistrés."]
    found = weighting.current(Checklist.objects.get(pk=draft.pk))
    assert found.max_note == 30
    assert found.settings == {
        "O-1.1": Setting(ZERO, Decimal("1.5")),
        "O-2.1": Setting(ZERO, Decimal(1)),
        "O-7.1": Setting(REQUIRED, Decimal(9)),
        "O-7.2": Setting(REQUIRED, Decimal(1)),
    }


def test_a_weight_of_the_chapter_replaces_those_of_its_points(signed_in: Client, draft) -> None:
    position = draft.items.get(point__ref="O-7.1").point.chapter.position
    data = typed(draft, **{f"chapitre-{position}.weight": "4", "O-7.1.weight": "9"})
    signed_in.post(url("weights", draft.pk), data)
    found = weighting.current(draft).settings
    assert [found[ref].weight for ref in REFS] == [1, 1, 4, 4]


def test_an_empty_weight_is_one(signed_in: Client, draft, buyer) -> None:
    decide(draft, buyer, O_7_1=(INFORMATION, "0"))
    data = typed(draft, **{"O-7.1.effect": ZERO, "O-7.1.weight": ""})
    signed_in.post(url("weights", draft.pk), data)
    assert weighting.current(draft).settings["O-7.1"] == Setting(ZERO, Decimal(1))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("O-7.1.weight", "beaucoup", f"Écrivez un nombre{NB}: 2 ou 1,5."),
        ("O-7.1.weight", "-1", "supérieure ou égale à 0"),
        ("O-7.1.weight", "1001", "inférieure ou égale à 1000"),
        ("O-7.1.weight", "0", "Donnez un poids"),
        ("O-7.1.effect", "autre", "choix valide"),
        ("max_note", "", "Donnez la note maximale"),
        ("max_note", "0", "note supérieure à zéro"),
        ("total", "cent", "nombre"),
        ("total", "0", "total supérieur à zéro"),
    ],
)
def test_a_bad_value_is_refused_beside_its_field_and_nothing_is_lost(
    signed_in: Client, draft, field: str, value: str, sentence: str
) -> None:
    data = typed(draft, **{"O-1.1.weight": "7", field: value})
    response = signed_in.post(url("weights", draft.pk), data)
    html = text(response)
    assert response.status_code == 422
    errors = html.split(f'id="id_{field}_error"')[1].split("</td>")[0]
    assert sentence in errors
    assert 'name="O-1.1.weight" value="7"' in html
    assert weighting.current(draft).settings["O-1.1"].weight == 1


def test_a_preview_counts_and_keeps_nothing(signed_in: Client, draft) -> None:
    data = typed(draft, total="100", **{"O-7.1.weight": "50"})
    html = text(signed_in.post(url("weights", draft.pk), data | {"preview": "1"}))
    assert "Les poids font 53, au lieu des 100 annoncés." in html
    assert "Pas encore enregistré." in html
    assert 'name="O-7.1.weight" value="50"' in html
    assert weighting.current(draft).settings["O-7.1"].weight == 1


def test_making_them_equal_again_is_shown_before_it_is_saved(signed_in, draft, buyer) -> None:
    decide(draft, buyer, O_7_1=(REQUIRED, "5"))
    html = text(signed_in.post(url("weights", draft.pk), typed(draft) | {"equal": "1"}))
    assert 'name="O-7.1.weight" value="1"' in html
    assert "Pas encore enregistré." in html
    assert weighting.current(draft).settings["O-7.1"] == Setting(REQUIRED, Decimal(5))


def test_a_late_save_keeps_what_was_typed(signed_in, draft, buyer) -> None:
    data = typed(draft, **{"O-1.1.weight": "7"})
    decide(draft, buyer, O_7_1=(ZERO, "5"))
    response = signed_in.post(url("weights", draft.pk), data)
    assert response.status_code == 409
    assert 'name="O-1.1.weight" value="7"' in text(response)
    assert weighting.current(draft).settings["O-1.1"].weight == 1


def test_what_is_published_is_read_without_a_box(signed_in, draft, buyer) -> None:
    decide(draft, buyer, O_7_1=(REQUIRED, "2.5"))
    checklists.publish(checklist=draft, by=buyer)
    html = text(signed_in.get(url("weights", draft.pk)))
    row = html.split('<tr id="O-7.1"')[1].split("</tr>")[0]
    assert ("Exigé" in row, "2,5" in row, "<select" in html.split("<main")[1]) == (
        True,
        True,
        False,
    )


def test_the_publication_says_weights_and_effects(signed_in, draft, buyer) -> None:
    decide(draft, buyer, O_7_1=(REQUIRED, "2.5"), O_7_2=(INFORMATION, "0"))
    checklists.publish(checklist=draft, by=buyer)
    html = text(signed_in.get(url("publish", draft.pk)))
    assert f"Critère noté sur 20 ; somme des poids{NB}: 4,5".replace(" ;", "\u202f;") in html
    assert f"Exigé{NB}: 1 point (O-7.1)" in html
    assert f"Information, hors note{NB}: 1 point (O-7.2)" in html


def test_the_grid_marks_what_is_not_usual(signed_in, draft, buyer) -> None:
    decide(draft, buyer, O_7_1=(REQUIRED, "2.5"), O_7_2=(INFORMATION, "0"))
    published = checklists.publish(checklist=draft, by=buyer)
    candidacy = factories.candidacy(published.lot, buyer)
    assessment = assessments.start_assessment(candidacy=candidacy, checklist=published, by=buyer)
    html = text(signed_in.get(f"/evaluations/{assessment.pk}/"))
    flags = {
        ref: html.split(f'<tr id="{ref}"')[1].split("</th>")[0].count("point-flag") for ref in REFS
    }
    assert flags == {"O-1.1": 0, "O-2.1": 0, "O-7.1": 2, "O-7.2": 1}
    assert "poids 2,5" in html
