"""The operator's page: what is to be settled, what runs, what is about to end."""

import datetime as dt
import html
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests import factories
from tests.access.operations_world import given_up_task
from uniha_clausier.accounts.domain import operators
from uniha_clausier.accounts.models import User
from uniha_clausier.common import operations, queue, queue_worker, scanning
from uniha_clausier.common.certificates import local_seal
from uniha_clausier.common.models import AuditEvent, ScheduledRun, TaskTrace, WorkerSign

PAGE = "/exploitation/etat/"


@pytest.fixture
def operator(db: None) -> User:
    return factories.user(is_operator=True, email="exploitation@hopital.example")


@pytest.fixture
def page(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def text(client: Client, **headers: str) -> str:
    answer = client.get(PAGE, headers=headers)
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).replace("\xa0", " ").split())


class TestPage:
    def test_nobody_else_sees_it(self, signed_in: Client) -> None:
        assert signed_in.get(PAGE).status_code == 404
        assert "Exploitation" not in signed_in.get(reverse("account")).content.decode()

    def test_nothing_to_settle_and_no_worker(self, page: Client) -> None:
        shown = text(page)
        assert "Rien à régler" in shown
        assert "Aucun processus de fond n’a été vu" in shown
        assert "Ancre du journal" in shown and "jamais" in shown

    def test_what_was_given_up_may_be_relaunched_or_abandoned(self, page: Client) -> None:
        task = given_up_task()
        shown = text(page)
        assert "Analyse d’un fichier par l’antivirus" in shown
        assert "Erreur inattendue (ValueError)" in shown
        assert reverse("task_relaunch", args=[task]) in shown
        assert reverse("task_abandon", args=[task]) in shown

    def test_it_says_who_works_and_how_far(self, page: Client) -> None:
        row = DBTaskResult.objects.get(pk=scanning.scan_file.enqueue("x").id)
        row.claim("worker")
        hold = queue.take(row)
        TaskTrace.objects.filter(task=hold.task).update(step="Lecture", done=3, total=12)
        queue_worker.show_life("one")
        shown = text(page)
        assert "Lecture : 3 sur 12" in shown
        assert '<progress value="3" max="12"' in shown
        assert "actif" in shown
        WorkerSign.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=2))
        assert "silencieux" in text(page)

    def test_htmx_asks_for_the_state_alone(self, page: Client) -> None:
        shown = text(page, **{"HX-Request": "true"})
        assert shown.startswith('<div id="etat"')
        assert "Travail planifié" not in shown

    def test_the_daily_work_says_its_result(self, page: Client) -> None:
        now = timezone.now()
        ScheduledRun.objects.create(
            job="journal",
            day=timezone.localdate(),
            queued_at=now,
            finished_at=now,
            is_good=False,
            result="Journal faux.",
        )
        assert "<strong>Échec</strong> – Journal faux." in text(page)

    def test_a_certificate_that_ends_soon_is_marked(
        self, page: Client, tmp_path: Path, settings: Any
    ) -> None:
        local_seal(tmp_path, "Hôpital de Brumeval")
        assert "à remplacer" not in text(page)
        file = next((tmp_path / "seal").glob("seal-*.pem"))
        settings.SEAL_CERTIFICATES = file
        with time_machine.travel(timezone.now() + dt.timedelta(days=5 * 365 - 30)):
            page.force_login(User.objects.get())
            assert "à remplacer" in text(page)

    def test_a_backup_is_dated(self, page: Client) -> None:
        assert "Dernière sauvegarde" in text(page)
        assert operations.last_backup() is None
        operations.record_backup(rows=10, files=2, size=300)
        assert operations.last_backup() is not None
        assert AuditEvent.objects.get().data == {"rows": 10, "files": 2, "size": 300}

    def test_tasks_that_wait_too_long_are_told(self, page: Client) -> None:
        queue_worker.show_life("one")
        scanning.scan_file.enqueue("x")
        assert "depuis plus de cinq minutes" not in text(page)
        DBTaskResult.objects.update(enqueued_at=timezone.now() - dt.timedelta(minutes=6))
        assert "depuis plus de cinq minutes" in text(page)
        assert operations.queue_state().ready == 1

    @pytest.mark.parametrize("count", [1, 3])
    def test_as_many_queries_for_one_task_as_for_three(
        self, page: Client, count: int, django_assert_num_queries: Any
    ) -> None:
        for _task in range(count):
            given_up_task()
        text(page)
        with django_assert_num_queries(QUERIES):
            page.get(PAGE, headers={"HX-Request": "true"})


QUERIES = 11


class TestSettling:
    def test_relaunch(self, page: Client) -> None:
        task = given_up_task()
        answer = page.post(reverse("task_relaunch", args=[task]), follow=True)
        assert "La tâche est relancée." in answer.content.decode()
        assert DBTaskResult.objects.get(pk=task).status == "READY"

    def test_a_second_click_is_said(self, page: Client) -> None:
        url = reverse("task_relaunch", args=[given_up_task()])
        page.post(url)
        assert "déjà réglée" in page.post(url, follow=True).content.decode()

    def test_abandon_asks_why(self, page: Client, operator: User) -> None:
        url = reverse("task_abandon", args=[given_up_task()])
        refused = page.post(url, {"reason": " "})
        assert refused.status_code == 422
        assert "Dites pourquoi" in refused.content.decode()
        done = page.post(url, {"reason": "Fichier retiré."}, follow=True)
        assert "La tâche est abandonnée." in done.content.decode()
        event = AuditEvent.objects.get(action="task.abandoned")
        assert (event.actor, event.data["reason"]) == (operator.pk, "Fichier retiré.")
        assert page.get(url).status_code == 404

    def test_two_operators_who_settle_it_at_once_read_who_was_faster(
        self, page: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = reverse("task_abandon", args=[given_up_task()])

        def faster(**_: Any) -> None:
            raise queue.AlreadySettled("Quelqu’un a été plus rapide.")

        monkeypatch.setattr(queue, "abandon", faster)
        done = page.post(url, {"reason": "Remplacée"}, follow=True)
        assert done.status_code == 200 and "plus rapide" in done.content.decode()

    @pytest.mark.parametrize("name", ["task_relaunch", "task_abandon"])
    def test_no_task(self, page: Client, name: str) -> None:
        assert page.post(reverse(name, args=["rien"])).status_code == 404


class Away(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError


class TestMail:
    def test_the_operators_are_told_at_most_once_an_hour(self, operator: User) -> None:
        with time_machine.travel("2026-11-26 10:50:00+00:00", tick=False) as clock:
            assert not operators.tell_of_given_up()
            given_up_task()
            assert operators.tell_of_given_up()
            clock.shift(1)
            given_up_task()
            clock.shift(dt.timedelta(minutes=59))
            assert not operators.tell_of_given_up()
            clock.shift(60)
            assert operators.tell_of_given_up()
            clock.shift(dt.timedelta(hours=2))
            assert not operators.tell_of_given_up()
        assert [message.to for message in mail.outbox] == [[operator.email]] * 2
        assert mail.outbox[0].subject == "[Clausier] 1 tâche en échec"
        assert "Erreur inattendue (ValueError)" in mail.outbox[0].body
        assert "(1 essai)" in mail.outbox[0].body

    @pytest.mark.parametrize(
        ("demo", "hosts", "where"),
        [
            (False, [".exemple.fr", "clausier.exemple.fr"], f"https://clausier.exemple.fr{PAGE}"),
            (False, ["*"], "la page Exploitation"),
            (True, ["localhost"], "la page Exploitation"),
        ],
    )
    def test_it_leads_to_the_page(
        self, operator: User, settings: Any, demo: bool, hosts: list[str], where: str
    ) -> None:
        settings.DEMO, settings.ALLOWED_HOSTS = demo, hosts
        given_up_task()
        assert operators.tell_of_given_up()
        assert mail.outbox[0].body.endswith(f"À relancer ou à abandonner\u00a0: {where}")

    def test_the_address_of_the_support_comes_first(self, operator: User, settings: Any) -> None:
        settings.SUPPORT_EMAIL = "assistance@hopital.example"
        given_up_task()
        operators.tell_of_given_up()
        assert mail.outbox[0].to == ["assistance@hopital.example"]

    def test_a_mail_server_that_is_away_is_tried_again_in_an_hour(
        self, operator: User, settings: Any
    ) -> None:
        given_up_task()
        with time_machine.travel("2026-11-26 10:50:00+00:00", tick=False) as clock:
            TaskTrace.objects.update(dead_at=timezone.now())
            settings.EMAIL_BACKEND = f"{__name__}.Away"
            assert [operators.tell_of_given_up() for _look in range(2)] == [False, False]
            settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
            assert not operators.tell_of_given_up()
            clock.shift(dt.timedelta(minutes=61))
            assert operators.tell_of_given_up()
