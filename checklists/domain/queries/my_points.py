"""What waits for one reviewer, across assessments: a constant number of queries.

Only the assessments that are still being scored are listed; a partial index finds them, so that
those of the past cost nothing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from uniha_clausier.accounts.models import Membership, User
from vendors.enums import WITHOUT_OPENING

from ...enums import AnswerKind, FindingValue, Interest
from ...models import Answer, Assessment, ChecklistItem, Finding, InterestDeclaration
from ...models.finding import REVIEWERS


class Waiting(NamedTuple):
    """What one role still has to find in one assessment."""

    assessment: Assessment
    role: str
    total: int
    left: int
    outdated: int
    """Of those left, the ones that were found before the claim changed."""

    @property
    def done(self) -> int:
        return self.total - self.left


def assessments_of(user: User) -> QuerySet[Assessment]:
    """Return what ``user`` may be reviewing, the oldest deadline first: opened, being scored."""
    held = Membership.objects.filter(user=user, role__in=REVIEWERS).values("facility")
    tender = "candidacy__lot__tender"
    opened = Q(**{f"{tender}__procedure__in": WITHOUT_OPENING}) | Q(
        **{f"{tender}__opening__isnull": False}
    )
    withdrawn = InterestDeclaration.objects.filter(
        tender=OuterRef("candidacy__lot__tender"), person=user, value=Interest.WITHDRAWN
    )
    return (
        Assessment.objects.exclude(Exists(withdrawn))
        .filter(opened, facility__in=held, scored__lt=F("total"))
        .select_related("facility", "candidacy__vendor", "candidacy__product", tender)
        .order_by(F(f"{tender}__deadline").asc(nulls_last=True), "pk")
    )


def waiting(user: User, assessments: Sequence[Assessment]) -> list[Waiting]:
    """Return what waits in these assessments for each role held, what is done last: 3 queries."""
    held = Membership.objects.filter(user=user, role__in=REVIEWERS)
    roles: dict[int, set[str]] = {}
    for facility_id, role in held.values_list("facility_id", "role"):
        roles.setdefault(facility_id, set()).add(role)
    totals = _routed({one.checklist_id for one in assessments})
    found = _found([one.pk for one in assessments])
    rows = []
    for one in assessments:
        for role in REVIEWERS:
            total = totals.get((one.checklist_id, role), 0)
            if total and role in roles.get(one.facility_id, ()):
                given, standing = found.get((one.pk, role), (0, 0))
                rows.append(Waiting(one, str(role), total, total - standing, given - standing))
    return sorted(rows, key=lambda row: not row.left)


def _routed(checklist_ids: set[int]) -> dict[tuple[int, str], int]:
    """Count the points of each checklist by the role that reviews them.

    The list of roles is JSON, which SQLite cannot search: its text is the same on both databases.
    """
    items = ChecklistItem.objects.filter(checklist__in=checklist_ids, is_applicable=True)
    counts = {
        str(role): Count("pk", filter=Q(reviewed_by__contains=f'"{role}"')) for role in REVIEWERS
    }
    rows: Any = (
        items.exclude(point__answer_kind=AnswerKind.NONE)
        .annotate(reviewed_by=Cast("point__reviewers", TextField()))
        .order_by()
        .values("checklist")
        .annotate(**counts)
    )
    return {(row["checklist"], role): row[role] for row in rows for role in counts}


def _found(assessment_ids: list[int]) -> dict[tuple[int, str], tuple[int, int]]:
    """Count the findings of each assessment by role: all of them, and those that still stand."""
    changed = Answer.objects.filter(
        assessment=OuterRef("assessment"),
        item=OuterRef("item"),
        version__gt=OuterRef("answer_version"),
    )
    rows = (
        Finding.objects.filter(assessment__in=assessment_ids)
        .exclude(value=FindingValue.NONE)
        .annotate(is_outdated=Exists(changed))
        .order_by()
        .values("assessment", "role")
        .annotate(given=Count("pk"), standing=Count("pk", filter=Q(is_outdated=False)))
    )
    return {(row["assessment"], row["role"]): (row["given"], row["standing"]) for row in rows}
