"""The queue: who runs a task, what becomes of one that fails, and of one whose worker is dead.

The rows are those of django-tasks; ours beside them (``TaskTrace``) hold the lease. A worker renews
its lease while it works, so a dead one is found by its silence and its task runs again. Each take
raises ``tries``: a worker that was only slow cannot write over the one that took over. So a task may
run twice, and has to be written for it: what it makes is named by what it is made of.

What fails because something is away is tried again, later and later; what is left after that, or
fails because of the program, is given up: the operator sees it, and relaunches or abandons it.
"""

import datetime as dt
import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks.base import TaskResultStatus
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.models import DBTaskResult

from . import journal, logs
from .errors import DomainError, RenderingFailed, SigningFailed, TimestampAway, TryAgain
from .models import TaskTrace
from .outages import outage_of

Row = DBTaskResult[Any, Any]

LEASE = dt.timedelta(seconds=30)
MOST_LOSSES = 3
"""A task that has killed its worker so often is not given to another."""
MOST_SHOWN = 200
KEPT = dt.timedelta(days=30)
"""How long a finished task stays to be looked at."""
MOST_FORGOTTEN = 5000
"""How many are removed by one statement."""

logger = logging.getLogger("clausier.queue")


class AlreadySettled(DomainError):
    """Somebody was faster, or the task is not given up."""


class ReasonMissing(DomainError):
    """A task is abandoned for a reason, which is kept."""


class WorkerLost(Exception):
    """The worker of a task died without a word, several times."""


# -- What is declared beside each task -----------------------------------------------------------


@dataclass(frozen=True)
class Policy:
    """How a task is named to the operator, and how often it is tried when something is away.

    The pauses double from ``first_pause`` to ``longest_pause``: with eight tries, half an hour.
    ``given_up`` and ``relaunched`` are told the arguments of the task, in the same transaction.
    ``about`` returns from them what this one is about, in French, without a query.
    """

    label: Any
    most_tries: int = 8
    first_pause: dt.timedelta = dt.timedelta(seconds=15)
    longest_pause: dt.timedelta = dt.timedelta(minutes=15)
    given_up: Callable[..., object] | None = None
    relaunched: Callable[..., object] | None = None
    about: Callable[..., object] | None = None

    def pause(self, failures: int) -> dt.timedelta:
        """Return how long to wait after so many failures in a row, one at least."""
        doubled: int = 2 ** min(failures - 1, 20)
        return min(self.first_pause * doubled, self.longest_pause)


_policies: dict[str, Policy] = {}


def policy(label: Any, **options: Any) -> Callable[[Any], Any]:
    """Declare the policy of the task below. ``label`` is what it does, in French."""

    def declare(task: Any) -> Any:
        _policies[task.module_path] = Policy(label, **options)
        return task

    return declare


def policy_of(path: str) -> Policy:
    """Return the policy of a task; one that is not declared has the usual one, and its own name."""
    return _policies.get(path) or Policy(path.rpartition(".")[2])


def label_of(row: Row) -> str:
    """Return what a task does, in French, and what it is about when its policy says so."""
    rule = policy_of(row.task_path)
    about = rule.about(*row.args_kwargs["args"]) if rule.about else ""
    return f"{rule.label}\u00a0: {about}" if about else str(rule.label)


def remember(sender: Any, task_result: Any, **kwargs: Any) -> None:
    """Keep which request asked for a task (signal ``task_enqueued``)."""
    if not issubclass(sender, DatabaseBackend):
        return
    TaskTrace.objects.create(
        task=UUID(str(task_result.id)), request_id=logs.current_request_id()[:64]
    )


# -- One try ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hold:
    """A task in the hands of one worker."""

    task: UUID
    tries: int
    request_id: str

    @property
    def mine(self) -> Any:
        """The trace, as long as nobody took over."""
        return TaskTrace.objects.filter(task=self.task, tries=self.tries, lease_until__isnull=False)


def take(row: Row) -> Hold:
    """Hold a task that this worker has just claimed."""
    TaskTrace.objects.get_or_create(task=row.pk)
    TaskTrace.objects.filter(task=row.pk).update(
        tries=F("tries") + 1, lease_until=timezone.now() + LEASE, step="", done=0, total=0
    )
    trace = TaskTrace.objects.get(task=row.pk)
    return Hold(trace.task, trace.tries, trace.request_id)


def renew(hold: Hold) -> bool:
    """Say that the worker is alive. False: somebody took over."""
    return bool(hold.mine.update(lease_until=timezone.now() + LEASE))


_running: ContextVar[Hold | None] = ContextVar("running_task", default=None)


def run(row: Row, hold: Hold) -> None:
    """Run a held task once, and write what became of it. An interruption gives it back."""
    with logs.about(request_id=hold.request_id, task_id=str(hold.task), task=row.task_path):
        token = _running.set(hold)
        try:
            value = row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
            succeeded(hold, row, value)
        except Exception as error:  # noqa: BLE001 - whatever it is, the queue says what becomes of it
            failed(hold, row, error)
        except BaseException:
            give_back(hold)
            raise
        finally:
            _running.reset(token)


def say(step: str, done: int = 0, total: int = 0) -> None:
    """Tell how far the running task is: what it does now, and how much of it is done."""
    hold = _running.get()
    if hold is not None:
        hold.mine.update(step=step[:120], done=done, total=total)


class Progress(NamedTuple):
    """How far a task is. Without a step it has not begun; ``error`` is why it is tried again."""

    step: str = ""
    done: int = 0
    total: int = 0
    error: str = ""


def progress_of(task: UUID) -> Progress:
    """Return how far a task is that waits or runs."""
    trace = TaskTrace.objects.filter(task=task).first()
    return Progress(trace.step, trace.done, trace.total, trace.error) if trace else Progress()


def succeeded(hold: Hold, row: Row, value: Any) -> bool:
    """Write the result. False: somebody took over, whose result counts."""
    with transaction.atomic():
        if not hold.mine.update(lease_until=None, step="", error="", failures=0, losses=0):
            return False
        row.status, row.finished_at, row.return_value = _SUCCESSFUL, timezone.now(), value
        row.exception_class_path = row.traceback = ""
        row.save(update_fields=_RESULT)
        _forget_older_failures(row)
    return True


_SUCCESSFUL, _FAILED = TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED
_RESULT = ["status", "finished_at", "return_value", "exception_class_path", "traceback"]


def _forget_older_failures(row: Row) -> None:
    """What was given up and has now been done, asked for again, is nobody's work any more."""
    dead = TaskTrace.objects.filter(dead_at__isnull=False).values_list("task", flat=True)
    if not dead:
        return
    same = DBTaskResult.objects.filter(
        pk__in=list(dead), task_path=row.task_path, args_kwargs=row.args_kwargs
    )
    TaskTrace.objects.filter(task__in=list(same.values_list("pk", flat=True))).update(dead_at=None)


def failed(hold: Hold, row: Row, error: Exception) -> None:
    """Try again later what may pass; give up the rest."""
    rule, trace = policy_of(row.task_path), TaskTrace.objects.get(task=hold.task)
    count, sentence = trace.failures + 1, sentence_of(error)
    if not may_pass(error) or count >= rule.most_tries:
        logger.error("task given up: %s", sentence, exc_info=error, extra={"tries": hold.tries})
        _give_up(hold.mine, row, sentence, error)
        return
    pause = rule.pause(count)
    logger.warning("task tried again in %s: %s", pause, sentence, extra={"tries": hold.tries})
    _put_back(hold.mine, after=pause, failures=count, error=sentence)


def give_back(hold: Hold) -> bool:
    """Put a task back as if never taken: the worker is asked to stop."""
    return _put_back(hold.mine)


def _put_back(held: Any, *, after: dt.timedelta = dt.timedelta(), **values: Any) -> bool:
    with transaction.atomic():
        tasks = list(held.select_for_update().values_list("task", flat=True))
        if not tasks or not held.update(lease_until=None, step="", done=0, total=0, **values):
            return False
        rows = DBTaskResult.objects.filter(pk__in=tasks, status=TaskResultStatus.RUNNING)
        rows.update(status=TaskResultStatus.READY, run_after=timezone.now() + after)
    return True


def _give_up(held: Any, row: Row, sentence: str, error: BaseException) -> bool:
    with transaction.atomic():
        now = timezone.now()
        if not held.update(lease_until=None, step="", error=sentence, dead_at=now):
            return False
        row.set_failed(error)
        rule = policy_of(row.task_path)
        if rule.given_up is not None:
            rule.given_up(*row.args_kwargs["args"], sentence=sentence)
    return True


def may_pass(error: BaseException) -> bool:
    """Whether the same task may succeed later, as it is."""
    return isinstance(error, TryAgain | TimestampAway) or outage_of(error) is not None


def sentence_of(error: BaseException) -> str:
    """Return a French sentence fit for the operator; the rest is in the log."""
    if isinstance(error, TryAgain | SigningFailed | RenderingFailed | DomainError):
        return str(error)[:400]
    outage = outage_of(error)
    if outage is not None:
        return str(outage.label)
    told = _("Erreur inattendue (%(kind)s) : le détail est au journal du serveur.")
    return told % {"kind": type(error).__name__}


# -- Dead workers ----------------------------------------------------------------------------------


def recover() -> int:
    """Give back what dead workers held; return how many. Called by each worker, every few seconds.

    When two do it at once, the lease that was read decides which one does. A lease longer than any
    that is given was written before the clock was set back: its worker, if it lives, has renewed it.
    """
    now = timezone.now()
    count = 0
    over = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)
    for trace in TaskTrace.objects.filter(over).order_by("lease_until")[:MOST_SHOWN]:
        count += _recovered(trace)
    # Between claiming a row and holding it, a worker has no lease yet.
    running = DBTaskResult.objects.filter(
        status=TaskResultStatus.RUNNING, started_at__lt=now - LEASE
    )
    held = TaskTrace.objects.filter(lease_until__isnull=False).values("task")
    for row in running.exclude(pk__in=held)[:MOST_SHOWN]:
        mine = DBTaskResult.objects.filter(pk=row.pk, started_at=row.started_at)
        count += mine.filter(status=TaskResultStatus.RUNNING).update(
            status=TaskResultStatus.READY, run_after=now
        )
    if count:
        logger.warning("tasks taken back from workers that are gone: %d", count)
    return count


def _recovered(trace: TaskTrace) -> bool:
    mine = TaskTrace.objects.filter(task=trace.task, lease_until=trace.lease_until)
    row = DBTaskResult.objects.filter(pk=trace.task).first()
    if row is None or row.status != TaskResultStatus.RUNNING:
        mine.update(lease_until=None)
        return False
    if trace.losses + 1 < MOST_LOSSES:
        return _put_back(mine, losses=trace.losses + 1)
    sentence = _("Le processus de fond s’est arrêté %(count)d fois pendant cette tâche.") % {
        "count": MOST_LOSSES
    }
    return _give_up(mine, row, sentence, WorkerLost(sentence))


def forget_old() -> int:
    """Remove the tasks that succeeded, or were settled, long ago; return how many."""
    old = DBTaskResult.objects.filter(finished_at__lt=timezone.now() - KEPT)
    dead = TaskTrace.objects.filter(dead_at__isnull=False).values("task")
    rows = old.exclude(pk__in=dead).values_list("pk", flat=True)
    count = 0
    while gone := list(rows.all()[:MOST_FORGOTTEN]):
        TaskTrace.objects.filter(task__in=gone).delete()
        DBTaskResult.objects.filter(pk__in=gone).delete()
        count += len(gone)
    return count


# -- What was given up -----------------------------------------------------------------------------


class DeadLetter(NamedTuple):
    """A task that was given up, for the operator."""

    task: UUID
    label: str
    dead_at: dt.datetime
    tries: int
    error: str
    request_id: str


def dead_letters() -> list[DeadLetter]:
    """Return what was given up and is not settled, the newest first."""
    traces = list(TaskTrace.objects.filter(dead_at__isnull=False).order_by("-dead_at")[:MOST_SHOWN])
    rows = DBTaskResult.objects.in_bulk([trace.task for trace in traces])
    return [
        DeadLetter(
            trace.task,
            label_of(rows[trace.task]) if trace.task in rows else "",
            trace.dead_at,
            trace.tries,
            trace.error,
            trace.request_id,
        )
        for trace in traces
        if trace.dead_at is not None
    ]


def relaunch(*, task: UUID, by: int) -> None:
    """Queue again a task that was given up, with all its tries. Raises AlreadySettled."""
    with transaction.atomic():
        row = _settle(task)
        if row is None:
            raise AlreadySettled(_GONE)
        now = timezone.now()
        DBTaskResult.objects.filter(pk=task).update(
            status=TaskResultStatus.READY, run_after=now, finished_at=None
        )
        rule = policy_of(row.task_path)
        if rule.relaunched is not None:
            rule.relaunched(*row.args_kwargs["args"])
        _record("task.relaunched", row, {}, by=by)


def abandon(*, task: UUID, reason: str, by: int) -> None:
    """Settle a task that was given up without doing it. Raises AlreadySettled or ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi cette tâche est abandonnée : le motif est gardé."))
    with transaction.atomic():
        row = _settle(task)
        _record("task.abandoned", row, {"reason": reason.strip()[:400]}, by=by, task=task)


_GONE = gettext_lazy("Cette tâche est déjà réglée : rechargez la page.")


def _settle(task: UUID) -> Row | None:
    dead = TaskTrace.objects.filter(task=task, dead_at__isnull=False)
    if not dead.update(dead_at=None, failures=0, losses=0):
        raise AlreadySettled(_GONE)
    return DBTaskResult.objects.filter(pk=task).first()


def _record(
    action: str, row: Row | None, data: dict[str, Any], *, by: int, task: UUID | None = None
) -> None:
    told = {"task": row.task_path.rpartition(".")[2]} if row else {}
    journal.record(
        tenant=journal.NO_TENANT,
        action=action,
        subject=f"task/{task or (row.pk if row else '')}",
        data=told | data,
        by=by,
    )
