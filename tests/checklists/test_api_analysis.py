"""The API: the note line by line, the decisions and their reservations, the opinions."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from checklists.documents import report
from checklists.domain import opinions, visas
from checklists.domain.decisions import Edit
from checklists.models import Assessment
from tests import factories
from tests.checklists import decision_site
from tests.checklists.api_site import Caller, queries_of
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User


@pytest.fixture(autouse=True)
def _no_calls_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def caller(buyer: User) -> Caller:
    return Caller(buyer)


@pytest.fixture
def scored(buyer: User, facility: Facility) -> Assessment:
    return decision_site.scored_assessment(buyer, facility)


def late(assessment: Assessment, ref: str) -> Edit:
    given: dict[str, Any] = {"commitment": "Livrer le DAT.", "owner": "Hébergeur"}
    past = dt.date(2020, 1, 5)
    return decision_site.edit(assessment, ref, "reserved", due_on=past, **given)


# -- The note


def test_a_note_is_computed_again_from_its_lines(caller: Caller, scored: Assessment) -> None:
    told = caller.read(f"assessments/{scored.pk}/note")
    by_ref = {line["ref"]: line for line in told["lines"]}
    assert {ref: (line["score"], line["worth"]) for ref, line in by_ref.items()} == {
        "O-1.1": ("compliant", "1"),
        "O-2.1": ("non_compliant", "0"),
        "O-7.1": ("partial", "0.5"),
        "O-7.2": ("compliant", "1"),
    }
    for line in told["lines"]:
        assert Decimal(line["worth"]) * Decimal(line["weight"]) == Decimal(line["product"])
    earned = sum((Decimal(line["product"]) for line in told["lines"]), Decimal(0))
    possible = sum((Decimal(line["counted"]) for line in told["lines"]), Decimal(0))
    assert (told["earned"], told["possible"]) == (str(earned), str(possible)) == ("2.5", "4")
    assert Decimal(told["note"]) == earned / possible * Decimal(told["max_note"])
    assert by_ref["O-2.1"]["claim"] == "no"


# -- The decisions


def test_what_is_missing_to_decide_comes_before_any_decision(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    assessment = factories.assessment(buyer, facility)
    decision_site.write(assessment, "O-7.1", "score", "compliant", buyer)
    told = caller.read(f"assessments/{assessment.pk}/decision")
    assert (told["value"], told["version"], told["at"]) == ("", 0, None)
    assert (told["unscored"], told["undecided"]) == (["O-1.1", "O-2.1", "O-7.2"], ["O-7.1"])


def test_a_decision_is_read_with_each_of_its_points(
    caller: Caller, scored: Assessment, buyer: User
) -> None:
    edits = (
        decision_site.edit(scored, "O-2.1", "refused"),
        decision_site.reservation(scored, "O-7.1"),
    )
    decision_site.ready(scored, buyer, *edits)
    decision_site.whole(scored, "reserved", buyer, reason="Réserve suivie.")
    path = f"assessments/{scored.pk}/decision"
    told = caller.read(path)
    assert (told["value"], told["reason"], told["author"]) == (
        "reserved",
        "Réserve suivie.",
        str(buyer),
    )
    assert (told["is_outdated"], told["unscored"], told["undecided"]) == (False, [], [])
    by_ref = {point["ref"]: point for point in told["points"]}
    assert {ref: point["decision"] for ref, point in by_ref.items()} == decision_site.decided(
        scored
    )
    reserved = by_ref["O-7.1"]
    assert (reserved["commitment"], reserved["due_on"]) == (
        "Chiffrer les sauvegardes.",
        "2027-03-01",
    )
    assert by_ref["O-2.1"]["why"] == ["no", "non_compliant"]
    assert by_ref["O-7.2"]["why"] == []
    decision_site.write(scored, "O-7.2", "score", "partial", buyer)
    again = caller.read(path)
    assert (again["is_outdated"], again["undecided"]) == (True, ["O-7.2"])


def test_reservations_come_by_their_date_and_are_kept_by_their_state(
    caller: Caller, scored: Assessment, buyer: User
) -> None:
    decision_site.decide(
        scored, buyer, decision_site.reservation(scored, "O-7.1"), late(scored, "O-2.1")
    )
    path = f"tenders/{scored.candidacy.lot.tender_id}/reservations"
    page = caller.read(path)
    rows = [(one["ref"], one["state"], one["owner"]) for one in page["items"]]
    assert rows == [
        ("O-2.1", "overdue", "Hébergeur"),
        ("O-7.1", "due", "Éditeur, chef de projet"),
    ]
    assert page["items"][0]["vendor"] == scored.candidacy.vendor.name
    for state, ref in (("overdue", "O-2.1"), ("due", "O-7.1")):
        assert [one["ref"] for one in caller.read(f"{path}?state={state}")["items"]] == [ref]
    second = caller.read(f"{path}?per_page=1&page=2")
    assert ([one["ref"] for one in second["items"]], second["count"]) == (["O-7.1"], 2)
    assert caller.get(f"{path}?state=autre").status_code == 422


def test_the_reservations_cost_the_same_whatever_their_number(
    caller: Caller, scored: Assessment, buyer: User
) -> None:
    path = f"tenders/{scored.candidacy.lot.tender_id}/reservations"
    decision_site.decide(scored, buyer, decision_site.reservation(scored, "O-7.1"))
    one = queries_of(caller, path)
    decision_site.decide(scored, buyer, late(scored, "O-2.1"), late(scored, "O-1.1"))
    assert queries_of(caller, path) == one


# -- The opinions


def test_an_opinion_is_read_with_its_question_and_the_former_ones(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    assessment = factories.assessment(buyer, facility)
    ciso = factories.member(facility, Role.CISO)
    factories.no_conflict(assessment, ciso)
    asked = factories.opinion_request(buyer, assessment, role=Role.CISO, refs=("O-7.1",))
    path = f"assessments/{assessment.pk}/opinions"
    [waiting] = caller.read(path)
    assert (waiting["state"], waiting["points"], waiting["opinions"]) == ("", ["O-7.1"], [])
    for base, value in enumerate(("unfavourable", "reserved")):
        opinions.file(asked=asked, value=value, text=f"Motif {value}.", base=base, by=ciso)
    factories.opinion_request(buyer, assessment, person=ciso)
    first, second = caller.read(path)
    assert (first["state"], first["role"], first["person"]) == ("reserved", "ciso", "")
    assert [(one["value"], one["text"]) for one in first["opinions"]] == [
        ("unfavourable", "Motif unfavourable."),
        ("reserved", "Motif reserved."),
    ]
    assert (second["role"], second["person"], second["state"]) == ("", str(ciso), "")


def test_the_opinions_cost_the_same_whatever_their_number(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    assessment = factories.assessment(buyer, facility)
    factories.opinion_request(buyer, assessment, role=Role.BUYER)
    path = f"assessments/{assessment.pk}/opinions"
    one = queries_of(caller, path)
    for _ in range(2):
        factories.opinion_request(buyer, assessment, role=Role.BUYER)
    assert queries_of(caller, path) == one


# -- The visas


def test_the_visas_are_read_in_their_order_and_lapse_with_a_change(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    ciso = factories.member(facility, Role.CISO)
    assessment = factories.scored(factories.assessment(buyer, facility), buyer)
    path = f"assessments/{assessment.pk}/visas"
    told = caller.read(path)
    assert (told["order"], told["rounds"]) == ([], [])
    visas.set_order(facility=facility, roles=["ciso", "buyer"], by=buyer)
    visas.request_visas(assessment=assessment, content_hash=report.visa_hash, by=buyer)
    seen = report.visa_hash(assessment.pk)
    visas.answer(
        assessment=assessment,
        given=visas.VisaAnswer("given", "Lu.", seen),
        content_hash=report.visa_hash,
        role="ciso",
        by=ciso,
    )
    told = caller.read(path)
    [asked] = told["rounds"]
    assert (told["order"], asked["roles"], asked["awaited_role"]) == (
        ["ciso", "buyer"],
        ["ciso", "buyer"],
        "buyer",
    )
    assert (asked["state"], asked["has_lapsed"], told["content_sha256"]) == ("open", False, seen)
    [visa] = asked["visas"]
    assert (visa["role"], visa["value"], visa["person"], visa["remark"]) == (
        "ciso",
        "given",
        str(ciso),
        "Lu.",
    )
    decision_site.write(assessment, "O-7.1", "score", "partial", buyer)
    told = caller.read(path)
    assert told["rounds"][0]["has_lapsed"] is True
    assert told["content_sha256"] != seen


# -- What waits for a person


def test_what_waits_for_a_person_is_theirs_alone(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    ciso = factories.member(facility, Role.CISO)
    assessment = factories.assessment(buyer, facility)
    asked = factories.opinion_request(buyer, assessment, role=Role.CISO)
    told = Caller(ciso).read("me/waiting")
    assert [(one["id"], one["assessment"]) for one in told["opinions"]] == [
        (asked.pk, assessment.pk)
    ]
    [row] = told["items"]
    assert (row["assessment"], row["role"], row["left"], row["next_ref"]) == (
        assessment.pk,
        "ciso",
        4,
        "O-1.1",
    )
    assert [one["role"] for one in caller.read("me/waiting")["items"]] == []
    assert caller.read("me/waiting")["opinions"] == []
    visas.set_order(facility=facility, roles=["ciso"], by=buyer)
    factories.scored(assessment, buyer)
    visas.request_visas(assessment=assessment, content_hash=report.visa_hash, by=buyer)
    told = Caller(ciso).read("me/waiting")
    assert (told["items"], told["visas"]) == ([], [assessment.pk])
    assert caller.read("me/waiting")["visas"] == []


def test_what_waits_costs_the_same_whatever_its_length(buyer: User, facility: Facility) -> None:
    reader = Caller(factories.member(facility, Role.CISO))
    version = factories.version()
    factories.assessment(buyer, facility, on=version)
    reader.read("me/waiting")  # the texts of a version are read once for all
    one = queries_of(reader, "me/waiting")
    for _ in range(2):
        factories.assessment(buyer, facility, on=version)
    assert queries_of(reader, "me/waiting") == one
