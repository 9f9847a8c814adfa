"""Take the second factors of a person off: for an operator who has lost theirs, or the last administrator."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from uniha_clausier.accounts.domain import factors
from uniha_clausier.accounts.models import User


class Command(BaseCommand):
    """``manage.py reset_factors EMAIL``."""

    help = "Retire les seconds facteurs d’une personne et ferme ses sessions, ses jetons compris."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="adresse électronique de la personne")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError(f"Aucun compte n’a l’adresse « {email} ».")
        factors.reset(user=user, by=None)
        self.stdout.write(f"{user.email}\tseconds facteurs et jetons retirés, sessions fermées")
