"""``python -m tests.faults.work``: the queue of the workers that are struck, and one of them.

``queue MARKS DOCUMENTS`` queues all of it at once; ``hang`` is the worker of the product, except that the rendering of a document never ends.
"""

import sys
import time
from typing import Any

import django


def queue(short: int, documents: int) -> None:
    """Many short tasks, then some documents to be made, in one transaction: none is seen first."""
    from django.db import transaction

    from checklists import tasks
    from tests import factories
    from tests.faults import marks

    facility = factories.facility(name="Hôpital des pannes")
    buyer, version = factories.member(facility), factories.version()
    assessments = [factories.assessment(buyer, facility, on=version) for _ in range(documents)]
    with transaction.atomic():
        for number in range(short):
            marks.leave.enqueue(number)
        for assessment in assessments:
            tasks.request_document(assessment=assessment, by=buyer)


def hang() -> None:
    from django.core.management import call_command

    from checklists.documents import pdf

    def never(*_: Any, **_named: Any) -> None:
        time.sleep(600)

    vars(pdf)["render_pdf_isolated"] = never
    call_command("work")


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "queue":
        queue(int(sys.argv[2]), int(sys.argv[3]))
    else:
        hang()
