"""Prints what is kept until when, a line a part; removes what an interrupted elimination left."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from checklists.documents import eliminations
from checklists.domain import retention
from checklists.domain.queries import retention as queries
from checklists.enums import RetentionState


class Command(BaseCommand):
    help = (
        "Liste ce qui se conserve et jusqu’à quand, séparé par des tabulations : identifiant, "
        "établissement, référence, pièces, date, état. N’élimine rien de soi-même."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--etat",
            choices=RetentionState.values,
            default="",
            help="un seul état, par exemple due",
        )
        parser.add_argument(
            "--finish",
            action="store_true",
            help="supprime ce qu’une élimination approuvée et interrompue a laissé",
        )

    def handle(self, *, etat: str, finish: bool, **options: Any) -> None:
        if finish:
            for elimination in queries.unfinished():
                eliminations.carry_out(elimination)
        today = retention.today()
        for tender in queries.every_tender(today, etat):
            for part in queries.parts_of(tender, today):
                if etat and part.state != etat:
                    continue
                until = part.until.isoformat() if part.until else "–"
                words = (tender.facility.name, tender.reference, str(part.scope.label))
                cells = [str(tender.pk), *map(_cell, words), until, part.state.value]
                self.stdout.write("\t".join(cells))


def _cell(text: str) -> str:
    """A tabulation or a line end in a title would shift the columns."""
    return " ".join(text.split())
