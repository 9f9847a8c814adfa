"""Reads about people and facilities."""

from django.db.models import QuerySet

from .models import Facility, Membership, User


def facilities_of(user: User) -> list[Facility]:
    """Return the facilities of ``user``, each once, by name."""
    return list(Facility.objects.filter(memberships__user=user).distinct().order_by("name", "pk"))


def roles_in(user: User, facility_id: int) -> frozenset[str]:
    """Return the roles of ``user`` in one facility."""
    return frozenset(
        Membership.objects.filter(user=user, facility_id=facility_id).values_list("role", flat=True)
    )


def roles_by_facility(user: User) -> dict[str, list[str]]:
    """Return the roles of ``user`` in words, by name of facility."""
    found: dict[str, list[str]] = {}
    rows = Membership.objects.filter(user=user).select_related("facility")
    for row in rows.order_by("facility__name", "facility_id", "role"):
        found.setdefault(row.facility.name, []).append(row.get_role_display())
    return found


def facilities_where(user: User, roles: frozenset[str]) -> list[Facility]:
    """Return the facilities in which ``user`` holds one of ``roles``, by name."""
    held = Facility.objects.filter(memberships__user=user, memberships__role__in=roles)
    return list(held.distinct().order_by("name", "pk"))


def facility_ids_of(user: User) -> QuerySet[Membership, int]:
    """Return, as a subquery, the identifiers of the facilities of ``user``: what scopes a list."""
    return Membership.objects.filter(user=user).values_list("facility_id", flat=True)
