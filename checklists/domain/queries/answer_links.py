"""Reads of the personal links of candidates."""

import datetime as dt

from django.db.models import Q, QuerySet

from ...models import AnswerLink, Assessment, ExchangeParty
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
        "party__exchange",
        "party__assessment__candidacy__lot__tender",
    )


def of_assessment(assessment: Assessment) -> list[AnswerLink]:
    """Return the links of one candidate to the questionnaire, newest first, with their reminders."""
    return _told(links().filter(assessment=assessment, party=None))


def of_party(party: ExchangeParty) -> list[AnswerLink]:
    """Return the links by which one candidate answers a letter, newest first."""
    return _told(links().filter(party=party))


def _told(found: QuerySet[AnswerLink]) -> list[AnswerLink]:
    found = found.select_related("revoked_by").prefetch_related("reminders")
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
    ).exclude(email="")
    found = found.filter(
        Q(party=None, assessment__answers_frozen_at=None)
        | Q(party__isnull=False, party__replied_at=None)
    )
    return list(found.order_by("expires_at", "pk").values_list("pk", flat=True))
