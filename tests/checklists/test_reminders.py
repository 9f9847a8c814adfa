"""Reminders of a link: at 7, 3 and 1 days, each at most once, never once it is over."""

import datetime as dt
from io import StringIO
from unittest import mock

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain import answer_links, answer_sets, reminders
from checklists.models import AnswerLink, Assessment, Reminder
from tests import factories
from uniha_clausier.common.models import AuditEvent
from vendors.enums import Procedure
from vendors.models import Tender

DAY = dt.timedelta(days=1)
CREATED = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)
MINUTES = st.integers(0, 40 * 24 * 60).map(lambda minutes: CREATED + dt.timedelta(minutes=minutes))


def sent_at(expires_at: dt.datetime, runs: list[dt.datetime]) -> dict[int, dt.datetime]:
    """Play the command at each of ``runs``; return when each reminder was sent."""
    sent: dict[int, dt.datetime] = {}
    for now in sorted(runs):
        days = reminders.due(created_at=CREATED, expires_at=expires_at, now=now, sent=sent)
        if days is not None:
            assert days not in sent, "a reminder is sent once"
            sent[days] = now
    return sent


@given(MINUTES.filter(lambda moment: moment > CREATED), st.lists(MINUTES, max_size=60))
def test_whenever_the_command_runs_each_reminder_comes_once_and_in_its_time(expires_at, runs):
    for days, at in sent_at(expires_at, runs).items():
        assert days in (7, 3, 1)
        assert expires_at - days * DAY <= at < expires_at
        assert expires_at - days * DAY >= CREATED
    # They come in order: nobody is told « 7 days » after « 3 days ».
    sent = sent_at(expires_at, runs)
    assert sorted(sent, reverse=True) == sorted(sent, key=lambda days: sent[days])


@given(st.integers(8 * 24, 30 * 24), st.integers(0, 23))
def test_run_every_day_all_three_come(hours, at):
    expires_at = CREATED + dt.timedelta(hours=hours)
    runs = [CREATED.replace(hour=at) + n * DAY for n in range(40)]
    assert set(sent_at(expires_at, runs)) == {7, 3, 1}


@given(st.integers(1, 7 * 24 - 1))
def test_a_young_link_is_not_reminded_of_what_it_has_just_said(hours):
    expires_at = CREATED + dt.timedelta(hours=hours)
    days = reminders.due(created_at=CREATED, expires_at=expires_at, now=CREATED, sent=())
    assert days is None or expires_at - days * DAY == CREATED


# -- With the database ---------------------------------------------------------------------------


@pytest.fixture
def assessment(buyer, facility) -> Assessment:
    return factories.informal_assessment(buyer, facility)


@pytest.fixture
def link(assessment, buyer) -> AnswerLink:
    """A link of thirty days, whose candidate has an address."""
    return factories.answer_link(buyer, assessment, email="offres@societe.example")[0]


def run(before_the_end: dt.timedelta, of: AnswerLink) -> str:
    out = StringIO()
    later = AnswerLink.objects.get(pk=of.pk).expires_at - before_the_end
    with mock.patch.object(timezone, "now", return_value=later):
        call_command("send_reminders", stdout=out)
    return out.getvalue()


def subjects() -> list[str]:
    return [message.subject.split(" – ")[0] for message in mail.outbox]


def test_the_command_reminds_at_seven_three_and_one_days(link):
    printed = [run(days * DAY, link) for days in (8, 7, 7, 6.5, 3, 2, 1, 0.5, -1)]
    assert subjects() == [
        "Plus que 7 jours pour répondre",
        "Plus que 3 jours pour répondre",
        "Plus que 1 jour pour répondre",
    ]
    assert [int(line.split("\t")[0]) for line in printed] == [0, 1, 0, 0, 1, 0, 1, 0, 0]
    told = AuditEvent.objects.filter(action="answer_link.reminded").order_by("seq")
    assert [event.data["days"] for event in told] == [7, 3, 1]


def test_a_reminder_says_until_when_and_whom_to_ask_but_not_the_secret(link, buyer):
    run(3 * DAY, link)
    (message,) = mail.outbox
    assert message.to == ["offres@societe.example"]
    assert buyer.email in message.body
    assert "Points répondus\u00a0: 0 sur 4" in message.body
    assert "/repondre/" not in message.body


@pytest.mark.parametrize("end", ["submitted", "revoked", "frozen", "formal", "no address"])
def test_no_reminder_once_it_is_over_or_without_an_address(assessment, buyer, end):
    address = "" if end == "no address" else "offres@societe.example"
    link, _secret = factories.answer_link(buyer, assessment, email=address)
    if end == "submitted":
        answer_links.submit(link=link)
    if end == "revoked":
        answer_links.revoke_link(link=link, by=buyer)
    if end == "frozen":
        answer_sets.freeze(assessment=assessment, by=buyer)
    if end == "formal":
        Tender.objects.update(procedure=Procedure.OPEN)
    run(3 * DAY, link)
    assert (mail.outbox, Reminder.objects.count()) == ([], 0)


def test_a_prolonged_link_is_not_reminded_twice_of_the_same_days(link, buyer):
    run(7 * DAY, link)
    with mock.patch.object(timezone, "now", return_value=link.expires_at - 6 * DAY):
        answer_links.prolong_link(link=link, expires_at=link.expires_at + 20 * DAY, by=buyer)
    run(7 * DAY, link)
    run(3 * DAY, link)
    assert subjects() == ["Plus que 7 jours pour répondre", "Plus que 3 jours pour répondre"]


def test_a_mail_server_that_is_down_fails_the_command_and_repeats_nothing(link, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(CommandError, match="1 rappels n’ont pas pu partir"):
        run(3 * DAY, link)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    run(2.5 * DAY, link)
    run(1 * DAY, link)
    assert subjects() == ["Plus que 1 jour pour répondre"]


def test_the_database_keeps_one_reminder_a_link_and_number_of_days(link):
    told = {"link": link, "sent_at": timezone.now()}
    Reminder.objects.create(days=7, **told)
    for days, name in ((7, "reminder_once|UNIQUE"), (5, "reminder_days_known")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Reminder.objects.create(days=days, **told)
    with pytest.raises(IntegrityError, match="is kept"), transaction.atomic():
        Reminder.objects.all().delete()
