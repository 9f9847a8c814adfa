"""What a document says: complete, plain, exact, and read in a constant number of queries."""

import json
from decimal import Decimal
from typing import Any

import pytest

from checklists.documents import report
from checklists.domain import answer_sets, answering, checklists
from checklists.domain.assessments import start_assessment
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.canonical import canonical_json

from . import content

QUERIES = 10


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    checklist = factories.draft_checklist(buyer, facility)
    checklists.set_knock_out(checklist=checklist, ref="O-7.2", is_knock_out=True, by=buyer)
    checklists.force_point(
        checklist=checklist, ref="O-3.3", force="in", reason="Un poste est fourni.", by=buyer
    )
    published = checklists.publish(checklist=checklist, by=buyer)
    return start_assessment(
        candidacy=factories.candidacy(published.lot, buyer), checklist=published, by=buyer
    )


def save(assessment: Assessment, ref: str, field: str, value: str, by: User) -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=9, by=by
    )


def keys(value: Any) -> Any:
    """The shape of a value: names of keys, and what the first item of a list looks like."""
    if isinstance(value, dict):
        return {key: keys(one) for key, one in value.items()}
    return type(value).__name__


def test_the_data_are_plain_json_values(assessment: Assessment) -> None:
    data = report.gather(assessment.pk)
    assert json.loads(canonical_json(data)) == data


def test_every_point_asked_stands_in_order_with_its_requirement(assessment: Assessment) -> None:
    points = report.gather(assessment.pk)["points"]
    assert [point["ref"] for point in points] == [
        "O-1.1",
        "O-2.1",
        "O-2.8",
        "O-3.3",
        "O-7.1",
        "O-7.2",
    ]
    assert points[0]["requirement"] == "Le titulaire respecte l’exigence O-1.1."


def test_a_duty_of_the_facility_is_shown_and_never_counted(assessment: Assessment) -> None:
    data = report.gather(assessment.pk)
    assert next(p for p in data["points"] if p["ref"] == "O-2.8")["is_scored"] is False
    assert "O-2.8" not in data["missing"]
    assert data["overall"]["total"] == 5


def test_claims_and_scores_stay_apart_each_with_its_author(
    assessment: Assessment, buyer: User, facility: Facility
) -> None:
    other = factories.member(facility)
    save(assessment, "O-7.1", "claim", "yes", buyer)
    save(assessment, "O-7.1", "claim_text", "Oui, = sans réserve.", buyer)
    save(assessment, "O-7.1", "score", "partial", other)
    save(assessment, "O-7.1", "comment", "Délai trop long.", other)
    data = report.gather(assessment.pk)
    point = next(one for one in data["points"] if one["ref"] == "O-7.1")
    assert (point["claim"]["value"], point["claim"]["text"]) == ("yes", "Oui, = sans réserve.")
    assert (point["score"]["value"], point["score"]["comment"]) == ("partial", "Délai trop long.")
    assert (point["claim"]["by"], point["score"]["by"]) == (str(buyer), str(other))
    people = {one["name"]: (one["claims"], one["scores"]) for one in data["assessment"]["people"]}
    assert people == {str(buyer): (1, 0), str(other): (0, 1)}


def test_rates_are_exact_and_rounded_only_for_display(assessment: Assessment, buyer: User) -> None:
    for ref, value in (("O-1.1", "compliant"), ("O-2.1", "partial"), ("O-3.3", "not_applicable")):
        save(assessment, ref, "score", value, buyer)
    overall = report.gather(assessment.pk)["overall"]
    assert (overall["earned"], overall["possible"]) == ("1.5", "4")
    assert Decimal(overall["rate"]) == Decimal("0.375")
    assert (overall["percent"], overall["display"]) == ("37.5", "37,5\u202f%")
    assert (overall["scored"], overall["missing"]) == (3, 2)


def test_a_chapter_without_anything_in_the_sum_has_no_rate(
    assessment: Assessment, buyer: User
) -> None:
    save(assessment, "O-1.1", "score", "not_applicable", buyer)
    first = report.gather(assessment.pk)["chapters"][0]
    assert (first["ref"], first["rate"], first["display"]) == ("1", "", "sans objet")


def test_knock_outs_forced_points_and_what_is_missing_are_listed(assessment: Assessment) -> None:
    data = report.gather(assessment.pk)
    assert data["knock_outs"] == ["O-7.2"]
    [forced] = data["checklist"]["forced"]
    assert (forced["ref"], forced["reason"]) == ("O-3.3", "Un poste est fourni.")
    assert data["missing"] == ["O-1.1", "O-2.1", "O-3.3", "O-7.1", "O-7.2"]


def test_what_was_not_asked_is_named(buyer: User, facility: Facility) -> None:
    assessment = factories.assessment(buyer, facility)
    data = report.gather(assessment.pk)
    assert [one["ref"] for one in data["checklist"]["not_asked"]] == ["O-3.3"]


@pytest.mark.parametrize("points", [1, 3])
def test_the_number_of_queries_does_not_follow_the_number_of_points(
    points: int, buyer: User, facility: Facility, django_assert_num_queries: Any
) -> None:
    version = factories.version(points=factories.POINTS[:points])
    assessment = factories.assessment(buyer, facility, on=version)
    report.gather(assessment.pk)  # the texts of the version are read once a process
    with django_assert_num_queries(QUERIES):
        report.gather(assessment.pk)


def test_the_hash_follows_the_evaluation_and_not_the_moment(
    assessment: Assessment, buyer: User
) -> None:
    first = report.hash_of(report.gather(assessment.pk))
    assert report.hash_of(report.gather(assessment.pk)) == first
    save(assessment, "O-1.1", "comment", "Un mot de plus.", buyer)
    assert report.hash_of(report.gather(assessment.pk)) != first


def test_the_content_without_database_has_the_shape_of_a_real_one(assessment: Assessment) -> None:
    answer_sets.freeze(assessment=assessment, by=assessment.created_by)
    real = report.gather(assessment.pk)
    made = content.content(6)["data"]
    assert keys(made) == keys(real)
    assert keys(made["points"][0]) == keys(real["points"][0])
    assert keys(made["chapters"][0]) == keys(real["chapters"][0])
    assert keys(made["checklist"]["forced"][0]) == keys(real["checklist"]["forced"][0])
