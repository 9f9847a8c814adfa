"""Checks every chain of the journal; exit 1 and the first bad event when one does not hold."""

from typing import Any

from django.core.management.base import BaseCommand

from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent, JournalHead


class Command(BaseCommand):
    help = "Vérifie le journal : code de retour 1 et le premier événement faux s’il ne tient pas."

    def handle(self, **options: Any) -> None:
        bad = list(journal.verify())
        for event in bad:
            self.stdout.write(
                f"FAUX\tétablissement {event.tenant}\tévénement {event.seq}\t{event.reason}"
            )
        if bad:
            raise SystemExit(1)
        events, chains = AuditEvent.objects.count(), JournalHead.objects.count()
        self.stdout.write(f"INTACT\t{chains} chaînes\t{events} événements")
