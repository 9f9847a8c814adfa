"""``manage.py load_clausiers``: load the clausiers that come with the software, and their errata.

One line a version, with its number of points.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.documents import interchange
from uniha_clausier.common.errors import DomainError


class Command(BaseCommand):
    help = "Charge les clausiers et les errata de fixtures/ ; ce qui est déjà chargé ne change pas."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            versions = interchange.load_fixtures()
            interchange.load_own_errata()
        except DomainError as error:
            raise CommandError(str(error)) from None
        for version in versions:
            count = version.points.count()
            self.stdout.write(f"{version.clausier.code} {version.number} : {count} points")
