"""A worker that is asked to stop, and one whose database is away."""

import threading
from collections.abc import Iterator
from unittest import mock

import pytest
from django.db import OperationalError, ProgrammingError
from django_tasks_db.management.commands.db_worker import Worker

from uniha_clausier.common import queue, queue_worker, stopping
from uniha_clausier.common.queue_worker import LeasedWorker
from uniha_clausier.common.stopping import WorkerStopped


@pytest.fixture
def worker() -> LeasedWorker:
    return LeasedWorker(
        queue_names=["default"],
        interval=0.01,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="essai",
        excluded_queue_names=[],
    )


@pytest.fixture
def no_pause() -> Iterator[mock.Mock]:
    with (
        mock.patch.object(LeasedWorker, "_pause") as pause,
        mock.patch.object(queue_worker, "connection"),
    ):
        yield pause


def test_an_idle_worker_leaves_at_once(worker: LeasedWorker) -> None:
    worker.running_task = False
    with pytest.raises(SystemExit):
        worker.shutdown(15, None)


def test_a_busy_one_gives_its_task_back_and_a_second_signal_does_not_break_that(
    worker: LeasedWorker,
) -> None:
    worker.running_task = True
    with pytest.raises(WorkerStopped):
        worker.shutdown(15, None)
    worker.shutdown(15, None)
    assert not worker.running


def test_a_signal_that_comes_while_something_is_taken_waits_until_it_is_known(
    worker: LeasedWorker,
) -> None:
    worker.running_task, told = True, []

    def take() -> None:
        with stopping.uncut():
            worker.shutdown(15, None)
            told.append("taken")

    with pytest.raises(WorkerStopped):
        take()
    assert told == ["taken"]
    with stopping.uncut():
        told.append("the order is given once")


@pytest.mark.parametrize("fails", [False, True])
def test_a_task_taken_at_that_moment_goes_back_to_the_queue(
    worker: LeasedWorker, fails: bool
) -> None:
    def take(row: object) -> str:
        worker.shutdown(15, None)
        if fails:
            raise OperationalError("server closed the connection unexpectedly")
        return "hold"

    with (
        mock.patch.object(queue, "take", side_effect=take),
        mock.patch.object(queue, "give_back") as given_back,
        mock.patch.object(queue, "run") as run,
    ):
        if fails:
            with pytest.raises(OperationalError):
                worker.run_task(mock.Mock())
        else:
            worker.run_task(mock.Mock())
    assert not worker.running and not worker.running_task
    assert given_back.call_args_list == ([] if fails else [mock.call("hold")])
    run.assert_not_called()


def test_it_waits_for_a_database_that_is_away(worker: LeasedWorker, no_pause: mock.Mock) -> None:
    gone = OperationalError("server closed the connection unexpectedly")
    with mock.patch.object(Worker, "run", side_effect=[gone, gone, None]) as taken:
        worker.run()
    assert taken.call_count == 3
    assert no_pause.wait.call_count == 2


def test_it_does_not_hide_a_fault_of_ours(worker: LeasedWorker, no_pause: mock.Mock) -> None:
    with (
        mock.patch.object(Worker, "run", side_effect=ProgrammingError("no such column")),
        pytest.raises(ProgrammingError),
    ):
        worker.run()


def test_asked_to_stop_while_the_database_is_away_it_ends(
    worker: LeasedWorker, no_pause: mock.Mock
) -> None:
    def away() -> None:
        worker.running = False
        raise OperationalError("server closed the connection unexpectedly")

    with mock.patch.object(Worker, "run", side_effect=away):
        worker.run()


def test_what_is_repeated_goes_on_after_a_failure() -> None:
    done, told = threading.Event(), []

    def act() -> None:
        told.append(1)
        if len(told) == 3:
            done.set()
        raise ValueError("x")

    with mock.patch.object(queue_worker, "connection"):
        queue_worker.repeat(act, done, 0.001)
    assert len(told) == 3
