"""Work that is done once a day: each job at its time, by whichever worker sees it first.

A row by job and day (``ScheduledRun``) is what the workers race for: the one that writes it queues
the job, in the same transaction. The commands that do the same stay, for those who have a cron.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django_tasks import task

from . import queue
from .errors import DomainError
from .models import ScheduledRun

KEPT = dt.timedelta(days=90)


class JobFailed(DomainError):
    """What a job checks does not hold, or what it does was not done; the sentence says what."""


@dataclass(frozen=True)
class Job:
    """One piece of daily work. ``run`` returns a French sentence, or raises."""

    key: str
    label: Any
    at: dt.time
    run: Callable[[], str]


_jobs: dict[str, Job] = {}


def job(*, key: str, label: Any, at: dt.time) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Declare the function below as a daily job. ``at`` is the time here (``TIME_ZONE``)."""

    def declare(run: Callable[[], str]) -> Callable[[], str]:
        _jobs[key] = Job(key, label, at, run)
        return run

    return declare


def jobs() -> list[Job]:
    """Return every job, in the order of the day. ``SCHEDULED_JOBS`` names the modules of them."""
    for module in settings.SCHEDULED_JOBS:
        import_module(module)
    return sorted(_jobs.values(), key=lambda one: (one.at, one.key))


def start_due() -> int:
    """Queue the jobs whose time has come today, once; return how many. Called often."""
    now = timezone.localtime()
    started = set(ScheduledRun.objects.filter(day=now.date()).values_list("job", flat=True))
    due = [one for one in jobs() if one.at <= now.time() and one.key not in started]
    return sum(_start(one, now.date()) for one in due)


def _start(one: Job, day: dt.date) -> bool:
    try:
        with transaction.atomic():
            run = ScheduledRun.objects.create(job=one.key, day=day, queued_at=timezone.now())
            run_job.enqueue(run.pk, one.key)
    except IntegrityError:  # another worker was faster
        return False
    return True


def _label(run_id: int, key: str = "") -> str:
    return next((str(one.label) for one in jobs() if one.key == key), "")


@queue.policy(gettext_lazy("Travail planifié"), about=_label)
@task()
def run_job(run_id: int, key: str = "") -> str:
    """Do the job of one day, unless it is done; return what came of it.

    Its key names it to the operator; the tasks that waited before it was given have none.
    """
    run = ScheduledRun.objects.get(pk=run_id)
    found = {one.key: one for one in jobs()}.get(run.job)
    if run.is_good or found is None:
        return run.result
    try:
        sentence = str(found.run())
    except Exception as error:
        _end(run, queue.sentence_of(error), is_good=False)
        raise
    _end(run, sentence, is_good=True)
    return sentence


def _end(run: ScheduledRun, sentence: str, *, is_good: bool) -> None:
    run.finished_at, run.is_good, run.result = timezone.now(), is_good, sentence[:400]
    run.save(update_fields=["finished_at", "is_good", "result"])


class Planned(NamedTuple):
    """A job for the operator: its last run, and when it runs next."""

    job: Job
    last: ScheduledRun | None
    next_at: dt.datetime


def planned() -> list[Planned]:
    """Return each job with its last run and its next time."""
    last: dict[str, ScheduledRun] = {}
    for run in ScheduledRun.objects.order_by("day", "pk"):
        last[run.job] = run
    now = timezone.localtime()
    return [Planned(one, last.get(one.key), _next(one, last.get(one.key), now)) for one in jobs()]


def _next(one: Job, last: ScheduledRun | None, now: dt.datetime) -> dt.datetime:
    is_done = last is not None and last.day == now.date()
    day = now.date() + dt.timedelta(days=1) if is_done else now.date()
    return timezone.make_aware(dt.datetime.combine(day, one.at))


def forget_old() -> int:
    """Remove the runs of long ago; return how many."""
    day = timezone.localdate() - KEPT
    return ScheduledRun.objects.filter(day__lt=day).delete()[0]
