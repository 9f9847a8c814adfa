"""Reads of the personal links of candidates."""

import datetime as dt

from django.db.models import QuerySet

from ...models import AnswerLink, Assessment
from ...models.answer_link import REMINDER_DAYS


def links() -> QuerySet[AnswerLink]:
    """Links with all that the pages of a candidate name, in one query."""
    return AnswerLink.objects.select_related(
        "created_by",
        "assessment__facility",
        "assessment__candidacy__vendor",
        "assessment__candidacy__product",
        "assessment__candidacy__lot__tender",
        "assessment__checklist__version__clausier",
    )


def of_assessment(assessment: Assessment) -> list[AnswerLink]:
    """Return the links of one candidate, newest first, with their reminders."""
    found = links().filter(assessment=assessment).select_related("revoked_by")
    found = found.prefetch_related("reminders")
    return list(found.order_by("-number"))


def of_secret(token_sha256: str) -> AnswerLink | None:
    """Return the link whose secret has this hash."""
    return links().filter(token_sha256=token_sha256).first()


def to_remind(now: dt.datetime) -> list[int]:
    """Return the links whose candidate may have to be reminded, those that end first, first."""
    latest = now + dt.timedelta(days=max(REMINDER_DAYS))
    found = AnswerLink.objects.filter(
        revoked_at=None,
        submitted_at=None,
        expires_at__gt=now,
        expires_at__lte=latest,
        assessment__answers_frozen_at=None,
    ).exclude(email="")
    return list(found.order_by("expires_at", "pk").values_list("pk", flat=True))
