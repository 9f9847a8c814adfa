"""What waits for one reviewer, across assessments: a constant number of queries.

Only the assessments that are still being scored are listed; a partial index finds them, so that
those of the past cost nothing.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from uniha_clausier.accounts import queries as people
from uniha_clausier.accounts.models import User
from vendors.enums import WITHOUT_OPENING

from ...enums import AnswerKind, FindingValue
from ...models import Answer, Assessment, ChecklistItem, Finding
from ...models.finding import REVIEWERS
from . import interests, opinions, routing
from .late_files import OUT_OF_TIME


class Waiting(NamedTuple):
    """What one role still has to find in one assessment."""

    assessment: Assessment
    role: str
    total: int
    left: int
    outdated: int
    """Of those left, the ones that were found before the claim changed."""
    next_ref: str
    """The point where the reviewer goes on; empty when nothing is left."""

    @property
    def done(self) -> int:
        return self.total - self.left


class _Given(NamedTuple):
    """A finding, whether the claim changed since, and who gave it last."""

    is_outdated: bool
    at: dt.datetime
    by: int


Places = dict[int, set[str]]
"""The roles that a person reviews in, by the number of the facility."""


def places_of(user: User) -> Places:
    """Return where ``user`` reviews: what the two functions below are given."""
    return people.roles_by_place(user, REVIEWERS)


def assessments_of(user: User, places: Places) -> QuerySet[Assessment]:
    """Return what ``user`` may be reviewing: opened, being scored, in time.

    First where an opinion waits for them, by its date; then by the deadline of the tender. The
    facilities go by their numbers: PostgreSQL took a subquery for many of them, and read all that
    is being scored in the installation (0.3 s among 432,000 assessments).
    """
    tender = "candidacy__lot__tender"
    opened = Q(**{f"{tender}__procedure__in": WITHOUT_OPENING}) | Q(
        **{f"{tender}__opening__isnull": False}
    )
    withdrawn = interests.withdrawals(OuterRef("candidacy__lot__tender"), user)
    asked = opinions.waiting_for(user).filter(assessment=OuterRef("pk")).order_by("due_on")
    return (
        Assessment.objects.exclude(Exists(withdrawn))
        .filter(opened, ~OUT_OF_TIME, facility__in=places, scored__lt=F("total"), signed_at=None)
        .select_related(
            "facility", "candidacy__vendor", "candidacy__product", "checklist__version", tender
        )
        .alias(opinion_due=Subquery(asked.values("due_on")[:1]))
        .order_by(
            F("opinion_due").asc(nulls_last=True),
            F(f"{tender}__deadline").asc(nulls_last=True),
            "pk",
        )
    )


def waiting(user: User, places: Places, assessments: Sequence[Assessment]) -> list[Waiting]:
    """Return what waits in these assessments for each role held, what is done last: 3 queries."""
    asked = _asked({one.checklist_id for one in assessments})
    rules = routing.rules_of({_rules_of(one) for one in assessments})
    found = _found(assessments, asked)
    rows = []
    for one in assessments:
        texts = routing.texts_of(one.checklist.version)
        reviewers = rules[_rules_of(one)].reviewers(texts)
        for role in REVIEWERS:
            every = asked.get(one.checklist_id, {}).values()
            refs = [ref for ref in every if role in reviewers[ref]]
            if refs and role in places.get(one.facility_id, ()):
                rows.append(_waiting(one, str(role), refs, found, user))
    return sorted(rows, key=lambda row: not row.left)


def _rules_of(assessment: Assessment) -> tuple[int, int]:
    return assessment.facility_id, assessment.checklist.version.clausier_id


def _waiting(
    assessment: Assessment,
    role: str,
    refs: list[str],
    found: dict[tuple[int, str], dict[str, _Given]],
    user: User,
) -> Waiting:
    given = found.get((assessment.pk, role), {})
    left = [ref for ref in refs if ref not in given or given[ref].is_outdated]
    outdated = sum(ref in given for ref in left)
    return Waiting(assessment, role, len(refs), len(left), outdated, _next(refs, left, given, user))


def _next(refs: list[str], left: list[str], given: dict[str, _Given], user: User) -> str:
    """Return where the person goes on: what is left after the point found last, else the first."""
    mine = [(one.at, ref) for ref, one in given.items() if one.by == user.pk and ref in refs]
    stopped = refs.index(max(mine)[1]) if mine else 0
    return next((ref for ref in refs[stopped:] if ref in left), left[0] if left else "")


def _asked(checklist_ids: set[int]) -> dict[int, dict[int, str]]:
    """Return the numbers of the points that each checklist asks, by item, in official order."""
    items = ChecklistItem.objects.filter(checklist__in=checklist_ids, is_applicable=True)
    rows = (
        items.exclude(point__answer_kind=AnswerKind.NONE)
        .order_by("position", "pk")
        .values_list("checklist_id", "pk", "point__ref")
    )
    refs: dict[int, dict[int, str]] = {}
    for checklist_id, pk, ref in rows:
        refs.setdefault(checklist_id, {})[pk] = ref
    return refs


def _found(
    assessments: Sequence[Assessment], asked: dict[int, dict[int, str]]
) -> dict[tuple[int, str], dict[str, _Given]]:
    """Return the findings of each assessment and role, by the number of the point.

    The number comes from ``asked``: to join the items again would read all of theirs.
    """
    changed = Answer.objects.filter(
        assessment=OuterRef("assessment"),
        item=OuterRef("item"),
        version__gt=OuterRef("answer_version"),
    )
    rows: Any = (
        Finding.objects.filter(assessment__in=[one.pk for one in assessments])
        .exclude(value=FindingValue.NONE)
        .annotate(is_outdated=Exists(changed))
        .order_by()
        .values_list("assessment", "role", "item", "is_outdated", "updated_at", "updated_by")
    )
    numbers = {one.pk: asked.get(one.checklist_id, {}) for one in assessments}
    found: dict[tuple[int, str], dict[str, _Given]] = {}
    for pk, role, item, *given in rows:
        if item in numbers[pk]:
            found.setdefault((pk, role), {})[numbers[pk][item]] = _Given(*given)
    return found
