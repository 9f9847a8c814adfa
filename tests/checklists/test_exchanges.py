"""Writing to candidates about their offers: frozen once sent, answered on the points asked only."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from checklists.documents import letters
from checklists.domain import answer_sets, answering, exchange_rules, exchanges
from checklists.domain.exchanges import NotThisWay, Sent, Wording
from checklists.enums import ExchangeKind, ExchangeState
from checklists.models import (
    Assessment,
    Exchange,
    ExchangeFile,
    ExchangeParty,
    ExchangePoint,
    ExchangeReply,
)
from tests import factories
from tests.common.pdf_sample import METADATA
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import canonical, storage
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.pdf import render_pdf
from vendors.enums import Procedure

from .checklist_site import text
from .evidence_site import PDF


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    made = factories.assessment(buyer, facility)
    for field, value in (("claim", "yes"), ("claim_text", "Voir l’annexe.")):
        answering.save_field(
            assessment_id=made.pk, ref="O-7.1", field=field, value=value, base_version=99, by=buyer
        )
    return answer_sets.freeze(assessment=made, by=buyer)


def draft(assessment: Assessment, by: User, **questions: str) -> Exchange:
    asked = questions or {"O-7.1": "Quelle version ?", "O-7.2": "Depuis quand ?"}
    return exchanges.ask_clarification(assessment=assessment, questions=asked, by=by)


def actions() -> list[str]:
    events = AuditEvent.objects.filter(action__startswith="clarification").order_by("seq")
    return [event.action for event in events]


# -- Which procedure ---------------------------------------------------------------------------


@given(st.sampled_from(Procedure.values))
def test_a_letter_names_the_article_of_its_procedure_and_no_other(procedure: str) -> None:
    articles = {Procedure.OPEN: "R2161-5 ", Procedure.RESTRICTED: "R2161-11 "}
    basis = exchange_rules.basis(ExchangeKind.CLARIFICATION, procedure)
    assert ("article" in basis) == (procedure in articles)
    assert articles.get(Procedure(procedure), "") in basis


# -- The draft ---------------------------------------------------------------------------------


def test_a_draft_is_written_then_undone(assessment, buyer):
    exchange = draft(assessment, buyer)
    first, second = exchanges.points_of(exchange)
    later = timezone.now() + dt.timedelta(days=3)
    wording = Wording({first.pk: "Laquelle\u202f?\r\n"}, frozenset({second.pk}), later)
    exchange = exchanges.change(exchange=exchange, wording=wording, by=buyer)
    assert [point.question for point in exchanges.points_of(exchange)] == ["Laquelle\u202f?"]
    assert (exchange.deadline, exchange.state) == (later, ExchangeState.DRAFT)
    exchanges.discard(exchange=exchange, by=buyer)
    assert not Exchange.objects.exists()
    assert actions() == [f"clarification.{act}" for act in ("drafted", "changed", "discarded")]


def test_a_draft_keeps_a_point(assessment, buyer):
    exchange = draft(assessment, buyer, **{"O-7.1": "Quoi ?"})
    (point,) = exchanges.points_of(exchange)
    wording = Wording({}, frozenset({point.pk}), exchange.deadline)
    with pytest.raises(NotThisWay, match="au moins un point"):
        exchanges.change(exchange=exchange, wording=wording, by=buyer)
    assert exchanges.points_of(exchange) == [point]


@pytest.mark.parametrize("refs", [[], ["O-99.1"], ["O-3.3"], ["O-2.8"]])
def test_only_points_that_the_candidate_answers_are_asked(assessment, buyer, refs):
    with pytest.raises((NotThisWay, answering.UnknownPoint)):
        exchanges.ask_clarification(
            assessment=assessment, questions=dict.fromkeys(refs, "Quoi ?"), by=buyer
        )
    assert not Exchange.objects.exists()


def test_nothing_is_sent_without_its_questions_nor_after_its_deadline(assessment, buyer):
    exchange = draft(assessment, buyer, **{"O-7.1": "", "O-7.2": "Quoi ?"})
    with pytest.raises(NotThisWay, match=r"O-7\.1"):
        exchanges.send(exchange=exchange, freeze=letters.freeze, by=buyer)
    Exchange.objects.filter(pk=exchange.pk).update(deadline=timezone.now())
    ExchangePoint.objects.filter(exchange=exchange).update(question="Quoi ?")
    with pytest.raises(NotThisWay, match="date limite"):
        exchanges.send(exchange=exchange, freeze=letters.freeze, by=buyer)


# -- Sent --------------------------------------------------------------------------------------


def test_the_parts_of_a_letter_stand_apart_on_its_page(
    assessment: Assessment, buyer: User, tmp_path: Path
) -> None:
    html = letters.html(factories.asked(buyer, assessment))
    data = render_pdf(html, metadata=METADATA, home=tmp_path).data
    tops: dict[str, float] = {}

    def see(text: str, _matrix: object, place: list[float], *_font: object) -> None:
        for words in ("Points demandés", "avant la date", "Madame, Monsieur,", "version"):
            if words in text:
                tops.setdefault(words, place[5])

    PdfReader(io.BytesIO(data)).pages[0].extract_text(visitor_text=see)
    assert abs(tops["avant la date"] - tops["Points demandés"]) > 30
    assert abs(tops["version"] - tops["Madame, Monsieur,"]) > 22


def test_the_letter_says_the_points_the_offer_and_the_questions(assessment, buyer):
    party = factories.asked(buyer, assessment, "O-7.1")
    (point,) = party.letter["points"]
    assert (point["ref"], point["claim"], point["claim_text"], point["question"]) == (
        "O-7.1",
        "yes",
        "Voir l’annexe.",
        "Précisez O-7.1.",
    )
    assert party.letter_sha256 == canonical.sha256_of(party.letter)
    html = letters.html(party)
    assert "Voir l’annexe." in html and "Précisez O-7.1." in html
    assert "article R2161-5 du code" in html and "ni la modifier ni la compléter" in html
    assert "O-7.2" not in html


def test_an_answer_explains_and_changes_no_claim(assessment, buyer):
    before = answer_sets.content(assessment)
    party = factories.asked(buyer, assessment)
    reply, other = party.replies.order_by("pk")
    exchanges.register(party=party, texts={reply.pk: "La version 4.2."}, by=buyer)
    changed = exchanges.register(
        party=party, texts={reply.pk: "La version 4.3.", other.pk: ""}, by=buyer
    )
    assert changed == 1
    assert answer_sets.content(assessment) == before
    assessment.refresh_from_db()
    assert assessment.answers_sha256 == answer_sets.hash_of(assessment)
    told = AuditEvent.objects.filter(action="clarification.answered").order_by("seq")
    assert [(event.data["before"], event.data["after"]) for event in told] == [
        ("", "La version 4.2."),
        ("La version 4.2.", "La version 4.3."),
    ]
    assert {event.subject for event in told} == {f"assessment/{assessment.pk}/O-7.1"}
    exchange = Exchange.objects.get()
    assert exchange.state == ExchangeState.ANSWERED
    assert exchanges.close(exchange=exchange, by=buyer).state == ExchangeState.CLOSED


def test_a_file_is_kept_as_it_came_once(assessment, buyer):
    party = factories.asked(buyer, assessment)
    for name in ("réponse.pdf", "copie.pdf"):
        exchanges.register(party=party, texts={}, file=Sent(PDF, "pdf", name), by=buyer)
    (file,) = party.files.all()
    assert (file.number, file.name, storage.read(file.file_name)) == (1, "réponse.pdf", PDF)
    assert actions().count("clarification.file_received") == 1


def test_an_answer_says_something(assessment, buyer):
    party = factories.asked(buyer, assessment)
    with pytest.raises(NotThisWay, match="Joignez le fichier"):
        exchanges.register(party=party, texts={party.replies.order_by("pk")[0].pk: " "}, by=buyer)
    assert Exchange.objects.get().state == ExchangeState.SENT


def test_the_points_of_another_candidate_are_not_answered(assessment, buyer, facility):
    party = factories.asked(buyer, assessment)
    other = factories.asked(buyer, factories.assessment(buyer, facility))
    strange = other.replies.order_by("pk")[0]
    with pytest.raises(NotThisWay):
        exchanges.register(party=party, texts={strange.pk: "Moi aussi."}, by=buyer)
    strange.refresh_from_db()
    assert strange.text == ""


@pytest.mark.parametrize("act", ["change", "discard", "send"])
def test_what_was_sent_is_no_draft_any_more(assessment, buyer, act):
    exchange = factories.asked(buyer, assessment).exchange
    needed: dict[str, dict[str, Any]] = {
        "change": {"wording": Wording({}, frozenset(), exchange.deadline)},
        "send": {"freeze": letters.freeze},
        "discard": {},
    }
    with pytest.raises(NotThisWay, match="plus un brouillon"):
        getattr(exchanges, act)(exchange=exchange, by=buyer, **needed[act])


def test_a_letter_waits_for_each_answer_or_for_its_date(assessment, buyer, client):
    client.force_login(buyer)
    exchange = factories.asked(buyer, assessment).exchange
    page = text(client.get(reverse("checklists:exchange_detail", args=[exchange.pk])))
    assert "Une réponse manque" in page and "ne changent plus" not in page
    client.post(reverse("checklists:exchange_close", args=[exchange.pk]))
    with pytest.raises(NotThisWay, match="jusqu’à la date de la lettre"):
        exchanges.close(exchange=exchange, by=buyer)
    exchange.refresh_from_db()
    assert exchange.closed_at is None
    with mock.patch.object(timezone, "now", return_value=exchange.deadline):
        assert exchanges.close(exchange=exchange, by=buyer).closed_at == exchange.deadline


def test_a_closed_exchange_takes_no_answer(assessment, buyer):
    party = factories.asked(buyer, assessment)
    with mock.patch.object(timezone, "now", return_value=party.exchange.deadline):
        exchanges.close(exchange=party.exchange, by=buyer)
    with pytest.raises(NotThisWay):
        exchanges.register(
            party=party, texts={party.replies.order_by("pk")[0].pk: "Tard."}, by=buyer
        )
    with pytest.raises(NotThisWay):
        exchanges.close(exchange=party.exchange, by=buyer)


# -- What the database refuses -----------------------------------------------------------------

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
REFUSED_ONCE_SENT: dict[str, Callable[[ExchangeParty], Any]] = {
    "deadline": lambda party: Exchange.objects.update(deadline=NOW + dt.timedelta(days=9000)),
    "number": lambda party: Exchange.objects.update(number=7),
    "kind": lambda party: Exchange.objects.update(kind=ExchangeKind.REGULARISATION),
    "unsent": lambda party: Exchange.objects.update(sent_at=None, sent_by=None),
    "exchange": lambda party: Exchange.objects.all()._raw_delete("default"),
    "question": lambda party: ExchangePoint.objects.update(question="Autre ?"),
    "point": lambda party: ExchangePoint.objects.all()._raw_delete("default"),
    "letter": lambda party: ExchangeParty.objects.update(letter={}),
    "hash": lambda party: ExchangeParty.objects.update(letter_sha256="0" * 64),
    "party": lambda party: ExchangeParty.objects.all()._raw_delete("default"),
    "reply": lambda party: ExchangeReply.objects.all()._raw_delete("default"),
    "another point": lambda party: ExchangeReply.objects.create(
        party=party, point=party.exchange.points.all()[0]
    ),
}


@pytest.mark.parametrize("what", REFUSED_ONCE_SENT)
def test_the_database_keeps_what_was_sent(assessment, buyer, what):
    party = factories.asked(buyer, assessment)
    with pytest.raises(IntegrityError), transaction.atomic():
        REFUSED_ONCE_SENT[what](party)


def test_the_database_keeps_the_files_and_what_was_closed(assessment, buyer):
    party = factories.asked(buyer, assessment)
    exchanges.register(party=party, texts={}, file=Sent(PDF, "pdf", "a.pdf"), by=buyer)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExchangeFile.objects.update(name="b.pdf")
    exchanges.close(exchange=party.exchange, by=buyer)
    for refused in (
        lambda: Exchange.objects.update(closed_at=None, closed_by=None),
        lambda: ExchangeParty.objects.update(replied_at=None, replied_by=None),
        lambda: ExchangeReply.objects.update(text="Tard.", updated_at=NOW, updated_by=buyer),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            refused()


def test_the_database_sends_a_clarification_to_one_candidate(assessment, buyer, facility):
    exchange = draft(assessment, buyer)
    other = factories.assessment(buyer, facility)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExchangeParty.objects.create(exchange=exchange, assessment=other)


def test_nobody_answers_a_draft(assessment, buyer):
    party = draft(assessment, buyer).parties.get()
    with pytest.raises(NotThisWay):
        exchanges.register(party=party, texts={}, file=Sent(PDF, "pdf", "a.pdf"), by=buyer)
