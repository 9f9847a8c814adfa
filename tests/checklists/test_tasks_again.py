"""What is asked twice is queued once, and a task that runs again makes nothing twice."""

import logging
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django_tasks_db.models import DBTaskResult

from checklists import tasks
from checklists.documents import analysis_files, dce, long_term, receipt
from checklists.domain import answer_links
from checklists.models import AnswerLink, Assessment, Dossier
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.errors import TryAgain

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.informal_assessment(buyer, facility)


@pytest.fixture
def submitted(assessment: Assessment, buyer: User) -> AnswerLink:
    """A link whose answers were sent; its receipt is not made yet."""
    link, _secret = factories.answer_link(buyer, assessment, email="candidat@example.test")
    return answer_links.submit(link=link)


def queued(task: Any) -> int:
    return DBTaskResult.objects.filter(task_path=task.module_path).count()


def test_a_dossier_asked_for_twice_is_made_once(assessment: Assessment, buyer: User) -> None:
    tender = assessment.candidacy.lot.tender
    for _twice in range(2):
        tasks.request_dossier(tender=tender, by=buyer)
    assert queued(tasks.produce_dossier) == 1
    made = Dossier.objects.create(
        tender=tender, number=1, made_by=buyer, file_name="d.zip", file_sha256="a" * 64,
        file_size=2, file_count=1, manifest_sha256="b" * 64, made_at=tender.created_at,
    )  # fmt: skip
    assert tasks.produce_dossier.func(tender.pk, buyer.pk, 0) == made.number
    assert Dossier.objects.get() == made


def check_queued_until_made(task: Any, request: Callable[[], None], stored: str) -> None:
    for _twice in range(2):
        request()
    assert queued(task) == 1
    DBTaskResult.objects.all().delete()
    default_storage.save(stored, ContentFile(b"%PDF"))
    request()
    assert queued(task) == 0


def test_a_report_that_is_on_its_way_or_ready_is_not_queued_again(
    assessment: Assessment, buyer: User
) -> None:
    report = factories.analysis_report(buyer, assessment.checklist)
    stored = analysis_files.stored_name(report)
    check_queued_until_made(tasks.make_analysis, lambda: tasks.request_analysis(report), stored)


def test_a_receipt_that_is_on_its_way_or_ready_is_not_queued_again(submitted: AnswerLink) -> None:
    stored = receipt.stored_name(submitted)
    check_queued_until_made(tasks.make_receipt, lambda: tasks.request_receipt(submitted), stored)


def test_a_receipt_waits_for_the_mail_server_and_is_kept_meanwhile(
    submitted: AnswerLink, mail_is_away: None
) -> None:
    with mock.patch.object(receipt, "sealed", return_value=b"%PDF") as made:
        for _twice in range(2):
            with pytest.raises(TryAgain):
                tasks.make_receipt.func(submitted.pk)
    assert made.call_count == 1
    assert default_storage.exists(receipt.stored_name(submitted))


def test_annexes_that_are_there_are_not_made_again(assessment: Assessment) -> None:
    with mock.patch.object(dce, "archive", return_value=b"PK") as made:
        names = {tasks.produce_annexes.func(assessment.checklist_id) for _twice in range(2)}
    assert len(names) == made.call_count == 1


def test_a_file_that_could_not_be_extended_is_counted_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = mock.Mock(copy=object(), failure="")
    bad = mock.Mock(copy=None, failure="serveur d’horodatage muet")
    with (
        mock.patch.object(long_term, "extend_all", return_value=[good, bad, good]),
        caplog.at_level(logging.INFO, logger=tasks.logger.name),
    ):
        assert tasks.extend_signatures.func() == {"extended": 2, "failed": 1}
    assert "serveur d’horodatage muet" in caplog.text
