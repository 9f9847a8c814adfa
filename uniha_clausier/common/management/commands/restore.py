"""Puts a backup back into an empty installation, then checks it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from uniha_clausier.common import backup, row_checks

from .backup import tell_absent


class Command(BaseCommand):
    help = "Restaure une sauvegarde, puis vérifie les lignes, les fichiers et le journal."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, metavar="CIBLE.tar")
        parser.add_argument(
            "--remplacer",
            action="store_true",
            help="remplace les données d’une installation qui en contient déjà",
        )

    def handle(self, *, source: Path, remplacer: bool, **options: Any) -> None:
        try:
            manifest = backup.restore(source, replace=remplacer)
        except backup.BackupFailed as error:
            raise CommandError(str(error)) from None
        rows = sum(manifest["counts"].values())
        self.stdout.write(
            f"RESTAURÉ\t{rows} lignes\t{len(manifest['files'])} fichiers\tjournal vérifié"
        )
        tell_absent(self.stdout, manifest)
        for path in manifest["later"]:  # each one: they are for a person to remove
            self.stdout.write(f"EN TROP\t{path}")
        if settings.ROW_SECURITY or row_checks.stands(connection):
            self.stdout.write(
                "À FAIRE\tune sauvegarde ne porte pas de droits\u00a0: avant de démarrer le programme, "
                f"lancez {row_checks.AGAIN}"
            )
