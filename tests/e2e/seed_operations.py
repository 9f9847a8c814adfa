"""The data of the browser tests about the operations."""


def given_up() -> dict[str, str]:
    """A task that was given up, and one that a worker holds."""
    from django_tasks_db.models import DBTaskResult

    from tests.access.operations_world import given_up_task
    from uniha_clausier.common import queue, queue_worker, scanning
    from uniha_clausier.common.models import TaskTrace

    task = given_up_task()
    other = scanning.scan_file.enqueue("evidence/long")
    row = DBTaskResult.objects.get(pk=other.id)
    row.claim("worker")
    TaskTrace.objects.filter(task=queue.take(row).task).update(step="Lecture", done=3, total=12)
    queue_worker.show_life("worker")
    return {"given_up": str(task)}
