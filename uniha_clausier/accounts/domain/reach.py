"""Which accounts an administrator decides of: those that open nothing they don't administer.

An account is one for all its facilities. Whoever could take its factors off as the administrator of
one of them would come into the others with its password alone.
"""

from django.utils.translation import gettext as _

from uniha_clausier.common.errors import DomainError

from .. import queries
from ..models import User


class OutOfReach(DomainError):
    """The account also opens what the person who asks doesn't administer."""


def sentence() -> str:
    """Return why such an account is left as it is, and what to do."""
    return _(
        "Un compte qui ouvre aussi l’exploitation, ou un établissement que vous n’administrez pas, "
        "ne dépend pas de vous : pour retirer ses facteurs ou fermer ses sessions, demandez à "
        "l’exploitant (commande reset_factors)."
    )


def check(*, user: User, by: User) -> None:
    """Raise OutOfReach unless ``by`` administers all that the account of ``user`` opens."""
    if queries.out_of_reach([user.pk], by=by):
        raise OutOfReach(sentence())
