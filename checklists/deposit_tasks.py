"""The files that come in together: read, then taken over, outside of the web requests.

A hundred of them take longer than a proxy waits: 20 seconds each at the worst, four at a time.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_lazy
from django_tasks import task
from django_tasks.base import TaskResultStatus

from uniha_clausier.accounts.models import User
from uniha_clausier.common import queue
from uniha_clausier.common.queue import Progress

from .documents import deposits as files
from .documents.deposits import Arrival
from .domain.queries import deposits as queries
from .models import Checklist
from .tasks import how_it_went, last_row


class State(NamedTuple):
    """Whether a task about these files is waited for, whether the last one failed, and how far it is."""

    is_waiting: bool = False
    has_failed: bool = False
    progress: Progress | None = None


# -- Reading -------------------------------------------------------------------------------------


def receive(
    *,
    checklist: Checklist,
    files_sent: Sequence[File[bytes]],
    deposited_at: dt.datetime | None = None,
    by: User,
) -> Arrival:
    """Keep files and queue their reading, in one transaction: neither goes without the other.

    Raises NotToBeKept.
    """
    laid = files.lay(checklist=checklist, files=files_sent, deposited_at=deposited_at)
    with transaction.atomic():
        arrival = files.keep(checklist=checklist, files=laid, by=by)
        if queries.unread(checklist).exists():
            read_deposits.enqueue(checklist.pk)
    return arrival


@queue.policy(gettext_lazy("Lecture des classeurs d’une consultation"))
@task()
def read_deposits(checklist_id: int) -> int:
    """Read the files that wait for it, and give each to its candidate; return how many."""
    return files.read_kept(queries.checklists().get(pk=checklist_id))


def reading_state(checklist: Checklist, unread: int) -> State:
    """Return where the reading stands; nothing to say once all is read."""
    if not unread:
        return State()
    return State(*how_it_went(last_row(read_deposits.module_path, checklist.pk)))


# -- Taking over ---------------------------------------------------------------------------------


class Taken(NamedTuple):
    """What the last take-over did: when it ended, how much, and the receptions that it left."""

    at: dt.datetime
    candidates: int
    values: int
    left: frozenset[int]


def request_take_over(*, checklist: Checklist, by: User) -> None:
    """Queue the take-over of the files without a doubt, unless one is on its way."""
    row = last_row(take_over_deposits.module_path, checklist.pk)
    if not State(*how_it_went(row)).is_waiting:
        take_over_deposits.enqueue(checklist.pk, by.pk)


@queue.policy(gettext_lazy("Reprise des classeurs d’une consultation"))
@task()
def take_over_deposits(checklist_id: int, user_id: int) -> list[int]:
    """Take over the files without a doubt; return the receptions that were left."""
    checklist = queries.checklists().get(pk=checklist_id)
    return files.take_over_clear(checklist=checklist, by=User.objects.get(pk=user_id))


def taking_state(checklist: Checklist) -> tuple[State, Taken | None]:
    """Return where the last take-over stands, and what it did once it has ended."""
    row = last_row(take_over_deposits.module_path, checklist.pk)
    return State(*how_it_went(row)), _taken(checklist, row)


def _taken(checklist: Checklist, row: Any) -> Taken | None:
    """Counted from what is written: a task that was killed and ran again tells all that it did."""
    if row is None or row.status != TaskResultStatus.SUCCESSFUL:
        return None
    candidates, values = queries.taken_over(
        checklist,
        by=row.args_kwargs["args"][1],
        since=row.enqueued_at,
        until=row.finished_at,
    )
    return Taken(row.finished_at, candidates, values, frozenset(row.return_value))
