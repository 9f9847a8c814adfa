"""The letter of an exchange for a word processor: the sentences of the PDF, read from the file."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from checklists.documents import letters, word
from checklists.domain import answer_sets, answering, exchanges
from checklists.models import ExchangeParty
from tests import factories
from uniha_clausier.accounts.models import Facility, User

from .word_reading import Reading


@pytest.fixture
def party(buyer: User, facility: Facility) -> ExchangeParty:
    return factories.asked(buyer, factories.assessment(buyer, facility))


@pytest.fixture
def regularised(buyer: User, facility: Facility) -> ExchangeParty:
    assessment = factories.assessment(buyer, facility)
    answer_sets.freeze(assessment=assessment, by=buyer)
    (party,) = factories.regularised(buyer, assessment.checklist, "O-7.1")
    return party


@pytest.mark.parametrize("which", ["party", "regularised"])
def test_it_says_every_sentence_of_the_pdf(which: str, request: pytest.FixtureRequest) -> None:
    party: ExchangeParty = request.getfixturevalue(which)
    reading, page = Reading(letters.docx(party)), html.unescape(letters.html(party))
    sentences = [*letters.opening(party.letter), *letters.closing(party.letter)]
    assert len(sentences) == 5
    for sentence in sentences:
        assert sentence in reading.text and sentence in page
    for point in party.letter["points"]:
        assert point["question"] in reading.text
        assert f"{point['ref']} {point['title']}" in reading.headings()
    assert party.letter["basis"] in reading.text


def test_a_clarification_never_offers_to_change_the_offer(party: ExchangeParty) -> None:
    text = Reading(letters.docx(party)).text
    assert "ni la modifier ni la compléter" in text and "régulariser" not in text


def test_it_is_french_with_real_headings_and_a_head_on_its_table(party: ExchangeParty) -> None:
    reading = Reading(letters.docx(party))
    assert reading.languages() == {"fr-FR"}
    assert reading.headings()[0] == "Points demandés"
    assert all(reading.heads()) and reading.heads()
    assert reading.fetches() == []


def test_no_text_of_a_person_becomes_a_tag_or_a_character_that_xml_refuses(
    buyer: User, facility: Facility
) -> None:
    assessment = factories.assessment(buyer, facility)
    hostile = "Début\x0b\x1f\ufffe \u202eretourné</w:t><w:br/>&amp; fin\r\nseconde ligne"
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="claim_text",
        value=hostile,
        base_version=0,
        by=buyer,
    )
    reading = Reading(letters.docx(factories.asked(buyer, assessment, "O-7.1")))
    assert "retourné</w:t><w:br/>&amp; fin" in reading.text
    assert "\u202e" not in reading.text and "seconde ligne" in reading.text


def test_a_member_downloads_it_once_the_letter_is_sent(
    signed_in: Client, party: ExchangeParty, buyer: User
) -> None:
    url = reverse("checklists:exchange_letter_docx", args=[party.pk])
    response = signed_in.get(url)
    assert response["Content-Type"] == word.DOCX
    assert 'filename="demande-de-precisions' in response["Content-Disposition"]
    page = signed_in.get(reverse("checklists:exchange_detail", args=[party.exchange_id]))
    assert "attachment" in response["Content-Disposition"] and page.status_code == 200


def test_a_draft_has_no_letter(signed_in: Client, buyer: User, facility: Facility) -> None:
    exchange = exchanges.ask_clarification(
        assessment=factories.assessment(buyer, facility),
        questions={"O-7.1": "Laquelle ?"},
        by=buyer,
    )
    url = reverse("checklists:exchange_letter_docx", args=[exchange.parties.get().pk])
    assert signed_in.get(url).status_code == 404
