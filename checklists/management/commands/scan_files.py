"""Give the antivirus the joined files that it never saw: after it was configured."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from checklists.domain.queries import evidence
from uniha_clausier.common import scanning


class Command(BaseCommand):
    help = "Fait analyser par l’antivirus les documents joints qui ne l’ont jamais été."

    def handle(self, **options: Any) -> None:
        if not settings.CLAMD_ADDRESS:
            raise CommandError("Aucun antivirus : donnez son adresse dans CLAMD_ADDRESS.")
        count = 0
        for file_name, tenant, subject in evidence.never_scanned():
            scanning.register(file_name=file_name, tenant=tenant, subject=subject)
            count += 1
        self.stdout.write(f"{count} document(s) en attente d’analyse")
