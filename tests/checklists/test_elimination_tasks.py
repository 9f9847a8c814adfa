"""An elimination is a task: announced, carried out once whatever stops it, and told on its page."""

# ruff: noqa: F401, F811 - the fixtures of test_retention.py

import datetime as dt
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from checklists import tasks
from checklists.documents import eliminations
from checklists.domain import retention
from checklists.domain.retention import Approval, RetentionRefused
from checklists.enums import RetentionScope
from checklists.models import Assessment, Deposit, Elimination
from tests import factories
from uniha_clausier.accounts.models import User
from uniha_clausier.common import queue, storage
from uniha_clausier.common.errors import SigningFailed
from uniha_clausier.common.models import AuditEvent
from vendors.models import Tender

from .checklist_site import text
from .elimination_worker import worked
from .test_retention import (
    VISA,
    actions,
    admin,
    candidates,
    file_of,
    old,
    plain_certificate,
    proposed,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(proposed: Elimination, admin: User, plain_certificate: None) -> Elimination:
    """A proposal that another person has just approved."""
    tasks.request_elimination(elimination=proposed, visa=VISA, by=admin)
    return proposed


def page_of(client: Client, elimination: Elimination) -> str:
    return text(client.get(reverse("checklists:elimination_detail", args=[elimination.pk])))


def test_nothing_goes_before_its_task_and_everything_with_it(
    asked: Elimination,
    candidates: list[Assessment],
    signed_in: Client,
) -> None:
    holder, loser = map(file_of, candidates)
    assert default_storage.exists(loser)
    page = page_of(signed_in, asked)
    assert "rien n’est supprimé avant" in page and "Enregistrer la décision" not in page
    assert "Décision attendue" not in page
    assert worked() == ["SUCCESSFUL"]
    asked.refresh_from_db()
    assert asked.removed_at and asked.visa == VISA.reference and asked.visa_on == VISA.given_on
    assert default_storage.exists(holder) and not default_storage.exists(loser)
    assert actions(asked.tender)[-3:] == [
        "elimination.announced",
        "elimination.approved",
        "elimination.carried_out",
    ]
    assert "Télécharger le bordereau scellé" in page_of(signed_in, asked)


def test_it_is_asked_once_and_not_refused_meanwhile(asked: Elimination, admin: User) -> None:
    with pytest.raises(RetentionRefused, match="en cours"):
        tasks.request_elimination(elimination=asked, visa=VISA, by=admin)
    client = Client()
    client.force_login(admin)
    url = reverse("checklists:elimination_detail", args=[asked.pk])
    answer = client.post(url, {"decision": "refuser", "reason": "Finalement non."})
    assert answer.status_code == 422 and "en cours" in text(answer)
    asked.refresh_from_db()
    assert asked.is_waiting
    assert actions(asked.tender).count("elimination.announced") == 1
    assert DBTaskResult.objects.count() == 1


@pytest.mark.parametrize("wrong", ["own", "future", "held", "empty"])
def test_what_may_not_be_is_refused_at_once(
    proposed: Elimination,
    candidates: list[Assessment],
    buyer: User,
    admin: User,
    wrong: str,
) -> None:
    visa = VISA._replace(given_on=dt.date(2999, 1, 1)) if wrong == "future" else VISA
    if wrong == "held":
        retention.place_hold(tender=proposed.tender, reason="Référé.", by=buyer)
    if wrong == "empty":
        storage.discard(file_of(candidates[1]))
    with pytest.raises(RetentionRefused):
        tasks.request_elimination(
            elimination=proposed, visa=visa, by=buyer if wrong == "own" else admin
        )
    assert not DBTaskResult.objects.exists()
    assert "elimination.announced" not in actions(proposed.tender)


def test_a_litigation_that_comes_between_stops_it(
    asked: Elimination,
    candidates: list[Assessment],
    buyer: User,
    signed_in: Client,
) -> None:
    retention.place_hold(tender=asked.tender, reason="Référé.", by=buyer)
    assert worked() == ["SUCCESSFUL"]  # nothing for the operator: it is for the facility to read
    asked.refresh_from_db()
    assert asked.is_waiting and default_storage.exists(file_of(candidates[1]))
    page = page_of(signed_in, asked)
    assert "n’a pas eu lieu, rien n’est supprimé" in page and "suspendue" in page


def test_a_seal_that_fails_removes_nothing_and_is_settled_by_the_operator(
    asked: Elimination,
    candidates: list[Assessment],
    admin: User,
    signed_in: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_seal(*told: Any) -> bytes:
        raise SigningFailed("La clé de scellement ne répond pas.")

    with monkeypatch.context() as patch:
        patch.setattr(eliminations, "_certificate", no_seal)
        assert worked() == ["FAILED"]
    assert default_storage.exists(file_of(candidates[1]))
    assert "rien n’est supprimé. L’exploitant en est prévenu" in page_of(signed_in, asked)
    [letter] = queue.dead_letters()
    assert letter.label == "Élimination des pièces d’une consultation"
    queue.relaunch(task=letter.task, by=admin.pk)
    assert worked() == ["SUCCESSFUL"]
    asked.refresh_from_db()
    assert asked.removed_at


def test_a_removal_that_was_cut_goes_on_where_it_stopped(
    asked: Elimination,
    candidates: list[Assessment],
    admin: User,
    signed_in: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def cut(name: str) -> None:
        raise KeyError(name)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "discard", cut)
        assert worked() == ["FAILED"]
    asked.refresh_from_db()
    assert asked.is_approved and not asked.removed_at
    assert "la suppression reprendra" in page_of(signed_in, asked)
    [letter] = queue.dead_letters()
    queue.relaunch(task=letter.task, by=admin.pk)
    assert worked() == ["SUCCESSFUL"]
    asked.refresh_from_db()
    assert asked.removed_at and not default_storage.exists(file_of(candidates[1]))
    approved = AuditEvent.objects.filter(action="elimination.approved")
    assert approved.count() == 1
    tasks.eliminate_files.call(asked.pk, admin.pk, "", "2026-01-05", "")  # once more: nothing
    assert AuditEvent.objects.filter(action="elimination.carried_out").count() == 1


def test_how_far_it_is(asked: Elimination, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Any, ...]] = []
    monkeypatch.setattr(queue, "say", lambda *step: told.append(step))
    worked()
    assert told == [
        ("Empreintes des pièces", 0, 1),
        ("Scellement du bordereau", 1, 1),
        ("Suppression des fichiers", 0, 1),
    ]


def test_what_is_proposed_or_decided_already_is_not_again(
    proposed: Elimination, buyer: User, admin: User
) -> None:
    again: dict[str, Any] = {
        "tender": proposed.tender,
        "scope": proposed.scope,
        "reason": "Encore.",
        "by": buyer,
    }
    with pytest.raises(RetentionRefused, match="déjà proposée, ou faite"):
        retention.propose(**again)
    retention.refuse(elimination=proposed, reason="Audit.", by=admin)
    with pytest.raises(RetentionRefused, match="déjà décidée"):
        retention.refuse(elimination=proposed, reason="Encore.", by=admin)
    assert actions(proposed.tender).count("elimination.refused") == 1


def test_a_tender_without_its_dates_says_which_one_is_missing(
    candidates: list[Assessment], buyer: User
) -> None:
    tender = candidates[0].candidacy.lot.tender
    for scope in RetentionScope:
        assert "Il manque la date" in retention.obstacle(tender, scope)


def test_the_same_dates_given_again_are_not_another_event(
    old: Tender, candidates: list[Assessment], buyer: User
) -> None:
    factories.dated(old, buyer, candidates[0].candidacy, signed=2015, executed=2018)
    assert actions(old).count("retention.dated") == 1
    factories.dated(old, buyer, candidates[0].candidacy, signed=2015, executed=2019)
    assert actions(old).count("retention.dated") == 2
    assert list(old.retention.holders.all()) == [candidates[0].candidacy]


def test_an_elimination_that_nobody_approved_removes_nothing(
    proposed: Elimination, candidates: list[Assessment]
) -> None:
    eliminations.carry_out(proposed)
    proposed.refresh_from_db()
    assert not proposed.removed_at and default_storage.exists(file_of(candidates[1]))


def test_files_that_went_meanwhile_leave_nothing_to_approve(
    proposed: Elimination, candidates: list[Assessment], admin: User
) -> None:
    storage.discard(file_of(candidates[1]))
    with pytest.raises(RetentionRefused, match="Aucun fichier"):
        eliminations.eliminate(elimination=proposed, visa=VISA, by=admin)
    told = Approval(
        reason=VISA.reason, visa=VISA.reference, visa_on=VISA.given_on, files=[],
        certificate_name="b.pdf", certificate_sha256="b" * 64,
    )  # fmt: skip
    with pytest.raises(RetentionRefused, match="Aucun fichier"):
        retention.approve(elimination=proposed, approval=told, by=admin)
    proposed.refresh_from_db()
    assert proposed.is_waiting


def test_what_no_row_names_goes_with_its_candidate_and_what_is_of_nobody_stays(
    old: Tender, candidates: list[Assessment], buyer: User
) -> None:
    first, other = candidates
    for folder, owner in (
        ("letters", other.pk),
        ("receipts", first.pk),
        ("annexes", first.checklist_id),
        ("reports", first.checklist_id),
    ):
        storage.store(f"{folder}/{old.facility_id}/{owner}/une.pdf", b"%PDF")
    name = storage.store(f"deposits/{old.facility_id}/seul.csv", b"O-7.1;OUI")
    Deposit.objects.create(
        checklist=first.checklist,
        received_at=old.created_at,
        received_by=buyer,
        sent_as="seul.csv",
        kind="csv",
        file_name=name,
        file_sha256="c" * 64,
        file_size=9,
    )
    found = {one.name.split("/")[0]: (one.title, one.scope) for one in eliminations.held(old)}
    vendors = [one.candidacy.vendor.name for one in (other, first)]
    contract, procedure = RetentionScope.CONTRACT, RetentionScope.PROCEDURE
    assert found["letters"] == (f"{vendors[0]} – lettre", procedure)
    assert found["receipts"] == (f"{vendors[1]} – récépissé", contract)
    assert found["annexes"] == ("Annexes du DCE", contract)
    assert found["reports"] == ("Rapport d’analyse", contract)
    assert found["deposits"] == ("seul.csv – reçu, sans candidat", contract)
