"""Writes all that is kept of a person, to answer a right of access (RGPD, article 15)."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from uniha_clausier.accounts.domain import privacy
from uniha_clausier.accounts.models import User
from uniha_clausier.common import storage


class Command(BaseCommand):
    """``manage.py export_person EMAIL --out FICHIER``."""

    help = "Écrit en JSON tout ce qui est gardé d’une personne."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="adresse électronique de la personne")
        parser.add_argument("--out", type=Path, required=True, help="fichier à écrire")

    def handle(self, *, email: str, out: Path, **options: Any) -> None:
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError(f"« {email} » n’a pas de compte ici.")
        data = privacy.whole_data(user)
        text = json.dumps(data, ensure_ascii=False, indent=2)
        try:
            storage.write_whole(out.resolve(), text.encode())
        except OSError as error:
            raise CommandError(f"« {out} » ne s’écrit pas : {error.strerror}.") from None
        self.stdout.write(f"{out}\t{len(data['rows'])} lignes\t{len(data['journal'])} événements")
