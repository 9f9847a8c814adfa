"""A worker that carries out the eliminations that wait."""

from checklists import tasks

from .task_worker import worked_under


def worked() -> list[str]:
    """Run each elimination that is queued, once; return the status of each."""
    return worked_under(tasks.eliminate_files.module_path)
