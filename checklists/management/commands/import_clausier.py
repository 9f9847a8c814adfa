"""``manage.py import_clausier FILE``: load an official text (library of CISO Assistant).

The wording is kept as it is, in a version of its own marked as official. The last line says how
many points the version holds.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.documents import interchange
from uniha_clausier.common.errors import DomainError


class Command(BaseCommand):
    help = "Charge un texte officiel, YAML ou XLSX au format des bibliothèques de CISO Assistant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            if file.stat().st_size > interchange.MAX_BYTES:
                raise CommandError(interchange.too_big(file.stat().st_size))
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"Le fichier {file} ne s’ouvre pas : {error.strerror}.") from None
        try:
            version = interchange.import_library(content=content, name=file.name)
        except DomainError as error:
            raise CommandError(f"{file.name} : {error}") from None
        self.stdout.write(f"{version.title}\nEmpreinte : {version.content_sha256}")
        count = version.points.count()
        self.stdout.write(f"{version.clausier.code} {version.number} : {count} points chargés")
