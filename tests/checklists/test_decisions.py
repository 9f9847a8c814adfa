"""Deciding: every point scored first, reservations whole, nobody overwritten, frozen once signed."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from checklists.domain import decisions
from checklists.domain.answering import SignedForEver
from checklists.domain.decisions import DecidedMeanwhile, Edit, NotDecidable
from checklists.domain.queries import decisions as queries
from checklists.models import Assessment, AssessmentDecision, PointDecision
from tests import factories
from tests.checklists.decision_site import (
    REFS,
    SOON,
    decide,
    decided,
    edit,
    ready,
    reservation,
    scored_assessment,
    whole,
    write,
)
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent


@pytest.fixture
def scored(buyer: User, facility: Facility) -> Assessment:
    return scored_assessment(buyer, facility)


def test_points_are_decided_one_by_one_then_the_others_in_one_act(
    scored: Assessment, buyer: User
) -> None:
    outcome = decide(scored, buyer, edit(scored, "O-2.1", "refused"), reservation(scored, "O-7.1"))
    assert (outcome.saved, outcome.refused) == (2, [])
    assert decisions.accept_others(assessment_id=scored.pk, by=buyer) == 2
    assert decided(scored) == dict(
        zip(REFS, ("accepted", "refused", "reserved", "accepted"), strict=True)
    )
    kept = PointDecision.objects.get(value="reserved")
    assert (kept.commitment, kept.owner, kept.due_on) == (
        "Chiffrer les sauvegardes.",
        "Éditeur, chef de projet",
        SOON,
    )


def test_one_act_never_accepts_what_calls_for_a_decision(scored: Assessment, buyer: User) -> None:
    decisions.accept_others(assessment_id=scored.pk, by=buyer)
    assert decided(scored) == dict(zip(REFS, ("accepted", "", "", "accepted"), strict=True))
    assert decisions.accept_others(assessment_id=scored.pk, by=buyer) == 0


def test_a_point_without_a_score_is_not_decided(buyer: User, facility: Facility) -> None:
    assessment = factories.assessment(buyer, facility)
    outcome = decide(assessment, buyer, edit(assessment, "O-7.1", "accepted"))
    (refusal,) = [str(error) for _edit, error in outcome.refused]
    assert refusal == "Notez d’abord le point O-7.1."
    assert decisions.accept_others(assessment_id=assessment.pk, by=buyer) == 0


@pytest.mark.parametrize("left_out", ["commitment", "owner", "due_on"])
def test_a_reservation_carries_a_commitment_an_owner_and_a_date(
    left_out: str, scored: Assessment, buyer: User
) -> None:
    given: dict[str, Any] = {"commitment": "Chiffrer.", "owner": "Éditeur", "due_on": SOON}
    given[left_out] = None if left_out == "due_on" else "  "
    outcome = decide(scored, buyer, edit(scored, "O-7.1", "reserved", **given))
    assert "un engagement, un responsable et une échéance" in str(outcome.refused[0][1])
    assert not PointDecision.objects.exists()


def test_another_decision_forgets_the_reservation(scored: Assessment, buyer: User) -> None:
    decide(scored, buyer, reservation(scored, "O-7.1"))
    decide(scored, buyer, edit(scored, "O-7.1", "accepted", commitment="Reste du formulaire."))
    row = PointDecision.objects.get()
    assert (row.value, row.commitment, row.owner, row.due_on, row.version) == (
        "accepted",
        "",
        "",
        None,
        2,
    )


def test_an_unknown_point_and_an_unknown_value_are_refused(scored: Assessment, buyer: User) -> None:
    outcome = decide(scored, buyer, Edit("O-99.9", "accepted"), edit(scored, "O-7.1", "perhaps"))
    assert [str(error) for _edit, error in outcome.refused] == [
        "Le point O-99.9 n’est pas demandé dans ce lot.",
        "Choisissez une décision.",
    ]


def test_nobody_overwrites_what_was_decided_meanwhile(
    scored: Assessment, buyer: User, facility: Facility
) -> None:
    colleague = factories.member(facility)
    late = edit(scored, "O-7.1", "refused")
    decide(scored, colleague, edit(scored, "O-7.1", "accepted"))
    ((_edit, error),) = decide(scored, buyer, late).refused
    assert isinstance(error, DecidedMeanwhile)
    assert f"{colleague} a décidé « Accepté »" in str(error)
    assert decided(scored)["O-7.1"] == "accepted"


def test_the_same_decision_twice_is_written_once(scored: Assessment, buyer: User) -> None:
    twice = edit(scored, "O-7.1", "refused")
    assert (decide(scored, buyer, twice).saved, decide(scored, buyer, twice).saved) == (1, 0)
    assert AuditEvent.objects.filter(action="decision.changed").count() == 1


def test_a_score_or_a_claim_that_changes_asks_for_another_decision(
    scored: Assessment, buyer: User
) -> None:
    decide(scored, buyer, edit(scored, "O-7.1", "accepted"), edit(scored, "O-7.2", "accepted"))
    write(scored, "O-7.1", "score", "non_compliant", buyer)
    write(scored, "O-7.2", "claim", "no", buyer)
    lines = queries.lines(scored)
    assert [line.ref for line in lines if line.is_outdated] == ["O-7.1", "O-7.2"]
    assert decisions.missing_to_decide(lines).undecided == REFS
    assert decide(scored, buyer, edit(scored, "O-7.1", "accepted")).saved == 1
    assert [line.ref for line in queries.lines(scored) if line.is_outdated] == ["O-7.2"]


def test_a_comment_alone_asks_for_nothing(scored: Assessment, buyer: User) -> None:
    decide(scored, buyer, edit(scored, "O-7.1", "accepted"))
    write(scored, "O-7.1", "comment", "Relu avec le RSSI.", buyer)
    assert not any(line.is_outdated for line in queries.lines(scored))


def test_the_whole_waits_for_every_score_then_for_every_decision(
    scored: Assessment, buyer: User
) -> None:
    write(scored, "O-7.2", "score", "", buyer)
    with pytest.raises(NotDecidable, match="1 point attend sa note"):
        whole(scored, "accepted", buyer)
    write(scored, "O-7.2", "score", "compliant", buyer)
    with pytest.raises(NotDecidable, match="4 points attendent leur décision"):
        whole(scored, "accepted", buyer)


def test_the_whole_is_decided_with_its_reason_and_journaled(
    scored: Assessment, buyer: User
) -> None:
    ready(scored, buyer, edit(scored, "O-2.1", "refused"), reservation(scored, "O-7.1"))
    with pytest.raises(NotDecidable, match="acceptés avec réserve"):
        whole(scored, "accepted", buyer, reason="Oui.")
    with pytest.raises(NotDecidable, match="Donnez le motif"):
        whole(scored, "reserved", buyer, reason="  ")
    made = whole(scored, "reserved", buyer, reason="Une réserve, suivie au COPIL.")
    assert (made.value, made.version, made.decided_by) == ("reserved", 1, buyer)
    event = AuditEvent.objects.get(action="assessment.decided")
    assert (event.subject, event.data["after"]) == (f"assessment/{scored.pk}", "reserved")


def test_without_a_reservation_the_whole_has_none(scored: Assessment, buyer: User) -> None:
    ready(scored, buyer, edit(scored, "O-2.1", "accepted"), edit(scored, "O-7.1", "accepted"))
    with pytest.raises(NotDecidable, match="Aucun point ne porte de réserve"):
        whole(scored, "reserved", buyer, reason="Pour voir.")
    assert whole(scored, "accepted", buyer).reason == ""


def test_two_people_do_not_decide_of_the_whole_at_once(scored: Assessment, buyer: User) -> None:
    ready(scored, buyer, edit(scored, "O-2.1", "accepted"), edit(scored, "O-7.1", "accepted"))
    whole(scored, "accepted", buyer)
    with pytest.raises(DecidedMeanwhile, match=f"{buyer} a décidé « Accepté »"):
        whole(scored, "refused", buyer, reason="Non.")
    assert whole(scored, "refused", buyer, reason="Non.", base_version=1).version == 2


def test_the_journal_keeps_what_a_reservation_says_but_its_owner(
    scored: Assessment, buyer: User
) -> None:
    decide(scored, buyer, reservation(scored, "O-7.1"))
    event = AuditEvent.objects.get(action="decision.changed")
    assert event.subject == f"assessment/{scored.pk}/O-7.1"
    assert event.data.keys() == {
        *("field", "before", "after", "version", "answer_version", "score_version", "batch"),
        *("commitment", "new_owner", "due_on"),
    }
    assert (
        event.data.items()
        >= {
            "before": "",
            "after": "reserved",
            "commitment": "Chiffrer les sauvegardes.",
            "new_owner": True,
            "due_on": "2027-03-01",
        }.items()
    )


def test_the_journal_says_that_the_owner_of_a_reservation_changes(
    scored: Assessment, buyer: User
) -> None:
    decide(scored, buyer, reservation(scored, "O-7.1"))
    for commitment in ("Chiffrer les sauvegardes.", "Tout chiffrer."):
        asked = reservation(scored, "O-7.1")
        decide(scored, buyer, replace(asked, owner="Hébergeur", commitment=commitment))
    decide(scored, buyer, edit(scored, "O-7.1", "accepted"))
    events = AuditEvent.objects.filter(action="decision.changed").order_by("seq")
    assert [event.data.get("new_owner", False) for event in events] == [True, True, False, False]


# -- Frozen, and held by the database --------------------------------------------------------------


@pytest.fixture
def signed(scored: Assessment, buyer: User) -> Assessment:
    ready(scored, buyer, edit(scored, "O-2.1", "refused"), edit(scored, "O-7.1", "accepted"))
    whole(scored, "accepted", buyer, reason="Un point refusé, noté zéro.")
    Assessment.objects.filter(pk=scored.pk).update(signed_at=timezone.now())
    return scored


def test_once_signed_no_decision_changes(signed: Assessment, buyer: User) -> None:
    with pytest.raises(SignedForEver):
        decide(signed, buyer, edit(signed, "O-7.1", "refused"))
    with pytest.raises(SignedForEver):
        decisions.accept_others(assessment_id=signed.pk, by=buyer)
    with pytest.raises(SignedForEver):
        whole(signed, "refused", buyer, reason="Non.", base_version=1)


@pytest.mark.parametrize("model", [PointDecision, AssessmentDecision])
def test_once_signed_the_database_refuses_every_write(model: Any, signed: Assessment) -> None:
    rows = model.objects.filter(assessment=signed)
    assert rows.exists()
    for change in (lambda: rows.update(version=77), lambda: rows._raw_delete(rows.db)):
        with pytest.raises(DatabaseError, match="read-only"), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (
            {"value": "", "commitment": "", "owner": "", "due_on": None},
            "point_decision_value_known",
        ),
        ({"value": "accepted", "owner": "Éditeur"}, "point_decision_reservation_complete"),
        ({"due_on": None}, "point_decision_reservation_complete"),
        ({"commitment": ""}, "point_decision_reservation_complete"),
        ({"version": 0}, "point_decision_version_counts"),
    ],
)
def test_the_database_holds_the_rules_of_a_point(
    fields: dict[str, Any], name: str, scored: Assessment, buyer: User
) -> None:
    decide(scored, buyer, reservation(scored, "O-7.1"))
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PointDecision.objects.update(**fields)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"value": "", "reason": "Vide."}, "assessment_decision_value_known"),
        ({"value": "refused", "reason": ""}, "assessment_decision_explained"),
        ({"version": 0}, "assessment_decision_version_counts"),
    ],
)
def test_the_database_holds_the_rules_of_the_whole(
    fields: dict[str, Any], name: str, scored: Assessment, buyer: User
) -> None:
    ready(scored, buyer, edit(scored, "O-2.1", "accepted"), edit(scored, "O-7.1", "accepted"))
    whole(scored, "accepted", buyer)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        AssessmentDecision.objects.update(**fields)
