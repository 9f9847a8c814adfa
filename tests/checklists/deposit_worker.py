"""A worker that reads and takes over what came in together, as the real one does: one task, one hold."""

from typing import Any

from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from checklists import deposit_tasks
from uniha_clausier.common import queue


def worked() -> list[str]:
    """Run each such task that is queued, once; return the status of each."""
    waiting = DBTaskResult.objects.filter(
        task_path__startswith=f"{deposit_tasks.__name__}.", status=TaskResultStatus.READY
    )
    return [run(row) for row in waiting.order_by("enqueued_at")]


def run(row: Any) -> str:
    """Run one task; return its status."""
    row.claim("worker")
    queue.run(row, queue.take(row))
    row.refresh_from_db()
    return str(row.status)
