"""Corrects the name or the address of a person, who asked for it (RGPD, article 16)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from uniha_clausier.accounts.domain import corrections
from uniha_clausier.accounts.models import User


class Command(BaseCommand):
    """``manage.py change_person EMAIL [--name NOM] [--email ADRESSE]``."""

    help = "Corrige le nom ou l’adresse d’une personne (RGPD, article 16)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="adresse électronique de la personne")
        parser.add_argument("--name", dest="full_name", help="nouveau nom et prénom")
        parser.add_argument("--email", dest="new_email", help="nouvelle adresse électronique")

    def handle(
        self, *, email: str, full_name: str | None, new_email: str | None, **options: Any
    ) -> None:
        given = {"full_name": full_name, "email": new_email}
        values = {field: value for field, value in given.items() if value is not None}
        if not values:
            raise CommandError("Donnez --name, --email, ou les deux.")
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError(f"« {email} » n’a pas de compte ici.")
        try:
            corrected = corrections.correct(user=user, values=values, by=None)
        except corrections.CorrectionRefused as error:
            raise CommandError(str(error)) from None
        same = (corrected.full_name, corrected.email) == (user.full_name, user.email)
        told = "INCHANGÉ" if same else "CORRIGÉ"
        self.stdout.write(f"{told}\t{corrected.email}\t{corrected.full_name}")
        if corrected.email != user.email:
            self._tell(user.email)

    def _tell(self, former: str) -> None:
        if corrections.tell_former(address=former):
            self.stdout.write("L’ancienne adresse est prévenue par courriel.")
        else:
            self.stdout.write(
                "Le courriel à l’ancienne adresse n’est pas parti : prévenez la personne vous-même."
            )
