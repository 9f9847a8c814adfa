"""Reads of the analysis report: the texts, the editions, and what the tables are made of."""

from typing import NamedTuple

from django.db.models import QuerySet

from ...enums import DecisionValue, Sharing
from ...models import (
    AnalysisReport,
    AnalysisText,
    Checklist,
    Exchange,
    ExchangeParty,
    Finding,
    PointDecision,
    Score,
)


class Remark(NamedTuple):
    """A comment on one point of one candidate: the buyer's, or a role's that may be shared."""

    assessment: int
    ref: str
    role: str
    value: str
    text: str


def texts(checklist: Checklist) -> dict[str, AnalysisText]:
    """Return the parts that the buyer wrote, by key."""
    found = AnalysisText.objects.filter(checklist=checklist).select_related("updated_by")
    return {one.key: one for one in found}


def reports(checklist: Checklist) -> QuerySet[AnalysisReport]:
    """Return the editions of a checklist, the last first."""
    found = AnalysisReport.objects.filter(checklist=checklist).select_related("made_by")
    return found.defer("content").order_by("-number")


def editions() -> QuerySet[AnalysisReport]:
    """Return editions with what says to whom they are shown."""
    return AnalysisReport.objects.select_related("checklist__lot__tender__facility")


def comments(checklist: Checklist) -> list[Remark]:
    """Return the comments of the buyer beside the scores, in official order."""
    rows = Score.objects.filter(assessment__checklist=checklist).exclude(comment="")
    return [
        Remark(assessment, ref, "", value, text)
        for assessment, ref, value, text in rows.order_by("item__position", "pk").values_list(
            "assessment", "item__point__ref", "value", "comment"
        )
    ]


def shared_findings(checklist: Checklist) -> list[Remark]:
    """Return the findings whose comment may be shared: what is internal stays so."""
    rows = Finding.objects.filter(assessment__checklist=checklist, sharing=Sharing.SHARED).exclude(
        comment=""
    )
    return [
        Remark(*row)
        for row in rows.order_by("item__position", "role", "pk").values_list(
            "assessment", "item__point__ref", "role", "value", "comment"
        )
    ]


def reservations(checklist: Checklist) -> list[PointDecision]:
    """Return the reservations of the candidates who were not refused, in official order."""
    found = PointDecision.objects.filter(
        assessment__checklist=checklist,
        assessment__replaced_at=None,
        value=DecisionValue.RESERVED,
    ).exclude(assessment__decision__value=DecisionValue.REFUSED)
    rows = found.select_related("item__point", "assessment__candidacy__vendor")
    return list(rows.order_by("assessment__candidacy__vendor__name", "item__position", "pk"))


def exchanges(checklist: Checklist) -> list[Exchange]:
    """Return the letters that were sent, the oldest first, with whom they went to and what was decided."""
    # By whom they went to: a correction takes the candidates over, not the letters sent before it.
    to = ExchangeParty.objects.filter(assessment__checklist=checklist)
    found = Exchange.objects.filter(pk__in=to.values("exchange"), sent_at__isnull=False)
    rows = found.prefetch_related(
        "parties__assessment__candidacy__vendor", "parties__regularisation", "points__item__point"
    )
    return list(rows.order_by("sent_at", "pk"))
