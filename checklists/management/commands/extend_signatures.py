"""Brings what was sealed or signed to PAdES B-LTA, and renews it in time; the worker does it every day."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists import tasks
from checklists.documents import long_term
from checklists.documents.long_term import Extension
from uniha_clausier.common.errors import SigningFailed


class Command(BaseCommand):
    help = "Prolonge les documents scellés et signés (PAdES B-LTA) ; code de retour 1 si un échoue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--file-d-attente",
            dest="queue",
            action="store_true",
            help="laisser le processus de fond le faire",
        )

    def handle(self, *, queue: bool, **options: Any) -> None:
        if queue:
            tasks.extend_signatures.enqueue()
            self.stdout.write("demandé au processus de fond")
            return
        done = failed = 0
        try:
            for one in long_term.extend_all():
                done, failed = done + bool(one.copy), failed + bool(one.failure)
                self._tell(one)
        except SigningFailed as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{done} prolongés, {failed} en échec")
        if failed:
            raise SystemExit(1)

    def _tell(self, one: Extension) -> None:
        candidacy = one.of.document.assessment.candidacy
        words = [
            candidacy.lot.tender.reference,
            candidacy.vendor.name,
            f"édition {one.of.document.number}{' signée' if one.of.signed_file else ''}",
        ]
        if one.copy:
            self.stdout.write(
                "\t".join(["prolongé", *words, f"jusqu’au {one.copy.good_until:%d/%m/%Y}"])
            )
        elif one.failure:
            self.stdout.write("\t".join(["échec", *words, one.failure]))
