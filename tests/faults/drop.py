"""``python -m tests.faults.drop FILES``: answer files dropped together, in the database of the settings.

Nothing reads them: a worker will. Without a number, prints as JSON what became of them.
"""

import json
import sys

import django


def main(files: int) -> None:
    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    from checklists import deposit_tasks
    from tests import factories
    from vendors.models import Candidacy

    facility = factories.facility(name="Hôpital des pannes")
    buyer = factories.member(facility)
    checklist = factories.published_checklist(buyer, facility)
    factories.opening(checklist.lot.tender, buyer)
    names = [f"Candidat numéro {number:03}" for number in range(files)]
    for name in names:
        vendor = factories.vendor(facility, buyer, name=name)
        Candidacy.objects.create(lot=checklist.lot, vendor=vendor, created_by=buyer)
    sent = [
        SimpleUploadedFile(f"{name}.csv", f"Point;Réponse;Texte\r\nO-7.1;OUI;{name}\r\n".encode())
        for name in names
    ]
    arrival = deposit_tasks.receive(checklist=checklist, files_sent=sent, by=buyer)
    assert arrival.kept == files


def tell() -> None:
    django.setup()
    from checklists.models import Assessment, Deposit, Reception
    from uniha_clausier.common import journal
    from uniha_clausier.common.models import AuditEvent

    told = {
        "unread": Deposit.objects.filter(is_read=False).count(),
        "given": Deposit.objects.filter(reception__isnull=False).count(),
        "receptions": Reception.objects.count(),
        "assessments": Assessment.objects.count(),
        "events": AuditEvent.objects.filter(action="deposit.given").count(),
        "journal": [bad.reason for bad in journal.verify()],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1])) if sys.argv[1:] else tell()
