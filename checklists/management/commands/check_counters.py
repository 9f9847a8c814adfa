"""Recomputes the stored counters of every assessment and compares; exit 1 when one differs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from checklists.domain.assessments import recompute_counters
from checklists.models import Assessment


class Command(BaseCommand):
    help = "Compare les compteurs des évaluations avec leurs points ; --fix les corrige."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="corrige ce qui diffère")

    def handle(self, *, fix: bool, **options: Any) -> None:
        count = wrong = 0
        for pk in Assessment.objects.order_by("pk").values_list("pk", flat=True):
            count += 1
            names = _differing(pk, keep=fix)
            if names:
                wrong += 1
                self.stdout.write(f"{pk}\t{', '.join(names)}")
        self.stdout.write(f"{count} évaluations, {wrong} à corriger" + (", corrigées" * fix))
        if wrong and not fix:
            raise SystemExit(1)


def _differing(pk: int, *, keep: bool) -> list[str]:
    """Recompute under lock; undo it unless ``keep``."""
    with transaction.atomic():
        names = recompute_counters(Assessment.objects.select_for_update(no_key=True).get(pk=pk))
        transaction.set_rollback(not keep)
    return names
