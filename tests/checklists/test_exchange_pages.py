"""The pages of a demande de précisions: from the points ticked to the answer registered."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from checklists import tasks
from checklists.domain import answering, exchanges, findings
from checklists.enums import ExchangeState, FindingValue
from checklists.models import Assessment, Exchange, ExchangeParty, ExchangePoint
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

from .checklist_site import said, text
from .evidence_site import PDF


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    made = factories.assessment(buyer, facility)
    answering.save_field(
        assessment_id=made.pk,
        ref="O-7.1",
        field="score",
        value="to_clarify",
        base_version=99,
        by=buyer,
    )
    return made


def url(name: str, pk: int) -> str:
    return reverse(f"checklists:exchange_{name}", args=[pk])


def ticked(html: str) -> list[str]:
    boxes = re.findall(r'<input type="checkbox"[^>]*name="points"[^>]*>', html)
    return re.findall(r'value="([^"]+)"', "".join(box for box in boxes if "checked" in box))


def test_the_journey_of_a_demande_de_precisions(signed_in: Client, assessment: Assessment) -> None:
    page = text(signed_in.get(url("list", assessment.pk)))
    assert ticked(page) == ["O-7.1"] and "Aucune demande." in page
    response = signed_in.post(url("list", assessment.pk), {"points": ["O-7.1", "O-7.2"]})
    exchange = Exchange.objects.get()
    assert response["Location"] == url("detail", exchange.pk)
    first, second = exchanges.points_of(exchange)
    sent = {
        "deadline": "2099-01-05T12:00",
        f"question-{first.pk}": "Quelle version ?",
        f"question-{second.pk}": "Depuis quand ?",
        "relire": "1",
    }
    response = signed_in.post(url("detail", exchange.pk), sent)
    assert response["Location"] == url("send", exchange.pk)
    page = text(signed_in.get(url("send", exchange.pk)))
    assert "Quelle version ?" in page and "Clausier n’envoie rien" in page
    signed_in.post(url("send", exchange.pk))
    party = ExchangeParty.objects.get()
    assert "Elle se prépare" in text(signed_in.get(url("detail", exchange.pk)))
    assert signed_in.get(url("letter", party.pk)).status_code == 404
    reply = party.replies.order_by("pk").first()
    assert reply
    answer = {
        "file": SimpleUploadedFile("reponse.pdf", PDF),
        f"reponse-{reply.pk}": "La version 4.2.",
    }
    signed_in.post(url("reply", party.pk), answer)
    page = text(signed_in.get(url("detail", exchange.pk)))
    assert "La version 4.2." in page and "reponse.pdf" in page
    file = signed_in.get(url("file", party.files.get().pk))
    assert file.content == PDF and file["Content-Disposition"].startswith("attachment")
    signed_in.post(url("close", exchange.pk))
    page = text(signed_in.get(url("detail", exchange.pk)))
    assert "rien n’y change plus" in page and "Clore la demande" not in page
    summary = reverse("checklists:assessment_summary", args=[assessment.pk])
    assert "Demande de précisions n° 1" in text(signed_in.get(summary))
    history = reverse("checklists:assessment_history", args=[assessment.pk, "O-7.1"])
    assert "Précision du candidat" in text(signed_in.get(history))


def test_the_letter_is_a_sealed_pdf_made_once(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    party = factories.asked(buyer, assessment, "O-7.1")
    assert "n’a pas pu être produite" in text(signed_in.get(url("detail", party.exchange_id)))
    signed_in.post(url("letter", party.pk))
    assert DBTaskResult.objects.count() == 1
    name = tasks.make_letter.func(party.pk)
    assert tasks.make_letter.func(party.pk) == name
    letter = signed_in.get(url("letter", party.pk))
    assert letter.content.startswith(b"%PDF-1.7") and b"/ByteRange" in letter.content
    assert "demande-de-precisions-1-" in letter["Content-Disposition"]


def drafted(of: Assessment, by: User) -> tuple[Exchange, ExchangePoint]:
    """A draft that asks one question, on one point."""
    exchange = exchanges.ask_clarification(assessment=of, questions={"O-7.1": "Laquelle ?"}, by=by)
    (point,) = exchanges.points_of(exchange)
    return exchange, point


def test_nothing_ticked_says_what_to_do(signed_in: Client, assessment: Assessment) -> None:
    response = signed_in.post(url("list", assessment.pk))
    assert response.status_code == 422 and "Cochez au moins un point." in text(response)
    assert ticked(text(response)) == []


def test_what_was_typed_comes_back_with_the_error(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    exchange, point = drafted(assessment, buyer)
    sent = {"deadline": "bientôt", f"question-{point.pk}": "Ce que je demande."}
    response = signed_in.post(url("detail", exchange.pk), sent)
    assert response.status_code == 422 and "Ce que je demande." in text(response)
    party = factories.asked(buyer, assessment)
    reply = party.replies.first()
    assert reply
    answer = {
        "file": SimpleUploadedFile("programme.pdf", b"MZ"),
        f"reponse-{reply.pk}": "Ce qu’il répond.",
    }
    response = signed_in.post(url("reply", party.pk), answer)
    assert response.status_code == 422 and "Ce qu’il répond." in text(response)
    assert "n’est pas accepté" in text(response)


def test_a_draft_is_abandoned_and_a_sent_one_is_not(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    exchange, _point = drafted(assessment, buyer)
    response = signed_in.post(url("discard", exchange.pk))
    assert response["Location"] == url("list", assessment.pk) and not Exchange.objects.exists()
    sent = factories.asked(buyer, assessment).exchange
    assert "plus un brouillon" in said(signed_in.post(url("discard", sent.pk)))[-1]
    assert Exchange.objects.exists()


def test_nobody_reads_nor_asks_before_the_opening(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    checklist = factories.published_checklist(buyer, facility)
    sealed = factories.started(checklist, buyer)
    page = text(signed_in.get(url("list", sealed.pk)))
    assert "ouverture des plis" in page and 'name="points"' not in page
    assert signed_in.post(url("list", sealed.pk), {"points": ["O-7.1"]}).status_code == 403


def test_a_reader_sees_and_does_nothing(
    client: Client, assessment: Assessment, buyer: User, facility: Facility
) -> None:
    party = factories.asked(buyer, assessment)
    client.force_login(factories.member(facility, Role.READER))
    for page in (url("list", assessment.pk), url("detail", party.exchange_id)):
        html = text(client.get(page))
        assert "Préparer la demande" not in html and "Clore la demande" not in html


@pytest.mark.parametrize("points", [1, 3])
def test_the_page_of_an_exchange_costs_the_same_whatever_it_asks(
    signed_in: Client,
    assessment: Assessment,
    buyer: User,
    django_assert_num_queries: Any,
    points: int,
) -> None:
    party = factories.asked(buyer, assessment, *("O-1.1", "O-7.1", "O-7.2")[:points])
    with django_assert_num_queries(9):
        signed_in.get(url("detail", party.exchange_id))


def test_a_draft_is_saved_to_be_read_again_later(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    exchange, point = drafted(assessment, buyer)
    sent = {"deadline": "2099-01-05T12:00", f"question-{point.pk}": "Quelle version ?"}
    response = signed_in.post(url("detail", exchange.pk), sent)
    assert response["Location"] == url("detail", exchange.pk)
    assert said(response) == ["Le brouillon est enregistré."]
    assert exchanges.points_of(exchange)[0].question == "Quelle version ?"


def test_a_draft_that_would_ask_nothing_is_shown_again_with_the_reason(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    exchange, point = drafted(assessment, buyer)
    sent = {
        "deadline": "2099-01-05T12:00",
        f"question-{point.pk}": "Laquelle ?",
        f"retirer-{point.pk}": "on",
    }
    response = signed_in.post(url("detail", exchange.pk), sent)
    assert response.status_code == 422 and "au moins un point" in text(response)
    assert exchanges.points_of(exchange) == [point]


def test_a_letter_without_its_question_is_not_sent(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    exchange = exchanges.ask_clarification(assessment=assessment, questions={"O-7.1": ""}, by=buyer)
    assert "O-7.1" in said(signed_in.post(url("send", exchange.pk)))[-1]
    exchange.refresh_from_db()
    assert exchange.state == ExchangeState.DRAFT and not DBTaskResult.objects.exists()
    letter = url("letter", exchange.parties.get().pk)
    assert signed_in.get(letter).status_code == 404
    assert signed_in.post(letter).status_code == 404  # a draft has no letter to ask for


def test_what_is_sent_or_closed_in_another_window_is_said_and_stays(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    party = factories.asked(buyer, assessment, "O-7.1")
    there = url("detail", party.exchange_id)
    (point,) = exchanges.points_of(party.exchange)
    response = signed_in.post(there, {f"question-{point.pk}": "Autre question ?"})
    assert response["Location"] == there and "plus un brouillon" in said(response)[-1]
    assert exchanges.points_of(party.exchange)[0].question == "Précisez O-7.1."
    assert signed_in.get(url("send", party.exchange_id))["Location"] == there
    assert signed_in.get(url("reply", party.pk)).status_code == 200
    texts = {party.replies.get().pk: "La version 4.2."}
    exchanges.register(party=party, texts=texts, by=buyer)
    signed_in.post(url("close", party.exchange_id))
    assert "La demande est close." not in said(signed_in.post(url("close", party.exchange_id)))[-1:]
    assert signed_in.get(url("reply", party.pk))["Location"] == there


def test_an_answer_registered_twice_says_that_nothing_changed(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    party = factories.asked(buyer, assessment, "O-7.1")
    reply = party.replies.get()
    sent = {f"reponse-{reply.pk}": "La version 4.2."}
    assert said(signed_in.post(url("reply", party.pk), sent)) == ["1 élément enregistré."]
    assert "Rien n’avait changé" in said(signed_in.post(url("reply", party.pk), sent))[-1]


def test_what_specialists_ask_is_ticked_and_what_they_share_is_proposed(
    signed_in: Client, assessment: Assessment, buyer: User, facility: Facility
) -> None:
    ciso = factories.member(facility, Role.CISO)
    factories.no_conflict(assessment, ciso)
    for ref, field, told in (
        ("O-7.2", "finding", FindingValue.QUESTION),
        ("O-7.2", "comment", "Entre nous."),
        ("O-7.1", "finding", FindingValue.FAVOURABLE),
        ("O-7.1", "comment", "Quelle version ?"),
        ("O-7.1", "sharing", "shared"),
    ):
        findings.save_finding(
            assessment_id=assessment.pk,
            role=Role.CISO,
            edit=findings.Edit(ref, field, told, 99, 0),
            by=ciso,
        )
    page = text(signed_in.get(url("list", assessment.pk)))
    assert sorted(ticked(page)) == ["O-7.1", "O-7.2"]
    signed_in.post(url("list", assessment.pk), {"points": ["O-7.1", "O-7.2"]})
    proposed = [point.question for point in exchanges.points_of(Exchange.objects.get())]
    assert proposed == ["Quelle version ?", "Précisez votre réponse à ce point."]
