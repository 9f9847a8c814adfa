"""``manage.py list_clausiers``: the published versions, a line each.

Code, version, title and number of points, separated by tabulations.
"""

from typing import Any

from django.core.management.base import BaseCommand

from checklists.domain.queries import clausiers as queries


class Command(BaseCommand):
    help = "Liste les versions publiées : code, version, titre, nombre de points (tabulations)."

    def handle(self, **options: Any) -> None:
        for version in queries.versions():
            title = " ".join(version.title.split())
            count: int = version.point_count  # type: ignore[attr-defined]
            self.stdout.write(f"{version.clausier.code}\t{version.number}\t{title}\t{count}")
