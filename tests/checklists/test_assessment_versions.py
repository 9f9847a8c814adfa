"""A signed assessment is read-only for ever: its correction is a new version, which names it."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.documents import dossier_parts, pdf, report
from checklists.domain import (
    answer_links,
    answer_sets,
    answering,
    assessment_versions,
    assessments,
    decisions,
    documents,
    evidence,
    findings,
    opinions,
    signed_files,
)
from checklists.domain.assessment_versions import NotCorrectable
from checklists.domain.queries import assessment_versions as queries
from checklists.domain.queries import comparison, my_points, reservations, tenders
from checklists.domain.queries import evidence as evidence_queries
from checklists.domain.queries import opinions as opinion_queries
from checklists.models import (
    Answer,
    Assessment,
    AssessmentDecision,
    Evidence,
    Finding,
    PointDecision,
    Score,
    SignedFile,
)
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import storage
from uniha_clausier.common.models import AuditEvent


@pytest.fixture
def ciso(facility: Facility) -> User:
    return factories.member(facility, Role.CISO)


@pytest.fixture
def scored(buyer: User, facility: Facility, ciso: User) -> Assessment:
    """Answered by a link with a file, stopped, scored, found, reserved on one point, decided."""
    assessment = factories.informal_assessment(buyer, facility)
    link, _token = factories.answer_link(buyer, assessment)
    factories.joined_file(link)
    answer_links.save_answer(link=link, ref="O-7.1", field="claim", value="yes", base_version=0)
    answer_sets.freeze(assessment=assessment, by=buyer)
    refs = [item.point.ref for item in assessments.scored_items(assessment.checklist)]
    for ref in refs:
        write(assessment, ref, "score", "partial", buyer)
    find(assessment, "reserved", ciso)
    edits = [edit(assessment, ref) for ref in refs]
    assert not decisions.decide_points(assessment_id=assessment.pk, edits=edits, by=buyer).refused
    decisions.decide_whole(
        assessment_id=assessment.pk, value="reserved", reason="Bien.", base_version=0, by=buyer
    )
    return assessment


@pytest.fixture
def former(scored: Assessment, buyer: User) -> Assessment:
    return factories.signed(scored, buyer)


@pytest.fixture
def current(former: Assessment, buyer: User) -> Assessment:
    return factories.corrected(former, buyer)


def write(to: Assessment, ref: str, field: str, value: str, by: User, base: int = 99) -> None:
    answering.save_field(
        assessment_id=to.pk, ref=ref, field=field, value=value, base_version=base, by=by
    )


def edit(of: Assessment, ref: str) -> decisions.Edit:
    """The decision on a point, on what it says now: the first is accepted with a reservation."""
    answer = Answer.objects.get(assessment=of, item__point__ref=ref)
    read: dict[str, Any] = {"answer_version": answer.version, "score_version": 1}
    if ref != "O-7.1":
        return decisions.Edit(ref, "accepted", **read)
    today = timezone.localdate()
    promise: dict[str, Any] = {"commitment": "Corriger.", "owner": "L’éditeur", "due_on": today}
    return decisions.Edit(ref, "reserved", **promise, **read)


def find(to: Assessment, value: str, by: User, base: int = 9) -> None:
    edit = findings.Edit("O-7.1", "finding", value, base, base)
    findings.save_finding(assessment_id=to.pk, role=Role.CISO, edit=edit, by=by)


def rows(model: Any, of: Assessment, *names: str) -> list[Any]:
    return list(model.objects.filter(assessment=of).order_by("pk").values_list(*names))


# -- What the new version is ---------------------------------------------------------------------


def test_a_signed_assessment_is_corrected_by_the_next_version(
    former: Assessment, current: Assessment, buyer: User
) -> None:
    former.refresh_from_db()
    assert (current.number, current.replaces, current.signed_at) == (2, former, None)
    assert current.correction_reason == "Une note était fausse."
    assert (current.created_by, former.number) == (buyer, 1)
    assert former.replaced_at and former.signed_at
    assert [one.number for one in queries.versions(former)] == [2, 1]


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Answer, ("item", "value", "text", "version", "updated_at", "updated_by_link")),
        (Score, ("item", "value", "comment", "version", "updated_at", "updated_by")),
        (Finding, ("item", "role", "value", "comment", "version", "updated_at", "updated_by")),
        (PointDecision, ("item", "value", "commitment", "owner", "due_on", "decided_by")),
        (AssessmentDecision, ("value", "reason", "decided_at", "decided_by")),
        (Evidence, ("name", "file_sha256", "file_name", "items", "added_by_link")),
    ],
)
def test_it_starts_from_all_that_the_former_says(
    model: Any, names: tuple[str, ...], former: Assessment, current: Assessment
) -> None:
    assert rows(model, former, *names)
    assert rows(model, current, *names) == rows(model, former, *names)


def test_the_counters_and_the_hash_of_the_answers_stand(
    former: Assessment, current: Assessment
) -> None:
    former.refresh_from_db()
    assert assessments.recompute_counters(current) == []
    assert current.answers_frozen_at == former.answers_frozen_at
    assert answer_sets.hash_of(current) == current.answers_sha256 == former.answers_sha256


def test_no_decision_and_no_finding_is_out_of_date_for_having_been_taken_over(
    current: Assessment,
) -> None:
    data = report.gather(current.pk)
    assert (data["decision"]["is_outdated"], data["to_review"]) == (False, [])


def test_a_finding_says_where_it_was_given_until_it_is_written_again(
    current: Assessment, buyer: User, ciso: User
) -> None:
    assert Finding.objects.get(assessment=current).taken_from == 1
    factories.signed(current, buyer)
    third = factories.corrected(current, buyer)
    assert Finding.objects.get(assessment=third).taken_from == 1
    find(third, "favourable", ciso)
    assert Finding.objects.get(assessment=third).taken_from is None


def test_the_paper_of_the_new_version_says_which_findings_are_taken_over(
    current: Assessment,
) -> None:
    frozen = report.freeze(current, number=1, at=timezone.now(), by=None, seq=1, head="0" * 64)
    assert "Réservé (repris de la version 1)" in pdf.html(frozen, content_sha256="0" * 64)


def test_the_new_version_is_written_and_the_former_never(
    former: Assessment, current: Assessment, buyer: User
) -> None:
    write(current, "O-7.1", "score", "compliant", buyer)
    with pytest.raises(answering.SignedForEver):
        write(former, "O-7.1", "score", "compliant", buyer)
    scores = Score.objects.filter(item__point__ref="O-7.1").order_by("assessment")
    assert [one.value for one in scores] == ["partial", "compliant"]


def test_the_journal_tells_the_reason_and_the_file_that_is_replaced(
    former: Assessment, current: Assessment
) -> None:
    sha256 = SignedFile.objects.get().file_sha256
    told = {"version": 2, "reason": "Une note était fausse.", "sha256": sha256}
    events = AuditEvent.objects.filter(action__in=["assessment.corrected", "assessment.replaced"])
    assert {event.subject: event.data for event in events} == {
        f"assessment/{current.pk}": told | {"replaces": former.pk},
        f"assessment/{former.pk}": told | {"replaced_by": current.pk},
    }


# -- When there is none --------------------------------------------------------------------------


def test_one_that_is_not_signed_is_corrected_directly(scored: Assessment, buyer: User) -> None:
    with pytest.raises(NotCorrectable, match="se corrige directement"):
        factories.corrected(scored, buyer)


def test_one_is_replaced_once(former: Assessment, current: Assessment, buyer: User) -> None:
    with pytest.raises(NotCorrectable, match="La version 2 remplace celle-ci"):
        factories.corrected(former, buyer)
    assert Assessment.objects.count() == 2


def test_a_reason_is_asked(former: Assessment, buyer: User) -> None:
    with pytest.raises(NotCorrectable, match="motif"):
        assessment_versions.correct(assessment=former, reason=" \n ", by=buyer)
    assert Assessment.objects.get().replaced_at is None


def test_nothing_is_replaced_that_has_no_signed_file_to_name(
    scored: Assessment, buyer: User
) -> None:
    Assessment.objects.filter(pk=scored.pk).update(signed_at=timezone.now())
    with pytest.raises(NotCorrectable, match="n’est pas déposé"):
        factories.corrected(scored, buyer)


def test_no_edition_and_no_signature_is_added_to_the_former(
    former: Assessment, current: Assessment, buyer: User
) -> None:
    with pytest.raises(documents.Replaced, match="La version 2 remplace celle-ci"):
        documents.request_document(assessment=former, freeze=report.freeze, by=buyer)
    kept = SignedFile.objects.get()
    late = signed_files.receive(
        document=kept.document,
        sent=signed_files.Sent(b"late", "tard.pdf", "4" * 64),
        report={"base_sha256": kept.file_sha256},
        by=buyer,
    )
    with pytest.raises(signed_files.NotAcceptable, match="La version 2 remplace celle-ci"):
        signed_files.accept(
            file=late,
            confirmation=signed_files.Confirmation("Sacha Petit", True, True),
            data_hash=lambda _document: "",
            by=buyer,
        )


# -- The database ----------------------------------------------------------------------------------


def insert(former: Assessment, **changes: Any) -> None:
    told: dict[str, Any] = {
        "facility_id": former.facility_id,
        "candidacy_id": former.candidacy_id,
        "checklist_id": former.checklist_id,
        "created_by_id": former.created_by_id,
        "number": 2,
        "replaces": former,
        "correction_reason": "Essai.",
    }
    with transaction.atomic():
        Assessment.objects.create(**told | changes)


def test_the_database_refuses_a_version_of_what_is_not_replaced(former: Assessment) -> None:
    with pytest.raises(DatabaseError, match="follows the former"):
        insert(former)


@pytest.mark.parametrize("number", [2, 4])
def test_the_database_refuses_a_number_that_does_not_follow(
    number: int, current: Assessment, buyer: User
) -> None:
    factories.signed(current, buyer)
    Assessment.objects.filter(pk=current.pk).update(replaced_at=timezone.now())
    with pytest.raises(DatabaseError, match=r"follows the former|assessment_version_unique"):
        insert(current, number=number)


def test_the_database_refuses_a_version_for_another_candidate(
    former: Assessment, buyer: User, facility: Facility
) -> None:
    Assessment.objects.filter(pk=former.pk).update(replaced_at=timezone.now())
    other = factories.assessment(buyer, facility)
    with pytest.raises(DatabaseError, match="follows the former"):
        insert(former, candidacy_id=other.candidacy_id, checklist_id=other.checklist_id)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"replaces": None}, "assessment_version_names_the_former"),
        ({"correction_reason": ""}, "assessment_version_names_the_former"),
        ({"number": 1, "replaces": None, "correction_reason": ""}, "assessment_version_unique"),
    ],
)
def test_the_database_refuses_a_version_that_names_nothing(
    changes: dict[str, Any], name: str, former: Assessment
) -> None:
    Assessment.objects.filter(pk=former.pk).update(replaced_at=timezone.now())
    with pytest.raises(IntegrityError, match=name if is_named(name) else "UNIQUE"):
        insert(former, **changes)


def is_named(name: str) -> bool:
    """SQLite names a check, never a unique constraint."""
    return connection.vendor == "postgresql" or not name.endswith("_unique")


def test_a_candidate_has_one_current_version_a_checklist(former: Assessment) -> None:
    with pytest.raises(IntegrityError):
        insert(former, number=1, replaces=None, correction_reason="")


def test_the_database_replaces_only_what_is_signed(scored: Assessment) -> None:
    with (
        pytest.raises(IntegrityError, match="assessment_replaced_once_signed"),
        transaction.atomic(),
    ):
        Assessment.objects.filter(pk=scored.pk).update(replaced_at=timezone.now())


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("replaced_at", None, "stays replaced"),
        ("number", 7, "never changes"),
        ("correction_reason", "Autre.", "never changes"),
    ],
)
def test_the_database_never_changes_what_replaces_what(
    column: str, value: Any, reason: str, former: Assessment, current: Assessment
) -> None:
    with pytest.raises(DatabaseError, match=reason), transaction.atomic():
        Assessment.objects.filter(pk=former.pk).update(**{column: value})


def test_the_database_refuses_a_finding_taken_from_no_version(current: Assessment) -> None:
    with (
        pytest.raises(IntegrityError, match="finding_taken_from_a_version"),
        transaction.atomic(),
    ):
        Finding.objects.filter(assessment=current).update(taken_from=0)


# -- The files ---------------------------------------------------------------------------------------


def test_a_file_taken_back_from_the_new_version_is_kept_for_the_former(
    buyer: User, facility: Facility, django_capture_on_commit_callbacks: Any
) -> None:
    former = factories.informal_assessment(buyer, facility)
    link, _token = factories.answer_link(buyer, former)
    file = factories.joined_file(link)
    current = factories.corrected(factories.signed(former, buyer), buyer)
    own = Evidence.objects.get(assessment=current)
    with django_capture_on_commit_callbacks(execute=True):
        evidence.detach(assessment=current, ref="O-7.1", evidence_id=own.pk, by=buyer)
    assert not Evidence.objects.filter(assessment=current).exists()
    assert storage.read(file.file_name) == b"%PDF-1.7 justificatif"


def test_a_file_that_another_replaces_stays_known_in_the_new_version(
    buyer: User, facility: Facility
) -> None:
    former = factories.informal_assessment(buyer, facility)
    link, _token = factories.answer_link(buyer, former)
    file = factories.joined_file(link)
    sent = evidence.SentFile(b"%PDF-1.7 plus recent", "pdf", "Nouveau.pdf")
    evidence.replace(assessment=former, evidence_id=file.pk, file=sent, by=buyer)
    current = factories.corrected(factories.signed(former, buyer), buyer)
    [shown] = evidence_queries.current(current)
    assert (shown.name, shown.former and shown.former.name) == ("Nouveau.pdf", "Justificatif.pdf")
    assert shown.former and shown.former.assessment_id == current.pk


# -- Lists, comparison, documents ------------------------------------------------------------------


def test_the_lists_and_the_comparison_follow_the_new_version(
    former: Assessment, current: Assessment, buyer: User
) -> None:
    write(current, "O-7.1", "score", "compliant", buyer)
    tender = former.candidacy.lot.tender
    [candidate] = comparison.comparison(former.checklist).candidates
    assert candidate.assessment == current.pk
    [state] = tenders.lots_of(tender, reader=buyer)
    assert [one.assessment for one in state.sheets[0].candidates] == [current]
    listed: Any = tenders.with_progress(type(tender).objects.filter(pk=tender.pk)).get()
    assert (listed.total, listed.scored) == (4, 4)
    assert [row.assessment for row in reservations.of_tender(tender)] == [current]


def test_the_comparison_costs_the_same_with_several_versions(
    former: Assessment, current: Assessment, django_assert_num_queries: Any
) -> None:
    comparison.comparison(former.checklist)
    with django_assert_num_queries(4):
        comparison.comparison(former.checklist)


def test_the_former_still_computes_its_own_note(
    former: Assessment, current: Assessment, buyer: User
) -> None:
    write(current, "O-7.1", "score", "compliant", buyer)
    notes = []
    for one in (former, current):
        found = comparison.comparison(one.checklist, only=one)
        notes.append(found.note(found.candidates[0]).tally.earned)
    assert notes[0] < notes[1]


def test_what_waits_for_a_reviewer_is_in_the_new_version(
    former: Assessment, current: Assessment, buyer: User, ciso: User
) -> None:
    write(current, "O-7.1", "score", "", buyer)
    places = my_points.places_of(ciso)
    assert [one.pk for one in my_points.assessments_of(ciso, places)] == [current.pk]


def test_the_opinions_that_were_given_are_read_in_the_new_version(
    scored: Assessment, buyer: User, ciso: User
) -> None:
    answered = factories.opinion_request(buyer, scored, role=Role.CISO)
    opinions.file(asked=answered, value="favourable", text="", base=0, by=ciso)
    factories.opinion_request(buyer, scored, role=Role.CISO)
    current = factories.corrected(factories.signed(scored, buyer), buyer)
    assert opinion_queries.of_assessment(current) == [answered]
    assert [one["number"] for one in report.gather(current.pk)["opinions"]] == [1]
    assert factories.opinion_request(buyer, current, role=Role.CISO).number == 3


def test_the_data_name_what_they_replace_and_those_of_the_former_are_the_same(
    former: Assessment, buyer: User
) -> None:
    before = report.hash_of(report.gather(former.pk))
    current = factories.corrected(former, buyer)
    assert report.hash_of(report.gather(former.pk)) == before
    signed = SignedFile.objects.select_related("document").get()
    told = report.gather(current.pk)["assessment"]["version"]
    assert told["number"] == 2
    assert told["reason"] == "Une note était fausse."
    assert told["replaces"]["file_sha256"] == signed.file_sha256
    assert told["replaces"]["data_sha256"] == signed.document.content_sha256
    assert (told["replaces"]["number"], told["replaces"]["edition"]) == (1, 1)


def test_the_dossier_holds_both_versions_and_each_file_once(
    former: Assessment, current: Assessment
) -> None:
    tender = former.candidacy.lot.tender
    parts = list(dossier_parts.parts(tender))
    vendor = former.candidacy.vendor.name
    titles = [part.title for part in parts if part.kind in ("signed", "evidence")]
    assert sum(title.startswith(f"{vendor}, version 1 remplacée") for title in titles) == 2
    assert len(titles) == 2
    notes = [part.title for part in parts if part.kind == dossier_parts.NOTE]
    assert [title.partition("\u00a0:")[0] for title in notes] == [
        f"{vendor}, version 1 remplacée",
        f"{vendor}, version 2",
    ]
    folders = {part.path.split("/")[2] for part in parts if "/2-candidats/" in part.path}
    assert len(folders) == 2
    assert len({part.path for part in parts}) == len(parts)


# -- The pages ---------------------------------------------------------------------------------------


def page(client: Client, route: str, of: Assessment) -> str:
    return client.get(reverse(f"checklists:{route}", args=[of.pk])).content.decode()


def test_the_buyer_opens_the_next_version_with_a_reason(
    signed_in: Client, former: Assessment
) -> None:
    url = reverse("checklists:assessment_versions", args=[former.pk])
    assert "Ouvrir la version 2" in signed_in.get(url).content.decode()
    refused = signed_in.post(url, {"reason": ""})
    assert (refused.status_code, "Donnez le motif" in refused.content.decode()) == (422, True)
    response = signed_in.post(url, {"reason": "Une note était fausse."}, follow=True)
    current = Assessment.objects.get(number=2)
    assert response.redirect_chain[-1][0] == reverse(
        "checklists:assessment_grid", args=[current.pk]
    )
    html = response.content.decode()
    assert "La version 2 est ouverte" in html and "remplace la version 1" in html
    assert signed_in.post(url, {"reason": "Encore."}).status_code == 403


@pytest.mark.parametrize(
    "route", ["assessment_grid", "assessment_decision", "assessment_documents", "evidence_list"]
)
def test_every_page_of_the_former_says_that_it_is_replaced(
    route: str, signed_in: Client, former: Assessment, current: Assessment
) -> None:
    assert "remplacée par la version 2" in page(signed_in, route, former)
    assert "remplacée par" not in page(signed_in, route, current)


def test_a_reader_sees_the_versions_and_corrects_nothing(
    client: Client, former: Assessment, current: Assessment, facility: Facility
) -> None:
    client.force_login(factories.member(facility, Role.READER))
    html = page(client, "assessment_versions", current)
    assert "remplace la version 1 signée le" in html and "remplacée par la version 2 le" in html
    assert SignedFile.objects.get().file_sha256 in html
    assert "Ouvrir la version" not in html


def test_the_page_of_the_findings_says_which_are_taken_over(
    client: Client, current: Assessment, ciso: User
) -> None:
    client.force_login(ciso)
    url = reverse("checklists:assessment_findings", args=[current.pk])
    html = client.get(url, {"role": Role.CISO, "afficher": "tous"}).content.decode()
    assert html.count("repris de la version 1") == 1


def test_no_new_edition_is_offered_for_the_former(
    signed_in: Client, former: Assessment, current: Assessment
) -> None:
    html = page(signed_in, "assessment_documents", former)
    assert "La version 2 remplace celle-ci" in html
    signed_in.post(reverse("checklists:assessment_documents", args=[former.pk]))
    assert former.documents.count() == 1


def test_the_start_of_the_assessment_opens_the_current_version(
    signed_in: Client, former: Assessment, current: Assessment
) -> None:
    url = reverse(
        "checklists:assessment_start",
        args=[former.candidacy_id, former.checklist.version.clausier.code],
    )
    response = signed_in.post(url)
    assert response["Location"] == reverse("checklists:assessment_grid", args=[current.pk])
