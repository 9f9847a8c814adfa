"""Facilities and hospital groups as the operator of the installation reads them: no purchase."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, HospitalGroup, Invitation, User
from uniha_clausier.accounts.validators import compact
from uniha_clausier.common.search import Folded, fold


def facilities(text: str = "") -> QuerySet[Facility]:
    """Return the facilities that ``text`` finds, by name.

    Each has its group, whether it ``is_lead`` of it, and its ``member_count``.
    """
    found = Facility.objects.select_related("group").alias(
        folded_name=Folded("name"), folded_city=Folded("city"), folded_group=Folded("group__name")
    )
    wanted, digits = Q(), compact(text)
    for word in fold(text).split():
        wanted &= (
            Q(folded_name__contains=word)
            | Q(folded_city__contains=word)
            | Q(folded_group__contains=word)
        )
    if digits:
        wanted |= Q(siret__startswith=digits) | Q(finess__istartswith=digits)
    return (
        found.filter(wanted)
        .annotate(
            is_lead=Exists(HospitalGroup.objects.filter(lead_facility=OuterRef("pk"))),
            member_count=Count("memberships__user", distinct=True),
        )
        .order_by("folded_name", "pk")
    )


def groups() -> QuerySet[HospitalGroup]:
    """Return the groups by name, each with its lead and its ``facility_count``."""
    found = HospitalGroup.objects.select_related("lead_facility")
    found = found.alias(folded_name=Folded("name")).annotate(facility_count=Count("members"))
    return found.order_by("folded_name", "pk")


@dataclass(frozen=True)
class Administration:
    """Who administers a facility, and who was invited to."""

    administrators: list[User]
    invitations: list[Invitation]


def administration_of(facility: Facility) -> Administration:
    """Return who administers a facility; who is waited for is read only while nobody does."""
    people = User.objects.filter(
        is_active=True,
        memberships__facility=facility,
        memberships__role=Role.FACILITY_ADMIN,
    )
    administrators = list(people.order_by("full_name", "pk"))
    if administrators:
        return Administration(administrators, [])
    waiting = facility.invitations.filter(accepted_at=None, withdrawn_at=None)
    wanted = [
        one for one in waiting.order_by("-created_at", "-pk") if Role.FACILITY_ADMIN in one.roles
    ]
    return Administration([], wanted)
