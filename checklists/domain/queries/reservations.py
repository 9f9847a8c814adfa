"""Reads of the reservations of a tender: to what a candidate is committed, and for when."""

import datetime as dt

from django.db.models import QuerySet

from vendors.models import Tender

from ...enums import DecisionValue, ReservationState
from ...models import PointDecision


def of_tender(tender: Tender) -> QuerySet[PointDecision]:
    """Return the reservations of a tender, the first due first: candidates refused are out."""
    found = PointDecision.objects.filter(
        assessment__candidacy__lot__tender=tender,
        assessment__replaced_at=None,
        value=DecisionValue.RESERVED,
    ).exclude(assessment__decision__value=DecisionValue.REFUSED)
    return found.select_related(
        "assessment__candidacy__vendor",
        "assessment__candidacy__lot",
        "assessment__checklist__version",
        "item__point",
        "decided_by",
    ).order_by("due_on", "assessment__candidacy__vendor__name", "item__position", "pk")


def in_state(
    found: QuerySet[PointDecision], state: ReservationState, today: dt.date
) -> QuerySet[PointDecision]:
    """Keep the reservations that stand so on a day."""
    late = {"due_on__lt": today}
    return found.filter(**late) if state == ReservationState.OVERDUE else found.exclude(**late)


def state_of(reservation: PointDecision, today: dt.date) -> ReservationState:
    """Return whether the date of a reservation is past."""
    is_late = reservation.due_on is not None and reservation.due_on < today
    return ReservationState.OVERDUE if is_late else ReservationState.DUE
