"""Who may change tenders, vendors and candidacies, and who reads what is bought for them."""

from django.http import Http404

from uniha_clausier.accounts import queries
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.accounts.permissions import (
    YES,
    Access,
    Permit,
    access_or_404,
    for_roles,
    reserved,
)

from .models import Lot
from .queries import benefits_of


def manage_purchases(access: Access) -> Permit:
    """Create and change tenders, lots, vendors and candidacies: the buyer's work."""
    return for_roles(access, Role.BUYER)


def buys_for(user: User) -> list[Facility]:
    """Return the facilities for which ``user`` buys: where something new may be created."""
    return queries.facilities_where(user, frozenset({Role.BUYER}))


def create(facilities: list[Facility]) -> Permit:
    """Create a tender or a vendor: a buyer, in one of the ``facilities`` that they buy for."""
    return YES if facilities else reserved(Role.BUYER)


def reader_or_404(user: User, lot: Lot) -> Access:
    """Return the access of who may read a lot: members of the buyer, people of a beneficiary.

    The latter hold no role there, so that every act is refused to them. Raises Http404 for others.
    """
    facility_id = lot.tender.facility_id
    try:
        return access_or_404(user, facility_id)
    except Http404:
        if not benefits_of(user).filter(lot=lot).exists():
            raise
    return Access(user, facility_id, frozenset())
