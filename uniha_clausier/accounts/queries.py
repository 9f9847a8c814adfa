"""Reads about people and facilities."""

from dataclasses import dataclass
from itertools import groupby

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

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


@dataclass(frozen=True)
class ProtectedMember:
    """A member of a facility, with what protects the account."""

    user: User
    roles: list[str]
    has_factor: bool


def protected_members(facility: Facility) -> list[ProtectedMember]:
    """Return the members of ``facility`` by name, each with roles and second factor: two queries."""
    rows = Membership.objects.filter(facility=facility).select_related("user")
    found = groupby(rows.order_by("user__full_name", "user_id", "role"), key=lambda row: row.user)
    members = [(user, [Role(row.role).label for row in held]) for user, held in found]
    protected = set(
        Authenticator.objects.filter(
            user_id__in=[user.pk for user, _roles in members],
            type__in=(Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN),
        ).values_list("user_id", flat=True)
    )
    return [
        ProtectedMember(user, [str(role) for role in roles], user.pk in protected)
        for user, roles in members
    ]


@dataclass(frozen=True)
class Member:
    """A person of a facility, with each role and since when."""

    user: User
    memberships: list[Membership]

    @property
    def missing(self) -> list[Role]:
        """The roles that may still be given."""
        held = {membership.role for membership in self.memberships}
        return [role for role in Role if role not in held]


def members_of(facility: Facility, words: str = "") -> list[Member]:
    """Return the members of ``facility`` by name, those whose name or address holds ``words``."""
    rows = Membership.objects.filter(facility=facility).select_related("user")
    for word in words.split():
        rows = rows.filter(Q(user__full_name__icontains=word) | Q(user__email__icontains=word))
    found = groupby(rows.order_by("user__full_name", "user_id", "role"), key=lambda row: row.user)
    return [Member(user, list(held)) for user, held in found]
