"""Which failures are of the machines around and not of the program: they pass, and are said so.

A database that does not answer, a disk that is full or read-only. Whatever the code was doing was
undone by its transaction: the request can be sent again as it is.
"""

import errno
from collections.abc import Iterator

from django.db import models
from django.db.utils import DatabaseError, InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from .errors import StorageAway

FULL = {errno.ENOSPC, errno.EDQUOT}
READ_ONLY = {errno.EROFS}
BROKEN = {errno.EIO}
# PostgreSQL: https://www.postgresql.org/docs/15/errcodes-appendix.html
SQL_FULL = "53100"
SQL_READ_ONLY = "25006"


class Outage(models.TextChoices):
    """What is down, in the words of the page that says it."""

    DATABASE = "database", _("La base de données ne répond pas en ce moment.")
    DISK_FULL = "disk_full", _("Le serveur n’a plus de place pour enregistrer.")
    STORAGE = "storage", _("Le stockage des fichiers ne répond pas en ce moment.")
    READ_ONLY = "read_only", _("Le serveur ne peut rien enregistrer en ce moment.")


def outage_of(error: BaseException | None) -> Outage | None:
    """Return what is down when ``error`` comes from that, or None: then the program is at fault."""
    for one in _chain(error):
        found = _of_a_file(one) if isinstance(one, OSError) else _of_a_database(one)
        if found is not None:
            return found
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, then what it was raised from, the last one first."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _of_a_file(error: OSError) -> Outage | None:
    if isinstance(error, StorageAway):
        return Outage.STORAGE
    if error.errno in FULL:
        return Outage.DISK_FULL
    return Outage.READ_ONLY if error.errno in READ_ONLY | BROKEN else None


def _of_a_database(error: BaseException) -> Outage | None:
    code = getattr(error.__cause__, "pgcode", None)
    words = str(error)
    if code == SQL_FULL or "disk is full" in words:
        return Outage.DISK_FULL
    if code == SQL_READ_ONLY or "readonly database" in words:
        return Outage.READ_ONLY
    return Outage.DATABASE if _is_of_the_connection(error, code) else None


def _is_of_the_connection(error: BaseException, code: str | None) -> bool:
    """psycopg2 raises its most general error, without a code, when the server dies in mid-query."""
    is_nameless = type(error) is DatabaseError and error.__cause__ is not None and code is None
    return is_nameless or isinstance(error, OperationalError | InterfaceError)
