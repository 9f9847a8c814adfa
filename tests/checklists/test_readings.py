"""The second look: asked by the buyer, given once by who holds the role, frozen at publication."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from checklists.domain import checklists, readings
from checklists.domain.queries.readings import awaited_from, readings_of
from checklists.enums import ReadingVerdict
from checklists.models import Checklist, Reading
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

AGREED, RESERVED = ReadingVerdict.AGREED, ReadingVerdict.RESERVED


@pytest.fixture
def ciso(facility: Facility) -> User:
    return factories.member(facility, Role.CISO)


@pytest.fixture
def draft(buyer: User, facility: Facility) -> Checklist:
    return factories.draft_checklist(buyer, facility, flags=("DP",))


@pytest.fixture
def asked(draft: Checklist, buyer: User, ciso: User) -> Reading:
    return readings.ask_reading(checklist=draft, role=Role.CISO, question="Tout va ?", by=buyer)


def page_url(checklist: Checklist) -> str:
    return reverse("checklists:checklist_readings", args=[checklist.pk])


def told(checklist: Checklist) -> list[tuple[str, bool]]:
    found = readings_of(checklist, checklists.fingerprint(checklist))
    return [(one.reading.verdict, one.is_outdated) for one in found]


# -- Rules -------------------------------------------------------------------------------------


def test_only_a_role_that_somebody_holds_is_asked_and_once(
    asked: Reading, draft: Checklist, buyer: User
) -> None:
    with pytest.raises(readings.NotAsked, match="déjà attendu"):
        readings.ask_reading(checklist=draft, role=Role.CISO, question="", by=buyer)
    with pytest.raises(readings.NotAsked, match="Personne"):
        readings.ask_reading(checklist=draft, role=Role.DPO, question="", by=buyer)


def test_an_opinion_is_given_once_and_journaled(asked: Reading, ciso: User) -> None:
    readings.answer_reading(reading=asked, verdict=RESERVED, remark="O-7.2 manque.", by=ciso)
    with pytest.raises(readings.NotAnswered):
        readings.answer_reading(reading=asked, verdict=AGREED, remark="", by=ciso)
    event = AuditEvent.objects.get(action="reading.answered")
    assert event.actor == ciso.pk
    assert (event.data["verdict"], event.data["remark"]) == ("reserved", "O-7.2 manque.")


def test_a_reserve_says_why(asked: Reading, ciso: User) -> None:
    with pytest.raises(readings.NotAnswered, match="réserves"):
        readings.answer_reading(reading=asked, verdict=RESERVED, remark="", by=ciso)
    asked.refresh_from_db()
    assert asked.verdict == ReadingVerdict.WAITING


def test_an_agreement_never_covers_what_changed_after_it(
    asked: Reading, draft: Checklist, ciso: User, buyer: User
) -> None:
    readings.answer_reading(reading=asked, verdict=AGREED, remark="", by=ciso)
    assert told(draft) == [("agreed", False)]
    checklists.set_knock_out(checklist=draft, ref="O-1.1", is_knock_out=True, by=buyer)
    assert told(draft) == [("agreed", True)]
    # A new question may then be asked; the first opinion stays.
    readings.ask_reading(checklist=draft, role=Role.CISO, question="", by=buyer)
    assert told(draft) == [("agreed", True), ("", False)]


def test_a_question_is_taken_back_until_it_is_answered(asked: Reading, ciso: User) -> None:
    again = readings.ask_reading
    readings.withdraw_reading(reading=asked, by=asked.asked_by)
    with pytest.raises(readings.NotAsked, match="retirée"):
        readings.answer_reading(reading=asked, verdict=AGREED, remark="", by=ciso)
    second = again(checklist=asked.checklist, role=Role.CISO, question="", by=asked.asked_by)
    readings.answer_reading(reading=second, verdict=AGREED, remark="", by=ciso)
    with pytest.raises(readings.NotAsked):
        readings.withdraw_reading(reading=second, by=asked.asked_by)


def test_publication_freezes_the_readings(
    asked: Reading, draft: Checklist, ciso: User, buyer: User
) -> None:
    checklists.publish(checklist=draft, by=buyer)
    with pytest.raises(checklists.ChecklistFrozen):
        readings.answer_reading(reading=asked, verdict=AGREED, remark="", by=ciso)
    with pytest.raises(DatabaseError), transaction.atomic():
        Reading.objects.filter(pk=asked.pk).update(question="Autre chose")
    with pytest.raises(DatabaseError), transaction.atomic():
        Reading.objects.filter(pk=asked.pk).delete()


def test_a_reading_waits_for_who_holds_the_role_in_that_facility(
    asked: Reading, ciso: User, buyer: User
) -> None:
    elsewhere = factories.member(factories.facility(), Role.CISO)
    assert awaited_from(ciso) == [asked]
    assert awaited_from(buyer) == awaited_from(elsewhere) == []
    readings.answer_reading(reading=asked, verdict=AGREED, remark="", by=ciso)
    assert awaited_from(ciso) == []


# -- Pages -------------------------------------------------------------------------------------


def content(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_buyer_asks_and_the_specialist_answers_on_the_pages(
    signed_in: Client, client: Client, draft: Checklist, ciso: User, buyer: User
) -> None:
    signed_in.post(page_url(draft), {"role": Role.CISO, "question": "O-3.9 est retiré."})
    reading = Reading.objects.get()
    client.force_login(ciso)
    home = content(client.get(reverse("checklists:tender_list")))
    assert f"{page_url(draft)}#relecture-{reading.pk}" in home
    answer = reverse("checklists:reading_answer", args=[reading.pk])
    refused = client.post(answer, {"verdict": "reserved", "remark": ""})
    assert refused.status_code == 422 and "Écrivez vos réserves" in content(refused)
    client.post(answer, {"verdict": "reserved", "remark": "Gardez <b>O-3.9</b>."})
    client.force_login(buyer)
    publication = content(client.get(reverse("checklists:checklist_publish", args=[draft.pk])))
    assert "Gardez &lt;b&gt;O-3.9&lt;/b&gt;." in publication and "Réserves" in publication


def test_the_buyer_answers_in_nobody_s_place(signed_in: Client, asked: Reading) -> None:
    answer = reverse("checklists:reading_answer", args=[asked.pk])
    assert signed_in.post(answer, {"verdict": "agreed"}).status_code == 403


def test_a_refused_question_keeps_what_was_typed(signed_in: Client, draft: Checklist) -> None:
    response = signed_in.post(page_url(draft), {"role": Role.DPO, "question": "Et le registre ?"})
    assert response.status_code == 422
    assert "Et le registre ?" in content(response) and "Personne ne tient" in content(response)
