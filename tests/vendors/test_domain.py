"""Tenders, vendors and candidacies: each act, its refusals, its journal event."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent
from vendors.domain import candidacies, tenders, vendors
from vendors.enums import Procedure, ProductKind
from vendors.models import Candidacy, Lot, Product, Tender, Vendor

SIRET = "99911001800010"
SIREN = "999110018"
PARIS = dt.timezone(dt.timedelta(hours=2))


def create(facility: Facility, by: User, **fields: Any) -> Tender:
    values = {"reference": "2026-DSN-014", "title": "Dossier patient"}
    return tenders.create_tender(facility=facility, **values | fields, by=by)


def change(tender: Tender, by: User, **fields: Any) -> Tender:
    values = {name: getattr(tender, name) for name in tenders.FIELDS}
    return tenders.change_tender(tender=tender, **values | fields, by=by)


def known(facility: Facility, by: User, number: str = SIRET, name: str = "Ombreline") -> Vendor:
    identity = vendors.identify(country="FR", number=number)
    return vendors.create_vendor(facility=facility, name=name, identity=identity, by=by)


def events(facility: Facility) -> list[tuple[str, Any]]:
    found = AuditEvent.objects.filter(tenant=facility.pk).order_by("seq")
    return list(found.values_list("action", "data"))


def last_event(facility: Facility) -> tuple[str, Any]:
    return events(facility)[-1]


class TestCreateTender:
    def test_a_small_purchase_has_one_lot_with_its_title(
        self, facility: Facility, buyer: User
    ) -> None:
        tender = create(facility, buyer)
        assert not tender.has_lots
        assert [(lot.number, lot.title) for lot in tender.lots.all()] == [(1, "Dossier patient")]
        assert last_event(facility) == (
            "tender.created",
            {
                "reference": "2026-DSN-014",
                "title": "Dossier patient",
                "procedure": "open",
                "publication_date": None,
                "deadline": None,
                "lots": [],
            },
        )

    def test_lots_are_numbered_in_their_order(self, facility: Facility, buyer: User) -> None:
        tender = create(facility, buyer, lots=["Serveurs", " ", " Pompes "])
        assert tender.has_lots
        lots = tender.lots.order_by("number").values_list("number", "title")
        assert list(lots) == [(1, "Serveurs"), (2, "Pompes")]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"lots": ["Seul"]}, "lots"),
            ({"lots": [f"Lot {n}" for n in range(100)]}, "lots"),
            (
                {
                    "publication_date": dt.date(2026, 6, 15),
                    "deadline": dt.datetime(2026, 6, 15, 23, 59, tzinfo=PARIS),
                },
                "deadline",
            ),
        ],
    )
    def test_a_refusal_names_its_field_and_writes_nothing(
        self, facility: Facility, buyer: User, fields: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(tenders.TenderRefused) as refusal:
            create(facility, buyer, **fields)
        assert refusal.value.field == field
        assert not Tender.objects.exists()
        assert events(facility) == []

    def test_the_day_of_the_deadline_is_the_one_in_paris(
        self, facility: Facility, buyer: User
    ) -> None:
        midnight_in_paris = dt.datetime(2026, 6, 15, 22, 30, tzinfo=dt.UTC)
        tender = create(
            facility, buyer, publication_date=dt.date(2026, 6, 15), deadline=midnight_in_paris
        )
        assert tender.deadline == midnight_in_paris

    def test_a_reference_serves_once_a_facility(self, facility: Facility, buyer: User) -> None:
        create(facility, buyer)
        with pytest.raises(tenders.TenderRefused, match="déjà celle") as refusal:
            create(facility, buyer)
        assert refusal.value.field == "reference"
        assert create(factories.facility(), buyer).reference == "2026-DSN-014"

    def test_the_database_refuses_it_too(self, facility: Facility, buyer: User) -> None:
        create(facility, buyer)
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.tender(facility, buyer, reference="2026-DSN-014")


class TestChangeTender:
    def test_only_what_differs_is_told(self, facility: Facility, buyer: User) -> None:
        tender = change(create(facility, buyer), buyer, procedure=Procedure.ADAPTED)
        assert tender.procedure == "adapted"
        told = {"procedure": {"before": "open", "after": "adapted"}}
        assert last_event(facility) == ("tender.changed", told)

    def test_the_unseen_lot_follows_the_title(self, facility: Facility, buyer: User) -> None:
        tender = change(create(facility, buyer), buyer, title="Dossier patient en SaaS")
        assert tender.lots.get().title == "Dossier patient en SaaS"

    def test_the_lots_that_are_seen_keep_theirs(self, facility: Facility, buyer: User) -> None:
        tender = change(create(facility, buyer, lots=["Un", "Deux"]), buyer, title="Autre")
        lots = tender.lots.order_by("number")
        assert list(lots.values_list("title", flat=True)) == ["Un", "Deux"]

    def test_nothing_changed_is_no_event(self, facility: Facility, buyer: User) -> None:
        change(create(facility, buyer), buyer)
        assert [action for action, _ in events(facility)] == ["tender.created"]

    def test_it_may_not_take_the_reference_of_another(
        self, facility: Facility, buyer: User
    ) -> None:
        create(facility, buyer)
        other = create(facility, buyer, reference="AUTRE")
        with pytest.raises(tenders.TenderRefused):
            change(other, buyer, reference="2026-DSN-014")

    def test_offers_are_not_unsealed_by_another_procedure(
        self, facility: Facility, buyer: User
    ) -> None:
        """Nor opened by two changes, one of which takes the other back (CCP, art. R2132-9)."""
        tender = change(create(facility, buyer), buyer, procedure=Procedure.FRAMEWORK)
        tender = change(tender, buyer, procedure=Procedure.OPEN)
        lot = tender.lots.get()
        candidate = candidacies.register_candidate(
            lot=lot, vendor=known(facility, buyer), product=None, by=buyer
        )
        with pytest.raises(tenders.TenderRefused, match="Des candidats") as refused:
            change(tender, buyer, procedure=Procedure.NO_PUBLICITY)
        assert refused.value.field == "procedure"
        assert change(tender, buyer, procedure=Procedure.RESTRICTED).procedure == "restricted"
        candidacies.withdraw_candidate(candidacy=candidate, by=buyer)
        assert change(tender, buyer, procedure=Procedure.FRAMEWORK).procedure == "framework"


class TestLots:
    def test_dividing_makes_what_was_there_the_first_lot(
        self, facility: Facility, buyer: User
    ) -> None:
        tender = create(facility, buyer)
        first = tender.lots.get()
        tenders.add_lot(tender=tender, first_title="Logiciel", title="Reprise", by=buyer)
        tender.refresh_from_db()
        assert tender.has_lots
        lots = list(tender.lots.order_by("number").values_list("number", "title"))
        assert lots == [(1, "Logiciel"), (2, "Reprise")]
        assert tender.lots.order_by("number").first() == first
        assert last_event(facility) == ("tender.lot_added", {"number": 2, "title": "Reprise"})

    def test_there_are_ninety_nine_at_most(self, facility: Facility, buyer: User) -> None:
        tender = create(facility, buyer, lots=[f"Lot {n}" for n in range(1, 100)])
        with pytest.raises(tenders.TenderRefused, match="99"):
            tenders.add_lot(tender=tender, title="De trop", by=buyer)

    def test_renaming_tells_before_and_after(self, facility: Facility, buyer: User) -> None:
        lot = create(facility, buyer, lots=["Un", "Deux"]).lots.get(number=2)
        tenders.rename_lot(lot=lot, title="Second", by=buyer)
        tenders.rename_lot(lot=lot, title="Second", by=buyer)
        told = [data for action, data in events(facility) if action == "tender.lot_renamed"]
        assert told == [{"number": 2, "before": "Deux", "after": "Second"}]


class TestVendor:
    def test_a_french_company_keeps_siren_and_siret(self, facility: Facility, buyer: User) -> None:
        vendor = known(facility, buyer)
        assert (vendor.country, vendor.siren, vendor.siret) == ("FR", SIREN, SIRET)
        action, data = last_event(facility)
        assert (action, data["siret"]) == ("vendor.created", SIRET)

    def test_a_foreign_one_keeps_the_identifier_of_its_country(self) -> None:
        identity = vendors.identify(country="SE", number=SIRET, foreign_id=" SE  9992 ")
        assert identity == vendors.Identity("SE", foreign_id="SE 9992")

    @pytest.mark.parametrize(
        ("country", "number", "field"),
        [("FR", "", "number"), ("FR", "123", "number"), ("SE", SIRET, "foreign_id")],
    )
    def test_an_incomplete_identity_names_its_field(
        self, country: str, number: str, field: str
    ) -> None:
        with pytest.raises(vendors.VendorRefused) as refusal:
            vendors.identify(country=country, number=number)
        assert refusal.value.field == field

    @pytest.mark.parametrize("number", [SIREN, SIRET, "999 110 018"])
    def test_a_known_company_is_found_again_by_its_siren(
        self, facility: Facility, buyer: User, number: str
    ) -> None:
        vendor = known(facility, buyer)
        with pytest.raises(vendors.VendorKnown) as refusal:
            known(facility, buyer, number=number, name="OMBRELINE SANTE")
        assert refusal.value.vendor == vendor
        assert Vendor.objects.count() == 1

    def test_a_known_foreign_company_too(self, facility: Facility, buyer: User) -> None:
        identity = vendors.identify(country="SE", foreign_id="SE9992")
        first = vendors.create_vendor(facility=facility, name="A", identity=identity, by=buyer)
        with pytest.raises(vendors.VendorKnown) as refusal:
            vendors.create_vendor(facility=facility, name="B", identity=identity, by=buyer)
        assert refusal.value.vendor == first
        other = vendors.identify(country="FI", foreign_id="SE9992")
        assert vendors.create_vendor(facility=facility, name="C", identity=other, by=buyer).pk

    def test_each_facility_knows_its_own(self, facility: Facility, buyer: User) -> None:
        known(facility, buyer)
        assert known(factories.facility(), buyer).pk

    def test_changing_tells_the_fields_but_no_person(self, facility: Facility, buyer: User) -> None:
        vendor = known(facility, buyer)
        vendors.change_vendor(
            vendor=vendor,
            name="Ombreline Santé",
            identity=vendors.identify(country="FR", number=SIREN),
            contact_name="Paulin Castellane",
            contact_email="paulin@ombreline.example",
            by=buyer,
        )
        vendor.refresh_from_db()
        assert (vendor.name, vendor.siret) == ("Ombreline Santé", "")
        action, data = last_event(facility)
        assert (action, data["fields"]) == (
            "vendor.changed",
            ["name", "siret", "contact_name", "contact_email"],
        )
        assert "Paulin" not in str(data)

    def test_it_may_not_become_another_one(self, facility: Facility, buyer: User) -> None:
        known(facility, buyer)
        other = known(facility, buyer, number="999110026", name="Cortavie")
        with pytest.raises(vendors.VendorKnown):
            vendors.change_vendor(
                vendor=other,
                name="Cortavie",
                identity=vendors.identify(country="FR", number=SIREN),
                by=buyer,
            )

    def test_a_product_is_added_once(self, facility: Facility, buyer: User) -> None:
        vendor = known(facility, buyer)
        values: dict[str, Any] = {"vendor": vendor, "name": "DPI", "version": "7.4", "by": buyer}
        vendors.add_product(**values, kind=ProductKind.HOSTED_SERVICE)
        with pytest.raises(vendors.ProductKnown):
            vendors.add_product(**values | {"name": "dpi"})
        assert Product.objects.count() == 1
        assert last_event(facility)[1]["kind"] == "hosted_service"


class TestCandidacy:
    @pytest.fixture
    def lot(self, facility: Facility, buyer: User) -> Lot:
        return create(facility, buyer).lots.get()

    def test_a_vendor_answers_with_a_product(
        self, facility: Facility, buyer: User, lot: Lot
    ) -> None:
        vendor = known(facility, buyer)
        product = vendors.add_product(vendor=vendor, name="DPI", by=buyer)
        candidacy = candidacies.register_candidate(
            lot=lot, vendor=vendor, product=product, by=buyer
        )
        told = {"candidacy": candidacy.pk, "lot": 1, "vendor": "Ombreline", "product": "DPI"}
        assert last_event(facility) == ("candidacy.registered", told)

    def test_the_second_click_is_refused(self, facility: Facility, buyer: User, lot: Lot) -> None:
        vendor = known(facility, buyer)
        candidacies.register_candidate(lot=lot, vendor=vendor, by=buyer)
        with pytest.raises(candidacies.AlreadyCandidate):
            candidacies.register_candidate(lot=lot, vendor=vendor, by=buyer)
        assert Candidacy.objects.count() == 1

    def test_a_vendor_of_another_facility_is_refused(self, buyer: User, lot: Lot) -> None:
        vendor = known(factories.facility(), buyer)
        with pytest.raises(candidacies.NotOfThisFacility):
            candidacies.register_candidate(lot=lot, vendor=vendor, by=buyer)

    def test_a_product_of_another_vendor_is_refused(
        self, facility: Facility, buyer: User, lot: Lot
    ) -> None:
        vendor = known(facility, buyer)
        other = known(facility, buyer, number="999110026", name="Cortavie")
        product = vendors.add_product(vendor=other, name="Dossier", by=buyer)
        with pytest.raises(candidacies.NotOfThisFacility):
            candidacies.register_candidate(lot=lot, vendor=vendor, product=product, by=buyer)

    def test_a_mistake_is_taken_back_and_told(
        self, facility: Facility, buyer: User, lot: Lot
    ) -> None:
        candidacy = factories.candidacy(lot, buyer)
        candidacies.withdraw_candidate(candidacy=candidacy, by=buyer)
        assert not Candidacy.objects.exists()
        assert last_event(facility)[0] == "candidacy.withdrawn"

    def test_a_candidate_that_is_assessed_stays(self, facility: Facility, buyer: User) -> None:
        candidacy = factories.assessment(buyer, facility).candidacy
        before = events(facility)
        with pytest.raises(candidacies.CandidateAssessed):
            candidacies.withdraw_candidate(candidacy=candidacy, by=buyer)
        assert Candidacy.objects.filter(pk=candidacy.pk).exists()
        assert events(facility) == before


def test_the_journal_of_all_this_verifies(facility: Facility, buyer: User) -> None:
    tender = change(create(facility, buyer), buyer, title="Autre")
    candidacies.register_candidate(lot=tender.lots.get(), vendor=known(facility, buyer), by=buyer)
    assert list(journal.verify(tenants=[facility.pk])) == []
