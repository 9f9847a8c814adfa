"""Reads of the reservations of a tender: to what a candidate is committed, and for when."""

from django.db.models import QuerySet

from vendors.models import Tender

from ...enums import DecisionValue
from ...models import PointDecision


def of_tender(tender: Tender) -> QuerySet[PointDecision]:
    """Return the reservations of a tender, the first due first: candidates refused are out."""
    found = PointDecision.objects.filter(
        assessment__candidacy__lot__tender=tender, value=DecisionValue.RESERVED
    ).exclude(assessment__decision__value=DecisionValue.REFUSED)
    return found.select_related(
        "assessment__candidacy__vendor",
        "assessment__candidacy__lot",
        "assessment__checklist__version",
        "item__point",
        "decided_by",
    ).order_by("due_on", "assessment__candidacy__vendor__name", "item__position", "pk")
