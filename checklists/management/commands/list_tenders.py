"""Prints the tenders, a line each, identifier first; the most recent first."""

from typing import Any

from django.core.management.base import BaseCommand

from checklists.domain.queries import tenders as queries
from checklists.enums import TenderState


class Command(BaseCommand):
    help = (
        "Liste les consultations, la plus récente d’abord, séparées par des tabulations : "
        "identifiant, établissement, référence, objet, état, nombre de candidats."
    )

    def handle(self, **options: Any) -> None:
        columns = ("pk", "facility__name", "reference", "title", "state", "candidate_count")
        for row in queries.tenders().order_by("-pk").values_list(*columns).iterator():
            pk, facility, reference, title, state, candidates = row
            words = [facility, reference, title, str(TenderState(state).label)]
            cells = [str(pk), *map(_cell, words), str(candidates)]
            self.stdout.write("\t".join(cells))


def _cell(text: str) -> str:
    """A tabulation or a line end in a title would shift the columns."""
    return " ".join(text.split())
