"""Reads of visas: the order of a facility, the rounds of an assessment, what waits for a person."""

from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from uniha_clausier.accounts import queries as accounts
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Membership, User

from ...enums import Interest, VisaRoundState, VisaValue
from ...models import Assessment, InterestDeclaration, Visa, VisaRound, VisaStep
from ...models.finding import REVIEWERS

MOST_AWAITED = 50


def order_of(facility_id: int) -> list[str]:
    """Return the roles that must give a visa in a facility, in their order; nothing when none."""
    steps = VisaStep.objects.filter(facility=facility_id).order_by("position")
    return list(steps.values_list("role", flat=True))


def rounds_of(assessment: Assessment) -> list[VisaRound]:
    """Return the rounds of an assessment with their visas, the last one first: 2 queries."""
    found = VisaRound.objects.filter(assessment=assessment).select_related("requested_by")
    return list(found.prefetch_related(Prefetch("visas", _visas())).order_by("-number"))


def _visas() -> QuerySet[Visa]:
    return Visa.objects.select_related("person", "in_place_of")


def has_lapsed(asked: VisaRound, content_sha256: str) -> bool:
    """Whether the evaluation, which now says ``content_sha256``, changed since a round was asked."""
    return asked.content_sha256 != content_sha256 and asked.state != VisaRoundState.REPLACED


def last_round(assessment_id: int) -> VisaRound | None:
    """Return the last round of an assessment, if there is one."""
    return VisaRound.objects.filter(assessment=assessment_id).order_by("-number").first()


def given_on(assessment_id: int, content_sha256: str) -> list[Visa]:
    """Return the visas that stand for a content, in their order: those of the last round on it."""
    last = last_round(assessment_id)
    if last is None or last.content_sha256 != content_sha256:
        return []
    return list(_visas().filter(round=last, value=VisaValue.GIVEN).order_by("at", "pk"))


def holders(facility_id: int, role: str) -> list[User]:
    """Return who has a role in a facility today and may sign in: by name, then who stands in."""
    found = User.objects.filter(
        memberships__facility=facility_id, memberships__role=role, is_active=True
    )
    held = list(found.distinct().order_by("full_name", "pk"))
    return [*held, *(one for one in accounts.delegates_of(facility_id, role) if one not in held)]


def unheld(facility_id: int, roles: Sequence[str]) -> list[str]:
    """Return those of ``roles`` that nobody active holds in a facility, in their order."""
    held = set(
        Membership.objects.filter(
            facility=facility_id, role__in=roles, user__is_active=True
        ).values_list("role", flat=True)
    )
    return [role for role in roles if role not in held]


def told() -> QuerySet[VisaRound]:
    """Return rounds with all that a message names."""
    return VisaRound.objects.select_related(
        "requested_by",
        "assessment__facility",
        "assessment__candidacy__vendor",
        "assessment__candidacy__product",
        "assessment__candidacy__lot__tender",
    )


def awaited_from(user: User) -> list[VisaRound]:
    """Return the rounds that wait for ``user``: their turn, or theirs to ask again as a buyer.

    A round whose assessment was written in since waits for its buyer, who asks again.
    """
    mine = Membership.objects.filter(user=user, facility=OuterRef("assessment__facility"))
    withdrawn = InterestDeclaration.objects.filter(
        tender=OuterRef("assessment__candidacy__lot__tender"),
        person=user,
        value=Interest.WITHDRAWN,
    )
    is_open = Q(state=VisaRoundState.OPEN)
    changed = Q(assessment__changed_at__gt=F("requested_at"))
    my_turn = Q(Exists(mine.filter(role=OuterRef("awaited_role"))))
    i_buy = Q(Exists(mine.filter(role=Role.BUYER)))
    for one in accounts.delegations_to(user):
        place = Q(assessment__facility=one.facility_id)
        my_turn |= place & Q(awaited_role=one.role)
        i_buy |= place if one.role == Role.BUYER else Q()
    asked = VisaStep.objects.filter(facility=OuterRef("assessment__facility"))
    found = told().filter(awaited_role__in=REVIEWERS, assessment__signed_at=None)
    found = found.filter(Exists(asked)).filter(
        (is_open & ~changed & Q(my_turn) & ~Q(Exists(withdrawn)))
        | (Q(i_buy) & (~is_open | changed))
    )
    return list(found.order_by("requested_at", "pk")[:MOST_AWAITED])
