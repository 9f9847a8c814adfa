"""What the operator reads of the queue, of the workers and of the backups."""

import datetime as dt
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from . import health, journal, queue
from .models import AuditEvent, TaskTrace, WorkerSign

BACKUP = "backup"
MOST_SHOWN = 50


class QueueState(NamedTuple):
    """How much there is to do: ready now, to be tried again later, running, given up."""

    ready: int
    later: int
    running: int
    given_up: int
    oldest_seconds: float


def queue_state() -> QueueState:
    """Return how much waits, and since when the oldest does."""
    now = timezone.now()
    rows = DBTaskResult.objects.all()
    ready = rows.filter(status=TaskResultStatus.READY, run_after__lte=now)
    # A task without a moment of its own has the end of times.
    asked = rows.filter(status=TaskResultStatus.READY, run_after__year=9999)
    since = min(
        filter(
            None,
            [
                ready.aggregate(at=Min("run_after"))["at"],
                asked.aggregate(at=Min("enqueued_at"))["at"],
            ],
        ),
        default=now,
    )
    waiting = rows.filter(status=TaskResultStatus.READY).count()
    is_ready = ready.count() + asked.count()
    return QueueState(
        ready=is_ready,
        later=waiting - is_ready,
        running=rows.filter(status=TaskResultStatus.RUNNING).count(),
        given_up=TaskTrace.objects.filter(dead_at__isnull=False).count(),
        oldest_seconds=(now - since).total_seconds(),
    )


class Running(NamedTuple):
    """A task that a worker holds, and how far it is."""

    label: str
    since: dt.datetime | None
    step: str
    done: int
    total: int
    tries: int


def running() -> list[Running]:
    """Return the tasks that workers hold, the oldest first."""
    rows = list(
        DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).order_by("started_at")[
            :MOST_SHOWN
        ]
    )
    traces = TaskTrace.objects.in_bulk([row.pk for row in rows])
    return [_told(row, traces.get(row.pk) or TaskTrace(task=row.pk)) for row in rows]


def _told(row: Any, trace: TaskTrace) -> Running:
    label = queue.label_of(row)
    return Running(label, row.started_at, trace.step, trace.done, trace.total, trace.tries)


class SeenWorker(NamedTuple):
    """A background process; one that is silent may be dead."""

    host: str
    started_at: dt.datetime
    seen_at: dt.datetime
    is_silent: bool


def workers() -> list[SeenWorker]:
    """Return the background processes seen in the last day, the newest sign first."""
    now = timezone.now()
    seen = WorkerSign.objects.filter(seen_at__gt=now - dt.timedelta(days=1)).order_by("-seen_at")
    return [
        SeenWorker(one.host, one.started_at, one.seen_at, one.seen_at < now - health.WORKER_SILENCE)
        for one in seen[:MOST_SHOWN]
    ]


def record_backup(*, rows: int, files: int, size: int) -> None:
    """Keep in the journal that a backup was made, and how large."""
    with transaction.atomic():
        journal.record(
            tenant=journal.NO_TENANT,
            action="backup.saved",
            subject=BACKUP,
            data={"rows": rows, "files": files, "size": size},
            by=None,
        )


def last_backup() -> dt.datetime | None:
    """Return when the last backup was made, or None."""
    events = AuditEvent.objects.filter(tenant=journal.NO_TENANT, subject=BACKUP)
    return events.order_by("-seq").values_list("occurred_at", flat=True).first()


def began_at() -> dt.datetime | None:
    """Return when the first event of the installation was, or None."""
    return AuditEvent.objects.order_by("pk").values_list("occurred_at", flat=True).first()
