"""Says whether a PDF is as it was sealed, as JSON; exit 1 when it is not intact."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.documents import verification
from uniha_clausier.common.signing_isolated import ExaminationFailed


class Command(BaseCommand):
    help = "Vérifie un PDF scellé : verdict en JSON, code de retour 1 s’il n’est pas intact."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.pdf")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"Le fichier {file} est illisible : {error.strerror}.") from None
        try:
            verdict = verification.examine(content, by=None).as_json()
        except ExaminationFailed as error:
            verdict = {"status": "unknown", "intact": False, "reasons": [str(error)]}
        self.stdout.write(json.dumps(verdict, ensure_ascii=False, indent=2))
        if not verdict["intact"]:
            raise SystemExit(1)
