"""Reminding candidates that their link ends, and reviewers of an opinion: each at most once.

A reminder is written before its message leaves: a message that is lost is better than one that
comes twice. The next one says the same.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from uniha_clausier.common import journal

from ..enums import LinkState
from ..models import AnswerLink, Assessment, OpinionReminder, OpinionRequest, Reminder
from ..models.answer_link import REMINDER_DAYS
from ..models.opinion import OPINION_REMINDER_DAYS
from . import answer_links, answer_mails, opinion_mails
from .assessments import subject_of
from .queries import answer_links as queries
from .queries import opinions as opinion_queries


def due(
    *,
    created_at: dt.datetime,
    expires_at: dt.datetime,
    now: dt.datetime,
    sent: Collection[int],
    at_days: Collection[int] = REMINDER_DAYS,
) -> int | None:
    """Return which reminder is to be sent now: the last whose moment has come, unless it was.

    One that was missed is not made up for, and a link that is younger than the moment of a
    reminder is not reminded: its own message has just come.
    """
    if now >= expires_at:
        return None
    come = [days for days in at_days if expires_at - dt.timedelta(days=days) <= now]
    if not come or min(come) in sent:
        return None
    moment = expires_at - dt.timedelta(days=min(come))
    return min(come) if created_at <= moment else None


def send_due() -> tuple[int, int]:
    """Send every reminder that is due; return how many left, and how many could not."""
    sent, lost = 0, 0
    for pk in queries.to_remind(timezone.now()):
        reminder = _take(pk)
        if reminder is None:
            continue
        has_left = answer_mails.send_reminder(link=reminder.link, days=reminder.days)
        sent, lost = sent + has_left, lost + (not has_left)
    for pk in opinion_queries.to_remind(timezone.localdate()):
        reminded = _take_opinion(pk)
        if reminded is None:
            continue
        has_left = opinion_mails.send_reminder(asked=reminded.request)
        sent, lost = sent + has_left, lost + (not has_left)
    return sent, lost


def _take(link_id: int) -> Reminder | None:
    """Write that the reminder of a link is sent, when one is due; two commands take it once."""
    with transaction.atomic():
        owner = AnswerLink.objects.values_list("assessment_id", flat=True).get(pk=link_id)
        Assessment.objects.select_for_update(of=("self",), no_key=True).get(pk=owner)
        link, now = queries.links().get(pk=link_id), timezone.now()
        if answer_links.state_of(link, now) not in LinkState.open_ones():
            return None
        sent = set(link.reminders.values_list("days", flat=True))
        days = due(created_at=link.created_at, expires_at=link.expires_at, now=now, sent=sent)
        if days is None:
            return None
        journal.record(
            tenant=link.assessment.facility_id,
            action="answer_link.reminded",
            subject=subject_of(link.assessment_id),
            data={"link": link.number, "days": days},
            at=now,
            by=None,
        )
        return Reminder.objects.create(link=link, days=days, sent_at=now)


def _take_opinion(request_id: int) -> OpinionReminder | None:
    """Write that the reminder of an opinion is sent, when one is due; two commands take it once."""
    with transaction.atomic():
        owner = OpinionRequest.objects.values_list("assessment_id", flat=True).get(pk=request_id)
        Assessment.objects.select_for_update(of=("self",), no_key=True).get(pk=owner)
        if not opinion_queries.open_ones().filter(pk=request_id).exists():
            return None
        asked, now = opinion_queries.requests().get(pk=request_id), timezone.now()
        days = due(
            created_at=asked.asked_at,
            expires_at=_end_of(asked.due_on),
            now=now,
            sent=set(asked.reminders.values_list("days", flat=True)),
            at_days=OPINION_REMINDER_DAYS,
        )
        if days is None:
            return None
        journal.record(
            tenant=asked.assessment.facility_id,
            action="opinion.reminded",
            subject=subject_of(asked.assessment_id),
            data={"request": asked.number, "days": days},
            at=now,
            by=None,
        )
        return OpinionReminder.objects.create(request=asked, days=days, sent_at=now)


def _end_of(day: dt.date) -> dt.datetime:
    """Return when a day is over, here."""
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))
