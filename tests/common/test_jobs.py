"""What watches over the installation: certificates that end, backups that are not made."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests import factories
from uniha_clausier.accounts.domain import operators
from uniha_clausier.common import expiries, jobs, journal, operations, queue, schedule
from uniha_clausier.common.expiries import Expiry
from uniha_clausier.common.gauges import backup as backup_age
from uniha_clausier.common.schedule import JobFailed

pytestmark = pytest.mark.django_db

BEGAN = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
END = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)


@pytest.fixture
def certificates(monkeypatch: pytest.MonkeyPatch) -> list[Expiry]:
    found = [Expiry("Scellement", "Hôpital de Brumeval", END)]
    monkeypatch.setattr(expiries, "expiries", lambda: found)
    return found


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """An installation of production, which does no other work."""
    settings.SCHEDULED_JOBS, settings.DEMO = [], False
    own = {job.key: job for job in schedule.jobs() if job.run.__module__ == jobs.__name__}
    assert set(own) == {"certificates", "backup"}
    monkeypatch.setattr(schedule, "_jobs", own)


def told(first: dt.datetime, count: int) -> dict[str, str]:
    """What came under « À régler », by day, of as many days of work; each is settled the same day."""
    found = {}
    for number in range(count):
        with time_machine.travel(first + dt.timedelta(days=number), tick=False):
            schedule.start_due()
            for row in DBTaskResult.objects.ready():
                row.claim("worker")
                queue.run(row, queue.take(row))
            for letter in queue.dead_letters():
                found[timezone.localdate().isoformat()] = letter.error
                queue.abandon(task=letter.task, reason="Vu.", by=1)
    return found


def backed_up(at: dt.datetime) -> None:
    with time_machine.travel(at, tick=False):
        operations.record_backup(rows=10, files=2, size=300)


@pytest.mark.usefixtures("watched")
class TestCertificates:
    @pytest.fixture(autouse=True)
    def _no_backup_is_watched(self, settings: Any) -> None:
        settings.BACKUP_DAYS = 0

    def test_one_is_told_at_each_step_and_not_in_between(self, certificates: list[Expiry]) -> None:
        said = told(BEGAN, 150)
        days = ["2026-12-31", "2027-01-30", "2027-02-14", "2027-02-22", "2027-02-26"]
        assert list(said) == [*days, "2027-02-28", "2027-03-01"]
        [sentence] = set(said.values())
        assert sentence == (
            "Certificats à remplacer avant leur fin (1)\u00a0: "
            "Scellement, Hôpital de Brumeval (1er mars 2027)."
        )

    def test_what_ends_soon_already_is_told_the_first_day(self, certificates: list[Expiry]) -> None:
        late = END + dt.timedelta(days=400)
        assert list(told(late, 40)) == [timezone.localdate(late).isoformat()]

    def test_a_day_without_a_worker_loses_no_step(self, certificates: list[Expiry]) -> None:
        told(END - dt.timedelta(days=62), 1)
        assert len(told(END - dt.timedelta(days=58), 1)) == 1

    def test_one_that_was_replaced_is_settled_by_trying_again(
        self, certificates: list[Expiry]
    ) -> None:
        with time_machine.travel(END - dt.timedelta(days=3), tick=False):
            with pytest.raises(JobFailed):
                jobs.watch_certificates()
            certificates[:] = [Expiry("Scellement", "Neuf", END + dt.timedelta(days=900))]
            said = jobs.watch_certificates()
        assert said == "Certificats\u00a0: 1, dont à remplacer dans les deux mois\u00a0: 0."

    def test_a_long_list_is_cut(self, certificates: list[Expiry]) -> None:
        certificates[:] = [Expiry("Horodatage", str(number), END) for number in range(5)]
        with time_machine.travel(END, tick=False), pytest.raises(JobFailed) as failed:
            jobs.watch_certificates()
        assert "(5)" in str(failed.value) and str(failed.value).endswith("2 (1er mars 2027) ….")


@pytest.mark.usefixtures("watched")
class TestBackups:
    @pytest.fixture(autouse=True)
    def _no_certificate(self, certificates: list[Expiry]) -> None:
        certificates.clear()

    def test_each_night_is_enough(self) -> None:
        for night in range(5):
            backed_up(BEGAN + dt.timedelta(days=night, hours=-8))
            assert told(BEGAN + dt.timedelta(days=night), 1) == {}
        with time_machine.travel(BEGAN + dt.timedelta(days=5), tick=False):
            assert jobs.watch_backup() == "Dernière sauvegarde\u00a0: 5 novembre 2026."

    def test_the_third_morning_without_one_is_told_and_each_one_after(self) -> None:
        backed_up(BEGAN)
        said = told(BEGAN + dt.timedelta(hours=1), 5)
        assert list(said) == ["2026-11-03", "2026-11-04", "2026-11-05"]
        assert said["2026-11-03"].startswith("La dernière sauvegarde date du 1er novembre 2026.")
        backed_up(BEGAN + dt.timedelta(days=5))
        assert told(BEGAN + dt.timedelta(days=5, hours=1), 2) == {}

    def test_an_installation_that_never_had_one_is_told_once_it_is_not_new(self) -> None:
        assert told(BEGAN, 1) == {}
        with time_machine.travel(BEGAN, tick=False), transaction.atomic():
            journal.record(tenant=0, action="essai", subject="essai/1", by=None)
        assert told(BEGAN + dt.timedelta(days=1), 2) == {}
        [sentence] = told(BEGAN + dt.timedelta(days=3), 1).values()
        assert sentence == (
            "Aucune sauvegarde n’a jamais été faite. "
            "Voyez pourquoi dans le journal de la sauvegarde, puis sauvegardez."
        )

    @pytest.mark.parametrize(("name", "value"), [("DEMO", True), ("BACKUP_DAYS", 0)])
    def test_where_none_is_expected_nothing_is_said(
        self, settings: Any, name: str, value: int
    ) -> None:
        backed_up(BEGAN)
        setattr(settings, name, value)
        assert told(BEGAN + dt.timedelta(days=30), 1) == {}

    def test_the_operators_read_it_by_mail(self) -> None:
        factories.user(is_operator=True, email="exploitation@hopital.example")
        backed_up(BEGAN)
        with time_machine.travel(BEGAN + dt.timedelta(days=9), tick=False):
            schedule.start_due()
            for row in DBTaskResult.objects.ready():
                row.claim("worker")
                queue.run(row, queue.take(row))
            assert operators.tell_of_given_up()
        [sent] = mail.outbox
        assert sent.to == ["exploitation@hopital.example"]
        assert "La dernière sauvegarde date du 1er novembre 2026." in sent.body
        assert "Travail planifié\u00a0: Âge de la sauvegarde" in sent.body


def test_the_age_of_the_backup_is_a_figure() -> None:
    assert list(backup_age()) == []
    backed_up(timezone.now() - dt.timedelta(hours=3))
    [(labels, seconds)] = backup_age()
    assert labels == () and 3 * 3600 <= seconds < 3 * 3600 + 60
