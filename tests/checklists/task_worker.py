"""A worker that carries out the tasks that wait, as the real one does: one task, one hold."""

from typing import Any

from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from uniha_clausier.common import queue


def worked_under(path: str) -> list[str]:
    """Run each queued task whose path begins so, once; return the status of each."""
    waiting = DBTaskResult.objects.filter(task_path__startswith=path, status=TaskResultStatus.READY)
    return [_run(row) for row in waiting.order_by("enqueued_at")]


def _run(row: Any) -> str:
    row.claim("worker")
    queue.run(row, queue.take(row))
    row.refresh_from_db()
    return str(row.status)
