"""Checks every chain of the journal; exit 1 and the first bad event when one does not hold."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from uniha_clausier.common import anchors, journal
from uniha_clausier.common.models import AuditEvent, JournalHead


class Command(BaseCommand):
    help = "Vérifie le journal : code de retour 1 et le premier événement faux s’il ne tient pas."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchors",
            dest="kept",
            type=Path,
            metavar="FICHIER",
            help="compare aussi avec des ancres gardées ailleurs, une par ligne",
        )

    def handle(self, *, kept: Path | None, **options: Any) -> None:
        began = time.monotonic()
        bad = list(journal.verify())
        seconds = time.monotonic() - began
        if kept is not None:
            bad += _against(kept)
        for event in bad:
            self.stdout.write(
                f"FAUX\tétablissement {event.tenant}\tévénement {event.seq}\t{event.reason}"
            )
        if bad:
            raise SystemExit(1)
        events, chains = AuditEvent.objects.count(), JournalHead.objects.count()
        self.stdout.write(f"INTACT\t{chains} chaînes\t{events} événements")
        # Beside, so that what is printed before and after a restoration is the same.
        took = f"{seconds:.1f}".replace(".", ",")
        self.stderr.write(f"{events} événements vérifiés en {took} s")


def _against(file: Path) -> list[journal.BadEvent]:
    try:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        return list(anchors.check(lines, Path(settings.CLAUSIER_HOME)))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} ne se lit pas : {error}") from None
    except anchors.BadAnchor as error:
        raise CommandError(str(error)) from None
