"""Who may change tenders, vendors and candidacies."""

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.permissions import Access, Permit, for_roles


def manage_purchases(access: Access) -> Permit:
    """Create and change tenders, lots, vendors and candidacies: the buyer's work."""
    return for_roles(access, Role.BUYER)
