"""The API: what the screens show, for programs; findings written under the rules of their page."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from jsonschema import Draft202012Validator

from checklists.api.site import api
from checklists.documents import report
from checklists.domain import answering, documents, evidence
from checklists.domain.documents import SealedFile
from checklists.models import Assessment, Finding
from tests import factories
from tests.checklists.api_site import Caller, infected, queries_of
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

ROOT = Path(settings.BASE_DIR)
JSON = "application/json"


@pytest.fixture(autouse=True)
def _no_calls_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def ciso(facility: Facility, assessment: Assessment) -> User:
    person = factories.member(facility, Role.CISO)
    factories.no_conflict(assessment, person)
    return person


@pytest.fixture
def caller(buyer: User) -> Caller:
    return Caller(buyer)


# -- Reading


def test_a_token_says_whose_it_is_and_which_roles_it_has_now(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    told = caller.read("me")
    assert told["facilities"] == [{"id": facility.pk, "name": facility.name, "roles": ["buyer"]}]
    buyer.memberships.all().delete()
    assert caller.read("me")["facilities"] == []


def test_tenders_are_listed_by_pages_and_found_by_their_words(
    caller: Caller, buyer: User, facility: Facility, stranger: User
) -> None:
    for number in range(3):
        factories.tender(facility, buyer, reference=f"IMG-{number}", title="Imagerie")
    factories.tender(factories.facility(), stranger, reference="IMG-AILLEURS")
    page = caller.read("tenders?q=imagerie&per_page=2")
    assert (page["count"], page["pages"]) == (3, 2)
    assert [one["reference"] for one in page["items"]] == ["IMG-2", "IMG-1"]
    assert [
        one["reference"] for one in caller.read("tenders?q=imagerie&per_page=2&page=2")["items"]
    ] == ["IMG-0"]
    assert caller.read("tenders?page=9")["items"] == []


def test_a_misspelt_filter_is_refused_rather_than_ignored(caller: Caller) -> None:
    response = caller.get("tenders?etat=assessing")
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"place": "query.etat", "reason": "Ce paramètre n’existe pas."}
    ]


def test_a_tender_leads_to_its_checklists_candidates_and_assessments(
    caller: Caller, assessment: Assessment
) -> None:
    lot = assessment.candidacy.lot
    told = caller.read(f"tenders/{lot.tender_id}")
    [only] = told["lots"]
    assert [one["id"] for one in only["checklists"]] == [assessment.checklist_id]
    [candidate] = only["candidacies"]
    assert candidate["vendor"]["name"] == assessment.candidacy.vendor.name
    assert [one["id"] for one in candidate["assessments"]] == [assessment.pk]
    assert told["opened_at"] is not None


def test_the_journal_of_a_tender_is_the_one_of_the_dossier(
    caller: Caller, assessment: Assessment
) -> None:
    tender = assessment.candidacy.lot.tender
    page = caller.read(f"tenders/{tender.pk}/journal?per_page=100")
    assert page["count"] == len(page["items"]) > 0
    kept = AuditEvent.objects.get(tenant=tender.facility_id, seq=page["items"][-1]["seq"])
    assert (page["items"][-1]["hash"], page["items"][-1]["action"]) == (kept.hash, kept.action)


def test_a_checklist_tells_its_points_before_and_after_publication(
    caller: Caller, buyer: User, facility: Facility, assessment: Assessment
) -> None:
    told = caller.read(f"checklists/{assessment.checklist_id}")
    refs = [point["ref"] for chapter in told["chapters"] for point in chapter["points"]]
    assert refs == ["O-1.1", "O-2.1", "O-2.8", "O-7.1", "O-7.2"]
    assert (told["state"], told["checklist"]["sha256"]) == (
        "published",
        assessment.checklist.content_sha256,
    )
    draft = factories.draft_checklist(buyer, facility, flags=())
    assert caller.read(f"checklists/{draft.pk}")["state"] == "draft"


def test_an_assessment_is_the_published_json_and_read_again_only_when_it_changed(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    response = caller.get(f"assessments/{assessment.pk}")
    assert response.json()["data"] == report.gather(assessment.pk)
    schema = json.loads((ROOT / "fixtures/schemas/evaluation-1.json").read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(response.json())) == []
    etag = {"If-None-Match": response.headers["ETag"]}
    same = caller.get(f"assessments/{assessment.pk}", **etag)
    assert (same.status_code, same.content) == (304, b"")
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="score",
        value="partial",
        base_version=9,
        by=buyer,
    )
    assert caller.get(f"assessments/{assessment.pk}", **etag).status_code == 200


def test_the_comparison_has_a_cell_of_each_candidate(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="score",
        value="compliant",
        base_version=9,
        by=buyer,
    )
    told = caller.read(f"checklists/{assessment.checklist_id}/comparison")
    [candidate] = told["candidates"]
    assert (candidate["rate"], candidate["note"], candidate["missing"]) == ("0.25", "5", 3)
    point = next(one for one in told["points"] if one["ref"] == "O-7.1")
    assert point["cells"] == [{"claim": "", "has_text": False, "score": "compliant", "stake": ""}]


def test_what_candidates_sent_stays_closed_until_the_opening(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    checklist = factories.published_checklist(buyer, facility)
    response = caller.get(f"checklists/{checklist.pk}/comparison")
    assert response.status_code == 403
    assert response.json()["detail"].startswith("Enregistrez d’abord l’ouverture des plis")


def test_evidence_and_documents_are_listed_then_downloaded(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    assessment = factories.informal_assessment(buyer, facility)
    link, _secret = factories.answer_link(buyer, assessment)
    sent = evidence.SentFile(b"%PDF-1.7 preuve", "pdf", "Preuve.pdf")
    joined = evidence.attach(assessment=assessment, ref="O-7.1", file=sent, by=link)
    [file] = caller.read(f"assessments/{assessment.pk}/evidence")
    assert (file["name"], file["points"]) == ("Preuve.pdf", ["O-7.1"])
    given = caller.get(f"evidence/{file['id']}/file")
    assert b"".join(given.streaming_content) == b"%PDF-1.7 preuve"
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    infected(joined.file_name, facility)
    [file] = caller.read(f"assessments/{assessment.pk}/evidence")
    assert file["scan"] == "infected"
    assert caller.get(f"evidence/{file['id']}/file").status_code == 403

    asked = documents.request_document(
        assessment=assessment, freeze=report.freeze, alone=False, by=buyer
    )
    [edition] = caller.read(f"assessments/{assessment.pk}/documents")
    assert edition["state"] == "queued"
    assert caller.get(f"documents/{asked.pk}/file").status_code == 404
    worker = documents.claim(asked.pk)
    assert worker is not None
    name = default_storage.save("documents/e.pdf", ContentFile(b"%PDF-1.7 scelle"))
    documents.finish(worker, SealedFile(name, "f" * 64, 15, 3))
    sealed = caller.get(f"documents/{asked.pk}/file")
    assert b"".join(sealed.streaming_content) == b"%PDF-1.7 scelle"


@pytest.mark.parametrize("path", ["tenders", "assessments"])
def test_a_list_costs_the_same_whatever_its_length(
    caller: Caller, buyer: User, facility: Facility, path: str
) -> None:
    factories.assessment(buyer, facility)
    one = queries_of(caller, path)
    for _ in range(2):
        factories.assessment(buyer, facility)
    assert queries_of(caller, path) == one


# -- Writing


def finding(assessment: Assessment, ref: str = "O-7.1") -> str:
    return f"assessments/{assessment.pk}/findings/ciso/{ref}"


GIVEN = {"version": 0, "answer_version": 0, "finding": "reserved", "comment": "Délai trop long."}


def test_a_finding_is_read_then_written_with_its_author(ciso: User, assessment: Assessment) -> None:
    caller = Caller(ciso)
    before = caller.read(f"assessments/{assessment.pk}/findings/ciso")
    assert (before["may_write"], before["left"]) == (True, 4)
    assert caller.patch(finding(assessment), GIVEN).json() == {
        "version": 2,
        "saved": ["finding", "comment"],
    }
    row = Finding.objects.get()
    assert (row.value, row.comment, row.updated_by) == ("reserved", "Délai trop long.", ciso)
    after = caller.read(f"assessments/{assessment.pk}/findings/ciso")
    assert after["left"] == 3
    events = AuditEvent.objects.filter(subject=f"assessment/{assessment.pk}/O-7.1")
    assert [(one.action, one.actor) for one in events.order_by("seq")] == [
        ("finding.changed", ciso.pk),
        ("finding_comment.changed", ciso.pk),
    ]


def test_the_same_finding_sent_twice_counts_once(ciso: User, assessment: Assessment) -> None:
    caller = Caller(ciso)
    caller.patch(finding(assessment), GIVEN)
    assert caller.patch(finding(assessment), GIVEN).json() == {"version": 2, "saved": []}
    events = AuditEvent.objects.filter(subject=f"assessment/{assessment.pk}/O-7.1")
    assert events.count() == 2


def test_a_finding_changed_meanwhile_is_not_overwritten(
    ciso: User, facility: Facility, assessment: Assessment
) -> None:
    other = factories.member(facility, Role.CISO, full_name="Dominique Autre")
    factories.no_conflict(assessment, other)
    Caller(other).patch(finding(assessment), GIVEN)
    sent = {"version": 0, "answer_version": 0, "finding": "favourable", "sharing": "shared"}
    response = Caller(ciso).patch(finding(assessment), sent)
    told = response.json()
    assert (response.status_code, told["saved"]) == (409, ["sharing"])
    [conflict] = told["conflicts"]
    assert (conflict["field"], conflict["theirs"], conflict["author"]) == (
        "finding",
        "reserved",
        "Dominique Autre",
    )
    assert Finding.objects.get().value == "reserved"


def test_who_has_declared_nothing_writes_nothing(
    facility: Facility, assessment: Assessment
) -> None:
    person = factories.member(facility, Role.CISO)
    response = Caller(person).patch(finding(assessment), GIVEN)
    assert response.status_code == 403
    assert response.json()["detail"].startswith("Déclarez d’abord")
    assert not Finding.objects.exists()


def test_a_role_lost_counts_at_the_next_call(ciso: User, assessment: Assessment) -> None:
    caller = Caller(ciso)
    ciso.memberships.update(role=Role.READER)
    assert caller.patch(finding(assessment), GIVEN).status_code == 403
    ciso.memberships.all().delete()
    assert caller.patch(finding(assessment), GIVEN).status_code == 404


@pytest.mark.parametrize("ref", ["O-3.3", "O-2.8", "O-99.1"])
def test_a_point_that_is_not_asked_of_the_role_is_nothing(
    ciso: User, assessment: Assessment, ref: str
) -> None:
    assert Caller(ciso).patch(finding(assessment, ref), GIVEN).status_code == 404


@pytest.mark.parametrize(
    ("sent", "status", "place"),
    [
        ("{", 400, None),
        ({}, 422, "body.sent.version"),
        (GIVEN | {"finding": "irregular"}, 422, "body.sent.finding"),
        (GIVEN | {"score": "compliant"}, 422, "body.sent.score"),
        (GIVEN | {"comment": "a\0b"}, 422, "body.sent.comment"),
        (GIVEN | {"comment": "a" * 10_001}, 422, "body.sent.comment"),
        (GIVEN | {"version": -1}, 422, "body.sent.version"),
    ],
)
def test_a_wrong_body_is_refused_by_name_in_french(
    ciso: User, assessment: Assessment, sent: Any, status: int, place: str | None
) -> None:
    response = Caller(ciso).patch(finding(assessment), sent)
    told = response.json()
    assert (response.status_code, told["status"]) == (status, status)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert place is None or place in [one["place"] for one in told["errors"]]
    assert all(one["reason"].startswith("Ce") for one in told.get("errors", ()))
    assert not Finding.objects.exists()


# -- What is published of it


def test_the_page_tells_every_call_of_the_description(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    page = client.get("/api/").content.decode()
    calls = [(method.upper(), path) for path, all_ in document["paths"].items() for method in all_]
    assert [call for call in calls if f"<code>{' '.join(call)}</code>" not in page] == []
    assert len(calls) >= 14


def test_the_description_is_made_once(client: Client) -> None:
    """Anybody asks for it, as often as they like."""
    assert api.get_openapi_schema() is api.get_openapi_schema()


def test_every_call_of_the_guide_works(ciso: User, buyer: User, assessment: Assessment) -> None:
    guide = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
        for line in block.splitlines()
    ]
    _token, secret = factories.api_token(ciso)
    values = {
        "$JETON": secret,
        "$CLAUSIER": "http://testserver",
        "$CONSULTATION": str(assessment.candidacy.lot.tender_id),
        "$CHECKLIST": str(assessment.checklist_id),
        "$EVALUATION": str(assessment.pk),
    }
    statuses = {line: curl(line, values) for line in lines}
    assert {line: status for line, status in statuses.items() if status != 200} == {}
    assert len(lines) >= 12


def curl(line: str, values: dict[str, str]) -> int:
    """Send what a line of the guide would send."""
    for name in sorted(values, key=len, reverse=True):
        line = line.replace(name, values[name])
    program, *words = shlex.split(line)
    assert program == "curl"
    method, headers, body, url = "GET", {}, "", ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _colon, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-X":
            method = words.pop(0)
        elif word == "-d":
            body = words.pop(0)
        else:
            url = word
    kind = headers.pop("Content-Type", "application/octet-stream")
    path = url.removeprefix("http://testserver")
    response = Client(headers=headers).generic(method, path, body, content_type=kind)
    return response.status_code
