"""The life of a document in the domain: one edition at a time, one worker at a time."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from checklists import tasks
from checklists.documents import pdf, production, report
from checklists.domain import answering, documents
from checklists.domain.documents import LEASE, MAX_ATTEMPTS, SealedFile
from checklists.enums import DocumentState
from checklists.models import Assessment, Document
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import canonical, journal, queue, stopping
from uniha_clausier.common.errors import RenderingFailed, SigningFailed
from uniha_clausier.common.models import AuditEvent, TaskTrace
from uniha_clausier.common.stopping import WorkerStopped

FILE = SealedFile(name="documents/1.pdf", sha256="e" * 64, size=10, pages=3)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def asked(assessment: Assessment, buyer: User) -> Document:
    return request(assessment, buyer)


def request(assessment: Assessment, by: User | None, **options: Any) -> Document:
    return documents.request_document(assessment=assessment, freeze=report.freeze, by=by, **options)


def claimed(document: Document) -> Document:
    worker = documents.claim(document.pk)
    assert worker is not None
    return worker


def expire(document: Document) -> None:
    """The worker of ``document`` is dead for longer than its lease."""
    Document.objects.filter(pk=document.pk).update(
        lease_until=timezone.now() - dt.timedelta(seconds=1)
    )


def state(document: Document) -> str:
    return Document.objects.values_list("state", flat=True).get(pk=document.pk)


def events(assessment: Assessment) -> list[str]:
    actions = AuditEvent.objects.filter(action__startswith="document.").order_by("seq")
    return list(actions.values_list("action", flat=True))


def test_a_document_that_is_gone_is_given_up_in_silence(assessment: Assessment) -> None:
    documents.give_up(10**6, sentence="Rien.")
    assert events(assessment) == []


# -- Asking


def test_the_data_are_frozen_under_their_hash(asked: Document) -> None:
    assert asked.state == DocumentState.QUEUED
    assert asked.content_sha256 == canonical.sha256_of(asked.content)
    asked.refresh_from_db()
    assert asked.content_sha256 == canonical.sha256_of(asked.content)


def test_a_score_given_later_changes_nothing(
    asked: Document, assessment: Assessment, buyer: User
) -> None:
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="score",
        value="compliant",
        base_version=0,
        by=buyer,
    )
    asked.refresh_from_db()
    assert asked.content["data"]["overall"]["scored"] == 0


def test_the_content_bears_the_head_of_the_journal(assessment: Assessment, buyer: User) -> None:
    last = AuditEvent.objects.filter(tenant=assessment.facility_id).order_by("-seq")[0]
    asked = request(assessment, buyer)
    assert asked.content["journal"] == {"seq": last.seq, "hash": last.hash}


def test_editions_are_numbered(asked: Document, assessment: Assessment, buyer: User) -> None:
    documents.finish(claimed(asked), FILE)
    assert request(assessment, buyer).number == asked.number + 1 == 2


def test_a_second_request_is_refused_while_one_is_in_progress(
    asked: Document, assessment: Assessment, buyer: User
) -> None:
    with pytest.raises(documents.AlreadyInProgress, match="en cours de production"):
        request(assessment, buyer)
    claimed(asked)
    with pytest.raises(documents.AlreadyInProgress):
        request(assessment, buyer)
    assert request(assessment, None, alone=False).number == 2


def test_the_life_of_a_document_is_in_the_journal(
    asked: Document, assessment: Assessment, buyer: User
) -> None:
    documents.fail(claimed(asked), "Disque plein.")
    documents.retry(document=asked, by=buyer)
    documents.finish(claimed(asked), FILE)
    names = ["document.requested", "document.failed", "document.retried", "document.sealed"]
    assert events(assessment) == names
    assert list(journal.verify()) == []


# -- One worker at a time


def test_one_worker_alone_claims_a_document(asked: Document) -> None:
    assert claimed(asked).attempts == 1
    assert documents.claim(asked.pk) is None


def test_a_document_that_is_ready_or_failed_is_not_claimed(
    asked: Document, assessment: Assessment, buyer: User
) -> None:
    documents.finish(claimed(asked), FILE)
    assert documents.claim(asked.pk) is None
    other = request(assessment, buyer)
    documents.fail(claimed(other), "Raison.")
    assert documents.claim(other.pk) is None


def test_an_expired_lease_gives_the_document_to_another(asked: Document) -> None:
    first = claimed(asked)
    expire(first)
    second = claimed(asked)
    assert second.attempts == 2
    assert not documents.renew(first)
    assert not documents.fail(first, "Raison.")
    assert not documents.finish(first, FILE)
    assert documents.finish(second, FILE)
    assert state(asked) == DocumentState.READY


def test_a_renewed_lease_keeps_the_document(asked: Document) -> None:
    worker = claimed(asked)
    expire(worker)
    assert documents.renew(worker, progress="Mise en page")
    assert documents.claim(asked.pk) is None
    asked.refresh_from_db()
    assert asked.progress == "Mise en page"
    assert asked.lease_until is not None
    assert asked.lease_until - timezone.now() > LEASE - dt.timedelta(seconds=5)


def test_a_worker_that_stops_hands_its_document_back(asked: Document) -> None:
    assert documents.hand_back(claimed(asked))
    asked.refresh_from_db()
    assert (asked.state, asked.attempts) == (DocumentState.QUEUED, 0)


def test_what_kills_its_worker_three_times_is_given_up(asked: Document) -> None:
    for attempt in range(1, MAX_ATTEMPTS + 1):
        worker = claimed(asked)
        assert worker.attempts == attempt
        expire(worker)
        documents.release_abandoned()
    asked.refresh_from_db()
    assert asked.state == DocumentState.FAILED
    assert "interrompue 3 fois" in asked.error


def test_a_live_document_is_not_released(asked: Document) -> None:
    claimed(asked)
    assert documents.release_abandoned() == []
    assert state(asked) == DocumentState.RUNNING


def test_only_a_failed_document_is_tried_again(asked: Document, buyer: User) -> None:
    with pytest.raises(documents.NotFailed):
        documents.retry(document=asked, by=buyer)
    documents.fail(claimed(asked), "Raison.")
    again = documents.retry(document=asked, by=buyer)
    assert (again.state, again.attempts, again.error) == (DocumentState.QUEUED, 0, "")


# -- The queue


def queued() -> int:
    return DBTaskResult.objects.filter(status="READY").count()


def test_a_request_and_its_task_go_together(assessment: Assessment, buyer: User) -> None:
    tasks.request_document(assessment=assessment, by=buyer)
    assert queued() == 1
    with pytest.raises(documents.AlreadyInProgress):
        tasks.request_document(assessment=assessment, by=buyer)
    assert queued() == 1


def test_a_task_run_twice_makes_one_document(
    asked: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def produce(document: Document) -> bool:
        made.append(document.pk)
        return True

    monkeypatch.setattr(production, "produce", produce)
    assert tasks.produce_document.call(asked.pk) is True
    assert tasks.produce_document.call(asked.pk) is False
    assert made == [asked.pk]


def test_a_worker_asked_to_stop_queues_its_document_again(
    asked: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*args: Any, **options: Any) -> None:
        raise WorkerStopped

    monkeypatch.setattr(pdf, "sealed_pdf", stopped)
    with pytest.raises(WorkerStopped):
        tasks.produce_document.call(asked.pk)
    assert state(asked) == DocumentState.QUEUED
    assert tasks.take_over() == 1
    assert (tasks.take_over(), queued()) == (0, 1)


def test_asked_to_stop_while_it_takes_the_document_it_gives_it_back(
    asked: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = documents.claim

    def interrupted(document_id: int) -> Document | None:
        found = claim(document_id)
        stopping.stop()
        return found

    monkeypatch.setattr(documents, "claim", interrupted)
    with pytest.raises(WorkerStopped):
        tasks.produce_document.call(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.attempts) == (DocumentState.QUEUED, 0)
    assert claim(asked.pk)
    with pytest.raises(WorkerStopped):
        tasks.produce_document.call(asked.pk)
    assert state(asked) == DocumentState.RUNNING, "it was somebody else's"


def running_task(document: Document, *, ago: dt.timedelta) -> DBTaskResult[Any, Any]:
    tasks.produce_document.enqueue(document.pk)
    row = DBTaskResult.objects.get(status="READY")
    row.claim("a worker")
    queue.take(row)
    DBTaskResult.objects.update(started_at=timezone.now() - ago)
    TaskTrace.objects.update(lease_until=timezone.now() + queue.LEASE - ago)
    return row


def test_the_reaper_takes_over_what_a_dead_worker_left(asked: Document) -> None:
    row = running_task(asked, ago=LEASE * 2)
    expire(claimed(asked))
    assert tasks.take_over() == 0  # the task itself is given back: no other is queued
    row.refresh_from_db()
    assert (row.status, state(asked), queued()) == ("READY", DocumentState.QUEUED, 1)


def test_the_reaper_leaves_a_live_worker_alone(asked: Document) -> None:
    row = running_task(asked, ago=dt.timedelta(seconds=20))
    claimed(asked)
    assert tasks.take_over() == 0
    row.refresh_from_db()
    assert (row.status, queued()) == ("RUNNING", 0)


def test_the_reaper_waits_for_a_worker_that_has_just_taken_its_task(asked: Document) -> None:
    running_task(asked, ago=dt.timedelta(seconds=1))
    assert tasks.take_over() == 0
    assert queued() == 0


# -- Failures


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RenderingFailed("Trop long."), "Trop long."),
        (SigningFailed("Clé illisible."), "Clé illisible."),
        (OSError("no space"), "disque est peut-être plein"),
        (ValueError("a bug"), "prévenez l’exploitant"),
    ],
)
def test_a_failure_is_told_in_french(
    error: Exception, sentence: str, asked: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(pdf, "sealed_pdf", broken)
    assert production.produce(claimed(asked)) is False
    asked.refresh_from_db()
    assert asked.state == DocumentState.FAILED
    assert sentence in asked.error
