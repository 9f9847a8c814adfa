"""Raises the second wall between facilities in PostgreSQL, or takes it down."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from uniha_clausier.common import patience, row_policies


class Command(BaseCommand):
    """``manage.py secure_rows --role ROLE [--print] | --undo``, as the owner of the tables."""

    help = (
        "Sépare les établissements dans PostgreSQL lui-même (sécurité par ligne) et donne ses "
        "droits au rôle du programme. À lancer en propriétaire des tables, après chaque migrate."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", help="le rôle par lequel le programme se connecte")
        parser.add_argument("--print", action="store_true", help="écrire le SQL sans rien changer")
        parser.add_argument("--undo", action="store_true", help="retirer la séparation")

    def handle(self, *, role: str | None, undo: bool, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Seul PostgreSQL sépare les lignes : ici, la base est embarquée.")
        if not undo and not role:
            raise CommandError("Donnez --role : le rôle par lequel le programme se connecte.")
        wanted = list(row_policies.undoing() if undo else row_policies.statements(str(role)))
        if options["print"]:
            self.stdout.write(";\n".join(one.strip().rstrip(";") for one in wanted) + ";")
            return
        if role and not undo:
            self._check_role(role)
        for statement in wanted:
            patience.insist(partial(_execute, statement), self.stderr)
        number = len(row_policies.covered())
        self.stdout.write("RETIRÉ" if undo else f"SÉPARÉ\t{number} tables\trôle {role}")

    def _check_role(self, role: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper OR rolbypassrls, rolname = current_user FROM pg_roles"
                " WHERE rolname = %s",
                [role],
            )
            found = cursor.fetchone()
        if found is None:
            raise CommandError(f"Le rôle « {role} » n’existe pas : createuser {role}")
        if found[0]:
            raise CommandError(f"« {role} » passe outre la séparation (SUPERUSER ou BYPASSRLS).")
        if found[1]:
            raise CommandError(
                f"« {role} » possède les tables : donnez au programme un autre rôle que celui-ci."
            )


def _execute(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(patience.GIVE_UP)
        cursor.execute(statement)
