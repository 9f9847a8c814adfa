"""Prints the assessments, a line each, identifier first; the complete ones first."""

from typing import Any

from django.core.management.base import BaseCommand

from checklists.documents.report import percent_text
from checklists.domain.queries import documents as queries
from checklists.models import Assessment


class Command(BaseCommand):
    help = (
        "Liste les évaluations, complètes d’abord, séparées par des tabulations : identifiant, "
        "établissement, référence, candidat, points notés/à noter, taux."
    )

    def handle(self, **options: Any) -> None:
        for assessment in queries.listed().iterator(chunk_size=500):
            self.stdout.write("\t".join(_columns(assessment)))


def _columns(assessment: Assessment) -> list[str]:
    candidacy = assessment.candidacy
    possible = assessment.weight_sum
    return [
        str(assessment.pk),
        _cell(assessment.facility.name),
        _cell(candidacy.lot.tender.reference),
        _cell(candidacy.vendor.name),
        f"{assessment.scored}/{assessment.total}",
        percent_text(assessment.score_sum / possible if possible else None),
    ]


def _cell(text: str) -> str:
    """A tabulation or a line end in a name would shift the columns."""
    return " ".join(text.split())
