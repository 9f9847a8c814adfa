"""Takes a person away, or closes their account while the files of tenders name them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from uniha_clausier.accounts.domain import members, privacy
from uniha_clausier.accounts.models import User


class Command(BaseCommand):
    """``manage.py erase_person EMAIL [--close]``."""

    help = "Efface une personne (RGPD, article 17), ou ferme seulement son compte."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="adresse électronique de la personne")
        parser.add_argument(
            "--close",
            action="store_true",
            help="fermer le compte et garder le nom : des dossiers conservés le portent",
        )

    def handle(self, *, email: str, close: bool, **options: Any) -> None:
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError(f"« {email} » n’a pas de compte ici.")
        try:
            if close:
                privacy.close_account(user=user, by=None)
                self.stdout.write(f"FERMÉ\tcompte n° {user.pk}")
                return
            erased = privacy.erase(user=user, by=None)
        except privacy.StillNamed as error:
            where = "\n".join(f"- {mention}" for mention in error.mentions)
            raise CommandError(f"{error}\n{where}\nPour fermer le compte : --close.") from None
        except members.LastAdministrator as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"EFFACÉ\t{erased.full_name}")
