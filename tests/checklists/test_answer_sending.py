"""Sending the answers behind a link: once, with a receipt that carries their hash."""

import hashlib
import io
import json

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from checklists import tasks
from checklists.documents import receipt
from checklists.domain import answer_links
from checklists.enums import LinkState
from checklists.models import AnswerLink, Assessment
from tests import at_once, factories
from uniha_clausier.common import storage
from uniha_clausier.common.models import AuditEvent

from .checklist_site import text


@pytest.fixture
def assessment(buyer, facility) -> Assessment:
    return factories.informal_assessment(buyer, facility)


@pytest.fixture
def given(assessment, buyer):
    return factories.answer_link(buyer, assessment, email="offres@societe.example")


def url(name: str, token: str) -> str:
    return reverse(f"checklists:{name}", args=[token])


def send(client, token: str):
    return client.post(url("answer_submit", token), {"definitif": "oui"})


def again(link: AnswerLink) -> AnswerLink:
    return AnswerLink.objects.get(pk=link.pk)


def test_the_page_lists_what_is_missing_and_asks_to_confirm(client, given):
    link, token = given
    page = text(client.get(url("answer_submit", token)))
    assert "Il manque 4 réponses" in page
    assert "4 points restent sans réponse" in page
    refused = client.post(url("answer_submit", token))
    assert refused.status_code == 422
    assert "Cochez la case pour confirmer l’envoi." in text(refused)
    assert again(link).submitted_at is None


def test_answers_are_sent_once_and_frozen_under_their_hash(client, assessment, given):
    link, token = given
    answer_links.save_answer(link=link, ref="O-7.1", field="claim", value="yes", base_version=0)
    assert send(client, token)["Location"] == url("answer_receipt", token)
    link = again(link)
    assessment.refresh_from_db()
    assert link.content_sha256 == assessment.answers_sha256 != ""
    assert assessment.answers_frozen_by_link == link
    assert link.content_sha256 in text(client.get(url("answer_receipt", token))).replace(
        "</span><span>", ""
    )
    # Every other page leads to the receipt, and nothing is written any more.
    assert send(client, token)["Location"] == url("answer_receipt", token)
    assert client.get(url("answers", token))["Location"] == url("answer_receipt", token)
    late = client.post(
        reverse("checklists:answer_point", args=[token, "O-7.2"]),
        {"field": "claim", "value": "no", "version": 0},
        headers={"Accept": "application/json"},
    )
    assert late.status_code == 410
    assert late.json() == {
        "error": "Les réponses sont envoyées\u00a0: elles ne changent plus, rien n’a été enregistré."
    }
    assert AuditEvent.objects.filter(action="answer_link.submitted").count() == 1


@at_once.needs_locks
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_send_once_and_both_lead_to_the_receipt():
    at = factories.facility()
    buyer = factories.member(at)
    link, token = factories.answer_link(buyer, factories.informal_assessment(buyer, at))
    answer = at_once.behind(
        lambda: tasks.submit_answers(link=link),
        lambda: send(Client(), token),
    )
    assert (answer.status_code, answer.headers.get("Location")) == (
        302,
        url("answer_receipt", token),
    )
    assert AuditEvent.objects.filter(action="answer_link.submitted").count() == 1


def test_a_link_taken_back_while_a_page_is_sent_says_so(client, given, buyer, monkeypatch):
    link, token = given
    submit = tasks.submit_answers

    def after_the_buyer(*, link: AnswerLink) -> AnswerLink:
        answer_links.revoke_link(link=link, by=buyer)
        return submit(link=link)

    monkeypatch.setattr(tasks, "submit_answers", after_the_buyer)
    answer = send(client, token)
    assert answer.status_code == 410 and "n’est plus valable" in text(answer)
    assert again(link).submitted_at is None


def test_a_sent_link_is_neither_prolonged_nor_revoked_nor_followed_by_another(
    client, assessment, buyer, given
):
    link, token = given
    send(client, token)
    with pytest.raises(answer_links.LinkRefused):
        answer_links.revoke_link(link=link, by=buyer)
    with pytest.raises(answer_links.LinkRefused):
        factories.answer_link(buyer, assessment)


def test_the_receipt_is_a_sealed_pdf_whose_json_has_the_hash(client, given):
    link, token = given
    answer_links.save_answer(
        link=link, ref="O-7.1", field="claim_text", value="Voir le PAS.", base_version=0
    )
    link = answer_links.submit(link=link)
    name = tasks.make_receipt.func(link.pk)
    reader = PdfReader(io.BytesIO(storage.read(name)))
    shown = "".join(page.extract_text() for page in reader.pages)
    assert link.content_sha256 in "".join(shown.split())
    (attached,) = reader.attachments["reponses.json"]
    assert hashlib.sha256(attached).hexdigest() == link.content_sha256
    answers = {one["ref"]: one for one in json.loads(attached)["answers"]}
    assert answers["O-7.1"]["text"] == "Voir le PAS."

    (message,) = mail.outbox
    assert link.content_sha256 in message.body
    assert [name for name, *_ in message.attachments] == [receipt.download_name(link)]
    tasks.make_receipt.func(link.pk)  # a task that runs again neither makes nor sends anything
    assert len(mail.outbox) == 1

    page = client.get(url("answer_receipt", token))
    assert "Télécharger le récépissé (PDF)" in text(page)
    file = client.get(url("answer_receipt_file", token))
    assert file.content.startswith(b"%PDF")
    assert file["Content-Disposition"].startswith("attachment")


def test_the_buyer_reads_what_was_sent(signed_in, client, assessment, given):
    link, token = given
    send(client, token)
    page = text(signed_in.get(reverse("checklists:answer_link", args=[assessment.pk])))
    assert "Réponses envoyées par le candidat" in page
    assert again(link).content_sha256 in page.replace("</span><span>", "")
    assert signed_in.get(reverse("checklists:link_receipt", args=[link.pk])).status_code == 404
    grid = text(signed_in.get(reverse("checklists:assessment_grid", args=[assessment.pk])))
    assert "à leur envoi par le candidat" in grid


def test_a_receipt_that_was_not_made_is_asked_again(client, given):
    link, token = given
    answer_links.submit(link=link)
    assert "Préparer le récépissé" in text(client.get(url("answer_receipt", token)))
    client.post(url("answer_receipt", token))
    assert "Le récépissé se prépare" in text(client.get(url("answer_receipt", token)))
    assert client.get(url("answer_receipt_file", token)).status_code == 404


def test_the_receipt_opens_to_who_has_sent_only(client, given):
    link, token = given
    assert client.get(url("answer_receipt", token))["Location"] == url("answers", token)
    send(client, token)
    assert answer_links.state_of(again(link), link.expires_at) == LinkState.SUBMITTED
