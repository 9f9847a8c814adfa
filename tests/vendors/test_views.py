"""The pages that create and change tenders, vendors and candidates."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Membership, User
from vendors.models import Candidacy, Lot, Product, Tender, Vendor

SIRET = "999 110 018 00010"
SIREN = "999110018"


def words(response: Any) -> str:
    """What a reader sees, spaces of French typography made plain."""
    text = re.sub(r"<[^>]*>", " ", response.content.decode())
    return " ".join(text.split())


def field_error(response: Any, field: str) -> str:
    """What stands beside one field."""
    found = re.search(rf'id="id_{field}_error".*?</div>', response.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found[0].split(">", 1)[1]).split()) if found else ""


@pytest.fixture
def reader(facility: Facility) -> Client:
    client = Client()
    client.force_login(factories.member(facility, Role.READER))
    return client


@pytest.fixture
def buyer_of_two(buyer: User, facility: Facility) -> tuple[User, Facility]:
    second = factories.facility(name="Second hôpital")
    Membership.objects.create(user=buyer, facility=second, role=Role.BUYER)
    return buyer, second


class TestTenderCreate:
    url = "/consultations/nouvelle/"

    def post(self, client: Client, **fields: Any) -> Any:
        values = {"reference": "2026-DSN-014", "title": "Dossier patient", "procedure": "open"}
        return client.post(self.url, values | fields)

    def test_a_reference_and_a_title_are_enough(
        self, signed_in: Client, facility: Facility
    ) -> None:
        response = self.post(signed_in)
        tender = Tender.objects.get()
        assert response["Location"] == f"/consultations/{tender.pk}/"
        assert (tender.facility, tender.reference) == (facility, "2026-DSN-014")
        assert "La consultation est créée." in words(signed_in.get(response["Location"]))

    def test_dates_are_those_of_paris(self, signed_in: Client) -> None:
        self.post(signed_in, publication_date="2026-06-15", deadline="2026-07-15T12:00")
        tender = Tender.objects.get()
        assert tender.publication_date == dt.date(2026, 6, 15)
        assert tender.deadline == dt.datetime(2026, 7, 15, 10, 0, tzinfo=dt.UTC)

    def test_lots_come_only_when_asked_for(self, signed_in: Client) -> None:
        self.post(signed_in, lots="Un\nDeux")
        assert Tender.objects.get().lots.count() == 1

    def test_one_line_is_one_lot(self, signed_in: Client) -> None:
        self.post(signed_in, has_lots="on", lots="Serveurs\r\n\r\n  Pompes \r\n")
        lots = Tender.objects.get().lots.order_by("number")
        assert [str(lot) for lot in lots] == ["Lot 1 – Serveurs", "Lot 2 – Pompes"]

    @pytest.mark.parametrize(
        ("fields", "field", "reason"),
        [
            ({"reference": " "}, "reference", "Donnez la référence"),
            ({"title": ""}, "title", "Dites ce que vous achetez"),
            ({"procedure": "autre"}, "procedure", "autre"),
            ({"publication_date": "demain"}, "publication_date", "Écrivez une date"),
            (
                {"publication_date": "2026-06-15", "deadline": "2026-06-15T12:00"},
                "deadline",
                "doit suivre la date de publication, le 15 juin 2026",
            ),
            ({"has_lots": "on", "lots": "Seul"}, "lots", "deux intitulés au moins"),
            ({"has_lots": "on", "lots": ""}, "lots", "deux intitulés au moins"),
            ({"has_lots": "on", "lots": f"{'x' * 251}\nDeux"}, "lots", "250 caractères au plus"),
        ],
    )
    def test_a_refusal_stands_beside_its_field_and_keeps_the_rest(
        self, signed_in: Client, fields: dict[str, str], field: str, reason: str
    ) -> None:
        response = self.post(signed_in, **fields)
        assert response.status_code == 422
        assert reason in field_error(response, field)
        kept = "2026-DSN-014" if "reference" not in fields else "Dossier patient"
        assert f'value="{kept}"' in response.content.decode()
        assert not Tender.objects.exists()

    def test_the_second_click_creates_nothing(self, signed_in: Client) -> None:
        self.post(signed_in)
        response = self.post(signed_in)
        assert response.status_code == 422
        assert "Cette référence est déjà celle" in field_error(response, "reference")
        assert Tender.objects.count() == 1

    def test_unknown_fields_decide_nothing(self, signed_in: Client, stranger: User) -> None:
        elsewhere = Membership.objects.get(user=stranger).facility
        self.post(signed_in, facility=elsewhere.pk, created_by=stranger.pk)
        tender = Tender.objects.get()
        assert tender.facility != elsewhere
        assert tender.created_by != stranger

    def test_a_person_with_one_facility_is_not_asked_for_it(self, signed_in: Client) -> None:
        assert 'name="facility"' not in signed_in.get(self.url).content.decode()

    def test_a_person_with_two_chooses(
        self, signed_in: Client, buyer_of_two: tuple[User, Facility]
    ) -> None:
        _, second = buyer_of_two
        assert 'name="facility"' in signed_in.get(self.url).content.decode()
        self.post(signed_in, facility=second.pk)
        assert Tender.objects.get().facility == second

    def test_but_not_a_facility_for_which_they_do_not_buy(
        self, signed_in: Client, buyer_of_two: tuple[User, Facility], stranger: User
    ) -> None:
        elsewhere = Membership.objects.get(user=stranger).facility
        response = self.post(signed_in, facility=elsewhere.pk)
        assert "Choisissez un de vos établissements." in field_error(response, "facility")

    def test_a_reader_is_told_why_not(self, reader: Client) -> None:
        response = reader.get(self.url)
        assert response.status_code == 403
        assert "Réservé au rôle acheteur." in words(response)


class TestTenderEdit:
    def test_it_shows_what_is_there_and_changes_it(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        deadline = dt.datetime(2026, 7, 15, 10, 0, tzinfo=dt.UTC)
        tender = factories.tender(facility, buyer, deadline=deadline)
        url = reverse("vendors:tender_edit", args=[tender.pk])
        assert 'value="2026-07-15T12:00"' in signed_in.get(url).content.decode()
        values = {"reference": "NOUVELLE", "title": "Autre objet", "procedure": "adapted"}
        assert signed_in.post(url, values)["Location"] == f"/consultations/{tender.pk}/"
        tender.refresh_from_db()
        assert (tender.reference, tender.title, tender.deadline) == (
            "NOUVELLE",
            "Autre objet",
            None,
        )

    def test_a_reference_already_used_is_refused_beside_its_field(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        factories.tender(facility, buyer, reference="PRISE")
        tender = factories.tender(facility, buyer)
        values = {"reference": "PRISE", "title": "Autre", "procedure": "open"}
        response: Any = signed_in.post(reverse("vendors:tender_edit", args=[tender.pk]), values)
        assert "Cette référence est déjà celle" in field_error(response, "reference")


class TestLots:
    def test_a_tender_is_divided(self, signed_in: Client, buyer: User, facility: Facility) -> None:
        tender = factories.tender(facility, buyer, title="Dossier patient")
        url = reverse("vendors:lot_add", args=[tender.pk])
        page = signed_in.get(url)
        assert "Diviser la consultation en lots" in words(page)
        assert 'value="Dossier patient"' in page.content.decode()
        signed_in.post(url, {"first_title": "Logiciel", "title": "Reprise"})
        assert [lot.title for lot in tender.lots.order_by("number")] == ["Logiciel", "Reprise"]
        assert 'name="first_title"' not in signed_in.get(url).content.decode()

    def test_a_title_is_needed(self, signed_in: Client, buyer: User, facility: Facility) -> None:
        tender = factories.tender(facility, buyer)
        response: Any = signed_in.post(reverse("vendors:lot_add", args=[tender.pk]), {})
        assert response.status_code == 422
        assert "Donnez l’intitulé du lot" in field_error(response, "title")

    def test_a_lot_is_renamed(self, signed_in: Client, buyer: User, facility: Facility) -> None:
        lot = factories.lot(facility, buyer)
        response = signed_in.post(reverse("vendors:lot_edit", args=[lot.pk]), {"title": "Neuf"})
        assert response["Location"] == f"/consultations/{lot.tender_id}/"
        lot.refresh_from_db()
        assert lot.title == "Neuf"


class TestVendorCreate:
    url = "/fournisseurs/nouveau/"

    def post(self, client: Client, url: str = "", **fields: Any) -> Any:
        values = {"name": "Ombreline Santé", "country": "FR", "number": SIRET}
        return client.post(url or self.url, values | fields)

    def test_the_siret_gives_the_siren(self, signed_in: Client, facility: Facility) -> None:
        response = self.post(signed_in)
        vendor = Vendor.objects.get()
        assert response["Location"] == f"/fournisseurs/{vendor.pk}/"
        assert (vendor.facility, vendor.siren, vendor.siret) == (
            facility,
            SIREN,
            SIRET.replace(" ", ""),
        )

    def test_a_foreign_company_gives_its_own(self, signed_in: Client) -> None:
        self.post(signed_in, country="SE", number="", foreign_id="SE999200461801")
        vendor = Vendor.objects.get()
        assert (vendor.country, vendor.siren, vendor.foreign_id) == ("SE", "", "SE999200461801")

    def test_what_does_not_fit_the_country_is_left_out(self, signed_in: Client) -> None:
        self.post(signed_in, country="SE", foreign_id="SE9")
        assert Vendor.objects.get().siren == ""

    @pytest.mark.parametrize(
        ("fields", "field", "reason"),
        [
            ({"name": ""}, "name", "Donnez la raison sociale"),
            ({"number": ""}, "number", "Donnez le SIRET ou le SIREN"),
            ({"number": "999 110 019"}, "number", "La clé de contrôle de ce SIREN est fausse"),
            ({"number": "999 110"}, "number", "vous en avez saisi 6"),
            ({"contact_email": "nadege@"}, "contact_email", "Écrivez une adresse électronique"),
            ({"country": "SE", "foreign_id": ""}, "foreign_id", "Donnez l’identifiant"),
            ({"country": "XX"}, "country", "XX"),
            ({"contact_email": "paulin"}, "contact_email", "adresse"),
        ],
    )
    def test_a_refusal_stands_beside_its_field(
        self, signed_in: Client, fields: dict[str, str], field: str, reason: str
    ) -> None:
        response = self.post(signed_in, **fields)
        assert response.status_code == 422
        assert reason in field_error(response, field)
        assert not Vendor.objects.exists()

    def test_a_known_company_is_proposed_not_doubled(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        vendor = factories.vendor(facility, buyer, name="Ombreline", siren=SIREN)
        response = self.post(signed_in)
        assert response.status_code == 422
        text = words(response)
        assert "Ombreline est déjà un fournisseur connu" in text
        assert "Continuer avec Ombreline" in text
        assert f'href="/fournisseurs/{vendor.pk}/"' in response.content.decode()
        assert Vendor.objects.count() == 1

    def test_from_a_tender_the_known_company_becomes_its_candidate(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        tender = factories.tender(facility, buyer)
        vendor = factories.vendor(facility, buyer, siren=SIREN)
        response = self.post(signed_in, f"{self.url}?consultation={tender.pk}")
        next_url = f"/consultations/{tender.pk}/candidats/ajouter/?fournisseur={vendor.pk}"
        assert f'href="{next_url}"' in response.content.decode()

    def test_from_a_tender_the_new_company_goes_on_to_its_candidacy(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        tender = factories.tender(facility, buyer)
        response = self.post(signed_in, f"{self.url}?consultation={tender.pk}")
        vendor = Vendor.objects.get()
        assert response["Location"] == (
            f"/consultations/{tender.pk}/candidats/ajouter/?fournisseur={vendor.pk}"
        )

    @pytest.mark.parametrize("number", ["987654321", "abc", "-1", "9" * 30])
    def test_a_tender_that_is_not_there_is_not_found(self, signed_in: Client, number: str) -> None:
        assert signed_in.get(f"{self.url}?consultation={number}").status_code == 404

    def test_the_tender_of_another_facility_is_not_found(
        self, signed_in: Client, stranger: User
    ) -> None:
        elsewhere = Membership.objects.get(user=stranger).facility
        tender = factories.tender(elsewhere, stranger)
        assert signed_in.get(f"{self.url}?consultation={tender.pk}").status_code == 404


class TestVendor:
    def test_its_page_shows_identity_products_and_candidacies(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        lot = factories.lot(facility, buyer)
        vendor = factories.vendor(
            facility, buyer, name="Ombreline", siren=SIREN, siret=SIRET.replace(" ", "")
        )
        product = Product.objects.create(vendor=vendor, name="DPI", version="7.4")
        Candidacy.objects.create(lot=lot, vendor=vendor, product=product, created_by=buyer)
        text = words(signed_in.get(f"/fournisseurs/{vendor.pk}/"))
        assert "SIRET 999 110 018 00010" in text
        assert "DPI 7.4 Logiciel installé sur site" in text
        assert f"{lot.tender.reference} {lot.tender.title} DPI 7.4" in text

    def test_a_reader_sees_no_button_that_works(
        self, reader: Client, buyer: User, facility: Facility
    ) -> None:
        vendor = factories.vendor(facility, buyer)
        page = reader.get(f"/fournisseurs/{vendor.pk}/")
        assert "Réservé au rôle acheteur." in words(page)
        assert "/modifier/" not in page.content.decode()

    def test_it_is_changed(self, signed_in: Client, buyer: User, facility: Facility) -> None:
        vendor = factories.vendor(facility, buyer, name="Ancien", siren=SIREN)
        url = reverse("vendors:vendor_edit", args=[vendor.pk])
        assert f'value="{SIREN}"' in signed_in.get(url).content.decode()
        values = {"name": "Nouveau", "country": "FR", "number": SIRET}
        assert signed_in.post(url, values)["Location"] == f"/fournisseurs/{vendor.pk}/"
        vendor.refresh_from_db()
        assert (vendor.name, vendor.siret) == ("Nouveau", SIRET.replace(" ", ""))

    def test_the_number_of_another_one_is_refused_beside_its_field(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        factories.vendor(facility, buyer, name="Ombreline", siren=SIREN)
        vendor = factories.vendor(facility, buyer, siren="999110026")
        values = {"name": "Cortavie", "country": "FR", "number": SIREN}
        response: Any = signed_in.post(reverse("vendors:vendor_edit", args=[vendor.pk]), values)
        assert "Ombreline est déjà un fournisseur connu" in field_error(response, "number")

    def test_a_product_is_added_once(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        vendor = factories.vendor(facility, buyer)
        url = reverse("vendors:product_create", args=[vendor.pk])
        values = {"name": "DPI", "version": "7.4", "kind": "hosted_service"}
        assert signed_in.post(url, values)["Location"] == f"/fournisseurs/{vendor.pk}/"
        again: Any = signed_in.post(url, values)
        assert "déjà enregistrée" in field_error(again, "name")
        assert Product.objects.get().kind == "hosted_service"


class TestVendorList:
    url = "/fournisseurs/"

    def names(self, client: Client, query: str = "") -> list[str]:
        html = client.get(f"{self.url}{query}").content.decode()
        return re.findall(r'<th scope="row">\s*<a href="/fournisseurs/\d+/">([^<]*)</a>', html)

    @pytest.fixture(autouse=True)
    def _vendors(self, buyer: User, facility: Facility, stranger: User) -> None:
        ombreline = factories.vendor(facility, buyer, name="Ombreline Santé", siren=SIREN)
        Product.objects.create(vendor=ombreline, name="Dossier patient")
        Product.objects.create(vendor=ombreline, name="Rendez-vous")
        factories.vendor(facility, buyer, name="Lindqvara", country="SE", foreign_id="SE9992")
        elsewhere = Membership.objects.get(user=stranger).facility
        factories.vendor(elsewhere, stranger, name="Secrète")

    def test_only_those_of_the_facility_by_name(self, signed_in: Client) -> None:
        assert self.names(signed_in) == ["Lindqvara", "Ombreline Santé"]

    @pytest.mark.parametrize(
        "text", ["ombre", "SANTE ombreline", "999110", "999 110 018", "dossier", "rendez ombre"]
    )
    def test_it_is_found_by_name_number_or_product(self, signed_in: Client, text: str) -> None:
        assert self.names(signed_in, f"?q={text}") == ["Ombreline Santé"]

    def test_counts_are_not_multiplied_by_the_search(self, signed_in: Client) -> None:
        text = words(signed_in.get(f"{self.url}?q=dossier"))
        assert "Ombreline Santé 999 110 018 2 0" in text

    def test_nothing_found_says_what_to_try(self, signed_in: Client) -> None:
        page = signed_in.get(f"{self.url}?q=introuvable")
        assert "Essayez un seul mot du nom" in words(page)

    def test_no_vendor_at_all_says_what_to_do(self, signed_in: Client) -> None:
        Product.objects.all().delete()
        Vendor.objects.all().delete()
        page = signed_in.get(self.url)
        assert "Aucun fournisseur pour l’instant" in words(page)

    def test_a_search_keeps_its_words_on_the_next_page(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        for number in range(30):
            factories.vendor(facility, buyer, name=f"Série {number:02}")
        assert len(self.names(signed_in, "?q=série")) == 25
        assert self.names(signed_in, "?q=série&page=2")[-1] == "Série 29"
        assert 'href="?q=s%C3%A9rie&amp;page=2"' in (
            signed_in.get(f"{self.url}?q=série").content.decode()
        )


class TestCandidateAdd:
    @pytest.fixture
    def tender(self, buyer: User, facility: Facility) -> Tender:
        return factories.tender(facility, buyer)

    @pytest.fixture
    def vendor(self, buyer: User, facility: Facility) -> Vendor:
        return factories.vendor(facility, buyer, name="Ombreline", siren=SIREN)

    def url(self, tender: Tender, vendor: Vendor | None = None) -> str:
        url = reverse("vendors:candidate_add", args=[tender.pk])
        return f"{url}?fournisseur={vendor.pk}" if vendor else url

    def test_known_vendors_are_proposed(
        self, signed_in: Client, tender: Tender, vendor: Vendor
    ) -> None:
        page = signed_in.get(self.url(tender)).content.decode()
        assert f'href="?fournisseur={vendor.pk}"' in page
        assert f'href="/fournisseurs/nouveau/?consultation={tender.pk}"' in page
        nothing = signed_in.get(f"{self.url(tender)}?q=introuvable")
        assert "Aucun fournisseur ne correspond" in words(nothing)

    def test_those_that_answer_already_are_not(
        self, signed_in: Client, tender: Tender, vendor: Vendor, buyer: User
    ) -> None:
        Candidacy.objects.create(lot=tender.lots.get(), vendor=vendor, created_by=buyer)
        page = signed_in.get(self.url(tender)).content.decode()
        assert "?fournisseur=" not in page

    def test_with_several_lots_a_vendor_may_answer_the_others(
        self, signed_in: Client, tender: Tender, vendor: Vendor, buyer: User
    ) -> None:
        Candidacy.objects.create(lot=tender.lots.get(), vendor=vendor, created_by=buyer)
        second = Lot.objects.create(tender=tender, number=2, title="Second")
        Tender.objects.filter(pk=tender.pk).update(has_lots=True)
        page = signed_in.get(f"{self.url(tender)}?lot={second.pk}").content.decode()
        assert f"?fournisseur={vendor.pk}&amp;lot={second.pk}" in page
        form = signed_in.get(f"{self.url(tender, vendor)}&lot={second.pk}").content.decode()
        assert f'<option value="{second.pk}" selected>Lot 2 – Second</option>' in form
        signed_in.post(self.url(tender, vendor), {"lot": second.pk, "product_kind": "software"})
        assert second.candidacies.get().vendor == vendor

    def test_a_known_product_is_offered(
        self, signed_in: Client, tender: Tender, vendor: Vendor
    ) -> None:
        product = Product.objects.create(vendor=vendor, name="DPI", version="7.4")
        values = {"product": product.pk, "product_kind": "software"}
        response = signed_in.post(self.url(tender, vendor), values)
        assert response["Location"] == f"/consultations/{tender.pk}/"
        assert Candidacy.objects.get().product == product

    def test_a_new_product_is_created_on_the_way(
        self, signed_in: Client, tender: Tender, vendor: Vendor
    ) -> None:
        values = {
            "product": "new",
            "product_name": "DPI",
            "product_version": "7",
            "product_kind": "hosted_service",
        }
        signed_in.post(self.url(tender, vendor), values)
        assert str(Candidacy.objects.get().product) == "DPI 7"
        assert Product.objects.get().kind == "hosted_service"

    def test_a_new_product_needs_its_name(
        self, signed_in: Client, tender: Tender, vendor: Vendor
    ) -> None:
        values = {"product": "new", "product_kind": "software"}
        response: Any = signed_in.post(self.url(tender, vendor), values)
        assert response.status_code == 422
        assert "Donnez le nom de la solution." in field_error(response, "product_name")

    def test_a_product_is_not_always_known(
        self, signed_in: Client, tender: Tender, vendor: Vendor
    ) -> None:
        signed_in.post(self.url(tender, vendor), {"product": "", "product_kind": "software"})
        assert Candidacy.objects.get().product is None

    def test_the_second_click_changes_nothing(
        self, signed_in: Client, tender: Tender, vendor: Vendor
    ) -> None:
        values = {"product": "new", "product_name": "DPI", "product_kind": "software"}
        for _ in range(2):
            response = signed_in.post(self.url(tender, vendor), values)
            assert response.status_code == 302
        signed_in.post(self.url(tender, vendor), values | {"product_name": "Autre"})
        assert (Candidacy.objects.count(), Product.objects.count()) == (1, 1)
        page = signed_in.get(f"/consultations/{tender.pk}/")
        assert "Ombreline est déjà candidat." in words(page)

    @pytest.mark.parametrize("number", ["987654321", "abc", "9" * 30])
    def test_a_vendor_that_is_not_there_is_not_found(
        self, signed_in: Client, tender: Tender, number: str
    ) -> None:
        assert signed_in.get(f"{self.url(tender)}?fournisseur={number}").status_code == 404

    def test_the_vendor_of_another_facility_is_not_found(
        self, signed_in: Client, tender: Tender, stranger: User
    ) -> None:
        elsewhere = Membership.objects.get(user=stranger).facility
        secret = factories.vendor(elsewhere, stranger)
        assert signed_in.get(self.url(tender, secret)).status_code == 404
        assert signed_in.post(self.url(tender, secret), {"product": ""}).status_code == 404

    def test_the_lot_of_another_tender_is_refused(
        self, signed_in: Client, tender: Tender, vendor: Vendor, buyer: User, facility: Facility
    ) -> None:
        Lot.objects.create(tender=tender, number=2, title="Second")
        other = factories.lot(facility, buyer)
        values = {"lot": other.pk, "product": "", "product_kind": "software"}
        response: Any = signed_in.post(self.url(tender, vendor), values)
        assert "Choisissez un lot de cette consultation." in field_error(response, "lot")
        assert not Candidacy.objects.exists()


class TestCandidateWithdraw:
    def test_it_asks_then_takes_back(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        candidacy = factories.candidacy(factories.lot(facility, buyer), buyer)
        url = reverse("vendors:candidate_withdraw", args=[candidacy.pk])
        assert f"Retirer {candidacy.vendor.name}" in words(signed_in.get(url))
        assert Candidacy.objects.exists()
        signed_in.post(url)
        assert not Candidacy.objects.exists()
        assert signed_in.post(url).status_code == 404

    def test_a_candidate_that_is_assessed_stays(
        self, signed_in: Client, buyer: User, facility: Facility
    ) -> None:
        candidacy = factories.assessment(buyer, facility).candidacy
        url = reverse("vendors:candidate_withdraw", args=[candidacy.pk])
        page = signed_in.post(url, follow=True)
        assert "est déjà en cours d’évaluation : ce candidat ne peut plus être retiré." in words(
            page
        )


@pytest.mark.parametrize("rows", [1, 3])
class TestQueries:
    """The same number of queries for one row and for three."""

    def test_vendor_list(
        self,
        signed_in: Client,
        buyer: User,
        facility: Facility,
        rows: int,
        django_assert_num_queries: Any,
    ) -> None:
        for _ in range(rows):
            factories.vendor(facility, buyer)
        with django_assert_num_queries(6):
            signed_in.get("/fournisseurs/")

    def test_vendor_detail(
        self,
        signed_in: Client,
        buyer: User,
        facility: Facility,
        rows: int,
        django_assert_num_queries: Any,
    ) -> None:
        vendor = factories.vendor(facility, buyer)
        for number in range(rows):
            product = Product.objects.create(vendor=vendor, name=f"Solution {number}")
            lot = factories.lot(facility, buyer)
            Candidacy.objects.create(lot=lot, vendor=vendor, product=product, created_by=buyer)
        with django_assert_num_queries(7):
            signed_in.get(f"/fournisseurs/{vendor.pk}/")

    def test_candidate_search(
        self,
        signed_in: Client,
        buyer: User,
        facility: Facility,
        rows: int,
        django_assert_num_queries: Any,
    ) -> None:
        tender = factories.tender(facility, buyer)
        for _ in range(rows):
            factories.vendor(facility, buyer)
        with django_assert_num_queries(5):
            signed_in.get(reverse("vendors:candidate_add", args=[tender.pk]))
