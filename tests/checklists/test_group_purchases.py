"""What the people of a facility read of the lots that the lead of their group buys for it."""

import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from checklists.domain import assessments, checklists
from checklists.enums import DocumentState, TenderState
from checklists.models import Assessment, Document
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, HospitalGroup, User
from vendors.domain import tenders
from vendors.domain.beneficiaries import name_beneficiaries
from vendors.models import Lot, LotBeneficiary, Tender

from .checklist_site import text

LIST = "/achats-du-ght/"


@pytest.fixture
def group(facility: Facility) -> HospitalGroup:
    group = HospitalGroup.objects.create(name="GHT du Ponant", lead_facility=facility)
    facility.group = group
    facility.save()
    return group


@pytest.fixture
def named(group: HospitalGroup) -> Facility:
    return factories.facility(name="Hôpital de la Dune", group=group)


@pytest.fixture
def guest(named: Facility) -> Client:
    """A reader of the facility that is named."""
    return client_of(factories.member(named, Role.READER))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def name(lot: Lot, at: Facility, by: User) -> Lot:
    """Name a facility, whatever the state of the tender: the rules are tested with the domain."""
    LotBeneficiary.objects.create(lot=lot, facility=at, named_by=by)
    return lot


@pytest.fixture
def assessment(facility: Facility, named: Facility, buyer: User) -> Assessment:
    """The complete assessment of a candidate to a lot that names the facility, after the opening."""
    found = factories.scored(factories.assessment(buyer, facility), buyer)
    name(found.candidacy.lot, named, buyer)
    return found


@pytest.fixture
def document(assessment: Assessment, buyer: User) -> Document:
    now = timezone.now()
    return Document.objects.create(
        assessment=assessment,
        number=1,
        state=DocumentState.READY,
        requested_at=now,
        requested_by=buyer,
        content={},
        content_sha256="0" * 64,
        finished_at=now,
        file_name=default_storage.save("documents/essai.pdf", ContentFile(b"%PDF-1.7 essai")),
        file_sha256="1" * 64,
        file_size=14,
        page_count=1,
    )


def page_of(assessment: Assessment) -> str:
    return f"{LIST}{assessment.candidacy.lot.tender_id}/"


def hrefs(response: Any) -> set[str]:
    """The addresses that the content of a page offers, without their anchors."""
    inside = response.content.decode().partition("<main")[2].partition("</main>")[0]
    found = {href.split("#")[0] for href in re.findall(r'(?:href|hx-get)="([^"]*)"', inside)}
    return {href.replace("&amp;", "&") for href in found if href.startswith("/")}


def test_the_list_says_what_is_bought_for_them(
    guest: Client, named: Facility, facility: Facility, buyer: User
) -> None:
    assert "Aucun achat du GHT pour votre établissement" in text(guest.get(LIST))
    tender = tenders.create_tender(
        facility=facility,
        reference="2026-GHT",
        title="Imagerie",
        lots=["Archivage", "Visionneuses"],
        by=buyer,
    )
    first, second = tender.lots.order_by("number")
    name_beneficiaries(lot=second, facilities=[named], by=buyer)
    for address in (LIST, f"{LIST}{tender.pk}/"):
        page = text(guest.get(address))
        assert "Lot 2 – Visionneuses" in page
        assert first.title not in page
    assert facility.name in text(guest.get(LIST))


def test_the_list_of_tenders_leads_there_in_a_group(guest: Client, signed_in: Client) -> None:
    assert LIST in hrefs(guest.get("/consultations/"))


def test_out_of_a_group_it_does_not(signed_in: Client) -> None:
    assert LIST not in hrefs(signed_in.get("/consultations/"))


def test_each_link_of_their_pages_opens_to_them(
    guest: Client, assessment: Assessment, document: Document
) -> None:
    """They wander where the pages lead, and never meet a closed door."""
    waiting, seen = [LIST], set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        response: Any = guest.get(address)
        assert response.status_code == 200, address
        if response.streaming:
            assert b"".join(response.streaming_content)
        elif response["Content-Type"].startswith("text/html"):
            found = hrefs(response) - {"/consultations/"}
            waiting += sorted(found - seen - set(waiting))
    routes = {
        page_of(assessment),
        reverse("checklists:checklist_comparison", args=[assessment.checklist_id]),
        reverse("checklists:comparison_file", args=[assessment.checklist_id, "xlsx"]),
        reverse("checklists:assessment_summary", args=[assessment.pk]),
        reverse("checklists:document_download", args=[document.pk]),
    }
    assert routes <= seen


def test_they_read_names_notes_and_rates(guest: Client, assessment: Assessment) -> None:
    page = text(guest.get(page_of(assessment)))
    assert assessment.candidacy.vendor.name in page
    assert "4 points notés sur 4" in page
    assert "100,0" in page
    summary = guest.get(reverse("checklists:assessment_summary", args=[assessment.pk]))
    assert f"/evaluations/{assessment.pk}/points/" not in summary.content.decode()


def test_a_lot_that_does_not_name_them_is_nothing(
    guest: Client, facility: Facility, named: Facility, buyer: User, assessment: Assessment
) -> None:
    """Of the same tender: neither on its page nor by its own addresses."""
    second = tenders.add_lot(
        tender=assessment.candidacy.lot.tender,
        title="Visionneuses",
        first_title="Archivage",
        by=buyer,
    )
    draft = factories.draft_checklist(buyer, facility, on=assessment.checklist.version, of=second)
    checklist = checklists.publish(checklist=draft, by=buyer)
    other = assessments.start_assessment(
        candidacy=factories.candidacy(second, buyer), checklist=checklist, by=buyer
    )
    page = text(guest.get(page_of(assessment)))
    assert "Archivage" in page
    assert second.title not in page
    assert other.candidacy.vendor.name not in page
    for route, pk in (
        ("checklist_comparison", checklist.pk),
        ("assessment_summary", other.pk),
    ):
        assert guest.get(reverse(f"checklists:{route}", args=[pk])).status_code == 404


def test_before_the_opening_no_candidate_is_named(
    guest: Client, facility: Facility, named: Facility, buyer: User
) -> None:
    checklist = factories.published_checklist(buyer, facility)
    name(checklist.lot, named, buyer)
    assessment = factories.started(checklist, buyer)
    page = text(guest.get(page_of(assessment)))
    assert "se lisent après l’ouverture des plis" in page
    assert assessment.candidacy.vendor.name not in page
    summary = guest.get(reverse("checklists:assessment_summary", args=[assessment.pk]))
    assert summary.status_code == 403
    comparison = guest.get(reverse("checklists:checklist_comparison", args=[checklist.pk]))
    assert "Les plis ne sont pas ouverts" in text(comparison)
    assert "/ouverture/" not in comparison.content.decode()


def test_a_facility_that_left_the_group_reads_nothing(
    guest: Client, named: Facility, assessment: Assessment
) -> None:
    assert guest.get(page_of(assessment)).status_code == 200
    named.group = None
    named.save()
    assert guest.get(page_of(assessment)).status_code == 404
    assert "Aucun achat du GHT" in text(guest.get(LIST))


def test_who_leaves_the_facility_reads_nothing_at_the_next_request(
    named: Facility, assessment: Assessment
) -> None:
    user = factories.member(named, Role.BUYER)
    client = client_of(user)
    address = reverse("checklists:checklist_comparison", args=[assessment.checklist_id])
    assert client.get(address).status_code == 200
    user.memberships.all().delete()
    assert client.get(address).status_code == 404


def test_the_buyer_is_sent_to_their_own_page(signed_in: Client, assessment: Assessment) -> None:
    response = signed_in.get(page_of(assessment))
    assert response["Location"] == f"/consultations/{assessment.candidacy.lot.tender_id}/"


def test_who_works_in_both_reads_which_facility_it_is_for(
    buyer: User, named: Facility, assessment: Assessment
) -> None:
    named.memberships.create(user=buyer, role=Role.READER)
    page = text(client_of(buyer).get(LIST))
    assert "Toute la consultation" in page
    assert named.name in page


class TestFilters:
    @pytest.fixture
    def bought(self, facility: Facility, named: Facility, buyer: User) -> list[Tender]:
        """Two purchases: the imaging of two lots, one for the facility, and the wifi."""
        imaging = tenders.create_tender(
            facility=facility,
            reference="2026-IMAGERIE",
            title="Imagerie médicale",
            lots=["Archivage", "Visionneuses"],
            by=buyer,
        )
        name(imaging.lots.get(number=1), named, buyer)
        wifi = factories.lot(facility, buyer).tender
        Tender.objects.filter(pk=wifi.pk).update(reference="2026-WIFI", title="Réseau sans fil")
        name(wifi.lots.get(), named, buyer)
        return [imaging, Tender.objects.get(pk=wifi.pk)]

    def found(self, guest: Client, **asked: Any) -> set[str]:
        page = text(guest.get(LIST, asked))
        return {one for one in ("2026-IMAGERIE", "2026-WIFI") if one in page}

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("", {"2026-IMAGERIE", "2026-WIFI"}),
            ("medicale", {"2026-IMAGERIE"}),
            ("ARCHIVAGE imagerie", {"2026-IMAGERIE"}),
            ("wifi", {"2026-WIFI"}),
            ("visionneuses", set()),  # a lot of others
            ("wifi imagerie", set()),
        ],
    )
    def test_by_words(
        self, guest: Client, bought: list[Tender], words: str, expected: set[str]
    ) -> None:
        assert self.found(guest, q=words) == expected

    def test_by_who_buys(self, guest: Client, bought: list[Tender], facility: Facility) -> None:
        assert self.found(guest, q=facility.name) == {"2026-IMAGERIE", "2026-WIFI"}

    def test_nothing_found_says_what_to_do(self, guest: Client, bought: list[Tender]) -> None:
        page = text(guest.get(LIST, {"q": "introuvable"}))
        assert "Aucun achat ne correspond" in page and "0 achat" in page
        assert "Tout effacer" in page

    def test_by_facility_for_who_works_in_several(
        self, bought: list[Tender], named: Facility, buyer: User, group: HospitalGroup
    ) -> None:
        other = factories.facility(name="Hôpital du Cap", group=group)
        person = factories.member(named, Role.READER)
        other.memberships.create(user=person, role=Role.READER)
        name(bought[1].lots.get(), other, buyer)
        client = client_of(person)
        assert self.found(client) == {"2026-IMAGERIE", "2026-WIFI"}
        assert self.found(client, etablissement=other.pk) == {"2026-WIFI"}
        assert self.found(client, etablissement="abc") == {"2026-IMAGERIE", "2026-WIFI"}

    def test_by_state_of_their_lots_alone(
        self, guest: Client, assessment: Assessment, named: Facility, buyer: User
    ) -> None:
        tender = assessment.candidacy.lot.tender

        def states() -> set[str]:
            return {
                state
                for state in TenderState.values
                if tender.reference in text(guest.get(LIST, {"etat": state}))
            }

        assert states() == {TenderState.FINISHED}
        tenders.add_lot(tender=tender, title="Autre", first_title="Le leur", by=buyer)
        assert states() == {TenderState.FINISHED}  # the lot of others is not prepared: not told

    def test_before_the_opening_neither_state_nor_words_tell_of_an_offer(
        self, guest: Client, facility: Facility, named: Facility, buyer: User
    ) -> None:
        checklist = factories.published_checklist(buyer, facility)
        name(checklist.lot, named, buyer)
        found = factories.started(checklist, buyer)
        reference = checklist.lot.tender.reference
        assert reference in text(guest.get(LIST, {"etat": TenderState.PUBLISHED}))
        assert reference not in text(guest.get(LIST, {"etat": TenderState.ASSESSING}))
        assert reference not in text(guest.get(LIST, {"q": found.candidacy.vendor.name}))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_one_and_three(
    count: int, guest: Client, named: Facility, facility: Facility, buyer: User
) -> None:
    for _ in range(count):
        name(factories.lot(facility, buyer), named, buyer)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        guest.get(LIST)
    assert len(asked) == 7


@pytest.mark.parametrize("count", [1, 3])
def test_a_purchase_costs_the_same_with_one_and_three_candidates(
    count: int, guest: Client, assessment: Assessment, document: Document, buyer: User
) -> None:
    for _ in range(count - 1):
        factories.started(assessment.checklist, buyer)
    with CaptureQueriesContext(connection) as asked:
        guest.get(page_of(assessment))
    assert len(asked) == 10
