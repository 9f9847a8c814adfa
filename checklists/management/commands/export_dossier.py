"""Writes the dossier of a tender into a file: the same as the screen, from a terminal."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists import tasks
from checklists.documents.pdf import BadSeal
from uniha_clausier.common import storage
from uniha_clausier.common.errors import RenderingFailed, SigningFailed
from vendors.models import Tender


class Command(BaseCommand):
    help = "Produit le dossier d’une consultation (list_tenders en donne le numéro)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tender", type=int, metavar="TENDER")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip")

    def handle(self, *, tender: int, out: Path, **options: Any) -> None:
        found = (
            Tender.objects.select_related("facility", "opening__recorded_by")
            .filter(pk=tender)
            .first()
        )
        if found is None:
            raise CommandError(f"Aucune consultation ne porte le numéro {tender}.")
        try:
            made = tasks.make_dossier(tender=found, by=None)
            storage.write_whole(out.resolve(), storage.read(made.file_name))
        except (RenderingFailed, SigningFailed, BadSeal, OSError) as error:
            raise CommandError(f"Le dossier n’est pas produit : {error}") from None
        self.stdout.write(f"{out}\t{made.file_count} pièces\t{made.file_sha256}")
