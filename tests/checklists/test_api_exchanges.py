"""The API: what candidates sent, what they were asked after the opening, and what came back."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from checklists.documents import letters
from checklists.domain import (
    deposits,
    exchanges,
    late_files,
    receptions,
    regularisations,
    reply_links,
)
from checklists.domain.answer_sets import Regularised
from checklists.domain.answering import Edit
from checklists.domain.exchanges import Sent
from checklists.domain.receptions import Change
from checklists.models import Assessment, Reception
from tests import factories
from tests.checklists.api_site import Caller, infected, queries_of
from tests.checklists.test_regularisations import answered, candidates
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

__all__ = ["candidates"]

CONTENT = "Point;Réponse\r\nO-7.1;OUI\r\n".encode()


@pytest.fixture(autouse=True)
def _no_calls_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def caller(buyer: User) -> Caller:
    return Caller(buyer)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def received(assessment: Assessment, by: User, content: bytes = CONTENT, **late: Any) -> Reception:
    return receptions.receive(
        assessment=assessment, content=content, kind="csv", sent_as="offre.csv", by=by, **late
    )[0]


# -- Exchanges


def test_a_clarification_is_read_with_its_letter_and_what_came_back(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    party = factories.asked(buyer, assessment, "O-7.1")
    [reply] = party.replies.all()
    sent = Sent(b"%PDF-1.7 precisions", "pdf", "précisions.pdf")
    exchanges.register(party=party, texts={reply.pk: "Chaque nuit."}, file=sent, by=buyer)
    told = caller.read(f"exchanges/{party.exchange_id}")
    assert (told["kind"], told["number"], told["state"]) == ("clarification", 1, "answered")
    assert [(one["ref"], one["question"]) for one in told["points"]] == [
        ("O-7.1", "Précisez O-7.1.")
    ]
    [one] = told["parties"]
    party.refresh_from_db()
    assert (one["letter"], one["letter_sha256"]) == (party.letter, party.letter_sha256)
    assert [(said["ref"], said["text"]) for said in one["replies"]] == [("O-7.1", "Chaque nuit.")]
    assert (one["regularisation"], one["replies"][0]["regularised"]) == (None, None)
    [file] = one["files"]
    assert (file["name"], file["size"]) == ("précisions.pdf", 19)
    given = caller.get(f"exchange-files/{file['id']}/file")
    assert b"".join(given.streaming_content) == b"%PDF-1.7 precisions"
    assert given.headers["Content-Disposition"].startswith("attachment")


def test_what_is_sent_by_a_link_is_the_candidates_and_what_is_prepared_is_not_told(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    party = factories.informal_party(buyer, facility, "O-7.1")
    link, _secret = factories.reply_link(buyer, party)
    path = f"exchanges/{party.exchange_id}"
    edit = Edit("O-7.1", "claim_text", "Chaque nuit.", 0)
    reply_links.save(link=link, edit=edit)
    reply_links.attach(link=link, file=Sent(b"%PDF-1.7 plan", "pdf", "plan.pdf"))
    [waiting] = caller.read(path)["parties"]
    assert (waiting["replies"][0]["text"], waiting["files"], waiting["replied_by"]) == ("", [], "")
    reply_links.submit(link=link)
    [told] = caller.read(path)["parties"]
    [reply], [file] = told["replies"], told["files"]
    by = "Le candidat, par le lien 1"
    assert (reply["text"], reply["updated_by"]) == ("Chaque nuit.", by)
    assert (told["replied_by"], file["received_by"]) == (by, by)


def test_an_infected_answer_is_told_and_never_given(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    party = factories.asked(buyer, assessment)
    sent = Sent(b"%PDF-1.7 precisions", "pdf", "précisions.pdf")
    exchanges.register(party=party, texts={}, file=sent, by=buyer)
    kept = party.files.get()
    infected(kept.file_name, assessment.facility)
    [told] = caller.read(f"exchanges/{party.exchange_id}")["parties"]
    assert told["files"][0]["scan"] == "infected"
    assert caller.get(f"exchange-files/{kept.pk}/file").status_code == 403


def test_a_letter_is_given_once_it_is_sent_and_ready(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    draft = exchanges.ask_clarification(
        assessment=assessment, questions={"O-7.1": "Laquelle ?"}, by=buyer
    )
    told = caller.read(f"exchanges/{draft.pk}")
    assert (told["state"], told["parties"][0]["letter"]) == ("draft", {})
    assert caller.get(f"letters/{told['parties'][0]['id']}/file").status_code == 404
    party = factories.asked(buyer, assessment)
    path = f"exchanges/{party.exchange_id}"
    assert caller.read(path)["parties"][0]["has_file"] is False
    assert caller.get(f"letters/{party.pk}/file").status_code == 404
    default_storage.save(letters.stored_name(party), ContentFile(b"%PDF-1.7 lettre"))
    assert caller.read(path)["parties"][0]["has_file"] is True
    given = caller.get(f"letters/{party.pk}/file")
    assert b"".join(given.streaming_content) == b"%PDF-1.7 lettre"


def test_a_regularisation_tells_before_and_after_and_who_decided(
    caller: Caller, candidates: list[Assessment], buyer: User
) -> None:
    first, second = answered(buyer, candidates[0].checklist, "O-7.2")
    [reply] = first.replies.all()
    change = Regularised(reply, "yes", "Fourni.")
    regularisations.accept(party=first, changes=[change], reason="Complète.", by=buyer)
    regularisations.refuse(party=second, reason="Rien de neuf.", by=buyer)
    told = caller.read(f"exchanges/{first.exchange_id}")
    assert told["assessments"] == [candidates[0].pk, candidates[1].pk]
    accepted, refused = told["parties"]
    assert accepted["replies"][0]["regularised"] == {
        "value_before": "no",
        "text_before": "",
        "value_after": "yes",
        "text_after": "Fourni.",
    }
    decision = accepted["regularisation"]
    assert (decision["is_accepted"], decision["reason"]) == (True, "Complète.")
    assert decision["sha256_before"] != decision["sha256_after"]
    assert (refused["regularisation"]["is_accepted"], refused["replies"][0]["regularised"]) == (
        False,
        None,
    )


def test_exchanges_are_kept_by_filter_and_by_facility(
    caller: Caller, candidates: list[Assessment], buyer: User
) -> None:
    [asked] = [factories.asked(buyer, candidates[2])]
    [first, _second] = factories.regularised(buyer, candidates[0].checklist, "O-7.2")
    elsewhere = factories.facility()
    stranger = factories.member(elsewhere, Role.BUYER)
    factories.asked(stranger, factories.assessment(stranger, elsewhere))

    def listed(query: str = "") -> list[int]:
        return [one["id"] for one in caller.read(f"exchanges?{query}")["items"]]

    both = [first.exchange_id, asked.exchange_id]
    assert listed() == both
    assert listed(f"checklist={candidates[0].checklist_id}") == both
    assert listed(f"tender={candidates[0].candidacy.lot.tender_id}") == both
    assert listed("kind=regularisation") == [first.exchange_id]
    assert listed(f"assessment={candidates[2].pk}") == [asked.exchange_id]
    assert listed("per_page=1&page=2") == [asked.exchange_id]
    assert caller.get("exchanges?kind=autre").status_code == 422


def test_the_list_of_exchanges_costs_the_same_whatever_its_length(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    factories.asked(buyer, assessment)
    one = queries_of(caller, "exchanges")
    for _ in range(2):
        factories.asked(buyer, factories.started(assessment.checklist, buyer))
    assert queries_of(caller, "exchanges") == one


# -- Answer files


def test_an_answer_file_is_read_with_what_was_taken_over_then_given_back(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    first = received(assessment, buyer)
    change = Change("O-7.1", "claim", "", "yes", "B2", 0)
    receptions.take_over(reception=first, changes=[change], decisions=[], by=buyer)
    received(assessment, buyer, CONTENT + b"O-7.2;NON\r\n")
    told = caller.read(f"assessments/{assessment.pk}/receptions")
    assert [(one["number"], len(one["takeovers"])) for one in told] == [(2, 0), (1, 1)]
    act = told[1]["takeovers"][0]
    assert (act["changed"], act["by"]) == (1, str(buyer))
    assert (told[1]["sha256"], told[1]["late"]) == (first.file_sha256, None)
    given = caller.get(f"receptions/{first.pk}/file")
    assert given.content == CONTENT
    default_storage.delete(first.file_name)
    assert caller.get(f"receptions/{first.pk}/file").status_code == 404


def test_a_file_out_of_time_tells_what_was_decided(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    tender = assessment.candidacy.lot.tender
    tender.deadline = dt.datetime(2026, 3, 2, 11, 0, tzinfo=dt.UTC)
    tender.save(update_fields=["deadline"])
    at = tender.deadline + dt.timedelta(minutes=1)
    reception = received(assessment, buyer, deposited_at=at)
    path = f"assessments/{assessment.pk}/receptions"
    [told] = caller.read(path)
    assert (told["late"]["deposited_at"], told["late"]["decision"]) == ("2026-03-02T11:01:00Z", "")
    late_files.decide(
        late=reception.late, decision="admitted", reason="Copie de sauvegarde.", by=buyer
    )
    [told] = caller.read(path)
    late = told["late"]
    assert (late["decision"], late["reason"], late["decided_by"]) == (
        "admitted",
        "Copie de sauvegarde.",
        str(buyer),
    )


def test_the_answer_files_cost_the_same_whatever_their_number(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    path = f"assessments/{assessment.pk}/receptions"
    received(assessment, buyer)
    one = queries_of(caller, path)
    for number in range(2):
        received(assessment, buyer, CONTENT + f"O-7.2;{number}\r\n".encode())
    assert queries_of(caller, path) == one


def test_files_dropped_together_are_listed_and_given_back(
    caller: Caller, assessment: Assessment, buyer: User
) -> None:
    path = f"checklists/{assessment.checklist_id}/deposits"
    assert caller.read(path) == []
    sent, checklist = deposits.Sent(CONTENT, "csv", "classeur.csv"), assessment.checklist
    file = deposits.lay(checklist=checklist, sent=sent)
    kept, _is_new = deposits.keep(checklist=checklist, file=file, told=deposits.Told(), by=buyer)
    [told] = caller.read(path)
    assert (told["id"], told["name"], told["reception"], told["assessment"]) == (
        kept.pk,
        "classeur.csv",
        None,
        None,
    )
    assert caller.get(f"deposits/{kept.pk}/file").content == CONTENT
    deposits.give(deposit=kept, candidacy=assessment.candidacy, clue="buyer", by=buyer)
    [told] = caller.read(path)
    assert (told["clue"], told["assessment"]) == ("buyer", assessment.pk)
    draft = factories.draft_checklist(buyer, assessment.facility)
    assert caller.get(f"checklists/{draft.pk}/deposits").status_code == 404
