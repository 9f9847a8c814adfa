"""A worker that reads and takes over what came in together."""

from checklists import deposit_tasks

from .task_worker import worked_under


def worked() -> list[str]:
    """Run each such task that is queued, once; return the status of each."""
    return worked_under(f"{deposit_tasks.__name__}.")
