"""Reads about people and facilities."""

from itertools import groupby

from django.db.models import QuerySet

from .enums import Role
from .models import Facility, Membership, User


def facilities_of(user: User) -> list[Facility]:
    """Return the facilities of ``user``, each once, by name."""
    return list(Facility.objects.filter(memberships__user=user).distinct().order_by("name", "pk"))


def roles_in(user: User, facility_id: int) -> frozenset[str]:
    """Return the roles of ``user`` in one facility."""
    return frozenset(
        Membership.objects.filter(user=user, facility_id=facility_id).values_list("role", flat=True)
    )


def roles_by_facility(user: User) -> list[tuple[Facility, list[Role]]]:
    """Return the facilities of ``user``, by name, each with the roles held there: one query."""
    rows = Membership.objects.filter(user=user).select_related("facility")
    found = groupby(
        rows.order_by("facility__name", "facility_id", "role"), key=lambda row: row.facility
    )
    return [(facility, [Role(row.role) for row in held]) for facility, held in found]


def facilities_where(user: User, roles: frozenset[str]) -> list[Facility]:
    """Return the facilities in which ``user`` holds one of ``roles``, by name."""
    held = Facility.objects.filter(memberships__user=user, memberships__role__in=roles)
    return list(held.distinct().order_by("name", "pk"))


def facility_ids_of(user: User) -> QuerySet[Membership, int]:
    """Return, as a subquery, the identifiers of the facilities of ``user``: what scopes a list."""
    return Membership.objects.filter(user=user).values_list("facility_id", flat=True)
