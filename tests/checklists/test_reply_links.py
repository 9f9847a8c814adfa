"""Answering a letter by a personal link: until its date, on its points alone, sent once."""

import datetime as dt
import io
import json
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from checklists import tasks
from checklists.documents import letters
from checklists.domain import (
    answer_links,
    answer_sets,
    answering,
    checklists,
    exchanges,
    reply_links,
)
from checklists.domain.answering import Conflict, Edit
from checklists.domain.evidence import TooMuch, UnknownPlace
from checklists.domain.exchanges import NotThisWay, Sent
from checklists.domain.queries import answer_links as link_queries
from checklists.domain.queries import exchanges as queries
from checklists.enums import ExchangeState, LinkState
from checklists.models import (
    AnswerLink,
    Assessment,
    ExchangeFile,
    ExchangeParty,
    ExchangeReply,
    LinkFile,
    LinkReply,
)
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import canonical, storage
from uniha_clausier.common.models import AuditEvent
from vendors.enums import FORMAL, Procedure
from vendors.models import Tender

from .checklist_site import text
from .evidence_site import PDF
from .word_reading import Reading


@pytest.fixture
def party(buyer: User, facility: Facility) -> ExchangeParty:
    return factories.informal_party(buyer, facility)


@pytest.fixture
def given(party: ExchangeParty, buyer: User) -> tuple[AnswerLink, str]:
    return factories.reply_link(buyer, party, email="offres@societe.example")


@pytest.fixture
def regularised(buyer: User, facility: Facility) -> ExchangeParty:
    """A regularisation in an adapted procedure: the one that has offers and allows a link."""
    checklist = factories.draft_checklist(buyer, facility)
    Tender.objects.filter(pk=checklist.lot.tender_id).update(procedure=Procedure.ADAPTED)
    checklist = checklists.publish(checklist=checklist, by=buyer)
    factories.opening(checklist.lot.tender, buyer)
    assessment = factories.started(checklist, buyer)
    answer_sets.freeze(assessment=assessment, by=buyer)
    return factories.regularised(buyer, checklist, "O-7.1")[0]


def url(name: str, *parts: Any) -> str:
    return reverse(f"checklists:{name}", args=parts)


def edit(**changes: Any) -> Edit:
    told: dict[str, Any] = {
        "ref": "O-7.1",
        "field": "claim_text",
        "value": "La 4.2.",
        "base_version": 0,
    }
    return Edit(**told | changes)


def again(link: AnswerLink) -> AnswerLink:
    return AnswerLink.objects.get(pk=link.pk)


def state(link: AnswerLink, at: dt.datetime | None = None) -> str:
    found = link_queries.links().get(pk=link.pk)
    return answer_links.state_of(found, at or timezone.now())


# -- The link ----------------------------------------------------------------------------------


@pytest.mark.parametrize("procedure", Procedure.values)
def test_a_formal_procedure_stays_on_the_buyer_profile(signed_in, party, procedure):
    Tender.objects.update(procedure=procedure)
    if procedure == Procedure.ADAPTED:
        factories.opening(party.assessment.candidacy.lot.tender, party.exchange.sent_by)
    page = text(signed_in.get(url("reply_link", party.pk)))
    assert ("profil d’acheteur, qui les date" in page) == (procedure in FORMAL)
    assert ("Créer le lien" in page) == (procedure not in FORMAL)
    status = signed_in.post(url("reply_link", party.pk)).status_code
    assert status == (403 if procedure in FORMAL else 200)
    assert AnswerLink.objects.exists() == (procedure not in FORMAL)


def test_the_link_ends_with_the_letter_and_is_not_prolonged(given, party, buyer):
    link, _token = given
    assert link.expires_at == party.exchange.deadline
    assert state(link, party.exchange.deadline) == LinkState.EXPIRED
    later = party.exchange.deadline + dt.timedelta(days=1)
    with pytest.raises(answer_links.LinkRefused, match="la même pour tous"):
        answer_links.prolong_link(link=link, expires_at=later, by=buyer)
    with pytest.raises(IntegrityError), transaction.atomic():
        AnswerLink.objects.filter(pk=link.pk).update(expires_at=later)


def test_one_link_at_a_time_beside_that_of_the_questionnaire(given, party, buyer):
    factories.answer_link(buyer, party.assessment)
    with pytest.raises(answer_links.LinkRefused, match="existe déjà"):
        factories.reply_link(buyer, party)
    answer_links.revoke_link(link=given[0], by=buyer)
    assert factories.reply_link(buyer, party)[0].number == 3


def test_nothing_is_given_before_the_letter_nor_once_it_is_answered(party, buyer):
    draft = exchanges.ask_clarification(
        assessment=party.assessment, questions={"O-7.1": "Quoi ?"}, by=buyer
    )
    with pytest.raises(answer_links.LinkRefused, match="Arrêtez d’abord"):
        factories.reply_link(buyer, draft.parties.get())
    link, _token = factories.reply_link(buyer, party)
    reply = party.replies.order_by("pk")[0]
    exchanges.register(party=party, texts={reply.pk: "Reçu par courriel."}, by=buyer)
    assert state(link) == LinkState.EXPIRED
    answer_links.revoke_link(link=link, by=buyer)
    with pytest.raises(answer_links.LinkRefused, match="déjà enregistrée"):
        factories.reply_link(buyer, party)


def test_the_secret_of_a_letter_opens_the_letter_and_nothing_else(client, given, party, buyer):
    _link, token = given
    other = factories.answer_link(buyer, party.assessment)[1]
    assert client.get(url("reply_home", token)).status_code == 200
    assert client.get(url("answers", token)).status_code == 404
    assert client.get(url("answer_submit", token)).status_code == 404
    assert client.get(url("reply_home", other)).status_code == 404
    with pytest.raises(answer_links.LinkClosed):
        answer_links.submit(link=given[0])


def test_the_buyer_gives_a_link_and_the_candidate_receives_it(signed_in, party):
    response = signed_in.post(url("reply_link", party.pk), {"email": "offres@societe.example"})
    page = text(response)
    (message,) = mail.outbox
    assert "Demande de précisions n° 1" in message.subject.replace("\u00a0", " ")
    address = next(line for line in message.body.splitlines() if "/repondre-a-la-lettre/" in line)
    assert address in page
    assert address not in text(signed_in.get(url("reply_link", party.pk)))
    signed_in.post(url("link_revoke", AnswerLink.objects.get().pk))
    assert state(AnswerLink.objects.get()) == LinkState.REVOKED


def test_a_candidate_is_reminded_until_it_has_answered(given, party, time_machine):
    time_machine.move_to(given[0].expires_at - dt.timedelta(days=1, hours=-1), tick=False)
    call_command("send_reminders", stdout=io.StringIO())
    (message,) = mail.outbox
    assert "Plus que 1 jour" in message.subject.replace("\u00a0", " ")
    assert "Points répondus" not in message.body and str(party.exchange) in message.body


# -- Prepared ----------------------------------------------------------------------------------


def test_a_letter_asks_about_the_text_that_the_candidates_were_given(client, buyer, facility):
    """Mended of its extraction, with what the buyer adapted, in the PDF, the DOCX and the page."""
    point = factories.POINTS[4] | {"title": "Mesures tech- niques", "requirement": "Il dé- crit."}
    version = factories.version(points=[point])
    wording = "Une astreinte le samedi suffit."
    checklist = factories.adapted_checklist(buyer, facility, wording=wording, on=version)
    party = factories.asked(buyer, factories.started(checklist, buyer), "O-7.1")
    _link, token = factories.reply_link(buyer, party)
    page = text(client.get(url("reply_home", token)))
    for shown in (page, letters.html(party), Reading(letters.docx(party)).text):
        assert wording in shown and "Il décrit." in shown
        assert "Mesures techniques" in shown and "tech- niques" not in shown
    assert party.letter["points"][0]["requirement"] == "Il dé- crit."


def test_what_is_prepared_is_told_to_nobody_before_it_is_sent(given, party, signed_in):
    link, _token = given
    reply_links.save(link=link, edit=edit(value="Un brouillon secret."))
    assert party.replies.exclude(text="").count() == 0
    assert "Un brouillon secret." not in text(
        signed_in.get(url("exchange_detail", party.exchange_id))
    )
    told = AuditEvent.objects.filter(action="clarification.prepared").values_list("data", flat=True)
    assert "secret" not in json.dumps(list(told))
    assert again(link).opened_at


def test_a_precision_changes_no_claim(given, client):
    link, token = given
    with pytest.raises(answering.NotAllowedHere, match="explique"):
        reply_links.save(link=link, edit=edit(field="claim", value="yes"))
    assert "Votre réponse corrigée" not in text(client.get(url("reply_home", token)))


@pytest.mark.parametrize("ref", ["O-1.1", "O-99.1"])
def test_only_the_points_of_the_letter_are_answered(given, ref):
    with pytest.raises(answering.UnknownPoint):
        reply_links.save(link=given[0], edit=edit(ref=ref))


def test_two_windows_at_once_lose_no_text(given):
    link, _token = given
    reply_links.save(link=link, edit=edit(value="Une fenêtre."))
    with pytest.raises(Conflict) as conflict:
        reply_links.save(link=link, edit=edit(value="L’autre."))
    assert conflict.value.theirs == "Une fenêtre."


def test_the_page_saves_without_a_script_and_keeps_what_it_refuses(client, given):
    _link, token = given
    page = text(client.get(url("reply_home", token)))
    assert "Précisez O-7.1." in page and "Précisez O-7.2." in page
    sent = {"versions": "O-7.1:0:0 O-7.2:0:0", "O-7.1.claim_text": "La 4.2.", "suite": "oui"}
    assert client.post(url("reply_home", token), sent)["Location"] == url("reply_send", token)
    response = client.post(url("reply_home", token), sent | {"O-7.1.claim_text": "La 4.3."})
    assert response.status_code == 409
    assert "La 4.3." in text(response) and "La 4.2." in text(response)
    told = {"field": "claim_text", "value": "La 4.3.", "version": 1}
    saved = client.post(url("reply_point", token, "O-7.1"), told).json()
    assert (saved["version"], saved["counters"]["answered"], saved["counters"]["total"]) == (
        2,
        1,
        2,
    )
    assert client.post(url("reply_point", token, "O-7.1"), told | {"version": 0}).status_code == 200
    told["value"] = "La 4.4."
    assert client.post(url("reply_point", token, "O-7.1"), told).status_code == 409
    told["field"] = "claim"
    assert client.post(url("reply_point", token, "O-7.1"), told).status_code == 422


def test_files_are_joined_and_taken_back(client, given):
    link, token = given
    sent = {"fichiers": "oui", "files": [SimpleUploadedFile("Notice.pdf", PDF)]}
    client.post(url("reply_home", token), sent)
    file = link.files.get()
    assert client.get(url("reply_file", token, file.pk)).content == PDF
    sent["files"] = [SimpleUploadedFile("Notice.pdf", PDF), SimpleUploadedFile("x.exe", b"MZ")]
    response = client.post(url("reply_home", token), sent)
    assert response.status_code == 422
    page = text(response)
    assert "déjà joint" in page and "n’est pas accepté" in page
    client.post(url("reply_home", token), {"fichiers": "oui", "retirer": str(file.pk)})
    assert not LinkFile.objects.exists()


def test_what_is_refused_for_want_of_room_is_not_kept(given, monkeypatch):
    link, _token = given
    monkeypatch.setattr(reply_links, "MOST_FILES", 1)
    reply_links.attach(link=link, file=Sent(PDF, "pdf", "Notice.pdf"))
    monkeypatch.setattr(storage, "store", lambda *_: pytest.fail("it is on the disk"))
    with pytest.raises(TooMuch):
        reply_links.attach(link=link, file=Sent(PDF + b"2", "pdf", "Notice 2.pdf"))


# -- Sent --------------------------------------------------------------------------------------


def send(client: Client, token: str) -> Any:
    return client.post(url("reply_send", token), {"definitif": "oui"})


def test_nothing_is_sent_empty_nor_unconfirmed(client, given):
    _link, token = given
    assert "Cochez la case" in text(client.post(url("reply_send", token)))
    response = send(client, token)
    assert response.status_code == 422 and "Répondez à un point au moins" in text(response)


def test_the_second_of_two_clicks_leads_to_the_receipt(client, given, monkeypatch):
    link, token = given
    reply_links.save(link=link, edit=edit())
    submit = tasks.submit_reply

    def after_the_other(*, link: AnswerLink) -> AnswerLink:
        submit(link=link)  # by the first click, since this one has passed the door
        return submit(link=link)

    monkeypatch.setattr(tasks, "submit_reply", after_the_other)
    answer = send(client, token)
    assert (answer.status_code, answer.headers.get("Location")) == (
        302,
        url("reply_receipt", token),
    )
    assert AuditEvent.objects.filter(action="clarification.sent_by_link").count() == 1


def test_an_answer_is_sent_once_and_stays_the_same(client, given, party, buyer):
    link, token = given
    before = answer_sets.content(party.assessment)
    reply_links.save(link=link, edit=edit())
    reply_links.attach(link=link, file=exchanges.Sent(PDF, "pdf", "Notice.pdf"))
    assert send(client, token)["Location"] == url("reply_receipt", token)
    link = again(link)
    assert link.content_sha256 == canonical.sha256_of(reply_links.content(link))
    party = queries.parties().get(pk=party.pk)
    assert (party.replied_by, party.replied_by_link) == (None, link)
    assert party.exchange.state == ExchangeState.ANSWERED
    assert [reply.text for reply in party.replies.order_by("pk")] == ["La 4.2.", ""]
    assert party.files.get().received_by_link == link
    assert answer_sets.content(party.assessment) == before
    assert client.get(url("reply_home", token))["Location"] == url("reply_receipt", token)
    with pytest.raises(answer_links.LinkClosed):
        reply_links.save(link=link, edit=edit(value="Trop tard."))
    with pytest.raises(NotThisWay, match="ne change plus"):
        exchanges.register(party=party, texts={party.replies.all()[0].pk: "Autre."}, by=buyer)


def test_the_buyer_reads_who_sent_it_and_registers_nothing_over_it(given, party, signed_in):
    reply_links.save(link=given[0], edit=edit())
    reply_links.submit(link=given[0])
    page = text(signed_in.get(url("exchange_detail", party.exchange_id)))
    assert "La 4.2." in page and "par le candidat, par le lien 1" in page
    assert "Compléter la réponse" not in page
    assert "Elle ne change plus" in text(signed_in.get(url("reply_link", party.pk)))
    there = url("exchange_reply", party.pk)
    assert signed_in.get(there)["Location"] == url("exchange_detail", party.exchange_id)
    history = text(signed_in.get(url("assessment_history", party.assessment_id, "O-7.1")))
    assert "Le candidat, par le lien 1" in history


def test_nothing_is_written_after_the_date_of_the_letter(given, party, client, time_machine):
    link, token = given
    reply_links.save(link=link, edit=edit())
    time_machine.move_to(party.exchange.deadline, tick=False)
    response = send(client, token)
    assert response.status_code == 410 and "Ce lien n’est plus valable" in text(response)
    assert party.replies.exclude(text="").count() == 0


def test_the_receipt_carries_what_was_sent_and_leaves_by_mail(client, given):
    link, token = given
    reply_links.save(link=link, edit=edit())
    tasks.submit_reply(link=link)
    link = link_queries.links().get(pk=link.pk)
    name = tasks.make_receipt.func(link.pk)
    reader = PdfReader(io.BytesIO(storage.read(name)))
    (content,) = reader.attachments["reponses.json"]
    assert canonical.sha256_of(json.loads(content)) == link.content_sha256
    paper = " ".join(reader.pages[0].extract_text().split())
    assert "1 sur 2" in paper and "Demande de précisions" in paper.replace("\u00a0", " ")
    assert mail.outbox[-1].attachments
    assert client.get(url("reply_receipt_file", token)).content.startswith(b"%PDF")
    assert "Télécharger le récépissé" in text(client.get(url("reply_receipt", token)))


# -- A regularisation --------------------------------------------------------------------------


def test_a_regularisation_sent_by_link_is_decided_as_one_that_came_as_a_file(
    client, signed_in, regularised, buyer
):
    link, token = factories.reply_link(buyer, regularised)
    assert "Votre réponse corrigée" in text(Client().get(url("reply_home", token)))
    reply_links.save(link=link, edit=edit(field="claim", value="yes"))
    reply_links.save(link=link, edit=edit(value="Le PAS est joint.", base_version=1))
    reply_links.submit(link=link)
    assessment = Assessment.objects.get(pk=regularised.assessment_id)
    assert assessment.answers.get(item__point__ref="O-7.1").value == ""
    there = url("regularisation_decide", regularised.pk)
    assert "Le PAS est joint." in text(signed_in.get(there))
    reply = regularised.replies.get()
    signed_in.post(
        there,
        {
            "decision": "accepter",
            "reason": "Rien de substantiel.",
            f"valeur-{reply.pk}": "yes",
            f"texte-{reply.pk}": "Le PAS est joint.",
        },
    )
    answer = assessment.answers.get(item__point__ref="O-7.1")
    assert (answer.value, answer.text) == ("yes", "Le PAS est joint.")


# -- What the database holds -------------------------------------------------------------------


def test_the_database_keeps_what_was_sent_by_a_link(given, party, buyer):
    link, _token = given
    reply_links.save(link=link, edit=edit())
    reply_links.attach(link=link, file=exchanges.Sent(PDF, "pdf", "Notice.pdf"))
    other = ExchangeReply.objects.exclude(party=party)
    assert not other.exists()
    reply_links.submit(link=link)
    file = ExchangeFile.objects.values().get()
    changes = (
        lambda: LinkReply.objects.update(text="Autre."),
        lambda: LinkFile.objects.all().delete(),
        lambda: ExchangeReply.objects.update(text="Autre."),
        lambda: ExchangeParty.objects.update(replied_by_link=None, replied_by=buyer),
        lambda: ExchangeFile.objects.create(
            **file | {"id": None, "number": 2, "file_sha256": "b" * 64}
        ),
        lambda: AnswerLink.objects.update(party=None),
    )
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_the_database_refuses_an_answer_to_another_letter(given, party, buyer):
    other = factories.asked(buyer, party.assessment, "O-1.1")
    with pytest.raises(IntegrityError), transaction.atomic():
        LinkReply.objects.create(link=given[0], reply=other.replies.get())


def test_the_page_of_a_link_says_when_nothing_can_be_done(signed_in, party, buyer):
    with mock.patch.object(timezone, "now", return_value=party.exchange.deadline):
        exchanges.close(exchange=party.exchange, by=buyer)
    page = text(signed_in.get(url("reply_link", party.pk)))
    assert "La demande est close" in page and "Créer le lien" not in page
    assert signed_in.post(url("reply_link", party.pk)).status_code == 403


def test_no_link_opens_after_the_date_of_the_letter(party, buyer, time_machine):
    time_machine.move_to(party.exchange.deadline, tick=False)
    with pytest.raises(answer_links.LinkRefused, match="date limite de la demande est passée"):
        factories.reply_link(buyer, party)
    assert not AnswerLink.objects.exists()


def test_a_form_saved_again_changes_nothing_and_what_it_may_not_say_is_told(given):
    link, _token = given
    reply_links.save(link=link, edit=edit())
    outcome = reply_links.save_all(
        link=link,
        edits=[edit(base_version=1), edit(field="claim", value="yes"), edit(ref="O-99.1")],
    )
    assert (outcome.saved, outcome.conflicts) == ([], [])
    assert outcome.versions == {("O-7.1", "claim_text"): 1}
    assert [(one.ref, one.field) for one, _error in outcome.refused] == [
        ("O-7.1", "claim"),
        ("O-99.1", "claim_text"),
    ]
    assert LinkReply.objects.get().version == 1


def test_files_have_a_measure_and_those_of_another_are_not_taken_back(given, party, buyer):
    link, _token = given
    other = factories.reply_link(buyer, factories.informal_party(buyer, party.assessment.facility))[
        0
    ]
    strange = reply_links.attach(link=other, file=exchanges.Sent(PDF, "pdf", "Autre.pdf"))
    with pytest.raises(UnknownPlace, match="parmi ceux que vous avez joints"):
        reply_links.detach(link=link, file_id=strange.pk)
    assert storage.read(strange.file_name) == PDF
    for number in range(reply_links.MOST_FILES):
        file = exchanges.Sent(PDF + b"%d" % number, "pdf", f"Notice {number}.pdf")
        reply_links.attach(link=link, file=file)
    with pytest.raises(TooMuch, match="20 fichiers"):
        reply_links.attach(link=link, file=exchanges.Sent(PDF + b"+", "pdf", "De trop.pdf"))
    assert link.files.count() == reply_links.MOST_FILES


def test_a_file_joined_again_by_a_new_link_stays_with_the_former_one(given, party, buyer):
    link, _token = given
    file = exchanges.Sent(PDF, "pdf", "Notice.pdf")
    before = reply_links.attach(link=link, file=file)
    answer_links.revoke_link(link=link, by=buyer)
    other, _token = factories.reply_link(buyer, party)
    again_joined = reply_links.attach(link=other, file=file)
    assert again_joined.file_name == before.file_name
    reply_links.detach(link=other, file_id=again_joined.pk)
    assert LinkFile.objects.get() == before and storage.read(before.file_name) == PDF


def test_a_file_registered_by_the_buyer_while_it_is_taken_back_stays(
    given, party, buyer, django_capture_on_commit_callbacks
):
    link, _token = given
    file = exchanges.Sent(PDF, "pdf", "Notice.pdf")
    prepared = reply_links.attach(link=link, file=file)
    with django_capture_on_commit_callbacks() as removing:
        reply_links.detach(link=link, file_id=prepared.pk)
    exchanges.register(party=party, texts={}, file=file, by=buyer)
    for act in removing:
        act()
    assert storage.read(party.files.get().file_name) == PDF


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_file_taken_back_while_it_comes_again_is_kept_again(
    given, party, buyer, by_hand, monkeypatch, django_capture_on_commit_callbacks
):
    link, _token = given
    file, store = exchanges.Sent(PDF, "pdf", "Notice.pdf"), storage.store
    prepared = reply_links.attach(link=link, file=file)

    def and_taken_back(name: str, content: bytes) -> str:
        monkeypatch.setattr(storage, "store", store)
        stored = store(name, content)
        with django_capture_on_commit_callbacks(execute=True):
            reply_links.detach(link=link, file_id=prepared.pk)
        return stored

    monkeypatch.setattr(storage, "store", and_taken_back)
    if by_hand:
        exchanges.register(party=party, texts={}, file=file, by=buyer)
        name = party.files.get().file_name
    else:
        name = reply_links.attach(link=link, file=file).file_name
    assert storage.read(name) == PDF
