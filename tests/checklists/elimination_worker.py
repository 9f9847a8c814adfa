"""A worker that carries out the eliminations that wait, as the real one does: one task, one hold."""

from typing import Any

from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from checklists import tasks
from uniha_clausier.common import queue


def worked() -> list[str]:
    """Run each elimination that is queued, once; return the status of each."""
    waiting = DBTaskResult.objects.filter(
        task_path=tasks.eliminate_files.module_path, status=TaskResultStatus.READY
    )
    return [_run(row) for row in waiting.order_by("enqueued_at")]


def _run(row: Any) -> str:
    row.claim("worker")
    queue.run(row, queue.take(row))
    row.refresh_from_db()
    return str(row.status)
