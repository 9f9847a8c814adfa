"""Each reviewer declares once a tender that there is no conflict of interest, or withdraws."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from checklists.documents import report
from checklists.domain import interests, opinions, visas
from checklists.enums import Interest
from checklists.models import Assessment, Finding, InterestDeclaration
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent
from vendors.models import Tender


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def tender(assessment: Assessment) -> Tender:
    return assessment.candidacy.lot.tender


@pytest.fixture
def ciso(client: Client, facility: Facility) -> User:
    person = factories.member(facility, Role.CISO, full_name="Anne Petit")
    client.force_login(person)
    return person


def declare(tender: Tender, by: User, value: str, reason: str = "") -> None:
    interests.declare(tender=tender, value=value, reason=reason, by=by)


def find(client: Client, assessment: Assessment) -> int:
    address = reverse("checklists:finding_save", args=[assessment.pk, "O-7.2"])
    sent = {"field": "finding", "value": "reserved", "version": 0, "answer": 0}
    return client.post(address, sent).status_code


def page(client: Client, assessment: Assessment) -> str:
    address = reverse("checklists:assessment_findings", args=[assessment.pk])
    return client.get(address).content.decode()


def send(client: Client, assessment: Assessment, value: str, reason: str = "") -> int:
    address = reverse("checklists:interest_declare", args=[assessment.pk])
    return client.post(address, {"value": value, "reason": reason}).status_code


def test_the_declaration_is_asked_before_the_first_finding(
    client: Client, assessment: Assessment, tender: Tender, ciso: User
) -> None:
    html = page(client, assessment)
    assert (
        "Vos intérêts dans cette consultation" in html
        and "<textarea name=" not in html[html.index("<table") :]
    )
    assert find(client, assessment) == 403 and not Finding.objects.exists()
    assert send(client, assessment, Interest.CLEAR) == 302
    assert "Vos intérêts dans cette consultation" not in page(client, assessment)
    assert find(client, assessment) == 200
    event = AuditEvent.objects.get(action="interest.declared")
    assert (event.actor, event.subject) == (ciso.pk, f"tender/{tender.pk}")
    assert not list(journal.verify())


def test_one_declaration_holds_for_every_candidate_of_the_tender(
    client: Client, assessment: Assessment, tender: Tender, buyer: User, ciso: User
) -> None:

    declare(tender, ciso, Interest.CLEAR)
    other = factories.started(assessment.checklist, buyer)
    assert find(client, other) == 200


def test_who_withdraws_gives_no_finding_and_never_comes_back(
    client: Client, assessment: Assessment, tender: Tender, ciso: User
) -> None:
    declare(tender, ciso, Interest.CLEAR)
    assert str(assessment.candidacy.vendor) in client.get(reverse("checklists:my_points")).text
    assert send(client, assessment, Interest.WITHDRAWN, "Un proche y travaille.") == 302
    assert "Vous vous êtes retiré de cette consultation" in page(client, assessment)
    assert find(client, assessment) == 403
    assert "Rien ne vous attend" in client.get(reverse("checklists:my_points")).text
    for value in (Interest.CLEAR, Interest.WITHDRAWN):
        with pytest.raises(interests.AlreadyDeclared):
            declare(tender, ciso, value)
    assert interests.interest_of(tender, ciso) == Interest.WITHDRAWN


def test_a_declaration_that_says_nothing_is_asked_again(
    client: Client, assessment: Assessment, ciso: User
) -> None:
    assert send(client, assessment, "") == 422
    assert send(client, assessment, "peut-être") == 422
    assert not InterestDeclaration.objects.exists()


@pytest.mark.parametrize("page_name", ["assessment_visas", "opinion"])
def test_who_is_asked_for_a_visa_or_an_opinion_declares_there_and_goes_on(
    page_name: str, client: Client, assessment: Assessment, buyer: User, ciso: User
) -> None:
    if page_name == "opinion":
        asked = opinions.ask(
            assessment=assessment,
            question=opinions.Question("Vos réserves ?", dt.date(2099, 1, 5), role=Role.CISO),
            by=buyer,
        )
        address = reverse("checklists:opinion", args=[asked.pk])
    else:
        factories.scored(assessment, buyer)
        visas.set_order(facility=assessment.facility, roles=[Role.CISO], by=buyer)
        assessment.refresh_from_db()
        visas.request_visas(assessment=assessment, content_hash=report.visa_hash, by=buyer)
        address = reverse("checklists:assessment_visas", args=[assessment.pk])
    assert f'name="next" value="{address}"' in client.get(address).text
    declare_page = reverse("checklists:interest_declare", args=[assessment.pk])
    response = client.post(declare_page, {"value": Interest.CLEAR, "next": address})
    assert response["Location"] == address
    assert 'name="next"' not in client.get(address).text


@pytest.mark.parametrize("elsewhere", ["https://ailleurs.example/", "ailleurs", "/\\ailleurs", ""])
def test_it_never_leads_out_of_the_site(
    client: Client, assessment: Assessment, ciso: User, elsewhere: str
) -> None:
    address = reverse("checklists:interest_declare", args=[assessment.pk])
    sent = {"value": Interest.CLEAR, "next": elsewhere}
    assert client.post(address, sent)["Location"].startswith("/evaluations/")


def test_the_document_says_who_declared_what(
    assessment: Assessment, tender: Tender, ciso: User
) -> None:
    declare(tender, ciso, Interest.WITHDRAWN, "Un proche y travaille.")
    (told,) = report.gather(assessment.pk)["interests"]
    assert (told["by"], told["label"], told["reason"]) == (
        "Anne Petit",
        "Retrait",
        "Un proche y travaille.",
    )


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_keeps_a_declaration_as_it_was(tender: Tender, ciso: User, act: str) -> None:
    declare(tender, ciso, Interest.CLEAR)
    rows = InterestDeclaration.objects.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(reason="Autre chose") if act == "update" else rows.delete()
