"""Writes everything into one file: the database, the files, the sealing keys."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from uniha_clausier.common import backup, kept_files, operations

ABSENT = {
    "gone": "À SAVOIR\tfichiers retirés pendant la sauvegarde, que sa base nomme encore",
    "lost": "À REGARDER\tfichiers que la base nomme, et qui n’étaient pas là",
}


def tell_absent(out: OutputWrapper, manifest: dict[str, Any]) -> None:
    """Say which files a backup names without having them, and why."""
    for key, sentence in ABSENT.items():
        if names := manifest[key]:
            out.write(f"{sentence} ({len(names)})\u00a0: {kept_files.some(names)}")


class Command(BaseCommand):
    help = "Sauvegarde la base, les fichiers et les clés de scellement, pendant le travail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, metavar="CIBLE.tar")

    def handle(self, *, target: Path, **options: Any) -> None:
        try:
            manifest = backup.save(target.resolve())
        except backup.BackupFailed as error:
            raise CommandError(str(error)) from None
        rows, size = sum(manifest["counts"].values()), target.stat().st_size
        operations.record_backup(rows=rows, files=len(manifest["files"]), size=size)
        self.stdout.write(
            f"{target}\t{rows} lignes\t{len(manifest['files'])} fichiers\t{size} octets"
        )
        tell_absent(self.stdout, manifest)
