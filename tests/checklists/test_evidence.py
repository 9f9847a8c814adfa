"""The files that a candidate joins to a point: known by their content, kept once, never shown."""

import datetime as dt
import hashlib
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from checklists.documents import dossier_missing, dossier_parts, report, result
from checklists.domain import answer_links, answer_sets, checklists, disclosure, editions, evidence
from checklists.domain.queries import grid
from checklists.enums import Force
from checklists.models import AnswerLink, Assessment, ControlPoint, Evidence
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
    told |= changes
    sent = evidence.SentFile(told["content"], told["kind"], told["sent_as"])
    return evidence.attach(assessment=link.assessment, ref=told["ref"], file=sent, by=link)


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
        (PDF + b"\x00" * file_kinds.MOST_BYTES, "20 Mo"),
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


def test_a_file_joined_or_taken_back_makes_an_older_edition_out_of_date(assessment, given):
    moments = [assessment.changed_at]

    def note() -> None:
        assessment.refresh_from_db()
        moments.append(assessment.changed_at)

    found = attach(given[0])
    note()
    evidence.detach(assessment=assessment, ref="O-7.1", evidence_id=found.pk, by=given[0])
    note()
    assert moments[0] < moments[1] < moments[2]


def test_a_file_taken_back_from_its_last_point_is_forgotten(
    given, django_capture_on_commit_callbacks
):
    link, _token = given
    file = attach(link)
    attach(link, ref="O-7.2")
    evidence.detach(assessment=link.assessment, by=link, ref="O-7.1", evidence_id=file.pk)
    assert storage.read(file.file_name) == PDF
    with django_capture_on_commit_callbacks(execute=True):
        evidence.detach(assessment=link.assessment, by=link, ref="O-7.2", evidence_id=file.pk)
    with pytest.raises(FileNotFoundError):
        storage.read(file.file_name)
    assert AuditEvent.objects.filter(action="evidence.detached").count() == 2


def test_nobody_takes_back_a_file_of_another(given, buyer, facility):
    other = factories.informal_assessment(buyer, facility)
    file = attach(factories.answer_link(buyer, other)[0])
    with pytest.raises(evidence.UnknownPlace):
        evidence.detach(
            assessment=given[0].assessment, by=given[0], ref="O-7.1", evidence_id=file.pk
        )


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
    evidence.detach(assessment=link.assessment, by=link, ref="O-7.1", evidence_id=file.pk)
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
    evidence.detach(assessment=link.assessment, by=link, ref="O-7.1", evidence_id=kept.pk)
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
    replace = reverse("checklists:answer_replace", args=[given[1], Evidence.objects.get().pk])
    assert client.post(replace, {"file": upload(PNG, "écran.png")}).status_code == 429


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


# -- One file, several points; one file in the place of another -----------------------------------


def test_a_candidate_joins_in_two_clicks_a_file_that_is_here_already(client, given):
    link, token = given
    file = attach(link)
    address = reverse("checklists:answer_chapter", args=[token, 4])
    page = text(client.get(address))
    assert f'<option value="{file.pk}">PAS.pdf</option>' in page
    told = {"versions": "O-7.2:0:0", "reprendre": "O-7.2", "O-7.2.reuse": file.pk}
    client.post(address, told)
    assert sorted(file.items.values_list("point__ref", flat=True)) == ["O-7.1", "O-7.2"]
    assert Evidence.objects.count() == 1
    evidence.detach(assessment=link.assessment, ref="O-7.2", evidence_id=file.pk, by=link)
    answer = post(client, token, ref="O-7.2", reprendre="O-7.2", **{"O-7.2.reuse": file.pk})
    assert "PAS.pdf" in answer.json()["html"]
    assert file.items.count() == 2


def test_nobody_reuses_the_file_of_another_candidate(client, given, buyer, facility):
    other = factories.informal_assessment(buyer, facility)
    file = attach(factories.answer_link(buyer, other)[0])
    answer = post(client, given[1], reprendre="O-7.1", **{"O-7.1.reuse": file.pk})
    assert answer.status_code == 422
    with pytest.raises(evidence.UnknownPlace):
        evidence.attach(
            assessment=other, ref="O-7.1", file=evidence.SentFile(PNG, "png", "x"), by=given[0]
        )


def test_a_file_in_the_place_of_another_backs_all_its_points_and_the_former_stays(
    client, signed_in, assessment, given
):
    link, token = given
    old = attach(link)
    attach(link, ref="O-7.2")
    address = reverse("checklists:answer_replace", args=[token, old.pk])
    assert "O-7.1" in text(client.get(address))
    refused = client.post(address, {"file": upload()})
    assert "déjà parmi les documents" in text(refused)
    client.post(address, {"file": upload(PDF + b"2", "PAS v2.pdf")})
    new = Evidence.objects.get(name="PAS v2.pdf")
    old.refresh_from_db()
    assert old.replaced_by == new
    assert sorted(new.items.values_list("point__ref", flat=True)) == ["O-7.1", "O-7.2"]
    assert storage.read(old.file_name) == PDF
    sheet = text(signed_in.get(reverse("checklists:evidence_sheet", args=[new.pk])))
    assert "Utilisé par 2 points" in sheet
    assert sheet.index(new.file_sha256) < sheet.index(old.file_sha256)
    told = report.gather(assessment.pk)["points"]
    point = next(one for one in told if one["ref"] == "O-7.1")
    (kept,) = point["evidence"]
    assert (kept["name"], kept["replaces"]) == ("PAS v2.pdf", "PAS.pdf")
    assert "remplace PAS.pdf" in render_to_string("pdf/_evidence.html", {"point": point}).replace(
        "\u200b", ""
    )
    assert {one["sha256"] for one in answer_sets.evidence_of(assessment)} == {new.file_sha256}
    evidence.detach(assessment=assessment, ref="O-7.1", evidence_id=new.pk, by=link)
    evidence.detach(assessment=assessment, ref="O-7.2", evidence_id=new.pk, by=link)
    assert Evidence.objects.count() == 2  # taken back, yet its former version stays known


def test_the_database_lets_a_file_be_replaced_once_and_never_after_the_freeze(given):
    link, _token = given
    first, second, third = (
        attach(link, content=PDF + mark, sent_as=f"{mark.decode()}.pdf")
        for mark in (b"1", b"2", b"3")
    )
    Evidence.objects.filter(pk=first.pk).update(replaced_by=second)
    with pytest.raises(IntegrityError, match="replaced once"), transaction.atomic():
        Evidence.objects.filter(pk=first.pk).update(replaced_by=third)
    answer_links.submit(link=link)
    with pytest.raises(IntegrityError, match="replaced once"), transaction.atomic():
        Evidence.objects.filter(pk=second.pk).update(replaced_by=third)


def test_the_buyer_joins_reuses_replaces_and_takes_back(signed_in, assessment):
    def act(ref: str, **told: Any) -> str:
        address = reverse("checklists:point_files", args=[assessment.pk, ref])
        return text(signed_in.post(address, told, follow=True))

    assert "Choisissez un fichier" in act("O-7.1")
    assert "n’est pas accepté" in act("O-7.1", file=upload(b"MZ"))
    assert "est joint à ce point" in act("O-7.1", file=upload())
    file = Evidence.objects.get()
    assert file.added_by is not None
    assert "est joint à ce point" in act("O-7.2", reprendre=file.pk)
    shown = text(signed_in.get(reverse("checklists:evidence_list", args=[assessment.pk])))
    assert "utilisé par 2 points" in shown
    replace = reverse("checklists:evidence_replace", args=[file.pk])
    assert signed_in.post(replace).status_code == 422
    signed_in.post(replace, {"file": upload(PDF + b"2", "PAS v2.pdf")})
    new = Evidence.objects.get(name="PAS v2.pdf")
    act("O-7.1", retirer=new.pk)
    assert list(new.items.values_list("point__ref", flat=True)) == ["O-7.2"]


def test_the_buyer_joins_nothing_once_the_answers_are_stopped(signed_in, assessment, given):
    answer_links.submit(link=given[0])
    address = reverse("checklists:point_files", args=[assessment.pk, "O-7.1"])
    assert signed_in.post(address, {"file": upload()}).status_code == 403
    assert not Evidence.objects.exists()


# -- How long it is good, whether it may be communicated -------------------------------------------


@pytest.mark.parametrize(
    ("days", "word", "is_watched"),
    [
        (-1, "Expiré", True),
        (0, "Expire bientôt", True),
        (90, "Expire bientôt", True),
        (91, "En cours", False),
    ],
)
def test_the_end_of_validity_is_said_and_watched(signed_in, given, days, word, is_watched):
    file = attach(given[0], sent_as="Attestation.pdf")
    until = timezone.localdate() + dt.timedelta(days=days)
    address = reverse("checklists:evidence_sheet", args=[file.pk])
    answer = signed_in.post(address, {"valid_until": until.isoformat(), "disclosure": ""})
    assert answer.status_code == 302
    assert word in text(signed_in.get(address))
    summary = reverse("checklists:assessment_summary", args=[file.assessment_id])
    assert ("Documents à revoir" in text(signed_in.get(summary))) is is_watched
    missing = dossier_missing.missing(file.assessment.candidacy.lot.tender)
    assert any("n’est plus valable" in line for line in missing) is (days < 0)


def test_a_wrong_date_is_refused_and_stays_in_the_field(signed_in, given):
    file = attach(given[0])
    address = reverse("checklists:evidence_sheet", args=[file.pk])
    refused = signed_in.post(address, {"valid_until": "demain", "disclosure": "restricted"})
    assert refused.status_code == 422
    assert 'value="demain"' in text(refused)


@pytest.mark.parametrize(
    ("name", "ref", "secrecy"),
    [
        ("Schéma d’Architecture.pdf", "O-7.1", "proposed"),
        ("Rapport de pentest.pdf", "O-7.2", "proposed"),
        ("Vulnérabilités.pdf", "O-7.2", "proposed"),
        ("Plaquette.pdf", "O-7.2", "none"),
    ],
)
def test_what_would_help_an_attacker_is_proposed_as_not_communicable(given, name, ref, secrecy):
    file = attach(given[0], ref=ref, sent_as=name)
    assert disclosure.secrecy_of(file) == secrecy


@pytest.mark.parametrize(
    ("expected", "is_secret"),
    [("Joindre la matrice de flux.", True), ("Joindre les rapports d’activité.", False)],
)
def test_a_point_that_asks_for_such_papers_says_it_of_its_files(expected, is_secret):
    point = ControlPoint(title="Réseau du dispositif", expected=expected)
    assert disclosure.asks_for_secrets(point) is is_secret


def test_what_is_not_communicable_is_marked_everywhere_and_left_out_of_what_is_given(
    client, facility, assessment, given
):
    link, _token = given
    plan = attach(link, ref="O-7.2", sent_as="Plaquette.pdf")
    flows = attach(link, content=PNG, kind="png", sent_as="Matrice de flux.png")
    client.force_login(factories.member(facility, Role.CISO))
    address = reverse("checklists:evidence_sheet", args=[plan.pk])
    client.post(address, {"valid_until": "", "disclosure": "restricted"})
    data = report.gather(assessment.pk)
    files = [file for point in data["points"] for file in point.get("evidence", ())]
    assert [file["is_restricted"] for file in files] == [True, True]
    parts = dossier_parts.parts(assessment.candidacy.lot.tender)
    titles = [part.title for part in parts if "/pieces/" in part.path]
    assert all("NON COMMUNICABLE" in title for title in titles)
    given_away = result.written(data, comments=(), kind="xlsx")
    assert flows.file_sha256 not in words_of(given_away)
    assert plan.file_sha256 not in words_of(given_away)
    client.post(address, {"valid_until": "", "disclosure": "communicable"})
    given_away = result.written(report.gather(assessment.pk), comments=(), kind="xlsx")
    assert plan.file_sha256 in words_of(given_away)
    assert flows.file_sha256 not in words_of(given_away)
    event = AuditEvent.objects.filter(action="evidence.qualified").latest("seq")
    assert event.data["after"] == {"valid_until": "", "disclosure": "communicable"}


def words_of(workbook: bytes) -> str:
    """All that is written in a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    return " ".join(
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    )


def test_a_member_without_the_role_qualifies_nothing(client, facility, given):
    file = attach(given[0])
    client.force_login(factories.member(facility, Role.DPO))
    address = reverse("checklists:evidence_sheet", args=[file.pk])
    assert "Réservé au rôle" in text(client.get(address))
    assert client.post(address, {"disclosure": "communicable"}).status_code == 403


def test_the_files_of_an_assessment_cost_the_same_queries_for_one_and_for_three(
    signed_in, assessment, given, django_assert_num_queries
):
    address = reverse("checklists:evidence_list", args=[assessment.pk])
    attach(given[0])
    signed_in.get(address)
    for mark in (b"", b"2", b"3"):
        attach(given[0], content=PDF + mark)
        with django_assert_num_queries(7):
            signed_in.get(address)
