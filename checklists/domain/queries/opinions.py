"""Reads of the opinions asked: those of an assessment, those that wait for a person."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from uniha_clausier.accounts import queries as accounts
from uniha_clausier.accounts.models import Membership, User

from ...models import Assessment, Opinion, OpinionRequest
from ...models.finding import REVIEWERS
from ...models.opinion import OPINION_REMINDER_DAYS
from . import interests
from .assessment_versions import up_to


def requests() -> QuerySet[OpinionRequest]:
    """Return requests with their opinions, oldest first, and all that names them."""
    opinions = Opinion.objects.select_related("filed_by", "in_place_of", "request").order_by(
        "number"
    )
    return OpinionRequest.objects.select_related(
        "person",
        "asked_by",
        "withdrawn_by",
        "assessment__facility",
        "assessment__candidacy__vendor",
        "assessment__candidacy__lot__tender__opening",
    ).prefetch_related(Prefetch("opinions", opinions))


def of_assessment(assessment: Assessment) -> list[OpinionRequest]:
    """Return what was asked on an assessment, in order, with its opinions: two queries.

    What was answered on the versions that it replaces comes with it.
    """
    answered = Opinion.objects.filter(request=OuterRef("pk"))
    found = requests().filter(up_to(assessment))
    return list(
        found.filter(Q(assessment=assessment) | Exists(answered)).order_by("number", "pk")
        if assessment.replaces_id
        else found.order_by("number")
    )


def open_ones() -> QuerySet[OpinionRequest]:
    """Return the requests that still wait for an opinion."""
    answered = Opinion.objects.filter(request=OuterRef("pk"))
    return OpinionRequest.objects.filter(
        ~Exists(answered), withdrawn_at=None, assessment__signed_at=None
    )


def waiting_for(user: User) -> QuerySet[OpinionRequest]:
    """Return the requests that wait for a person, by name or by role, in no order."""
    held = Membership.objects.filter(
        user=user, facility=OuterRef("assessment__facility"), role__in=REVIEWERS
    )
    withdrawn = interests.withdrawals(OuterRef("assessment__candidacy__lot__tender"), user)
    by_role = Q(Exists(held.filter(role=OuterRef("role"))))
    for one in accounts.delegations_to(user).filter(role__in=REVIEWERS):
        by_role |= Q(assessment__facility=one.facility_id, role=one.role)
    by_name = Q(Exists(held), person=user)
    return open_ones().filter(by_role | by_name).exclude(Exists(withdrawn))


def listed_for(user: User) -> list[OpinionRequest]:
    """Return what waits for a person, the nearest date first: one query."""
    found = waiting_for(user).select_related(
        "person",
        "asked_by",
        "assessment__facility",
        "assessment__candidacy__vendor",
        "assessment__candidacy__lot__tender",
    )
    return list(found.order_by("due_on", "pk"))


def people(assessment: Assessment) -> list[tuple[User, list[str]]]:
    """Return who may be asked on an assessment, by name, with the roles that review."""
    withdrawn = interests.withdrawals(assessment.candidacy.lot.tender_id, OuterRef("user"))
    held = (
        Membership.objects.filter(
            facility=assessment.facility_id, role__in=REVIEWERS, user__is_active=True
        )
        .exclude(Exists(withdrawn))
        .select_related("user")
        .order_by("user__full_name", "user__pk")
    )
    found: dict[int, tuple[User, list[str]]] = {}
    for one in held:
        found.setdefault(one.user_id, (one.user, []))[1].append(one.role)
    return list(found.values())


def recipients(asked: OpinionRequest) -> list[str]:
    """Return the addresses of those who may answer a request."""
    may = people(asked.assessment)
    if asked.person_id:
        return [person.email for person, _roles in may if person.pk == asked.person_id]
    deputies = accounts.delegates_of(asked.assessment.facility_id, asked.role)
    held = [person.email for person, roles in may if asked.role in roles]
    return [*held, *(person.email for person in deputies if person.email not in held)]


def to_remind(today: dt.date) -> list[int]:
    """Return the requests that may be reminded of now, the oldest date first."""
    last = today + dt.timedelta(days=max(OPINION_REMINDER_DAYS))
    found = open_ones().filter(due_on__gte=today, due_on__lte=last)
    return list(found.order_by("due_on", "pk").values_list("pk", flat=True))


def late_days(asked: OpinionRequest) -> int:
    """Return for how many days a request that waits has been late; 0 or less when it is not."""
    return (timezone.localdate() - asked.due_on).days


def count_late(waiting: Iterable[OpinionRequest]) -> int:
    """Count the requests whose date is over."""
    return sum(late_days(one) > 0 for one in waiting)


def state_of(asked: OpinionRequest) -> str:
    """Return where a request is: the value of its last opinion, withdrawn, or nothing: it waits."""
    given = list(asked.opinions.all())
    if given:
        return given[-1].value
    return "withdrawn" if asked.withdrawn_at else ""
