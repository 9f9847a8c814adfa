"""Writes the sealed PDF of an assessment to a file, at once."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.enums import DocumentState
from checklists.models import Assessment
from checklists.tasks import export_now
from uniha_clausier.common import storage
from uniha_clausier.common.errors import DomainError


class Command(BaseCommand):
    help = "Produit le PDF scellé d’une évaluation (voir list_assessments) et l’écrit dans FILE."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int, help="identifiant de l’évaluation")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE.pdf")

    def handle(self, *, id: int, out: Path, **options: Any) -> None:
        if not out.parent.is_dir():
            raise CommandError(f"Le dossier {out.parent} n’existe pas : créez-le d’abord.")
        assessment = Assessment.objects.filter(pk=id).first()
        if assessment is None:
            raise CommandError(f"Aucune évaluation {id} : voir « manage.py list_assessments ».")
        try:
            document = export_now(assessment=assessment)
        except DomainError as error:
            raise CommandError(str(error)) from None
        if document.state != DocumentState.READY:
            raise CommandError(document.error or "Un autre processus a repris ce document.")
        try:
            storage.write_whole(out, storage.read(document.file_name))
        except OSError as error:
            raise CommandError(
                f"Le fichier {out} n’a pas pu être écrit : {error.strerror}."
            ) from None
        self.stdout.write(
            f"{out}\tédition {document.number}\t{document.page_count} pages\t"
            f"{document.file_size} octets\tSHA-256 {document.file_sha256}"
        )
