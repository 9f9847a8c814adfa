"""Once people have signed, nothing of an assessment is written any more, by any way."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.domain import answer_sets, answering, confirming, findings
from checklists.domain.answering import Edit, SignedForEver
from checklists.models import Answer, Assessment, Finding, Score
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

FIELDS = [
    ("claim", "yes"),
    ("claim_text", "Une réponse."),
    ("score", "compliant"),
    ("comment", "Un avis."),
]


@pytest.fixture
def signed(buyer: User, facility: Facility) -> Assessment:
    """An assessment scored on one point, reviewed on it, then signed."""
    assessment = factories.assessment(buyer, facility)
    write(assessment, "score", "partial", buyer)
    ciso = factories.member(facility, Role.CISO)
    edit = findings.Edit("O-7.1", "finding", "reserved", 0, 0)
    findings.save_finding(assessment_id=assessment.pk, role=Role.CISO, edit=edit, by=ciso)
    Assessment.objects.filter(pk=assessment.pk).update(signed_at=timezone.now())
    assessment.refresh_from_db()
    return assessment


def write(assessment: Assessment, field: str, value: str, by: User) -> answering.Saved:
    return answering.save_field(
        assessment_id=assessment.pk, ref="O-7.1", field=field, value=value, base_version=9, by=by
    )


@pytest.mark.parametrize(("field", "value"), FIELDS)
def test_no_field_is_written_and_the_reason_is_said(
    field: str, value: str, signed: Assessment, buyer: User
) -> None:
    with pytest.raises(SignedForEver, match="lecture seule, pour toujours"):
        write(signed, field, value, buyer)
    edits = [Edit("O-7.1", field, value, 9)]
    outcome = answering.save_fields(assessment_id=signed.pk, edits=edits, by=buyer)
    assert (outcome.saved, len(outcome.refused)) == ([], 1)


def test_what_stands_already_is_no_write(signed: Assessment, buyer: User) -> None:
    assert not write(signed, "score", "partial", buyer).changed


def test_no_finding_and_no_confirmation_is_written(
    signed: Assessment, buyer: User, facility: Facility
) -> None:
    ciso = facility.memberships.get(role=Role.CISO).user
    edit = findings.Edit("O-7.1", "finding", "favourable", 9, 0)
    with pytest.raises(SignedForEver):
        findings.save_finding(assessment_id=signed.pk, role=Role.CISO, edit=edit, by=ciso)
    with pytest.raises(SignedForEver):
        confirming.confirm_score(assessment_id=signed.pk, ref="O-7.1", by=buyer)


def test_the_grid_says_it_and_offers_no_field(signed_in: Client, signed: Assessment) -> None:
    html = signed_in.get(reverse("checklists:assessment_grid", args=[signed.pk])).content.decode()
    assert "Évaluation signée" in html
    assert 'name="score' not in html
    point = reverse("checklists:assessment_point", args=[signed.pk, "O-7.1"])
    given = {"field": "score", "value": "compliant", "base_version": 9, "version": 9}
    response: Any = signed_in.post(point, given)
    assert (response.status_code, "signée" in response.json()["error"]) == (422, True)


@pytest.mark.parametrize("model", [Answer, Score, Finding])
def test_the_database_refuses_every_write(model: Any, signed: Assessment) -> None:
    rows = model.objects.filter(assessment=signed)
    assert rows.exists()
    for change in (lambda: rows.update(version=77), lambda: rows._raw_delete(rows.db)):
        with pytest.raises(DatabaseError, match="read-only"), transaction.atomic():
            change()


def test_the_database_refuses_to_move_a_row_out_of_a_signed_assessment(
    signed: Assessment, buyer: User, facility: Facility
) -> None:
    other = factories.assessment(buyer, facility)
    with pytest.raises(DatabaseError, match="read-only"), transaction.atomic():
        Score.objects.filter(assessment=signed).update(assessment=other)


def test_the_database_never_unsigns(signed: Assessment) -> None:
    with pytest.raises(DatabaseError, match="stays signed"), transaction.atomic():
        connection.cursor().execute("UPDATE checklists_assessment SET signed_at = NULL")


# -- The other doors -----------------------------------------------------------------------------

WHY = "en lecture seule, pour toujours"


def test_nothing_is_pasted_and_the_reason_is_said(signed_in: Client, signed: Assessment) -> None:
    url = reverse("checklists:assessment_paste", args=[signed.pk])
    for response in (signed_in.get(url), signed_in.post(url, {"texte": "O-7.1\tOui"})):
        assert (response.status_code, WHY in response.content.decode()) == (403, True)


def test_no_chapter_is_shared_nor_declared(
    signed_in: Client, signed: Assessment, buyer: User
) -> None:
    page = reverse("checklists:assessment_chapters", args=[signed.pk])
    html = signed_in.get(page).content.decode()
    assert WHY in html and "J’ai terminé" not in html
    position = signed.checklist.items.get(point__ref="O-7.1").point.chapter.position
    acts = {
        "assessment_chapter_assign": {"assignee": buyer.pk, "version": 0},
        "assessment_chapter_state": {"finished": "oui"},
    }
    for name, given in acts.items():
        url = reverse(f"checklists:{name}", args=[signed.pk, position])
        assert WHY in signed_in.post(url, given, follow=True).content.decode()
    assert not signed.chapter_works.exists()


def test_its_answers_are_not_stopped_with_those_of_the_others(
    signed_in: Client, signed: Assessment, buyer: User, facility: Facility
) -> None:
    url = reverse("checklists:answers_freeze", args=[signed.checklist_id])
    html = signed_in.get(url).content.decode()
    assert "Aucun candidat n’a de réponses à arrêter." in html
    assert signed.candidacy.vendor.name in html and WHY in html
    with pytest.raises(SignedForEver):
        answer_sets.freeze(assessment=signed, by=buyer)
    signed.refresh_from_db()
    assert not signed.answers_frozen_at


def test_its_candidate_gets_no_link(signed_in: Client, signed: Assessment) -> None:
    url = reverse("checklists:answer_link", args=[signed.pk])
    assert "L’évaluation de ce candidat est signée" in signed_in.get(url).content.decode()
