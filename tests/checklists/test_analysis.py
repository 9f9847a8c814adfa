"""The section for the rapport d'analyse: proposed from the data, written by the buyer, frozen."""

import html
import io
import re
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from checklists import tasks
from checklists.documents import analysis as content
from checklists.documents import analysis_files, dossier_missing, dossier_parts, eliminations
from checklists.domain import (
    analysis,
    answer_sets,
    checklists,
    exchanges,
    findings,
    interests,
    regularisations,
)
from checklists.enums import Interest
from checklists.models import AnalysisReport, AnalysisText, Assessment, Checklist
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal, storage
from uniha_clausier.common.models import AuditEvent

from . import decision_site
from .checklist_site import text
from .word_reading import Reading

TYPED = "Le candidat convainc.\r\n\r\n- ses journaux\r\n- ses sauvegardes"


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    made = decision_site.scored_assessment(buyer, facility)
    decision_site.write(made, "O-1.1", "comment", "Référent nommé.", buyer)
    decision_site.write(made, "O-7.1", "comment", "Délai\ntrop long.", buyer)
    return made


@pytest.fixture
def checklist(assessment: Assessment) -> Checklist:
    return assessment.checklist


def page_of(checklist: Checklist) -> str:
    return reverse("checklists:analysis", args=[checklist.pk])


def write(client: Client, checklist: Checklist, key: str, typed: str, **fields: Any) -> Any:
    address = reverse("checklists:analysis_write", args=[checklist.pk, key])
    part = content.section(checklist).part(key)
    read = {"version": 0, "proposed": part.mark if part else "0" * 64}
    return client.post(address, {"text": typed, "act": "write"} | read | fields)


def proposed(checklist: Checklist, key: str) -> str:
    part = content.section(checklist).part(key)
    assert part is not None
    return part.proposed


def own(assessment: Assessment) -> str:
    return f"candidat-{assessment.pk}"


# -- What the data propose -------------------------------------------------------------------------


def test_strengths_and_weaknesses_come_from_the_comments(
    assessment: Assessment, checklist: Checklist
) -> None:
    lines = proposed(checklist, own(assessment)).splitlines()
    strong, weak = lines.index("Points forts\u00a0:"), lines.index("Points faibles\u00a0:")
    assert [line[:7] for line in lines[strong + 1 : weak]] == ["• O-1.1"]
    assert lines[strong + 1].endswith("\u00a0: Référent nommé.")
    assert {line[2:7] for line in lines[weak + 1 :]} == {"O-2.1", "O-7.1"}
    assert any(line.endswith("(partiel)\u00a0: Délai trop long.") for line in lines)


def test_a_finding_enters_only_when_it_may_be_shared(
    assessment: Assessment, checklist: Checklist, facility: Facility
) -> None:
    ciso = factories.member(facility, Role.CISO)
    tender = assessment.candidacy.lot.tender
    interests.declare(tender=tender, value=Interest.CLEAR, reason="", by=ciso)

    def find(field: str, value: str) -> None:
        edit = findings.Edit("O-7.2", field, value, 99, 99, confirms=True)
        findings.save_finding(assessment_id=assessment.pk, role=Role.CISO, edit=edit, by=ciso)

    find("finding", "reserved")
    find("comment", "Pare-feu non décrit.")
    assert "Pare-feu" not in proposed(checklist, own(assessment))
    find("sharing", "shared")
    assert "(RSSI)\u00a0: Pare-feu non décrit." in proposed(checklist, own(assessment))


def test_the_method_names_what_was_published(
    checklist: Checklist, buyer: User, facility: Facility
) -> None:
    method = proposed(checklist, content.METHOD)
    assert checklist.content_sha256 in method
    assert str(checklist.version.title) in method
    assert "Elle fait noter 4 points, aucun éliminatoire." in method  # and asks five
    draft = factories.draft_checklist(buyer, facility)
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=buyer)
    other = checklists.publish(checklist=draft, by=buyer)
    assert "4 points, dont 1 éliminatoire." in proposed(other, content.METHOD)


def test_the_letters_are_told_with_what_was_decided_of_each(
    assessment: Assessment, checklist: Checklist, buyer: User
) -> None:
    answer_sets.freeze(assessment=assessment, by=buyer)
    (party,) = factories.regularised(buyer, checklist, "O-2.1")
    assert "Sans réponse à ce jour." in proposed(checklist, content.EXCHANGES)
    replies = {reply.pk: "OUI." for reply in party.replies.all()}
    exchanges.register(party=party, texts=replies, by=buyer)
    regularisations.refuse(party=party, reason="Pièce absente.", by=buyer)
    told = proposed(checklist, content.EXCHANGES)
    name = assessment.candidacy.vendor.name
    assert "Régularisation n° 1" in told and "sur O-2.1." in told
    assert told.endswith(f"Réponse reçue : {name}. {name}\u00a0: refusée (Pièce absente).")


def test_a_candidate_without_a_note_is_named_beside_those_that_have_one(
    assessment: Assessment, checklist: Checklist, buyer: User
) -> None:
    other = factories.scored(factories.started(checklist, buyer), buyer, "not_applicable")
    told = proposed(checklist, content.CONCLUSION).replace("\u00a0", " ")
    out = f"Sans note, parce qu’aucun point noté ne compte : {other.candidacy.vendor.name}."
    assert told.endswith(out)
    assert f"• {assessment.candidacy.vendor.name} : 12,5" in told
    factories.scored(assessment, buyer, "not_applicable")
    told = proposed(checklist, content.CONCLUSION)
    assert told.startswith("Sans note") and "encore" not in told


def test_the_number_of_queries_does_not_follow_the_candidates(
    checklist: Checklist, buyer: User, django_assert_max_num_queries: Any
) -> None:
    for _n in range(3):
        factories.scored(factories.started(checklist, buyer), buyer)
    with django_assert_max_num_queries(14):
        content.section(checklist)


# -- What the buyer writes ---------------------------------------------------------------------------


def test_the_buyer_s_words_replace_the_proposal_and_come_back_from_it(
    signed_in: Client, assessment: Assessment, checklist: Checklist
) -> None:
    key = own(assessment)
    assert write(signed_in, checklist, key, TYPED).status_code == 302
    kept = AnalysisText.objects.get()
    assert kept.text == "Le candidat convainc.\n\n• ses journaux\n• ses sauvegardes"
    assert kept.text in html.unescape(signed_in.get(page_of(checklist)).content.decode())
    write(signed_in, checklist, key, "", version=1, act="reset")
    assert not AnalysisText.objects.exists()
    actions = AuditEvent.objects.filter(action__startswith="analysis.").order_by("seq")
    assert list(actions.values_list("action", flat=True)) == ["analysis.written", "analysis.reset"]
    assert not list(journal.verify())


def test_two_people_on_one_text_lose_nothing(
    signed_in: Client, assessment: Assessment, checklist: Checklist, facility: Facility
) -> None:
    colleague = Client()
    colleague.force_login(factories.member(facility, Role.BUYER, full_name="Luc Morel"))
    write(colleague, checklist, own(assessment), "Écrit par Luc.")
    answer = write(signed_in, checklist, own(assessment), "Écrit par moi.")
    assert answer.status_code == 409
    page = text(answer)
    assert "Écrit par Luc." in page and "Écrit par moi." in page and "Luc Morel" in page
    assert AnalysisText.objects.get().text == "Écrit par Luc."
    version = re.findall(r'name="version" value="(\d+)"', answer.content.decode())
    assert "1" in version  # what is sent next replaces what was shown
    assert write(signed_in, checklist, own(assessment), "Les deux.", version=1).status_code == 302
    assert AnalysisText.objects.get().text == "Les deux."


def test_a_text_says_when_the_data_changed_since(
    signed_in: Client, assessment: Assessment, checklist: Checklist, buyer: User
) -> None:
    write(signed_in, checklist, own(assessment), TYPED)
    assert "Les données ont changé depuis" not in text(signed_in.get(page_of(checklist)))
    decision_site.write(assessment, "O-7.1", "comment", "Délai ramené à quatre heures.", buyer)
    page = text(signed_in.get(page_of(checklist)))
    assert "Les données ont changé depuis" in page and "<ins>" in page


def test_a_text_written_while_the_data_change_is_said_to_be_out_of_date(
    signed_in: Client, assessment: Assessment, checklist: Checklist, buyer: User
) -> None:
    part = content.section(checklist).part(own(assessment))
    assert part is not None
    decision_site.write(assessment, "O-7.1", "comment", "Délai ramené à quatre heures.", buyer)
    write(signed_in, checklist, part.key, TYPED, proposed=part.mark)
    assert "Les données ont changé depuis" in text(signed_in.get(page_of(checklist)))


def test_a_text_that_another_replaces_stays_in_the_journal(
    signed_in: Client, assessment: Assessment, checklist: Checklist
) -> None:
    write(signed_in, checklist, own(assessment), "Le premier.")
    write(signed_in, checklist, own(assessment), "Le second.", version=1)
    last = AuditEvent.objects.filter(action="analysis.written").latest("seq")
    assert last.data["before"] == "Le premier."


def test_a_text_that_is_too_long_is_kept_on_the_page(
    signed_in: Client, assessment: Assessment, checklist: Checklist
) -> None:
    answer = write(signed_in, checklist, own(assessment), "a" * 40_001)
    assert answer.status_code == 422 and "a" * 40_001 in answer.content.decode()
    assert not AnalysisText.objects.exists()


def test_an_unknown_part_is_not_found(signed_in: Client, checklist: Checklist) -> None:
    assert write(signed_in, checklist, "candidat-999999", "Texte").status_code == 404


def test_only_the_buyer_writes_and_nobody_before_the_opening(
    buyer: User, facility: Facility, assessment: Assessment, signed_in: Client
) -> None:
    reader = Client()
    reader.force_login(factories.member(facility, Role.CISO))
    page = text(reader.get(page_of(assessment.checklist)))
    assert "Points faibles" in page and "<textarea" not in page
    assert write(reader, assessment.checklist, content.METHOD, "Non").status_code == 403
    closed = factories.published_checklist(buyer, facility)
    assert "ouverture des plis" in text(signed_in.get(page_of(closed)))
    assert write(signed_in, closed, content.METHOD, "Non").status_code == 403


# -- The editions ------------------------------------------------------------------------------------


@pytest.fixture
def edition(assessment: Assessment, checklist: Checklist, buyer: User) -> AnalysisReport:
    decision_site.ready(
        assessment,
        buyer,
        decision_site.edit(assessment, "O-2.1", "refused"),
        decision_site.reservation(assessment, "O-7.1"),
    )
    decision_site.whole(assessment, "reserved", buyer, reason="Une réserve.")
    part = content.section(checklist).part(own(assessment))
    assert part is not None
    analysis.write(
        checklist=checklist,
        key=part.key,
        text="<b>Convaincant</b> :\n- journaux\n- sauvegardes",
        proposed_sha256=part.mark,
        base_version=0,
        by=buyer,
    )
    return tasks.freeze_analysis(checklist=checklist, by=buyer)


def test_an_edition_is_frozen_and_the_next_one_says_what_changed(
    edition: AnalysisReport, assessment: Assessment, checklist: Checklist, buyer: User
) -> None:
    assert (edition.number, edition.content["number"]) == (1, 1)
    with pytest.raises(DatabaseError), transaction.atomic():
        AnalysisReport.objects.filter(pk=edition.pk).update(number=3)
    with pytest.raises(DatabaseError), transaction.atomic():
        edition.delete()
    again = tasks.freeze_analysis(checklist=checklist, by=buyer)
    assert again.number == 2
    edition.refresh_from_db()
    assert edition.number == 1


def test_the_docx_says_the_texts_and_the_tables(edition: AnalysisReport) -> None:
    reading = Reading(analysis_files.docx(edition))
    assert "<b>Convaincant</b> :" in reading.text and "journaux" in reading.text
    assert "Chiffrer les sauvegardes." in reading.text
    assert {"Méthode", "Les candidats", "Réserves"} <= set(reading.headings())
    assert reading.languages() == {"fr-FR"} and all(reading.heads())
    assert reading.fetches() == []


def test_the_pdf_is_sealed_once_and_given_to_members(
    edition: AnalysisReport, signed_in: Client, checklist: Checklist
) -> None:
    address = reverse("checklists:analysis_file", args=[edition.pk, "pdf"])
    assert signed_in.get(address).status_code == 404
    name = tasks.make_analysis.func(edition.pk)
    assert tasks.make_analysis.func(edition.pk) == name
    response = signed_in.get(address)
    assert response.content == storage.read(name) and response.content.startswith(b"%PDF-")
    verify = reverse("checklists:verify_document")
    file = io.BytesIO(response.content)
    file.name = "rapport.pdf"
    assert "Altéré" not in text(signed_in.post(verify, {"file": file}))
    docx = signed_in.get(reverse("checklists:analysis_file", args=[edition.pk, "docx"]))
    assert docx.status_code == 200
    other = reverse("checklists:analysis_file", args=[edition.pk, "odt"])
    assert signed_in.get(other).status_code == 404


def test_the_page_of_an_edition_holds_no_tag_of_a_person(edition: AnalysisReport) -> None:
    page = analysis_files.html(edition)
    assert "&lt;b&gt;Convaincant&lt;/b&gt;" in page and "<b>Convaincant" not in page
    assert "journaux</li>" in page


def test_the_dossier_holds_each_edition_and_misses_the_first(
    edition: AnalysisReport, assessment: Assessment
) -> None:
    tender = assessment.candidacy.lot.tender
    tasks.make_analysis.func(edition.pk)
    paths = [part.path for part in dossier_parts.parts(tender) if "/4-rapport/" in part.path]
    assert [path.rpartition(".")[2] for path in paths] == ["pdf", "docx"]
    assert not any("rapport d’analyse" in one for one in dossier_missing.missing(tender))
    held = {one.name for one in eliminations.held(tender)}
    stored = analysis_files.stored_name(edition)
    assert stored in held and default_storage.exists(stored)


def test_a_dossier_without_a_report_says_so(assessment: Assessment) -> None:
    found = dossier_missing.missing(assessment.candidacy.lot.tender)
    assert sum("rapport d’analyse" in one for one in found) == 1
