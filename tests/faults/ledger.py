"""``python -m tests.faults.ledger``: what the database holds of the scores, and whether it is sound.

Prints as JSON each score (assessment, point, version, value), the version of each answer, the number
of events of each point, what is wrong in the journal, the files that are not there as their rows say,
and what SQLite says of its own file.
"""

import hashlib
import json
from collections import Counter

import django


def main() -> None:
    django.setup()
    from django.db import connection

    from checklists.domain.answering import FIELDS
    from checklists.models import Answer, Score
    from uniha_clausier.common import journal, kept_files, storage
    from uniha_clausier.common.models import AuditEvent

    def is_whole(name: str, sha256: str) -> bool:
        try:
            return hashlib.sha256(storage.read(name)).hexdigest() == sha256
        except FileNotFoundError:
            return False

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
        "absent": sorted(name for name, sha in kept_files.with_hashes() if not is_whole(name, sha)),
        "integrity": integrity,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
