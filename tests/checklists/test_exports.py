"""An assessment for other software: it keeps to what is published, read by independent readers."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from checklists.documents import exports, pdf, report
from checklists.domain import answer_sets, answering, checklists, findings
from checklists.domain.assessments import start_assessment
from checklists.enums import Claim, FindingValue, ScoreValue
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

from . import content

Plain = dict[str, Any]

SCHEMA: Plain = json.loads(exports.schema_file().read_text(encoding="utf-8"))


def closed(schema: Any) -> Any:
    """The same schema, which refuses what it does not describe."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {key: closed(value) for key, value in schema.items()}
    return inside | ({"additionalProperties": False} if "properties" in schema else {})


STRICT = Draft202012Validator(closed(SCHEMA), format_checker=FormatChecker())


def faults(value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:120]}" for error in STRICT.iter_errors(value)]


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    """Something of everything: forced, knock-out, claims, a score, a finding, a declaration."""
    checklist = factories.draft_checklist(buyer, facility)
    checklists.set_knock_out(checklist=checklist, ref="O-7.2", is_knock_out=True, by=buyer)
    checklists.force_point(
        checklist=checklist, ref="O-3.3", force="in", reason="Un poste est fourni.", by=buyer
    )
    published = checklists.publish(checklist=checklist, by=buyer)
    factories.opening(published.lot.tender, buyer)
    made = start_assessment(
        candidacy=factories.candidacy(published.lot, buyer), checklist=published, by=buyer
    )
    for ref, field, value in (
        ("O-7.1", "claim", "yes"),
        ("O-7.1", "claim_text", "= Oui, « sans réserve »."),
        ("O-7.1", "score", "partial"),
        ("O-7.1", "comment", "Délai trop long."),
    ):
        answering.save_field(
            assessment_id=made.pk, ref=ref, field=field, value=value, base_version=9, by=buyer
        )
    ciso = factories.member(facility, Role.CISO)
    factories.no_conflict(made, ciso)
    edit = findings.Edit("O-7.1", "finding", FindingValue.RESERVED, 0, 9)
    findings.save_finding(assessment_id=made.pk, role=Role.CISO, edit=edit, by=ciso)
    answer_sets.freeze(assessment=made, by=buyer)
    return made


def test_the_schema_is_itself_sound() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_an_export_says_nothing_that_the_schema_does_not_describe(
    signed_in: Client, assessment: Assessment
) -> None:
    address = reverse("checklists:assessment_export", args=[assessment.pk, "json"])
    response = signed_in.get(address)
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    exported = response.json()
    assert faults(exported) == []
    assert exported["data"] == report.gather(assessment.pk)
    assert exported["data_sha256"] == report.hash_of(exported["data"])


def test_the_json_of_a_sealed_edition_keeps_to_the_same_schema() -> None:
    attached = next(
        one for one in pdf.attachments(content.content()) if one.name == "evaluation.json"
    )
    edition = json.loads(attached.content)
    assert edition["edition"]["number"] == 1
    assert faults(edition) == []


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(Claim.values), texts, st.sampled_from(ScoreValue.values), texts),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_was_answered_and_scored_the_export_keeps_to_its_schema(
    rows: list[tuple[str, str, str, str]],
) -> None:
    points = [
        content.point(number, claim=claim, score=score, comment=comment)
        for number, (_value, claim, score, comment) in enumerate(rows, start=1)
    ]
    for point, (value, *_rest) in zip(points, rows, strict=True):
        point["claim"]["value"] = value
    written = exports.FORMATS["json"].write(content.content(points)["data"])
    assert faults(json.loads(written)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data", "overall", "rate"), 0.5),
        (("data", "points", 0, "score", "value"), "irregular"),
        (("data", "points", 0, "claim", "version"), -1),
        (("data", "checklist", "sha256"), "A" * 64),
        (("data", "assessment", "changed_at"), "hier"),
        (("format_version",), 2),
        (("journal",), None),
        (("unknown",), "clé"),
    ],
)
def test_a_value_of_another_kind_would_be_seen(path: tuple[Any, ...], value: Any) -> None:
    wrong = json.loads(json.dumps(content.content()))
    place = wrong
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert len(faults(wrong)) >= 1


def test_an_edition_stands_with_its_place_in_the_journal() -> None:
    alone = content.content()
    del alone["journal"]
    assert len(faults(alone)) == 1


def test_anybody_may_read_the_schema(client: Client) -> None:
    response = client.get("/schemas/evaluation-1.json")
    assert response.headers["Content-Type"] == "application/schema+json"
    assert response.json() == SCHEMA


def test_the_page_of_documents_leads_to_the_export(
    signed_in: Client, assessment: Assessment
) -> None:
    page = signed_in.get(reverse("checklists:assessment_documents", args=[assessment.pk]))
    address = reverse("checklists:assessment_export", args=[assessment.pk, "json"])
    assert f'href="{address}"' in page.content.decode()


def test_an_unknown_format_is_not_found(signed_in: Client, assessment: Assessment) -> None:
    address = reverse("checklists:assessment_export", args=[assessment.pk, "docx"])
    assert signed_in.get(address).status_code == 404
