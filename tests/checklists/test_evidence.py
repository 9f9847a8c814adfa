"""The files that a candidate joins to a point: known by their content, kept once, never shown."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from checklists.documents import report
from checklists.domain import answer_links, answer_sets, checklists, editions, evidence
from checklists.domain.queries import grid
from checklists.enums import Force
from checklists.models import AnswerLink, Assessment, Evidence
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.common import file_kinds, storage
from uniha_clausier.common.models import AuditEvent

from .checklist_site import text
from .evidence_site import JPEG, PDF, PNG, archive, office


@pytest.fixture
def assessment(buyer, facility) -> Assessment:
    return factories.informal_assessment(buyer, facility)


@pytest.fixture
def given(assessment, buyer) -> tuple[AnswerLink, str]:
    return factories.answer_link(buyer, assessment)


def attach(link: AnswerLink, **changes: Any) -> Evidence:
    told: dict[str, Any] = {"ref": "O-7.1", "content": PDF, "kind": "pdf", "sent_as": "PAS.pdf"}
    return evidence.attach(link=link, **told | changes)


# -- What a file is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (PNG, "png"),
        (JPEG, "jpg"),
        (office("word"), "docx"),
        (office("xl"), "xlsx"),
        (office("ppt"), "pptx"),
        (archive(mimetype="application/vnd.oasis.opendocument.text"), "odt"),
        (archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "ods"),
        (archive(mimetype="application/vnd.oasis.opendocument.presentation"), "odp"),
    ],
    ids=["pdf", "png", "jpg", "docx", "xlsx", "pptx", "odt", "ods", "odp"],
)
def test_a_file_is_known_by_its_content(content, kind):
    assert file_kinds.kind_of(content) == kind


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "vide"),
        (b"MZ\x90\x00 un programme", "n’est pas accepté"),
        (b"<svg onload='x()'/>", "n’est pas accepté"),
        (b"<html>%PDF-1.7", "n’est pas accepté"),
        (office("word", "word/vbaProject.bin"), "macros"),
        (archive("Basic/script.xml", mimetype=file_kinds.TYPES["odt"]), "macros"),
        (archive("virus.exe"), "n’est pas accepté"),
        (archive(mimetype="text/html"), "n’est pas accepté"),
        (office("word")[:60], "n’est pas accepté"),
        (PDF + b"\x00" * file_kinds.MOST_BYTES, "20 Mo"),
    ],
    ids=[
        "empty",
        "program",
        "svg",
        "html",
        "macros of Word",
        "macros of LibreOffice",
        "archive",
        "lying archive",
        "cut archive",
        "too large",
    ],
)
def test_another_file_is_refused_with_a_reason(content, reason):
    with pytest.raises(file_kinds.UnfitFile, match=reason):
        file_kinds.kind_of(content)


# -- Joining and taking back ---------------------------------------------------------------------


def test_a_file_is_kept_as_it_came_once_for_all_its_points(assessment, given):
    link, _token = given
    one = attach(link)
    same = attach(link, ref="O-7.2", sent_as="copie.pdf")
    attach(link)
    assert one == same
    assert sorted(one.items.values_list("point__ref", flat=True)) == ["O-7.1", "O-7.2"]
    assert storage.read(one.file_name) == PDF
    assert one.file_sha256 == hashlib.sha256(PDF).hexdigest()
    events = AuditEvent.objects.filter(action="evidence.attached").order_by("seq")
    assert [event.subject.rpartition("/")[2] for event in events] == ["O-7.1", "O-7.2"]
    assert {event.data["link"] for event in events} == {1}


def test_a_file_taken_back_from_its_last_point_is_forgotten(
    given, django_capture_on_commit_callbacks
):
    link, _token = given
    file = attach(link)
    attach(link, ref="O-7.2")
    evidence.detach(link=link, ref="O-7.1", evidence_id=file.pk)
    assert storage.read(file.file_name) == PDF
    with django_capture_on_commit_callbacks(execute=True):
        evidence.detach(link=link, ref="O-7.2", evidence_id=file.pk)
    with pytest.raises(FileNotFoundError):
        storage.read(file.file_name)
    assert AuditEvent.objects.filter(action="evidence.detached").count() == 2


def test_nobody_takes_back_a_file_of_another(given, buyer, facility):
    other = factories.informal_assessment(buyer, facility)
    file = attach(factories.answer_link(buyer, other)[0])
    with pytest.raises(evidence.UnknownPlace):
        evidence.detach(link=given[0], ref="O-7.1", evidence_id=file.pk)


def test_what_may_be_joined_has_an_end(given, monkeypatch):
    link, _token = given
    monkeypatch.setattr(evidence, "MOST_FILES", 2)
    attach(link)
    attach(link, content=PNG, kind="png")
    with pytest.raises(evidence.TooMuch):
        attach(link, content=JPEG, kind="jpg")
    monkeypatch.setattr(evidence, "MOST_FILES", 100)
    monkeypatch.setattr(evidence, "MOST_BYTES", len(PDF) + len(PNG))
    with pytest.raises(evidence.TooMuch):
        attach(link, content=JPEG, kind="jpg")


@pytest.mark.parametrize("end", ["revoked", "submitted", "unknown point"])
def test_nothing_is_joined_where_nothing_is_written(given, buyer, end):
    link, _token = given
    if end == "revoked":
        answer_links.revoke_link(link=link, by=buyer)
    if end == "submitted":
        answer_links.submit(link=link)
    refused = evidence.UnknownPlace if end == "unknown point" else answer_links.LinkClosed
    with pytest.raises(refused):
        attach(link, ref="O-99.1" if end == "unknown point" else "O-7.1")
    assert not Evidence.objects.exists()


def test_the_hash_of_the_answers_covers_the_files(assessment, given):
    link, _token = given
    before = answer_sets.hash_of(assessment)
    file = attach(link)
    assert answer_sets.content(assessment)["evidence"] == [
        {"ref": "O-7.1", "sha256": file.file_sha256}
    ]
    assert answer_sets.hash_of(assessment) != before
    evidence.detach(link=link, ref="O-7.1", evidence_id=file.pk)
    assert answer_sets.hash_of(assessment) == before


@pytest.mark.parametrize("change", ["delete", "unlink", "link", "insert"])
def test_the_database_freezes_the_files_with_the_answers(assessment, given, change):
    link, _token = given
    file = attach(link)
    other = assessment.answers.get(item__point__ref="O-7.2").item
    answer_links.submit(link=link)
    values = Evidence.objects.filter(pk=file.pk).values().get() | {
        "id": None,
        "file_sha256": "a" * 64,
    }
    acts: dict[str, Callable[[], object]] = {
        "delete": file.delete,
        "unlink": file.items.clear,
        "link": lambda: file.items.add(other),
        "insert": lambda: Evidence.objects.create(**values),
    }
    with pytest.raises(IntegrityError, match="frozen with the answers"), transaction.atomic():
        acts[change]()


def test_the_database_keeps_a_file_as_it_came(given):
    file = attach(given[0])
    for values in ({"name": "autre"}, {"file_sha256": "b" * 64}, {"kind": "png"}):
        with pytest.raises(IntegrityError, match="as it came"), transaction.atomic():
            Evidence.objects.filter(pk=file.pk).update(**values)


def test_files_follow_their_point_when_the_checklist_is_corrected(client, assessment, given, buyer):
    link, token = given
    kept, gone = (
        attach(link),
        attach(link, ref="O-7.2", content=PNG, kind="png", sent_as="écran.png"),
    )
    draft = editions.prepare_correction(
        checklist=assessment.checklist, reason="Un point de trop.", by=buyer
    )
    checklists.force_point(
        checklist=draft, ref="O-7.2", force=Force.OUT, reason="Inutile.", by=buyer
    )
    second = editions.publish(checklist=draft, by=buyer)
    assert kept.items.get().checklist == second
    assert not gone.items.exists()
    event = AuditEvent.objects.get(action="assessment.edition_changed")
    assert event.data["gone"] == {"O-7.2": ["écran.png"]}
    link.refresh_from_db()
    evidence.detach(link=link, ref="O-7.1", evidence_id=kept.pk)
    assert "evidence" not in answer_sets.content(Assessment.objects.get(pk=assessment.pk))
    assert "Un point de trop." in text(client.get(reverse("checklists:answers", args=[token])))


# -- Pages ---------------------------------------------------------------------------------------


def post(client, token: str, ref: Any = "O-7.1", **told: Any):
    address = reverse("checklists:answer_files", args=[token, ref])
    return client.post(address, told, headers={"Accept": "application/json"})


def upload(content: bytes = PDF, name: str = "PAS.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_script_joins_files_and_receives_the_list(client, assessment, given):
    _link, token = given
    cache.clear()
    answer = post(client, token, **{"O-7.1.files": [upload(), upload(PNG, "écran.png")]})
    assert answer.status_code == 200
    assert "PAS.pdf" in answer.json()["html"]
    assert "écran.png" in answer.json()["html"]
    file = Evidence.objects.get(kind="png")
    answer = post(client, token, retirer=f"O-7.1:{file.pk}")
    assert "écran.png" not in answer.json()["html"]


def test_a_file_that_does_not_fit_is_refused_by_its_name(client, given):
    cache.clear()
    answer = post(client, given[1], **{"O-7.1.files": [upload(b"MZ", "outil.pdf")]})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("outil.pdf\u00a0: Ce format n’est pas accepté.")


def test_without_a_script_the_page_saves_answers_and_files_together(client, assessment, given):
    _link, token = given
    cache.clear()
    address = reverse("checklists:answer_chapter", args=[token, 4])
    told = {"versions": "O-7.1:0:0 O-7.2:0:0", "O-7.1.claim": "yes"}
    client.post(
        address, told | {"O-7.1.files": [upload()], "O-7.2.files": [upload(b"MZ", "x.exe")]}
    )
    page = text(client.get(address))
    assert "PAS.pdf" in page
    assert 'value="yes" checked' in page
    refused = client.post(address, told | {"O-7.2.files": [upload(b"MZ", "x.exe")]})
    assert refused.status_code == 422
    assert "x.exe\u00a0: Ce format n’est pas accepté." in text(refused)


def test_a_file_is_given_back_as_an_attachment_to_its_candidate_and_to_the_buyer_only(
    client, signed_in, stranger, given, facility
):
    link, token = given
    file = attach(link, sent_as="Plan d’assurance.docx")
    own = reverse("checklists:answer_file", args=[token, file.pk])
    for answer in (
        client.get(own),
        signed_in.get(reverse("checklists:evidence_file", args=[file.pk])),
    ):
        assert answer.content == PDF
        assert answer["Content-Disposition"].startswith("attachment")
        assert ".pdf" in answer["Content-Disposition"]  # what it is, not what it said
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    client.force_login(stranger)
    assert client.get(reverse("checklists:evidence_file", args=[file.pk])).status_code == 404


def test_a_candidate_never_reads_the_file_of_another(client, given, buyer, facility):
    other = factories.informal_assessment(buyer, facility)
    file = attach(factories.answer_link(buyer, other)[0])
    address = reverse("checklists:answer_file", args=[given[1], file.pk])
    assert client.get(address).status_code == 404


def test_the_buyer_sees_the_files_in_the_grid_and_on_the_point(signed_in, assessment, given):
    link, _token = given
    file = attach(link)
    attach(link, content=PNG, kind="png", sent_as="écran.png")
    page = text(signed_in.get(reverse("checklists:assessment_grid", args=[assessment.pk])))
    assert (
        '<a class="point-files" href="points/O-7.1/historique/#pieces">2 documents joints' in page
    )
    point = text(
        signed_in.get(reverse("checklists:assessment_history", args=[assessment.pk, "O-7.1"]))
    )
    assert file.file_sha256 in point
    assert "Document joint" in point
    assert "Le candidat, par le lien 1" in point


def test_the_sealed_document_names_the_files_of_each_point(assessment, given):
    file = attach(given[0])
    points = {point["ref"]: point for point in report.gather(assessment.pk)["points"]}
    told = {"name": "PAS.pdf", "sha256": file.file_sha256, "size": len(PDF)}
    assert points["O-7.1"]["evidence"] == [told]
    assert "evidence" not in points["O-7.2"]  # older data keep their hash
    html = render_to_string("pdf/_evidence.html", {"point": points["O-7.1"]})
    assert f"PAS.pdf, SHA-256 {file.file_sha256}" in html.replace("\u200b", "")


def test_a_reader_of_the_facility_reads_the_files(client, given, facility):
    file = attach(given[0])
    client.force_login(factories.member(facility, Role.CISO))
    assert client.get(reverse("checklists:evidence_file", args=[file.pk])).content == PDF


def test_files_cost_the_grid_no_query(assessment, given, django_assert_num_queries):
    link, _token = given
    for content in (PDF, PDF + b"2", PDF + b"3"):
        attach(link, content=content)
    with django_assert_num_queries(1):
        states = grid.states(assessment)
    assert {state.ref: state.files for state in states if state.files} == {"O-7.1": 3}


def test_whoever_sends_too_many_files_is_slowed_down(client, given, settings):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"answer_files": "1/m/key"}
    post(client, given[1], **{"O-7.1.files": [upload()]})
    answer = post(client, given[1], **{"O-7.1.files": [upload(PNG, "écran.png")]})
    assert answer.json()["error"] == "Trop de fichiers en peu de temps\u00a0: attendez une minute."


def test_a_request_too_large_is_not_even_read(client, given):
    """Nothing of it reaches the disk of the server."""
    address = reverse("checklists:answer_chapter", args=[given[1], 4])
    told: dict[str, Any] = {"data": b"", "content_type": "multipart/form-data; boundary=x"}
    page = client.generic("POST", address, **told, CONTENT_LENGTH=str(500 * 1024 * 1024))
    assert page.status_code == 413
    assert "joignez les documents un par un" in text(page)
    answer = client.generic(
        "POST",
        reverse("checklists:answer_files", args=[given[1], "O-7.1"]),
        **told,
        headers={"Accept": "application/json"},
        CONTENT_LENGTH=str(500 * 1024 * 1024),
    )
    assert (answer.status_code, answer.json()["error"][:17]) == (422, "Trop de documents")
