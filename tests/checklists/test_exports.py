"""An assessment for other software: it keeps to what is published, read by independent readers."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from openpyxl import load_workbook

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

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
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


# -- CISO Assistant


def sheet(data: Plain) -> list[dict[str, Any]]:
    """The rows as pandas gives them to the importer: by heads in lower case, empty cells as ""."""
    file = io.BytesIO(exports.FORMATS["ciso-assistant"].write(data))
    heads, *rows = load_workbook(file, read_only=True).worksheets[0].iter_rows(values_only=True)
    names = [str(head).strip().lower() for head in heads]
    return [dict(zip(names, [cell or "" for cell in row], strict=True)) for row in rows]


def test_ciso_assistant_gets_a_row_a_point_with_what_its_importer_reads(
    assessment: Assessment,
) -> None:
    rows = {row["ref_id"]: row for row in sheet(report.gather(assessment.pk))}
    assert set(rows) == {"O-1.1", "O-2.1", "O-2.8", "O-3.3", "O-7.1", "O-7.2"}
    assert rows["O-7.1"]["assessable"] == "x"
    assert rows["O-7.1"]["compliance_result"] == "partially_compliant"
    assert rows["O-7.1"]["requirement_progress"] == "done"
    assert rows["O-7.1"]["score"] == ""
    assert rows["O-7.2"]["compliance_result"] == "not_assessed"
    assert rows["O-2.8"]["assessable"] == ""
    assert rows["O-7.1"]["observations"].splitlines()[0] == (
        "Réponse du candidat\u00a0: OUI. = Oui, « sans réserve »."
    )
    assert "Constat RSSI" in rows["O-7.1"]["observations"]
    assert rows["O-7.1"]["observations"].endswith("Délai trop long.")


@pytest.mark.parametrize(
    ("score", "result", "progress"),
    [
        ("compliant", "compliant", "done"),
        ("partial", "partially_compliant", "done"),
        ("non_compliant", "non_compliant", "done"),
        ("not_applicable", "not_applicable", "done"),
        ("to_clarify", "not_assessed", "in_progress"),
        ("", "not_assessed", "to_do"),
    ],
)
def test_each_score_becomes_a_result_that_ciso_assistant_knows(
    score: str, result: str, progress: str
) -> None:
    [row, outside] = sheet(content.content([content.point(1, score=score)])["data"])
    assert (row["compliance_result"], row["requirement_progress"]) == (result, progress)
    assert (outside["ref_id"], outside["compliance_result"]) == ("O-10.2", "not_applicable")


# -- OSCAL


OSCAL = jsonschema_rs.Draft7Validator(
    json.loads((FIXTURES / "oscal-ar-1.2.1.json").read_text(encoding="utf-8"))
)
"""The official schema of NIST, read by a reader that knows its patterns (\\p{L})."""


def results(data: Plain) -> Plain:
    written: Plain = json.loads(exports.FORMATS["oscal"].write(data))
    return written


def oscal_faults(value: Plain) -> list[str]:
    return [f"{error.instance_path}: {error.message[:120]}" for error in OSCAL.iter_errors(value)]


def test_the_results_keep_to_the_model_of_oscal(assessment: Assessment) -> None:
    written = results(report.gather(assessment.pk))
    assert oscal_faults(written) == []
    [result] = written["assessment-results"]["results"]
    [score] = result["findings"]
    assert score["target"]["target-id"] == "O-7.1"
    assert score["target"]["status"] == {"state": "not-satisfied", "reason": "fail"}
    assert {"name": "score", "ns": "urn:clausier:oscal", "value": "partial"} in score["props"]
    claim, finding = result["observations"]
    assert claim["description"] == "= Oui, « sans réserve »."
    assert [one["observation-uuid"] for one in score["related-observations"]] == [
        claim["uuid"],
        finding["uuid"],
    ]


def test_what_is_said_in_oscal_is_said_by_somebody_of_the_document(assessment: Assessment) -> None:
    whole = results(report.gather(assessment.pk))["assessment-results"]
    known = {party["uuid"]: party["name"] for party in whole["metadata"]["parties"]}
    [result] = whole["results"]
    said = [*result["observations"], *result["findings"]]
    actors = [actor["actor-uuid"] for one in said for o in one["origins"] for actor in o["actors"]]
    assert len(actors) == 3
    assert all(actor in known for actor in actors)
    assert known[actors[0]] == assessment.candidacy.vendor.name
    assert whole["import-ap"]["href"] == f"#{whole['back-matter']['resources'][0]['uuid']}"


def test_the_same_evaluation_gives_the_same_oscal_document(assessment: Assessment) -> None:
    data = report.gather(assessment.pk)
    assert exports.FORMATS["oscal"].write(data) == exports.FORMATS["oscal"].write(data)


@given(
    ref=st.text("O0-.1 é/", min_size=1, max_size=8),
    title=texts,
    claim=texts,
    comment=texts,
    name=texts,
    score=st.sampled_from(ScoreValue.values),
)
def test_whatever_was_typed_the_results_keep_to_the_model(
    ref: str, title: str, claim: str, comment: str, name: str, score: str
) -> None:
    point = content.point(1, claim=claim, comment=comment, score=score, title=title, ref=ref)
    data = content.content([point])["data"]
    data["candidate"]["name"] = data["tender"]["title"] = name
    assert oscal_faults(results(data)) == []


def test_a_document_outside_of_the_model_would_be_seen(assessment: Assessment) -> None:
    wrong = results(report.gather(assessment.pk))
    wrong["assessment-results"]["results"][0]["findings"][0]["target"]["target-id"] = "7.1"
    assert len(oscal_faults(wrong)) == 1


# -- The addresses


def test_anybody_may_read_the_schema(client: Client) -> None:
    response = client.get("/schemas/evaluation-1.json")
    assert response.headers["Content-Type"] == "application/schema+json"
    assert response.json() == SCHEMA


def test_the_page_of_documents_leads_to_each_export(
    signed_in: Client, assessment: Assessment
) -> None:
    page = signed_in.get(reverse("checklists:assessment_documents", args=[assessment.pk]))
    for into, form in exports.FORMATS.items():
        address = reverse("checklists:assessment_export", args=[assessment.pk, into])
        assert f'href="{address}"' in page.content.decode()
        given = signed_in.get(address)
        assert given.headers["Content-Type"] == form.content_type
        assert given.headers["Content-Disposition"].endswith(f'{form.suffix}"')


def test_an_unknown_format_is_not_found(signed_in: Client, assessment: Assessment) -> None:
    address = reverse("checklists:assessment_export", args=[assessment.pk, "docx"])
    assert signed_in.get(address).status_code == 404
