"""``manage.py import_errata FILE``: add errata beside the points of the versions that a file names.

One line a version: how many errata came, and how many it has.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.documents import interchange
from checklists.management.versions import told
from uniha_clausier.common.errors import DomainError


class Command(BaseCommand):
    help = "Charge un fichier d’errata (JSON) ; le texte des points ne change pas."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as stream:
                content = stream.read(interchange.MAX_ERRATA_BYTES + 1)
        except OSError as error:
            raise CommandError(f"Le fichier {file} ne s’ouvre pas : {error.strerror}.") from None
        try:
            done = interchange.import_errata(content=content)
        except DomainError as error:
            raise CommandError(f"{file.name} : {error}") from None
        for line in map(told, done):
            self.stdout.write(line)
