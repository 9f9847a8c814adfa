"""``manage.py applicable CODE VERSION FLAG…``: the points that a profile asks.

Their numbers, one a line, in the official order, then their count alone on the last line. The
flags imply others (DS implies DP, NET implies WEB, TM implies MAINT).
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.domain.applicability import UnknownFlag
from checklists.domain.queries import clausiers as queries
from checklists.enums import Flag
from checklists.management.versions import add_version_arguments, version_or_error


class Command(BaseCommand):
    help = (
        "Liste les points demandés sous ces critères, puis leur nombre seul sur la dernière ligne."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_version_arguments(parser)
        parser.add_argument("flags", nargs="*", metavar="FLAG", help=", ".join(Flag.values))

    def handle(self, *, code: str, number: str, flags: list[str], **options: Any) -> None:
        version = version_or_error(code, number)
        try:
            refs = queries.applicable_refs(version, flags)
        except UnknownFlag as unknown:
            known = ", ".join(Flag.values)
            raise CommandError(f"Critère inconnu : {unknown}. Critères connus : {known}.") from None
        for line in [*refs, str(len(refs))]:
            self.stdout.write(line)
