"""An opinion or a visa given by delegation says in whose place, wherever it is read."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists import tasks
from checklists.documents import pdf, report
from checklists.domain import opinions, visas
from checklists.models import Assessment, Opinion, OpinionRequest, Visa
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Membership, User

WORDS = "Dina Roux, par délégation de Rémi Vallon"


@pytest.fixture(autouse=True)
def _at_once(settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def ciso(facility: Facility) -> User:
    return factories.member(facility, Role.CISO, full_name="Rémi Vallon")


@pytest.fixture
def deputy(facility: Facility, ciso: User) -> User:
    """A DPO in their own name, and the RSSI in the place of another this week."""
    made = factories.member(facility, Role.DPO, full_name="Dina Roux")
    factories.delegation(ciso, made, role=Role.CISO)
    return User.objects.get(pk=made.pk)


@pytest.fixture
def assessment(facility: Facility, buyer: User, deputy: User) -> Assessment:
    visas.set_order(facility=facility, roles=[Role.CISO, Role.DPO], by=buyer)
    made = factories.scored(factories.assessment(buyer, facility), buyer)
    factories.no_conflict(made, deputy)
    return made


@pytest.fixture
def browser(deputy: User) -> Client:
    client = Client()
    client.force_login(deputy)
    return client


def asked_of(assessment: Assessment, role: str, by: User) -> OpinionRequest:
    day = timezone.localdate() + dt.timedelta(days=7)
    question = opinions.Question("Que pensez-vous des sauvegardes ?", day, role=role)
    return opinions.ask(assessment=assessment, question=question, by=by)


def answer(browser: Client, asked: OpinionRequest) -> Opinion:
    url = reverse("checklists:opinion", args=[asked.pk])
    sent = browser.post(url, {"value": "favourable", "text": "Bien.", "base": "0"})
    assert sent.status_code == 302, sent.content.decode()
    return asked.opinions.get()


def vise(browser: Client, assessment: Assessment) -> None:
    url = reverse("checklists:assessment_visas", args=[assessment.pk])
    typed = {"value": "given", "seen": report.visa_hash(assessment.pk), "remark": ""}
    assert browser.post(url, typed | {"password": factories.PASSWORD}).status_code == 302


def words(client: Client, name: str, assessment: Assessment) -> str:
    page = client.get(reverse(name, args=[assessment.pk])).content.decode()
    return " ".join(page.split())


def test_an_opinion_says_in_whose_place(
    browser: Client, signed_in: Client, assessment: Assessment, buyer: User, ciso: User
) -> None:
    given = answer(browser, asked_of(assessment, Role.CISO, buyer))
    own = answer(browser, asked_of(assessment, Role.DPO, buyer))
    assert (given.in_place_of, own.in_place_of) == (ciso, None)
    page = words(signed_in, "checklists:opinion_list", assessment)
    assert page.count("par délégation de") == 1 and WORDS in page
    told = report.gather(assessment.pk)["opinions"]
    assert [one["opinions"][0]["by"] for one in told] == [WORDS, "Dina Roux"]


def test_a_visa_says_in_whose_place_up_to_the_pdf(
    browser: Client, signed_in: Client, assessment: Assessment, buyer: User, ciso: User
) -> None:
    tasks.request_visas(assessment=assessment, address="https://clausier.example/", by=buyer)
    vise(browser, assessment)  # the RSSI, in the place of another
    vise(browser, assessment)  # the DPO, in their own name
    assert list(Visa.objects.order_by("pk").values_list("in_place_of", flat=True)) == [
        ciso.pk,
        None,
    ]
    page = words(signed_in, "checklists:assessment_visas", assessment)
    assert page.count("par délégation de") == 1 and WORDS in page
    document = tasks.request_document(assessment=assessment, by=buyer)
    assert [one["by"] for one in document.content["data"]["visas"]] == [WORDS, "Dina Roux"]
    html = pdf.html(document.content, content_sha256=document.content_sha256)
    assert WORDS in " ".join(html.split())


def test_it_is_frozen_with_the_row(
    browser: Client, assessment: Assessment, buyer: User, deputy: User
) -> None:
    given = answer(browser, asked_of(assessment, Role.CISO, buyer))
    tasks.request_visas(assessment=assessment, address="https://clausier.example/", by=buyer)
    vise(browser, assessment)
    for rows in (Opinion.objects.filter(pk=given.pk), Visa.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(in_place_of=None)


def test_who_has_the_role_too_acts_in_their_own_name(
    browser: Client, assessment: Assessment, buyer: User, deputy: User, facility: Facility
) -> None:
    Membership.objects.create(user=deputy, facility=facility, role=Role.CISO)
    assert answer(browser, asked_of(assessment, Role.CISO, buyer)).in_place_of is None
