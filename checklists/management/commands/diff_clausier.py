"""``manage.py diff_clausier A B``: what differs from one version of a clausier to another.

A and B are written CODE:VERSION, as ``list_clausiers`` names them. The first line counts the points
of each kind. Then a line a point or chapter that differs, beginning with the sign of its kind:
``+`` added, ``-`` removed, ``~`` reworded, ``>`` moved, ``*`` described otherwise; below, each field
with the words that went ``[-…-]`` and those that came ``{+…+}``. Two versions that say the same give
the first line alone.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.domain.queries.clausiers import compared
from checklists.domain.version_words import ToldField, ToldRow, told_field, told_row
from checklists.domain.versions import Comparison
from checklists.domain.word_changes import Piece
from checklists.enums import VersionChange
from checklists.management.versions import version_or_error
from checklists.models import ClausierVersion

SIGNS = {
    VersionChange.ADDED: "+",
    VersionChange.REMOVED: "-",
    VersionChange.REWORDED: "~",
    VersionChange.MOVED: ">",
    VersionChange.DESCRIBED: "*",
}
BRACKETS = {"": "%s", "-": "[-%s-]", "+": "{+%s+}"}
INDENT = "    "


class Command(BaseCommand):
    help = "Écrit ce qui change d’une version d’un clausier à une autre, mot à mot."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, which in (("before", "ancienne"), ("after", "nouvelle")):
            parser.add_argument(
                name, metavar="CODE:VERSION", help=f"version {which}, voir list_clausiers"
            )

    def handle(self, *, before: str, after: str, **options: Any) -> None:
        found = compared(_version(before), _version(after))
        self.stdout.write(_counts(found))
        for field in found.header:
            self._write_field(told_field(field), indent="")
        for change in (*found.chapters, *found.points):
            if change.kind != VersionChange.UNCHANGED:
                self._write_row(told_row(change))

    def _write_row(self, row: ToldRow) -> None:
        self.stdout.write(f"{SIGNS[row.kind]} {row.ref} {row.title}".replace("  ", " "))
        for field in row.fields:
            self._write_field(field, indent=INDENT)

    def _write_field(self, field: ToldField, *, indent: str) -> None:
        words = "".join(map(_in_brackets, field.pieces)).replace("\n", f"\n{indent}{INDENT}")
        self.stdout.write(f"{indent}{field.label}\u00a0: {words}")


def _version(name: str) -> ClausierVersion:
    code, colon, number = name.partition(":")
    if not colon:
        raise CommandError(f"« {name} » : écrivez CODE:VERSION, par exemple securite-numerique:2.")
    return version_or_error(code, number)


def _counts(found: Comparison) -> str:
    return " ; ".join(f"{kind.label.lower()} : {count}" for kind, count in found.counts.items())


def _in_brackets(piece: Piece) -> str:
    return BRACKETS[piece.sign] % piece.text
