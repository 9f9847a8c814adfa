"""Says whether a dossier is as it was made, as JSON; exit 1 when it is not. Needs no database."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.documents import dossier_checks


class Command(BaseCommand):
    help = "Vérifie un dossier : verdict en JSON, code de retour 1 s’il n’est pas intact."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.zip")
        parser.add_argument(
            "--autorite",
            type=Path,
            action="append",
            default=[],
            metavar="CERTIFICAT.pem",
            help="certificat de l’autorité qui a scellé, pour reconnaître le signataire",
        )

    def handle(self, *, file: Path, autorite: list[Path], **options: Any) -> None:
        try:
            roots = [path.read_bytes() for path in autorite]
        except OSError as error:
            raise CommandError(f"Le certificat est illisible : {error.strerror}.") from None
        report = dossier_checks.check(file, roots=roots)
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        if not report.is_intact:
            raise SystemExit(1)
