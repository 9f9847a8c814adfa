"""Daily work: each job once a day, at its time, whoever sees it first."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django_tasks_db.models import DBTaskResult

from uniha_clausier.common import queue, schedule
from uniha_clausier.common.errors import TryAgain
from uniha_clausier.common.models import ScheduledRun
from uniha_clausier.common.schedule import Job, JobFailed

AT_SEVEN = "2026-11-26 06:00:00+00:00"  # 7 h in Paris


@pytest.fixture
def act() -> list[Callable[[], str]]:
    """What the job does."""
    return [lambda: "Fait."]


@pytest.fixture(autouse=True)
def _one_job(
    monkeypatch: pytest.MonkeyPatch, settings: Any, act: list[Callable[[], str]], db: None
) -> Iterator[None]:
    def run() -> str:
        return act[0]()

    settings.SCHEDULED_JOBS = []
    job = Job("essai", "Essai", dt.time(7, 0), run)
    monkeypatch.setattr(schedule, "_jobs", {"essai": job})
    with time_machine.travel(AT_SEVEN, tick=False):
        yield


def work() -> None:
    """What a worker does with the tasks that are ready."""
    for row in DBTaskResult.objects.ready():
        row.claim("worker")
        queue.run(row, queue.take(row))


def run() -> ScheduledRun:
    return ScheduledRun.objects.get()


def test_a_job_starts_at_its_time_and_once() -> None:
    with time_machine.travel("2026-11-26 05:59:59+00:00", tick=False):
        assert schedule.start_due() == 0
    assert [schedule.start_due() for _worker in range(3)] == [1, 0, 0]
    assert DBTaskResult.objects.count() == 1


def test_of_two_workers_at_the_same_moment_one_starts_it() -> None:
    [job] = schedule.jobs()
    assert schedule._start(job, dt.date(2026, 11, 26))
    assert not schedule._start(job, dt.date(2026, 11, 26))
    assert DBTaskResult.objects.count() == 1


def test_what_came_of_it_is_kept() -> None:
    schedule.start_due()
    work()
    assert (run().is_good, run().result) == (True, "Fait.")
    assert run().finished_at is not None


def test_run_twice_it_is_done_once(act: list[Callable[[], str]]) -> None:
    done = []

    def once() -> str:
        done.append(1)
        return "Fait."

    act[0] = once
    schedule.start_due()
    assert schedule.run_job.call(run().pk) == schedule.run_job.call(run().pk) == "Fait."
    assert done == [1]


def test_what_is_away_is_tried_again_the_same_day(act: list[Callable[[], str]]) -> None:
    def away() -> str:
        raise TryAgain("Le serveur de messagerie ne répond pas.")

    act[0] = away
    schedule.start_due()
    work()
    assert (run().is_good, run().result) == (False, "Le serveur de messagerie ne répond pas.")
    act[0] = lambda: "Enfin."
    with time_machine.travel("2026-11-26 06:00:16+00:00", tick=False):
        work()
    assert (run().is_good, run().result) == (True, "Enfin.")


def test_what_does_not_hold_is_given_up_at_once_for_the_operator(
    act: list[Callable[[], str]],
) -> None:
    def wrong() -> str:
        raise JobFailed("Journal faux.")

    act[0] = wrong
    schedule.start_due()
    work()
    assert [letter.error for letter in queue.dead_letters()] == ["Journal faux."]


def test_the_next_day_it_runs_again() -> None:
    schedule.start_due()
    with time_machine.travel("2026-11-27 06:00:00+00:00", tick=False):
        assert schedule.start_due() == 1


def test_the_operator_sees_the_last_and_the_next() -> None:
    [before] = schedule.planned()
    assert (before.last, before.next_at.isoformat()) == (None, "2026-11-26T07:00:00+01:00")
    schedule.start_due()
    work()
    [after] = schedule.planned()
    assert after.last == run()
    assert after.next_at.isoformat() == "2026-11-27T07:00:00+01:00"


def test_runs_of_long_ago_are_forgotten() -> None:
    schedule.start_due()
    with time_machine.travel("2027-03-26 06:00:00+00:00", tick=False):
        schedule.start_due()
        assert schedule.forget_old() == 1
    assert run().day == dt.date(2027, 3, 26)
