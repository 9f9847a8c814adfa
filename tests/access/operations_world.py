"""The operator's pages: their rules, and a task that was given up."""

from functools import cached_property
from uuid import UUID

from django_tasks_db.models import DBTaskResult

from uniha_clausier.common import queue, scanning

from .rules import EVERYONE, OPERATOR, Rule

OPERATIONS_RULES = {
    # What watches over the service; the test client asks from this machine.
    "health_alive": Rule(get=EVERYONE),
    "health_ready": Rule(get=EVERYONE),
    "metrics": Rule(get=EVERYONE),
    "operations": Rule(get=OPERATOR),
    "task_relaunch": Rule("given_up", post=OPERATOR),
    "task_abandon": Rule("given_up", get=OPERATOR, post=OPERATOR),
    # The facilities and their groups: who is there, and never what they buy.
    "checklists:facility_list": Rule(get=OPERATOR),
    "checklists:facility_create": Rule(get=OPERATOR, post=OPERATOR),
    "checklists:facility_place": Rule("facility", get=OPERATOR, post=OPERATOR),
    "checklists:facility_invite": Rule("facility", post=OPERATOR),
    "checklists:group_create": Rule(get=OPERATOR, post=OPERATOR),
    "checklists:group_edit": Rule("group", get=OPERATOR, post=OPERATOR),
}


def given_up_task() -> UUID:
    """Return a task that failed because of the program."""
    task = UUID(str(scanning.scan_file.enqueue("evidence/absent").id))
    row = DBTaskResult.objects.get(pk=task)
    row.claim("worker")
    queue.failed(queue.take(row), row, ValueError("x"))
    return task


class OperationsWorld:
    """What an operator has to settle."""

    @cached_property
    def given_up(self) -> UUID:
        return given_up_task()
