"""The daily work: what each job finds, and what it says to whoever keeps the installation."""

import datetime as dt
import json
import logging
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.utils import timezone

from checklists import jobs, tasks
from checklists.models import Assessment, Evidence
from tests import factories
from uniha_clausier.accounts.domain import browser_sessions
from uniha_clausier.accounts.models import BrowserSession, Facility, User
from uniha_clausier.common import anchors, journal, kept_files, schedule
from uniha_clausier.common.errors import TryAgain
from uniha_clausier.common.schedule import JobFailed

pytestmark = pytest.mark.django_db
A_WEEK = [dt.datetime(2026, 11, day, 5, tzinfo=dt.UTC) for day in range(23, 30)]


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.informal_assessment(buyer, facility)


@pytest.fixture
def file(assessment: Assessment, buyer: User) -> Evidence:
    """A file that a candidate joined."""
    return factories.joined_file(factories.answer_link(buyer, assessment)[0])


def test_every_job_has_its_own_key_and_name() -> None:
    found = schedule.jobs()
    assert {job.key for job in found} >= {"journal", "files", "counters", "retention", "anchor"}
    assert len({str(job.label) for job in found}) == len(found)


def test_on_a_sound_installation_every_job_says_so(file: Evidence) -> None:
    told = {job.key: job.run() for job in schedule.jobs()}
    assert told["counters"] == "Compteurs justes, évaluations lues : 1."
    assert told["forget"] == "Lignes anciennes retirées : 0."
    assert told["retention"] == "Dossiers éliminables : 0, éliminations terminées : 0."
    assert told["reminders"] == "Rappels envoyés : 0, perdus : 0."
    assert told["signatures"].startswith("Sans objet")
    assert told["journal"].startswith("Journal intact. Chaînes : ")


def test_sessions_that_are_over_are_forgotten_once_nobody_waits_for_a_form(
    signed_in: Client, buyer: User
) -> None:
    """Yesterday's go; the row of last evening's still says whose form is sent this morning."""
    now, hour = timezone.now(), dt.timedelta(hours=1)
    browser_sessions.opened(
        user=buyer, session_key=signed_in.session.session_key or "", user_agent="Firefox/140.0"
    )
    for key, end in (("hier", now - 13 * hour), ("ce-soir", now - 11 * hour)):
        Session.objects.create(session_key=key, session_data="", expire_date=end)
        browser_sessions.opened(user=buyer, session_key=key, user_agent="Firefox/140.0")
    browser_sessions.opened(user=buyer, session_key="fermée", user_agent="Firefox/140.0")
    assert jobs.forget() == "Lignes anciennes retirées : 4."
    here = signed_in.session.session_key
    assert set(Session.objects.values_list("pk", flat=True)) == {"ce-soir", here}
    assert [row.session_key for row in BrowserSession.objects.all()] == [here]
    assert signed_in.get("/consultations/").status_code == 200
    assert jobs.forget() == "Lignes anciennes retirées : 0."


def test_limits_that_are_over_are_forgotten_and_the_others_hold(db: None) -> None:
    cache.clear()
    for name, seconds in (("over", 60), ("still", 3600)):
        cache.set(name, [1.0], seconds)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=5)):
        assert jobs.forget() == "Lignes anciennes retirées : 1."
        assert cache.get("still") == [1.0]
        assert jobs.forget() == "Lignes anciennes retirées : 0."


def test_counters_that_are_wrong_are_named_and_left_as_they_are(assessment: Assessment) -> None:
    Assessment.objects.update(answered=1)
    with pytest.raises(JobFailed, match=rf"check_counters --fix.* {assessment.pk}\."):
        jobs.check_counters()
    assert Assessment.objects.get().answered == 1


def test_a_journal_that_was_touched_is_said_with_its_event(facility: Facility) -> None:
    bad = journal.BadEvent(tenant=facility.pk, seq=3, reason="empreinte")
    with (
        mock.patch.object(journal, "verify", return_value=iter([bad])),
        pytest.raises(JobFailed, match=rf"établissement {facility.pk}, événement 3, empreinte"),
    ):
        jobs.verify_journal()


def of_a_week() -> list[str]:
    """What the check of the files says on each day of a week."""
    told = []
    for day in A_WEEK:
        with time_machine.travel(day, tick=False):
            try:
                told.append(jobs.check_files())
            except JobFailed as failed:
                told.append(str(failed))
    return told


def test_each_file_is_read_on_one_day_of_the_week(file: Evidence) -> None:
    assert sorted(of_a_week()) == 6 * ["Tous intacts, fichiers lus : 0."] + [
        "Tous intacts, fichiers lus : 1."
    ]


@pytest.mark.parametrize("content", [b"autre chose", None])
def test_a_file_that_changed_or_is_gone_is_named(file: Evidence, content: bytes | None) -> None:
    default_storage.delete(file.file_name)
    if content is not None:
        default_storage.save(file.file_name, ContentFile(content))
    [said] = [told for told in of_a_week() if not told.startswith("Tous intacts")]
    assert said == f"Fichiers absents ou changés (1) : {file.file_name}."


def test_signatures_that_could_not_be_extended_fail_the_job(settings: Any) -> None:
    settings.TSA_URL = "http://127.0.0.1:9/"
    extended = mock.Mock()
    with mock.patch.object(tasks, "extend_signatures", extended):
        extended.call.return_value = {"extended": 2, "failed": 0}
        assert jobs.extend_signatures() == "Signatures prolongées : 2."
        extended.call.return_value = {"extended": 2, "failed": 1}
        with pytest.raises(JobFailed, match="encore : 1, pour"):
            jobs.extend_signatures()


def test_reminders_wait_for_the_mail_server(
    assessment: Assessment, buyer: User, mail_is_away: None
) -> None:
    factories.answer_link(buyer, assessment, email="candidat@example.test", days=20)
    with (
        time_machine.travel(timezone.now() + dt.timedelta(days=14), tick=False),
        pytest.raises(TryAgain),
        transaction.atomic(),
    ):
        jobs.send_reminders()


class TestAnchor:
    def test_it_is_written_in_the_log_of_the_server(
        self, facility: Facility, buyer: User, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with transaction.atomic():
            journal.record(tenant=facility.pk, action="essai", subject="essai/1", by=buyer.pk)
        with caplog.at_level(logging.INFO, logger="clausier.anchor"):
            said = jobs.anchor_journal()
        assert said.startswith("Ancre écrite au journal du serveur")
        line = caplog.messages[-1]
        assert facility.pk in {head[0] for head in anchors.read(line, tmp_path)["heads"]}
        assert list(anchors.check([line], tmp_path)) == []
        assert mail.outbox == []

    def test_it_leaves_by_mail_once_a_day(self, settings: Any, tmp_path: Path) -> None:
        settings.SUPPORT_EMAIL = "exploitant@example.test"
        for _twice in range(2):
            assert jobs.anchor_journal() == "Ancre envoyée à exploitant@example.test."
        [sent] = mail.outbox
        [(name, content, _kind)] = sent.attachments
        assert name == f"ancre-{timezone.localdate().isoformat()}.jsonl"
        assert json.loads(content) == anchors.read(content, tmp_path)

    def test_without_the_mail_server_it_is_tried_again(
        self, settings: Any, mail_is_away: None
    ) -> None:
        settings.SUPPORT_EMAIL = "exploitant@example.test"
        with pytest.raises(TryAgain):
            jobs.anchor_journal()


def test_a_long_list_of_what_is_wrong_is_cut() -> None:
    assert kept_files.some([str(number) for number in range(7)]) == "0, 1, 2, 3, 4 …"
