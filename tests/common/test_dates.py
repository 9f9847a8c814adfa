"""Days and moments follow French, on the pages, in the mails and in the documents."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from checklists.documents import letters
from tests import factories
from tests.architecture import sentences
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import dates

FIRST_OF_YEAR = dt.datetime(2027, 1, 1, 9, 30, tzinfo=dt.UTC)
DAYS = [
    (dt.date(2027, 1, 1), "j N Y", "1er janv. 2027"),
    (dt.date(2027, 2, 1), "j N Y", "1er févr. 2027"),
    (dt.date(2027, 2, 11), "j N Y", "11 févr. 2027"),
    (dt.date(2027, 3, 21), "j N Y", "21 mars 2027"),
    (dt.date(2026, 12, 1), "l j F Y", "mardi 1er décembre 2026"),
    (dt.date(2026, 12, 31), "j F Y", "31 décembre 2026"),
]


@pytest.mark.parametrize(("day", "form", "words"), DAYS)
def test_a_day(day: dt.date, form: str, words: str) -> None:
    assert dates.date_format(day, form) == words
    assert Template(f'{{{{ day|date:"{form}" }}}}').render(Context({"day": day})) == words


def test_plain_data() -> None:
    assert dates.day("2027-02-01") == "1er févr. 2027"
    assert dates.moment("2027-01-31T23:30:00+00:00") == "1er févr. 2027, 00:30"
    assert (dates.day(""), dates.moment("")) == ("", "")


def test_what_is_not_known_and_the_present_moment() -> None:
    assert Template('{{ day|date:"j N Y"|default:"–" }}').render(Context({"day": None})) == "–"
    with time_machine.travel(FIRST_OF_YEAR, tick=False):
        assert Template('{% now "j N Y, H:i" %}').render(Context()) == "1er janv. 2027, 10:30"


def test_no_code_writes_a_date_as_django_does() -> None:
    theirs = ("formats import date_format", "import dateformat", "dateformat import")
    texts = {path.name: path.read_text("utf-8") for path in sentences.code_files()}
    assert [name for name, text in texts.items() if any(way in text for way in theirs)] == [
        "dates.py"
    ]


@pytest.mark.django_db
def test_a_page_and_a_mail(facility: Facility) -> None:
    with time_machine.travel(FIRST_OF_YEAR - dt.timedelta(days=7), tick=False):
        admin = factories.member(facility, Role.FACILITY_ADMIN)
        client = Client()
        client.force_login(admin)
        page = reverse("member_list", args=[facility.pk])
        typed = {"email": "n.benali@hopital.example", "full_name": "Nadia", "roles": ["buyer"]}
        assert client.post(page, typed).status_code == 302
        assert "1er janvier 2027" in mail.outbox[-1].body
        assert "1er janv. 2027" in client.get(page).content.decode()


@pytest.mark.django_db
def test_a_letter(facility: Facility, buyer: User) -> None:
    with time_machine.travel(FIRST_OF_YEAR, tick=False):
        assessment = factories.assessment(buyer, facility)
        html = letters.html(factories.asked(buyer, assessment, "O-7.1"))
    assert "1er janv. 2027, 10:30" in html
