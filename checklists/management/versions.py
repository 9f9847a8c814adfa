"""The version that a command is given (CODE VERSION), and what it says of errata."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from ..domain.errata import Loaded
from ..domain.queries import clausiers as queries
from ..models import ClausierVersion


def add_version_arguments(parser: ArgumentParser) -> None:
    """Take the code and the number of a version, as ``list_clausiers`` prints them."""
    parser.add_argument("code", metavar="CODE", help="code du clausier, voir list_clausiers")
    parser.add_argument("number", metavar="VERSION", help="numéro de la version")


def version_or_error(code: str, number: str) -> ClausierVersion:
    """Return a published version, or stop the command with those that exist."""
    found = queries.versions().filter(clausier__code=code, number=number).first()
    if found is None:
        known = ", ".join(f"{v.clausier.code} {v.number}" for v in queries.versions())
        raise CommandError(
            f"Aucune version « {number} » du clausier « {code} ». Versions : {known or 'aucune'}."
        )
    return found


def told(done: Loaded) -> str:
    """Say how many errata a file added to a version, and how many it has."""
    version = done.version
    return f"{version.clausier.code} {version.number} : {done.total} errata, {done.added} de plus"
