"""The queue: leases, tries with growing pauses, dead workers, and what is given up."""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from tests import factories
from uniha_clausier.accounts.models import User
from uniha_clausier.common import logs, queue
from uniha_clausier.common.errors import RenderingFailed, TryAgain
from uniha_clausier.common.models import AuditEvent, TaskTrace
from uniha_clausier.common.stopping import WorkerStopped

acts: list[Callable[[], object]] = []
told: list[tuple[Any, ...]] = []


@queue.policy(
    "Tâche d’essai",
    most_tries=4,
    given_up=lambda *given, sentence: told.append(("given up", *given, sentence)),
    relaunched=lambda *given: told.append(("relaunched", *given)),
)
@task()
def try_it(name: str) -> str:
    """Do what the test says."""
    acts.pop(0)()
    return name


def away() -> None:
    raise TryAgain("Le serveur de messagerie ne répond pas.")


def stop() -> None:
    raise WorkerStopped


def bug() -> None:
    raise ValueError("a value with somebody@in.it")


@pytest.fixture(autouse=True)
def _nothing_before() -> Iterator[None]:
    acts.clear()
    told.clear()
    yield
    acts.clear()


@pytest.fixture
def operator(db: None) -> User:
    return factories.user(is_operator=True)


def enqueued(*what: Callable[[], object]) -> UUID:
    acts.extend(what)
    return UUID(str(try_it.enqueue("un").id))


def claimed(pk: UUID) -> DBTaskResult[Any, Any]:
    row = DBTaskResult.objects.ready().get(pk=pk)
    row.claim("worker")
    return row


def tried(pk: UUID) -> str:
    """One try, as a worker does it; return the state afterwards."""
    row = claimed(pk)
    queue.run(row, queue.take(row))
    return status(pk)


def status(pk: UUID) -> str:
    return str(DBTaskResult.objects.get(pk=pk).status)


def trace(pk: UUID) -> TaskTrace:
    return TaskTrace.objects.get(task=pk)


def silent(pk: UUID) -> None:
    """Its worker has not been heard for longer than its lease."""
    TaskTrace.objects.filter(task=pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


def given_up(operator: User) -> UUID:
    pk = enqueued(bug)
    assert tried(pk) == "FAILED"
    return pk


class TestOneTry:
    def test_a_task_that_succeeds_is_let_go(self, db: None) -> None:
        pk = enqueued(lambda: None)
        assert tried(pk) == "SUCCESSFUL"
        assert DBTaskResult.objects.get(pk=pk).return_value == "un"
        assert (trace(pk).tries, trace(pk).lease_until) == (1, None)

    def test_the_lines_of_a_task_bear_the_request_that_asked_for_it(self, db: None) -> None:
        seen = []
        with logs.about(request_id="req-from-the-page"):
            pk = enqueued(lambda: seen.append(logs.current_request_id()))
        tried(pk)
        assert seen == ["req-from-the-page"]
        assert logs.current_request_id() == ""

    def test_what_is_away_is_tried_again_later_and_later(self, db: None) -> None:
        pk = enqueued(away, away, lambda: None)
        with time_machine.travel("2026-11-26 10:00:00+00:00", tick=False) as clock:
            assert tried(pk) == "READY"
            assert trace(pk).error == "Le serveur de messagerie ne répond pas."
            clock.shift(14)
            assert not DBTaskResult.objects.ready().exists()
            clock.shift(1)
            assert tried(pk) == "READY"
            clock.shift(29)
            assert not DBTaskResult.objects.ready().exists()
            clock.shift(1)
            assert tried(pk) == "SUCCESSFUL"
        assert (trace(pk).failures, trace(pk).error) == (0, "")

    def test_a_database_or_a_disk_that_is_away_may_pass(self, db: None) -> None:
        def full() -> None:
            raise OSError(28, "No space left on device")

        def closed() -> None:
            raise OperationalError("server closed the connection")

        for what in (full, closed):
            assert tried(enqueued(what)) == "READY"

    def test_after_its_last_try_it_is_given_up(self, db: None) -> None:
        pk = enqueued(away, away, away, away)
        with time_machine.travel("2026-11-26 10:00:00+00:00", tick=False) as clock:
            states = []
            for _try in range(4):
                states.append(tried(pk))
                clock.shift(3600)
        assert states == ["READY", "READY", "READY", "FAILED"]
        assert trace(pk).dead_at is not None
        assert told == [("given up", "un", "Le serveur de messagerie ne répond pas.")]

    def test_a_fault_of_the_program_is_given_up_at_once_and_told_without_its_words(
        self, db: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR, "clausier.queue"):
            assert tried(enqueued(bug)) == "FAILED"
        [letter] = queue.dead_letters()
        assert letter.label == "Tâche d’essai"
        assert letter.error.startswith("Erreur inattendue (ValueError)")
        assert "somebody" not in letter.error
        assert caplog.records[-1].exc_info is not None

    def test_a_sentence_for_people_is_told_as_it_is(self, db: None) -> None:
        def too_long() -> None:
            raise RenderingFailed("Le document est trop long.")

        tried(enqueued(too_long))
        assert queue.dead_letters()[0].error == "Le document est trop long."

    def test_a_worker_asked_to_stop_gives_its_task_back_at_once(self, db: None) -> None:
        pk = enqueued(stop, lambda: None)
        with pytest.raises(WorkerStopped):
            tried(pk)
        assert (status(pk), trace(pk).failures, trace(pk).losses) == ("READY", 0, 0)
        assert tried(pk) == "SUCCESSFUL"

    def test_it_tells_how_far_it_is(self, db: None) -> None:
        seen = []

        def work() -> None:
            queue.say("Pièces", 3, 12)
            seen.append(TaskTrace.objects.values_list("step", "done", "total").get())

        pk = enqueued(work)
        tried(pk)
        assert (seen, trace(pk).step) == ([("Pièces", 3, 12)], "")

    def test_outside_of_a_task_there_is_nothing_to_tell(self, db: None) -> None:
        queue.say("Pièces")
        assert not TaskTrace.objects.exists()


class TestDeadWorkers:
    def test_the_task_of_a_dead_worker_runs_again_within_a_minute(self, db: None) -> None:
        pk = enqueued(lambda: None)
        began = timezone.now()
        queue.take(claimed(pk))
        assert queue.recover() == 0
        with time_machine.travel(began + queue.LEASE + dt.timedelta(seconds=6)):
            assert queue.recover() == 1
            assert tried(pk) == "SUCCESSFUL"
        assert trace(pk).tries == 2

    def test_a_worker_that_says_it_is_alive_keeps_its_task(self, db: None) -> None:
        hold = queue.take(claimed(enqueued(lambda: None)))
        silent(hold.task)
        assert queue.renew(hold)
        assert queue.recover() == 0

    def test_one_that_died_between_claiming_and_holding_is_found_too(self, db: None) -> None:
        pk = enqueued(lambda: None)
        claimed(pk)
        assert queue.recover() == 0
        DBTaskResult.objects.update(started_at=timezone.now() - queue.LEASE * 2)
        assert queue.recover() == 1
        assert status(pk) == "READY"

    def test_a_slow_worker_does_not_write_over_the_one_that_took_over(self, db: None) -> None:
        pk = enqueued(lambda: None)
        row = claimed(pk)
        slow = queue.take(row)
        silent(pk)
        queue.recover()
        queue.take(claimed(pk))
        assert queue.succeeded(slow, row, "late") is False
        assert not queue.renew(slow)
        assert not queue.give_back(slow)
        queue.failed(slow, row, ValueError("late"))
        assert (status(pk), trace(pk).dead_at) == ("RUNNING", None)

    def test_a_task_that_kills_its_workers_is_given_up(self, db: None) -> None:
        pk = enqueued(lambda: None)
        for _death in range(queue.MOST_LOSSES):
            queue.take(claimed(pk))
            silent(pk)
            queue.recover()
        assert status(pk) == "FAILED"
        assert "s’est arrêté 3 fois" in queue.dead_letters()[0].error

    def test_a_lease_left_on_a_finished_task_is_dropped(self, db: None) -> None:
        pk = enqueued(lambda: None)
        tried(pk)
        silent(pk)
        assert queue.recover() == 0
        assert (status(pk), trace(pk).lease_until) == ("SUCCESSFUL", None)


class TestGivenUp:
    def test_it_is_relaunched_with_all_its_tries(self, operator: User) -> None:
        pk = given_up(operator)
        queue.relaunch(task=pk, by=operator.pk)
        assert queue.dead_letters() == []
        assert told[-1] == ("relaunched", "un")
        acts.extend([away, lambda: None])
        assert tried(pk) == "READY"

    def test_it_is_abandoned_for_a_reason(self, operator: User) -> None:
        pk = given_up(operator)
        for reason in ("", "   "):
            with pytest.raises(queue.ReasonMissing):
                queue.abandon(task=pk, reason=reason, by=operator.pk)
        queue.abandon(task=pk, reason=" Plus utile. ", by=operator.pk)
        assert (queue.dead_letters(), status(pk)) == ([], "FAILED")

    def test_both_are_in_the_journal(self, operator: User) -> None:
        first = given_up(operator)
        queue.relaunch(task=first, by=operator.pk)
        acts.append(bug)
        assert tried(first) == "FAILED"
        queue.abandon(task=first, reason="Trop tard.", by=operator.pk)
        events = AuditEvent.objects.filter(subject=f"task/{first}").order_by("seq")
        assert [(event.tenant, event.actor, event.action, event.data) for event in events] == [
            (0, operator.pk, "task.relaunched", {"task": "try_it"}),
            (0, operator.pk, "task.abandoned", {"task": "try_it", "reason": "Trop tard."}),
        ]

    def test_somebody_was_faster(self, operator: User) -> None:
        pk = given_up(operator)
        queue.relaunch(task=pk, by=operator.pk)
        with pytest.raises(queue.AlreadySettled):
            queue.relaunch(task=pk, by=operator.pk)
        with pytest.raises(queue.AlreadySettled):
            queue.abandon(task=pk, reason="x", by=operator.pk)

    def test_what_was_done_since_is_nobodys_work_any_more(self, operator: User) -> None:
        given_up(operator)
        other = enqueued(lambda: None)
        assert tried(other) == "SUCCESSFUL"
        assert queue.dead_letters() == []

    def test_old_tasks_are_forgotten_but_not_what_waits_for_somebody(self, operator: User) -> None:
        dead, done = given_up(operator), enqueued(lambda: None, lambda: None)
        DBTaskResult.objects.filter(pk=done).update(args_kwargs={"args": ["deux"], "kwargs": {}})
        tried(done)
        waiting = enqueued()
        DBTaskResult.objects.exclude(pk=waiting).update(
            finished_at=timezone.now() - queue.KEPT - dt.timedelta(days=1)
        )
        assert queue.forget_old() == 1
        assert {row.pk for row in DBTaskResult.objects.all()} == {dead, waiting}
        assert not TaskTrace.objects.filter(task=done).exists()

    def test_all_that_is_old_is_forgotten_however_many(self, db: None, monkeypatch: Any) -> None:
        monkeypatch.setattr(queue, "MOST_FORGOTTEN", 2)
        for _time in range(5):
            tried(enqueued(lambda: None))
        end = timezone.now() - queue.KEPT - dt.timedelta(days=1)
        DBTaskResult.objects.update(finished_at=end)
        assert queue.forget_old() == 5
        assert not DBTaskResult.objects.exists() and not TaskTrace.objects.exists()
