"""Give the antivirus the files that people sent and that it never saw: after it was configured."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from checklists.domain.queries import scans
from uniha_clausier.common import scanning


class Command(BaseCommand):
    help = "Fait analyser par l’antivirus les fichiers reçus qui ne l’ont jamais été."

    def handle(self, **options: Any) -> None:
        if not settings.CLAMD_ADDRESS:
            raise CommandError("Aucun antivirus : donnez son adresse dans CLAMD_ADDRESS.")
        count = 0
        for file_name, tenant, subject in scans.never_scanned():
            scanning.register(file_name=file_name, tenant=tenant, subject=subject)
            count += 1
        self.stdout.write(f"{count} fichier(s) en attente d’analyse")
