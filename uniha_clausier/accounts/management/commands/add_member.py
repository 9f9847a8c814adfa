"""Open an account and give it a role: how the first people of an installation come in."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from uniha_clausier.accounts.domain import facilities, invitations, members
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.errors import DomainError


class Command(BaseCommand):
    """``manage.py add_member EMAIL --name NOM --facility NOM --role ROLE [--operator]``."""

    help = "Ouvre un compte, et lui donne un rôle dans un établissement ou l’exploitation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="adresse électronique de la personne")
        parser.add_argument("--name", required=True, help="nom et prénom")
        parser.add_argument("--facility", help="nom de l’établissement, créé s’il n’existe pas")
        parser.add_argument("--siret", default="", help="SIRET de l’établissement")
        parser.add_argument("--finess", default="", help="FINESS juridique de l’établissement")
        parser.add_argument("--role", choices=Role.values, help="rôle dans l’établissement")
        parser.add_argument("--operator", action="store_true", help="exploitant de l’installation")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        try:
            with transaction.atomic():
                self._add(options)
        except DomainError as error:
            raise CommandError(str(error)) from None

    def _add(self, options: dict[str, Any]) -> None:
        if settings.OPENID_ONLY and not _comes_in_by_password(options):
            self._invite(options)
            return
        user, password = members.open_account(
            email=options["email"],
            full_name=options["name"],
            is_operator=options["operator"],
            by=None,
        )
        if options["facility"]:
            facility = _facility(options)
            members.add_member(user=user, facility=facility, role=options["role"], by=None)
        self.stdout.write(f"{user.email}\t{user.full_name}\t{options['role'] or 'exploitant'}")
        if password:
            self.stdout.write(f"Mot de passe provisoire, affiché une seule fois : {password}")

    def _invite(self, options: dict[str, Any]) -> None:
        """A password would open nothing: the person comes in by a provider, from an invitation."""
        facility = _facility(options)
        waiting = invitations.waiting(facility=facility, email=options["email"])
        roles = [*(waiting.roles if waiting else []), options["role"]]
        made, secret = invitations.invite(
            facility=facility,
            email=options["email"],
            full_name=options["name"],
            roles=roles,
            by=None,
        )
        self.stdout.write(f"{made.email}\t{made.full_name}\t{', '.join(made.roles)}")
        self.stdout.write(
            "Invitation à remettre à la personne, affichée une seule fois, valable sept jours ; "
            f"à la suite de l’adresse du site : {reverse('invitation', args=[secret])}"
        )


def _facility(options: dict[str, Any]) -> Facility:
    facility, _created = facilities.open_facility(name=options["facility"], by=None)
    given = {name: options[name] for name in facilities.NUMBERS if options[name]}
    facilities.change_facility(facility=facility, values=given, by=None)
    return facility


def _comes_in_by_password(options: dict[str, Any]) -> bool:
    """An operator does (openid.opens_by_password); who has an account comes in as they do already."""
    return options["operator"] or User.objects.filter(email=options["email"].lower()).exists()


def _check(options: dict[str, Any]) -> None:
    try:
        validate_email(options["email"])
    except ValidationError:
        raise CommandError(f"« {options['email']} » n’est pas une adresse électronique.") from None
    if bool(options["facility"]) != bool(options["role"]):
        raise CommandError("--facility et --role vont ensemble : donnez les deux.")
    if (options["siret"] or options["finess"]) and not options["facility"]:
        raise CommandError("--siret et --finess vont avec --facility : nommez l’établissement.")
    if not options["facility"] and not options["operator"]:
        raise CommandError("Donnez --facility et --role, ou --operator.")
