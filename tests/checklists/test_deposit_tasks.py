"""Files that came in together are read, then taken over, by tasks: told on the page, done once."""

# ruff: noqa: F401, F811 - the fixtures of test_deposits.py

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from checklists import deposit_tasks
from checklists.documents import answer_files, answers_child
from checklists.documents import deposits as files
from checklists.domain import deposits
from checklists.enums import AttributionClue
from checklists.models import Checklist, Deposit, Reception, TakeOver
from uniha_clausier.accounts.models import User
from uniha_clausier.common import queue
from uniha_clausier.common.models import AuditEvent, TaskTrace
from uniha_clausier.common.stopping import WorkerStopped
from vendors.models import Candidacy

from .checklist_site import text
from .deposit_worker import worked
from .test_deposits import (
    _in_this_process,
    candidates,
    checklist,
    drop,
    lines,
    send,
    url,
    words,
)

UNREADABLE = b"PK\x03\x04 rien d'un classeur"
NINE = {f"Levant_Santé_{number}_csv": lines(f"O-9.{number} OUI") for number in range(9)}


def counted(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


def stopped_at(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, at: int
) -> Callable[..., Any]:
    """Stop the worker at the call number ``at``, as a kill does: without a word."""
    real, calls = getattr(where, name), []

    def watched(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == at:
            raise WorkerStopped
        return real(*args, **options)

    monkeypatch.setattr(where, name, watched)
    return watched


def test_files_are_kept_at_once_and_read_by_a_task(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy], buyer: User
) -> None:
    page = drop(signed_in, checklist, Levant_Santé_csv=lines("O-7.1 OUI"), offre_pdf=b"%PDF")
    assert "Fichiers reçus : 1 à lire, 1 refusé." in words(page)
    assert "1 fichier reste à lire : il est gardé" in words(page)
    deposit = Deposit.objects.get(refusal="")
    assert not deposit.is_read and default_storage.exists(deposit.file_name)
    assert page.context["waiting"] == page.context["given"] == []
    with pytest.raises(deposits.NotToBeGiven):
        deposits.give(
            deposit=deposit, candidacy=candidates[1], clue=AttributionClue.BUYER, by=buyer
        )
    signed_in.post(url(checklist, "give"), {f"candidat-{deposit.pk}": candidates[1].pk})
    assert not Reception.objects.exists()
    assert worked() == ["SUCCESSFUL"]
    page = signed_in.get(url(checklist))
    assert len(page.context["given"]) == 1 and "reste à lire" not in words(page)
    assert "htmx-2" not in page.content.decode()


def test_the_page_shows_how_far_the_reading_is_and_takes_no_choice_meanwhile(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy]
) -> None:
    send(signed_in, checklist, a_csv=lines("O-7.1 OUI"), Levant_Santé_csv=lines("O-7.1 NON"))
    assert "<select" in signed_in.get(url(checklist)).content.decode()
    drop(signed_in, checklist, b_csv=lines("O-7.2 OUI"))
    row = DBTaskResult.objects.order_by("-enqueued_at").first()
    assert row is not None
    row.claim("worker")
    queue.take(row)
    TaskTrace.objects.filter(task=row.pk).update(step="Classeurs lus", done=2, total=3)
    page = signed_in.get(url(checklist)).content.decode()
    assert '<progress value="2" max="3" aria-label="Classeurs lus' in page
    assert 'hx-select="#fichiers"' in page and "Actualiser la page" in page
    assert "<select" not in page and "où rien n’est à trancher" not in page
    assert 'type="file"' in page


def test_a_file_that_the_reader_refuses_is_told_and_kept_no_more(
    signed_in: Client,
    checklist: Checklist,
    buyer: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    drop(signed_in, checklist, faux_xlsx=UNREADABLE, a_csv=lines("O-7.1 OUI"))
    stored = Deposit.objects.get(kind="xlsx").file_name
    with django_capture_on_commit_callbacks(execute=True):
        assert worked() == ["SUCCESSFUL"]
    page = signed_in.get(url(checklist))
    [refused] = page.context["refused"]
    assert refused.refusal and refused.file_name == "" and not default_storage.exists(stored)
    assert len(page.context["waiting"]) == 1
    event = AuditEvent.objects.get(action="deposit.refused")
    assert (event.actor, event.data["reason"]) == (buyer.pk, refused.refusal)


def test_a_refused_file_that_comes_again_before_it_is_removed_stays(
    signed_in: Client, checklist: Checklist, django_capture_on_commit_callbacks: Any
) -> None:
    drop(signed_in, checklist, faux_xlsx=UNREADABLE)
    with django_capture_on_commit_callbacks() as removing:
        assert worked() == ["SUCCESSFUL"]
    drop(signed_in, checklist, faux_xlsx=UNREADABLE)
    for act in removing:
        act()
    assert default_storage.exists(Deposit.objects.get(is_read=False).file_name)


def test_a_file_refused_while_it_comes_again_is_to_be_dropped_once_more(
    signed_in: Client,
    checklist: Checklist,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    drop(signed_in, checklist, faux_xlsx=UNREADABLE)
    lay = files.lay

    def and_refused(**told: Any) -> Any:
        laid = lay(**told)
        with django_capture_on_commit_callbacks(execute=True):
            assert worked() == ["SUCCESSFUL"]
        return laid

    monkeypatch.setattr(files, "lay", and_refused)
    page = drop(signed_in, checklist, faux_xlsx=UNREADABLE)
    assert "« faux.xlsx » vient d’être refusé : rien de cet envoi n’est gardé." in words(page)
    assert not Deposit.objects.filter(refusal="").exists()
    monkeypatch.setattr(files, "lay", lay)
    assert "Fichiers reçus : 1 à lire." in words(drop(signed_in, checklist, faux_xlsx=UNREADABLE))


@pytest.mark.parametrize("at", [1, 4, 7, 9])
def test_a_reading_that_is_killed_goes_on_and_does_everything_once(
    signed_in: Client,
    checklist: Checklist,
    candidates: list[Candidacy],
    monkeypatch: pytest.MonkeyPatch,
    at: int,
) -> None:
    drop(signed_in, checklist, **NINE)
    with monkeypatch.context() as patched:
        stopped_at(patched, deposits, "give", at)
        with pytest.raises(WorkerStopped):
            worked()
    assert Deposit.objects.filter(is_read=True).count() == at - 1 == Reception.objects.count()
    assert "restent à lire" in words(signed_in.get(url(checklist))) or at == 9
    assert worked() == ["SUCCESSFUL"]
    assert Reception.objects.count() == counted("deposit.given") == 9
    assert counted("deposit.received") == 9


def test_two_workers_at_once_do_everything_once(
    signed_in: Client,
    checklist: Checklist,
    candidates: list[Candidacy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drop(signed_in, checklist, Levant_Santé_csv=lines("O-7.1 OUI"), faux_xlsx=b"PK\x03\x04")
    real = files._settle
    others: list[int] = []

    def while_another_reads(*args: Any) -> None:
        if not others:
            others.append(1)
            files.read_kept(checklist)
        real(*args)

    monkeypatch.setattr(files, "_settle", while_another_reads)
    assert worked() == ["SUCCESSFUL"]
    assert counted("deposit.given") == Reception.objects.count() == 1
    assert counted("deposit.refused") == Deposit.objects.exclude(refusal="").count() == 1


def test_a_reading_that_failed_is_said_and_the_same_file_sent_again_relaunches_it(
    signed_in: Client,
    checklist: Checklist,
    candidates: list[Candidacy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = lines("O-7.1 OUI")
    drop(signed_in, checklist, Levant_Santé_csv=content)
    with monkeypatch.context() as patched:
        patched.setattr(answer_files, "kept", lambda file: 1 / 0)
        assert worked() == ["FAILED"]
    assert "n’a pas été lu. L’exploitant en est prévenu" in words(signed_in.get(url(checklist)))
    page = drop(signed_in, checklist, Levant_Santé_csv=content)
    assert "1 déjà reçu" in words(page) and "reste à lire" in words(page)
    assert worked() == ["SUCCESSFUL"]
    assert counted("deposit.given") == 1
    assert queue.dead_letters() == []


# -- Taking over -----------------------------------------------------------------------------------


def test_a_take_over_is_asked_once_and_told_on_the_page(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy]
) -> None:
    send(
        signed_in, checklist,
        Levant_Santé_csv=lines("O-7.1 OUI"), Imagerie_du_Ponant_csv=lines("O-7.1 NON"),
    )  # fmt: skip
    for _time in range(2):
        page = signed_in.post(url(checklist, "take_over"), follow=True)
    assert "Les réponses entrent dans les grilles" in words(page)
    assert "où rien n’est à trancher" not in words(page)
    assert worked() == ["SUCCESSFUL"]
    assert "2 valeurs, pour 2 candidats." in words(signed_in.get(url(checklist)))


@pytest.mark.parametrize("at", [1, 2])
def test_a_take_over_that_is_killed_goes_on_and_tells_all_that_it_did(
    signed_in: Client,
    checklist: Checklist,
    candidates: list[Candidacy],
    monkeypatch: pytest.MonkeyPatch,
    at: int,
) -> None:
    send(
        signed_in, checklist,
        Levant_Santé_csv=lines("O-7.1 OUI"), Imagerie_du_Ponant_csv=lines("O-7.1 NON"),
    )  # fmt: skip
    signed_in.post(url(checklist, "take_over"))
    with monkeypatch.context() as patched:
        stopped_at(patched, files, "_take_over", at)
        with pytest.raises(WorkerStopped):
            worked()
    assert TakeOver.objects.count() == at - 1
    assert worked() == ["SUCCESSFUL"]
    assert TakeOver.objects.count() == counted("reception.taken_over") == 2
    assert "2 valeurs, pour 2 candidats." in words(signed_in.get(url(checklist)))


def test_a_take_over_that_failed_is_said(
    signed_in: Client,
    checklist: Checklist,
    candidates: list[Candidacy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(signed_in, checklist, Levant_Santé_csv=lines("O-7.1 OUI"))
    signed_in.post(url(checklist, "take_over"))
    monkeypatch.setattr(files, "_take_over", lambda *args, **options: 1 / 0)
    assert worked() == ["FAILED"]
    assert "La reprise s’est arrêtée" in words(signed_in.get(url(checklist)))
