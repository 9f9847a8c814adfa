"""``python -m tests.faults.ledger``: what the database holds of the scores, and whether it is sound.

Prints as JSON each score (assessment, point, version, value), the version of each answer, the number
of events of each point, what is wrong in the journal, and what SQLite says of its own file.
"""

import json
from collections import Counter

import django


def main() -> None:
    django.setup()
    from django.db import connection

    from checklists.domain.answering import FIELDS
    from checklists.models import Answer, Score
    from uniha_clausier.common import journal
    from uniha_clausier.common.models import AuditEvent

    rows = Score.objects.values_list("assessment_id", "item__point__ref", "version", "value")
    events: Counter[str] = Counter(
        AuditEvent.objects.filter(action__in=[f"{name}.changed" for name in FIELDS]).values_list(
            "subject", flat=True
        )
    )
    integrity = "ok"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            integrity = cursor.fetchone()[0]
    told = {
        "scores": [list(row) for row in rows],
        "answers": list(Answer.objects.values_list("version", flat=True)),
        "events": dict(events),
        "journal": [bad.reason for bad in journal.verify()],
        "integrity": integrity,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
