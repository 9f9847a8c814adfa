"""Who works in a loaded installation, and on what: no two people of one role on one assessment."""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

from django.db.models import F, Q, QuerySet

from checklists.models import Assessment, Finding, Score
from tests.bench import content
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from vendors.enums import WITHOUT_OPENING

MOST = 400
ROLES = ("buyer", "buyer", "ciso", "buyer", "reader", "buyer", "ciso", "buyer", "buyer", "dpo")
"""In the proportions of a procurement department and of those whom it asks."""


def people() -> list[dict[str, Any]]:
    """Return as many people as there is work for, in the proportions of ``ROLES``."""
    assessments = list(_in_progress())
    places = {role: iter(assessments) for role in ROLES}
    found: list[dict[str, Any]] = []
    for role in islice(cycle(ROLES), MOST):
        one = next(places[role], None)
        if one is None:
            break
        found.append(_person(one, role))
    return found


def _in_progress() -> Iterator[Assessment]:
    """Assessments being scored, of as many facilities as possible, the opening recorded."""
    opened = Q(candidacy__lot__tender__opening__isnull=False) | Q(
        candidacy__lot__tender__procedure__in=WITHOUT_OPENING
    )
    found: QuerySet[Assessment] = Assessment.objects.filter(
        opened, scored__gt=0, scored__lt=F("total"), signed_at=None
    )
    facilities: dict[int, list[Assessment]] = {}
    for one in found.select_related("candidacy__lot").order_by("-pk")[: 20 * MOST]:
        facilities.setdefault(one.facility_id, []).append(one)
    while facilities:
        for facility in list(facilities):
            yield facilities[facility].pop()
            if not facilities[facility]:
                del facilities[facility]


def _person(one: Assessment, role: str) -> dict[str, Any]:
    """Their session, where they work, and the rows that they write with their versions."""
    user = User.objects.filter(
        memberships__facility=one.facility_id, memberships__role=role
    ).latest("pk")
    rows: Any
    if role == Role.BUYER:
        scores = Score.objects.filter(assessment=one).order_by("item__position")
        rows = scores.values_list("item__point__ref", "version", "value")
    else:
        findings = Finding.objects.filter(assessment=one, role=role).order_by("item__position")
        rows = findings.values_list("item__point__ref", "version", "value", "answer_version")
    return {
        "role": role,
        "email": user.email,
        "headers": content._headers(user)[0],
        "assessment": one.pk,
        "checklist": one.checklist_id,
        "tender": one.candidacy.lot.tender_id,
        "rows": list(rows),
    }
