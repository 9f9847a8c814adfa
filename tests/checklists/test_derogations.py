"""Derogations: a point waived or reworded by the buyer, before publication, for everybody."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import timezone

from checklists.documents import answer_form, pdf, report
from checklists.domain import assessments, checklists, derogations, version_change
from checklists.enums import DerogationKind, Force
from checklists.models import Checklist, Derogation
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.canonical import sha256_of
from uniha_clausier.common.models import AuditEvent

from . import content
from .checklist_site import NB, asked, said, text, url

WAIVED, ADAPTED = DerogationKind.WAIVED.value, DerogationKind.ADAPTED.value
WORDING = "Le titulaire répond le samedi aussi."
REASON = "Le service ouvre six jours sur sept."


@pytest.fixture
def draft(facility: Facility, buyer: User) -> Checklist:
    return factories.draft_checklist(buyer, facility)


def derogate(checklist: Checklist, by: User, ref: str = "O-7.1", **values: str) -> None:
    given = {"kind": WAIVED, "wording": "", "reason": REASON} | values
    derogations.derogate(checklist=checklist, ref=ref, by=by, **given)


# -- In the domain ---------------------------------------------------------------------------------


def test_a_point_waived_is_not_asked_and_comes_back(draft: Checklist, buyer: User) -> None:
    before = asked(draft)
    derogate(draft, buyer)
    assert asked(draft) == [ref for ref in before if ref != "O-7.1"]
    derogations.remove_derogation(checklist=draft, ref="O-7.1", by=buyer)
    assert asked(draft) == before


def test_a_point_waived_stays_so_when_the_profile_changes(draft: Checklist, buyer: User) -> None:
    derogate(draft, buyer)
    checklists.set_profile(checklist=draft, flags=["DP", "INST"], by=buyer)
    assert "O-7.1" not in asked(draft)


def test_a_point_adapted_is_still_asked(draft: Checklist, buyer: User) -> None:
    before = asked(draft)
    derogate(draft, buyer, kind=ADAPTED, wording=WORDING)
    assert asked(draft) == before


def test_each_act_is_journaled_and_a_second_click_is_none(draft: Checklist, buyer: User) -> None:
    derogate(draft, buyer)
    derogate(draft, buyer)
    derogate(draft, buyer, kind=ADAPTED, wording=WORDING)
    derogations.remove_derogation(checklist=draft, ref="O-7.1", by=buyer)
    derogations.remove_derogation(checklist=draft, ref="O-7.1", by=buyer)
    events = AuditEvent.objects.filter(action__startswith="checklist.derogation").order_by("seq")
    waived = {"kind": WAIVED, "wording": "", "reason": REASON}
    adapted = {"kind": ADAPTED, "wording": WORDING, "reason": REASON}
    assert [event.data for event in events] == [
        {"before": {}, "after": waived},
        {"before": waived, "after": adapted},
        {"before": adapted},
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reason": " "}, "motif"),
        ({"kind": ADAPTED}, "rédaction adaptée"),
        ({"kind": "other"}, "Choisissez"),
        ({"reason": "x" * 2_001}, "Raccourcissez"),
        ({"ref": "O-2.8"}, "demandé au candidat"),
        ({"ref": "O-3.3"}, "demandé au candidat"),
        ({"ref": "O-99"}, "n’existe pas"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    draft: Checklist, buyer: User, values: dict[str, str], sentence: str
) -> None:
    with pytest.raises(checklists.NotReady, match=sentence):
        derogate(draft, buyer, **values)
    assert Derogation.objects.count() == 0


def test_forcing_and_derogating_exclude_each_other(draft: Checklist, buyer: User) -> None:
    checklists.force_point(checklist=draft, ref="O-3.3", force=Force.IN, reason="Oui.", by=buyer)
    with pytest.raises(checklists.NotReady, match="règle"):
        derogate(draft, buyer, "O-3.3")
    derogate(draft, buyer)
    with pytest.raises(checklists.NotReady, match="dérogation"):
        checklists.force_point(
            checklist=draft, ref="O-7.1", force=Force.OUT, reason="Non.", by=buyer
        )


def test_another_version_keeps_them_where_the_text_stays(draft: Checklist, buyer: User) -> None:
    derogate(draft, buyer)
    version_change.change_version(checklist=draft, version=factories.version(), by=buyer)
    assert (Derogation.objects.count(), "O-7.1" in asked(draft)) == (1, False)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": WAIVED, "wording": "x"}, "derogation_adapted_with_wording"),
        ({"kind": ADAPTED}, "derogation_adapted_with_wording"),
        ({"kind": "other"}, "derogation_adapted_with_wording"),
        ({"kind": WAIVED, "reason": ""}, "derogation_with_reason"),
    ],
)
def test_the_database_holds_each_rule(
    draft: Checklist, buyer: User, fields: dict[str, str], constraint: str
) -> None:
    values: dict[str, Any] = {"reason": "x", "decided_at": timezone.now(), "decided_by": buyer}
    item = draft.items.get(point__ref="O-7.1")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Derogation.objects.create(item=item, **values | fields)


# -- After publication -----------------------------------------------------------------------------


def test_the_hash_covers_them(draft: Checklist, buyer: User) -> None:
    hashes = {checklists.fingerprint(draft)}
    for values in ({}, {"reason": "Autre."}, {"kind": ADAPTED, "wording": WORDING}):
        derogate(draft, buyer, **values)
        hashes.add(checklists.fingerprint(draft))
    assert len(hashes) == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checklists_derogation SET reason = 'x'",
        "DELETE FROM checklists_derogation",
        (
            "INSERT INTO checklists_derogation "
            "(item_id, kind, wording, reason, decided_at, decided_by_id) "
            "SELECT i.id, 'waived', '', 'x', '2026-11-26', {buyer} FROM checklists_checklistitem i "
            "JOIN checklists_controlpoint p ON p.id = i.point_id WHERE p.ref = 'O-7.2'"
        ),
    ],
)
def test_the_database_keeps_what_is_published(
    draft: Checklist, buyer: User, statement: str
) -> None:
    derogate(draft, buyer)
    checklists.publish(checklist=draft, by=buyer)
    refused = pytest.raises(DatabaseError, match="frozen")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(buyer=buyer.pk))


def test_nobody_derogates_after_publication(draft: Checklist, buyer: User) -> None:
    derogate(draft, buyer)
    checklists.publish(checklist=draft, by=buyer)
    with pytest.raises(checklists.ChecklistFrozen):
        derogate(draft, buyer, "O-7.2")
    with pytest.raises(checklists.ChecklistFrozen):
        derogations.remove_derogation(checklist=draft, ref="O-7.1", by=buyer)


def test_the_adapted_wording_stands_beside_the_text(
    signed_in: Client, draft: Checklist, buyer: User
) -> None:
    derogate(draft, buyer, kind=ADAPTED, wording=WORDING)
    derogate(draft, buyer, "O-7.2")
    published = checklists.publish(checklist=draft, by=buyer)
    candidacy = factories.candidacy(published.lot, buyer)
    assessment = assessments.start_assessment(candidacy=candidacy, checklist=published, by=buyer)
    line = f"Rédaction adaptée par l’acheteur{NB}: {WORDING}"
    pages = [
        url("point", published.pk, "O-7.1"),
        f"/evaluations/{assessment.pk}/",
        f"/evaluations/{assessment.pk}/points/O-7.1/historique/",
    ]
    assert [line in text(signed_in.get(page)) for page in pages] == [True] * 3
    questions = {one.ref: one.requirement for one in answer_form.blank(published).questions}
    assert questions["O-7.1"] == f"Le titulaire respecte l’exigence O-7.1.\n{line}"
    assert "O-7.2" not in questions
    data = report.gather(assessment.pk)
    assert [(one["ref"], one["kind"], one["by"]) for one in data["checklist"]["derogations"]] == [
        ("O-7.1", ADAPTED, buyer.full_name),
        ("O-7.2", WAIVED, buyer.full_name),
    ]


def test_the_document_lists_them_in_an_annex() -> None:
    value = content.content(3)
    told = {"ref": "O-7.1", "title": "Antivirus", "kind": ADAPTED, "label": "Rédaction adaptée"}
    told |= {"wording": WORDING, "reason": REASON, "at": content.MOMENT, "by": "C. Berthier"}
    value["data"]["checklist"]["derogations"] = [told]
    annex = pdf.html(value, content_sha256=sha256_of(value)).split('id="derogations"')[1]
    assert [words in annex for words in ("Antivirus", WORDING, REASON, "C. Berthier")] == [True] * 4


# -- On the pages ----------------------------------------------------------------------------------


def post(client: Client, checklist: Checklist, ref: str = "O-7.1", **data: str) -> Any:
    return client.post(url("derogation", checklist.pk, ref), data)


def test_a_derogation_is_given_changed_and_removed(signed_in: Client, draft: Checklist) -> None:
    response = post(signed_in, draft, kind=WAIVED, reason=REASON)
    assert said(response) == ["La dérogation à O-7.1 est enregistrée."]
    html = text(signed_in.get(url("points", draft.pk)))
    assert "Écarté par dérogation, " in html
    assert f"Motif{NB}: {REASON}" in html
    post(signed_in, draft, kind=ADAPTED, wording=WORDING, reason=REASON)
    assert f"Rédaction adaptée par l’acheteur{NB}: {WORDING}" in text(
        signed_in.get(url("point", draft.pk, "O-7.1"))
    )
    assert said(post(signed_in, draft, remove="1")) == ["O-7.1 n’a plus de dérogation."]
    assert Derogation.objects.count() == 0


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kind": WAIVED, "reason": ""}, "reason"),
        ({"kind": ADAPTED, "reason": REASON, "wording": ""}, "wording"),
        ({"reason": REASON}, "kind"),
    ],
)
def test_a_refused_derogation_keeps_what_was_typed(
    signed_in: Client, draft: Checklist, data: dict[str, str], field: str
) -> None:
    response = post(signed_in, draft, **data)
    assert response.status_code == 422
    assert list(response.context["derogation_form"].errors) == [field]
    assert data.get("reason", "") in text(response)


def test_a_reason_for_nothing_is_refused_by_the_domain(signed_in: Client, draft: Checklist) -> None:
    response = post(signed_in, draft, "O-3.3", kind=WAIVED, reason=REASON)
    assert response.status_code == 409
    assert "On ne déroge qu’à un point demandé au candidat." in text(response)


def test_the_list_shows_only_them(signed_in: Client, draft: Checklist, buyer: User) -> None:
    derogate(draft, buyer)
    response = signed_in.get(url("points", draft.pk) + "?voir=derogations")
    rows = [row.point.ref for section in response.context["sections"] for row in section.rows]
    assert rows == ["O-7.1"]


def test_the_publication_lists_them(signed_in: Client, draft: Checklist, buyer: User) -> None:
    derogate(draft, buyer, kind=ADAPTED, wording=WORDING)
    html = text(signed_in.get(url("publish", draft.pk)))
    recap = html.split("Dérogations</dt>")[1].split("</dd>")[0]
    assert [words in recap for words in ("O-7.1", WORDING, REASON, buyer.full_name)] == [True] * 4
