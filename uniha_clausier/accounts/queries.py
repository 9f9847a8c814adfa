"""Reads about people and facilities."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from .enums import Role
from .models import Delegation, Facility, Membership, User


def facilities_of(user: User) -> list[Facility]:
    """Return the facilities of ``user``, each once, by name."""
    return list(Facility.objects.filter(memberships__user=user).distinct().order_by("name", "pk"))


def roles_in(user: User, facility_id: int) -> frozenset[str]:
    """Return the roles of ``user`` in one facility, those held for others left out."""
    return frozenset(
        Membership.objects.filter(user=user, facility_id=facility_id).values_list("role", flat=True)
    )


def is_deputy(user: User) -> bool:
    """Whether a delegation to ``user`` may stand today: it costs no query."""
    return user.deputy_until is not None and user.deputy_until >= timezone.localdate()


def standing(today: dt.date) -> QuerySet[Delegation]:
    """Return the delegations that give their role on ``today``: nothing else has to end them.

    Whoever gave their role holds it still, and the delegate is still of the facility.
    """
    here = Membership.objects.filter(facility=OuterRef("facility"))
    return Delegation.objects.filter(
        Exists(here.filter(user=OuterRef("principal"), role=OuterRef("role"))),
        Exists(here.filter(user=OuterRef("delegate"))),
        principal__is_active=True,
        ended_at=None,
        first_day__lte=today,
        last_day__gte=today,
    )


def delegations_to(user: User) -> QuerySet[Delegation]:
    """Return the delegations by which ``user`` has roles today; no query for who is no deputy."""
    if not is_deputy(user):
        return Delegation.objects.none()
    return standing(timezone.localdate()).filter(delegate=user).order_by("pk")


def delegated_in(user: User, facility_id: int) -> dict[str, Delegation]:
    """Return the delegation of each role that ``user`` has today in the place of another."""
    if not is_deputy(user):  # asked at each request: a query that is only built costs as much
        return {}
    return {one.role: one for one in delegations_to(user).filter(facility=facility_id)}


def delegates_of(facility_id: int, role: str) -> list[User]:
    """Return who has ``role`` today in the place of another, and may sign in."""
    found = standing(timezone.localdate()).filter(
        facility=facility_id, role=role, delegate__is_active=True
    )
    return [one.delegate for one in found.select_related("delegate").order_by("pk")]


def roles_by_place(user: User, roles: Collection[str]) -> dict[int, set[str]]:
    """Return which of ``roles`` the person has today in each facility, by its number."""
    held = Membership.objects.filter(user=user, role__in=roles)
    found: dict[int, set[str]] = {}
    for place, role in held.values_list("facility_id", "role"):
        found.setdefault(place, set()).add(role)
    for one in delegations_to(user).filter(role__in=roles):
        found.setdefault(one.facility_id, set()).add(one.role)
    return found


def has_role_where(user: User, facility: str, role: str) -> Q:
    """Return the condition that the person has today the role that a row names, where it says.

    ``facility`` and ``role`` are paths from the row, ``role`` a field of it.
    """
    held = Membership.objects.filter(user=user, facility=OuterRef(facility), role=OuterRef(role))
    found = Q(Exists(held))
    for one in delegations_to(user):
        found |= Q(**{facility: one.facility_id, role: one.role})
    return found


def roles_by_facility(user: User) -> list[tuple[Facility, list[Role]]]:
    """Return the facilities of ``user``, by name, each with the roles held there: one query."""
    rows = Membership.objects.filter(user=user).select_related("facility")
    found = groupby(
        rows.order_by("facility__name", "facility_id", "role"), key=lambda row: row.facility
    )
    return [(facility, [Role(row.role) for row in held]) for facility, held in found]


def out_of_reach(people: Collection[int], *, by: User) -> set[int]:
    """Return who among ``people`` is an operator, or has a role in a facility that ``by`` doesn't
    administer.
    """
    administered = Membership.objects.filter(user=by, role=Role.FACILITY_ADMIN)
    elsewhere = Membership.objects.filter(user=OuterRef("pk")).exclude(
        facility__in=administered.values("facility")
    )
    found = User.objects.filter(Q(is_operator=True) | Exists(elsewhere), pk__in=people)
    return set(found.values_list("pk", flat=True))


def facilities_where(user: User, roles: frozenset[str]) -> list[Facility]:
    """Return the facilities in which ``user`` holds one of ``roles``, by name."""
    held = Q(memberships__user=user, memberships__role__in=roles)
    if is_deputy(user):
        held |= Q(pk__in=delegations_to(user).filter(role__in=roles).values("facility"))
    return list(Facility.objects.filter(held).distinct().order_by("name", "pk"))


def facility_ids_of(user: User) -> QuerySet[Membership, int]:
    """Return, as a subquery, the identifiers of the facilities of ``user``: what scopes a list."""
    return Membership.objects.filter(user=user).values_list("facility_id", flat=True)


@dataclass(frozen=True)
class ProtectedMember:
    """A member of a facility, with what protects the account."""

    user: User
    roles: list[str]
    has_factor: bool
    is_in_reach: bool
    """Whether who reads the page, when they administer the facility, decides of the account."""


def protected_members(facility: Facility, *, by: User) -> list[ProtectedMember]:
    """Return the members of ``facility`` by name, each with roles and second factor: three queries."""
    rows = Membership.objects.filter(facility=facility).select_related("user")
    found = groupby(rows.order_by("user__full_name", "user_id", "role"), key=lambda row: row.user)
    members = [(user, [Role(row.role).label for row in held]) for user, held in found]
    protected = set(
        Authenticator.objects.filter(
            user_id__in=[user.pk for user, _roles in members],
            type__in=(Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN),
        ).values_list("user_id", flat=True)
    )
    beyond = out_of_reach([user.pk for user, _roles in members], by=by)
    return [
        ProtectedMember(
            user, [str(role) for role in roles], user.pk in protected, user.pk not in beyond
        )
        for user, roles in members
    ]


@dataclass(frozen=True)
class Member:
    """A person of a facility, with each role and since when."""

    user: User
    memberships: list[Membership]
    delegations: list[Delegation]
    """What the person has, or will have, in the place of others."""

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
    given: dict[int, list[Delegation]] = {}
    for one in (
        unfinished(timezone.localdate()).filter(facility=facility).order_by("first_day", "pk")
    ):
        given.setdefault(one.delegate_id, []).append(one)
    return [Member(user, list(held), given.get(user.pk, [])) for user, held in found]


def delegations_of(user: User) -> list[Delegation]:
    """Return what ``user`` gave and received that stands or is to come, the nearest first."""
    found = unfinished(timezone.localdate()).filter(Q(principal=user) | Q(delegate=user))
    return list(found.order_by("first_day", "pk"))


def unfinished(today: dt.date) -> QuerySet[Delegation]:
    """Return, with all that names them, the delegations that stand on ``today`` or are to come."""
    found = Delegation.objects.filter(ended_at=None, last_day__gte=today)
    return found.select_related("facility", "principal", "delegate", "given_by")


def every_delegation_of(user: User) -> QuerySet[Delegation]:
    """Return all that ``user`` ever gave and received, the first one first."""
    found = Delegation.objects.filter(Q(principal=user) | Q(delegate=user))
    return found.select_related("facility").order_by("pk")
