"""The opening of the offers: after the deadline, once, and before anybody reads an answer."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.domain.assessments import start_assessment
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent
from vendors.domain import openings, tenders
from vendors.enums import Procedure
from vendors.models import Opening, Tender

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def tender(buyer: User, facility: Facility) -> Tender:
    return factories.tender(facility, buyer, deadline=timezone.now() - 2 * HOUR)


def record(tender: Tender, by: User, **values: Any) -> Opening:
    given: dict[str, Any] = {
        "opened_at": timezone.now() - HOUR,
        "people": ["Anne Petit, acheteuse"],
    } | values
    return openings.record_opening(tender=tender, by=by, **given)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


# -- Rules -------------------------------------------------------------------------------------


def test_an_opening_is_recorded_with_who_was_there_and_journaled_with_how_many(
    tender: Tender, buyer: User
) -> None:
    opening = record(tender, buyer, people=["Anne Petit, acheteuse", "Paul Durand, RSSI"])
    assert opening.people == "Anne Petit, acheteuse\nPaul Durand, RSSI"
    event = AuditEvent.objects.get(action="tender.opened")
    assert event.data == {"opened_at": opening.opened_at.isoformat(), "people": 2}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"opened_at": timezone.now() - 3 * HOUR}, "opened_at"),  # before the deadline
        ({"opened_at": timezone.now() + 24 * HOUR}, "opened_at"),
        ({"people": []}, "people"),
    ],
)
def test_an_opening_that_cannot_be_is_refused(
    tender: Tender, buyer: User, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(tenders.TenderRefused) as refused:
        record(tender, buyer, **given)
    assert refused.value.field == field
    assert not Opening.objects.exists()


def test_it_is_recorded_once_and_nothing_changes_it(tender: Tender, buyer: User) -> None:
    opening = record(tender, buyer)
    with pytest.raises(tenders.TenderRefused):
        record(tender, buyer)
    for change in (
        lambda: Opening.objects.filter(pk=opening.pk).update(people="Autre"),
        lambda: Opening.objects.filter(pk=opening.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_after_it_the_procedure_and_the_dates_stay(tender: Tender, buyer: User) -> None:
    record(tender, buyer)
    kept = {name: getattr(tender, name) for name in tenders.FIELDS}
    for changed in (
        {"procedure": Procedure.NO_PUBLICITY},
        {"deadline": timezone.now() + 24 * HOUR},
    ):
        with pytest.raises(tenders.TenderRefused, match="ouverts"):
            tenders.change_tender(tender=tender, by=buyer, **kept | changed)
    tenders.change_tender(tender=tender, by=buyer, **kept | {"title": "Un autre objet"})


@pytest.mark.parametrize("procedure", Procedure)
def test_a_purchase_without_competing_offers_waits_for_no_opening(
    buyer: User, facility: Facility, procedure: Procedure
) -> None:
    tender = factories.tender(facility, buyer, procedure=procedure)
    assert tender.waits_for_opening == (
        procedure not in (Procedure.NO_PUBLICITY, Procedure.FRAMEWORK)
    )
    factories.opening(tender, buyer)
    assert not Tender.objects.get(pk=tender.pk).waits_for_opening


# -- Pages -------------------------------------------------------------------------------------


@pytest.fixture
def unopened(buyer: User, facility: Facility) -> Assessment:
    checklist = factories.published_checklist(buyer, facility)
    return start_assessment(
        candidacy=factories.candidacy(checklist.lot, buyer), checklist=checklist, by=buyer
    )


def test_no_answer_file_is_received_before_the_opening(
    signed_in: Client, unopened: Assessment, buyer: User
) -> None:
    tender = unopened.candidacy.lot.tender
    files = reverse("checklists:reception_list", args=[unopened.pk])
    page = words(signed_in.get(files))
    assert "Enregistrez d’abord l’ouverture des plis" in page and 'type="file"' not in page
    assert signed_in.post(files).status_code == 403
    record(tender, buyer)
    assert 'type="file"' in words(signed_in.get(files))


def test_the_buyer_records_it_from_the_page_of_the_tender(
    signed_in: Client, tender: Tender
) -> None:
    detail = reverse("checklists:tender_detail", args=[tender.pk])
    address = reverse("vendors:opening_record", args=[tender.pk])
    assert address in words(signed_in.get(detail))
    refused = signed_in.post(address, {"opened_at": "hier", "people": "Anne Petit"})
    assert refused.status_code == 422 and "Anne Petit" in words(refused)
    moment = timezone.localtime(timezone.now() - HOUR).strftime("%Y-%m-%dT%H:%M")
    signed_in.post(address, {"opened_at": moment, "people": "Anne Petit\n\nPaul  Durand"})
    page = words(signed_in.get(detail))
    assert "Ouverture des plis" in page and address not in page
    assert Opening.objects.get().people == "Anne Petit\nPaul Durand"
