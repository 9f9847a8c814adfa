"""Who may change tenders, vendors and candidacies."""

from django.utils.translation import gettext as _

from uniha_clausier.accounts import queries
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.accounts.permissions import YES, Access, Permit, for_roles


def manage_purchases(access: Access) -> Permit:
    """Create and change tenders, lots, vendors and candidacies: the buyer's work."""
    return for_roles(access, Role.BUYER)


def buys_for(user: User) -> list[Facility]:
    """Return the facilities for which ``user`` buys: where something new may be created."""
    return queries.facilities_where(user, frozenset({Role.BUYER}))


def create(facilities: list[Facility]) -> Permit:
    """Create a tender or a vendor: a buyer, in one of the ``facilities`` that they buy for."""
    return YES if facilities else Permit(False, _("Réservé au rôle acheteur."))
