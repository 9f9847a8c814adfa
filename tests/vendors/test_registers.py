"""Candidates by the register of a buyer profile: shown line by line, then registered whole."""

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import at_once, factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent
from vendors.domain import candidacies, register_reading, registers, tenders, vendors
from vendors.domain.register_reading import Row, UnreadableRegister
from vendors.models import Candidacy, Lot, Tender, Vendor

PONANT, LEVANT = "99911001800010", "732829320"
HEAD = "Raison sociale;SIRET;Courriel;Date de dépôt;Lot\n"


@pytest.fixture
def tender(buyer: User, facility: Facility) -> Tender:
    return factories.tender(facility, buyer)


@pytest.fixture
def lots(buyer: User, facility: Facility) -> Tender:
    """A tender in two lots."""
    return tenders.create_tender(
        facility=facility, reference="2026-L", title="En lots", lots=["Un", "Deux"], by=buyer
    )


def url(tender: Tender) -> str:
    return reverse("vendors:candidate_register", args=[tender.pk])


def send(client: Client, tender: Tender, text: str | bytes) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return client.post(url(tender), {"file": SimpleUploadedFile("registre.csv", content)})


def apply(client: Client, shown: Any, **choices: str) -> Any:
    data = {"texte": shown.context["text"], "vu": shown.context["seen"]}
    data |= {name.replace("_", "-"): value for name, value in choices.items()}
    return client.post(shown.request["PATH_INFO"], data, follow=True)


def counts(shown: Any) -> list[int]:
    """New, known, already candidates, to settle, refused."""
    return [number for number, _word in shown.context["counts"]]


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def candidates(tender: Tender) -> set[tuple[str, int]]:
    found = Candidacy.objects.filter(lot__tender=tender)
    return set(found.values_list("vendor__name", "lot__number"))


# -- Reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "Raison sociale;SIRET\nLevant Santé;732829320\n".encode(),
        "\ufeffEntreprise,N° SIREN\nLevant Santé,732829320\n".encode(),
        "SIRET / SIREN\tDÉNOMINATION\n732829320\tLevant Santé\n".encode("cp1252"),
        "Registre du 3 mars;\n\nSociété;Identifiant;Note\nLevant  Santé;732829320;x\n".encode(),
        'Raison sociale;SIRET\r\n"Levant Santé";"732829320"\r\n;\r\n'.encode(),
    ],
)
def test_the_columns_are_known_by_their_names_whatever_the_file(content: bytes) -> None:
    (row,) = register_reading.read(register_reading.text_of(content))
    assert (row.name, row.number) == ("Levant Santé", "732829320")


@pytest.mark.parametrize(
    "content", [b"a;b\n1;2\n", b"", b"Raison sociale\nX\n", b"x\x00", b"\xff" * 9]
)
def test_what_is_no_register_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableRegister):
        register_reading.read(register_reading.text_of(content))


def test_a_register_that_is_too_large_is_refused() -> None:
    with pytest.raises(UnreadableRegister, match="1 Mo"):
        register_reading.text_of(bytes(1_000_001))
    with pytest.raises(UnreadableRegister, match="1 000 lignes"):
        register_reading.read(HEAD + "a;b\n" * 1_100)


@pytest.mark.parametrize(
    "text",
    ["02/03/2026 12:01", "02/03/2026 à 12h01", "2026-03-02 12:01:00", "2026-03-02T12:01+01:00"],
)
def test_a_moment_is_read_as_buyer_profiles_write_it(text: str) -> None:
    assert register_reading.moment_of(text) == dt.datetime(2026, 3, 2, 11, 1, tzinfo=dt.UTC)


def test_a_moment_that_is_none_and_the_numbers_of_lots() -> None:
    assert register_reading.moment_of("hier") is None
    assert register_reading.lots_of("Lots n° 1, 3 et 3") == [1, 3]


# -- What would be done --------------------------------------------------------------------------


def test_new_and_known_companies_become_candidates_in_one_act(
    signed_in: Client, tender: Tender, buyer: User, facility: Facility
) -> None:
    known = factories.vendor(facility, buyer, name="Levant Santé", siren=LEVANT)
    text = HEAD + f"Imagerie du Ponant;{PONANT};offres@ponant.example;;\nLEVANT;{LEVANT};;;\n"
    shown = send(signed_in, tender, text)
    assert counts(shown) == [1, 1, 0, 0, 0]
    assert not Candidacy.objects.exists() and Vendor.objects.count() == 1
    page = apply(signed_in, shown)
    assert "2 candidats ajoutés." in words(page)
    assert candidates(tender) == {("Imagerie du Ponant", 1), ("Levant Santé", 1)}
    made = Vendor.objects.exclude(pk=known.pk).get()
    assert (made.siret, made.contact_email) == (PONANT, "offres@ponant.example")
    event = AuditEvent.objects.get(action="register.imported")
    assert event.actor == buyer.pk and event.data["vendors"] == [made.pk]
    assert list(journal.verify()) == []


def test_the_same_register_read_again_changes_nothing(signed_in: Client, tender: Tender) -> None:
    text = HEAD + f"Imagerie du Ponant;{PONANT};;;\nImagerie du Ponant;;;;\n"
    apply(signed_in, send(signed_in, tender, text))
    events = AuditEvent.objects.count()
    again = send(signed_in, tender, text)
    assert counts(again) == [0, 0, 2, 0, 0]
    assert "Rien n’a changé" in words(apply(signed_in, again))
    assert Candidacy.objects.count() == 1 and AuditEvent.objects.count() == events


def test_a_line_that_cannot_be_used_is_told_with_its_number(
    signed_in: Client, lots: Tender
) -> None:
    text = HEAD + f"Sans numéro;;;;1\nFaux;123;;;1\n;{PONANT};;;1\nBon;{PONANT};;;7\n"
    shown = send(signed_in, lots, text)
    assert counts(shown) == [0, 0, 0, 0, 4]
    told = {line.row.line: line.refusal for line in shown.context["plan"].lines}
    assert "ajoutez-la à la main" in told[2] and "SIRET compte 14" in told[3]
    assert "pas de raison sociale" in told[4] and "pas de lot 7" in told[5]
    apply(signed_in, shown)
    assert not Candidacy.objects.exists()


def test_a_known_name_with_another_number_is_for_the_buyer(
    signed_in: Client, tender: Tender, buyer: User, facility: Facility
) -> None:
    known = factories.vendor(facility, buyer, name="Levant Santé", siren=LEVANT)
    text = HEAD + f"levant sante;{PONANT};;;\n"
    shown = send(signed_in, tender, text)
    assert counts(shown) == [0, 0, 0, 1, 0]
    apply(signed_in, shown)
    assert not Candidacy.objects.exists()
    apply(signed_in, shown, entreprise_2="987654")
    assert not Candidacy.objects.exists()
    apply(signed_in, shown, entreprise_2=str(known.pk))
    assert candidates(tender) == {("Levant Santé", 1)}
    again = send(signed_in, tender, text)
    apply(signed_in, again, entreprise_2=registers.NEW)
    assert candidates(tender) == {("Levant Santé", 1), ("levant sante", 1)}


def test_a_name_alone_is_a_known_company_when_there_is_only_one(
    signed_in: Client, tender: Tender, buyer: User, facility: Facility
) -> None:
    factories.vendor(facility, buyer, name="Bildarchiv GmbH", country="DE", foreign_id="HRB 1")
    text = HEAD + "BILDARCHIV GMBH;;;;\nautre nom;HRB1;;;\n"
    shown = send(signed_in, tender, text)
    assert counts(shown) == [0, 1, 1, 0, 0]


def test_without_a_lot_the_buyer_says_which(signed_in: Client, lots: Tender) -> None:
    text = HEAD + f"Imagerie du Ponant;{PONANT};;;\nLevant;{LEVANT};;;Lot 1 et lot 2\n"
    shown = send(signed_in, lots, text)
    assert counts(shown) == [1, 0, 0, 1, 0]
    apply(signed_in, shown, lot_2="2")
    assert candidates(lots) == {("Levant", 1), ("Levant", 2), ("Imagerie du Ponant", 2)}
    apply(signed_in, send(signed_in, lots, text), lot_2=registers.ALL_LOTS)
    assert ("Imagerie du Ponant", 1) in candidates(lots)


def test_a_deposit_after_the_deadline_and_a_bad_address_are_told(
    signed_in: Client, tender: Tender
) -> None:
    tender.deadline = dt.datetime(2026, 3, 2, 11, tzinfo=dt.UTC)
    tender.save(update_fields=["deadline"])
    shown = send(signed_in, tender, HEAD + f"Ponant;{PONANT};pas une adresse;02/03/2026 12:01;\n")
    assert "après la date limite" in words(shown) and "courriel illisible" in words(shown)
    apply(signed_in, shown)
    assert Vendor.objects.get().contact_email == ""


def test_a_company_that_answers_two_lots_on_two_lines_is_created_once(
    signed_in: Client, lots: Tender
) -> None:
    name = "Imagerie du Ponant"
    text = HEAD + f"{name};{PONANT};;;1\n{name};{PONANT};;;2\n"
    apply(signed_in, send(signed_in, lots, text))
    assert candidates(lots) == {(name, 1), (name, 2)}
    assert Vendor.objects.count() == 1


def test_a_name_too_long_is_refused_and_a_date_that_is_none_is_told(
    signed_in: Client, tender: Tender
) -> None:
    text = HEAD + f"{'Long ' * 60};{LEVANT};;;\nImagerie du Ponant;{PONANT};;hier;\n"
    shown = send(signed_in, tender, text)
    assert counts(shown) == [1, 0, 0, 0, 1]
    assert "Cette raison sociale est trop longue." in words(shown)
    assert "date illisible" in words(shown)


def test_what_changed_since_the_page_was_shown_stops_everything(
    signed_in: Client, tender: Tender, buyer: User, facility: Facility
) -> None:
    shown = send(signed_in, tender, HEAD + f"Ponant;{PONANT};;;\n")
    factories.vendor(facility, buyer, name="Imagerie du Ponant", siren=PONANT[:9])
    page = apply(signed_in, shown)
    assert page.status_code == 409 and "relisez" in words(page)
    assert not Candidacy.objects.exists()
    apply(signed_in, page)
    assert candidates(tender) == {("Imagerie du Ponant", 1)}


def test_a_file_that_is_no_register_is_refused_on_the_page(
    signed_in: Client, tender: Tender
) -> None:
    assert signed_in.post(url(tender), {}).status_code == 422
    page = send(signed_in, tender, "a;b\n1;2\n")
    assert page.status_code == 422 and "Aucune ligne de titres reconnue" in words(page)
    assert signed_in.post(url(tender), {"texte": "a", "vu": ""}).status_code == 422


def test_markup_in_a_register_stays_text(signed_in: Client, tender: Tender) -> None:
    text = HEAD + f"<b>x</b></textarea>;{PONANT};;;\n"
    html = send(signed_in, tender, text).content.decode()
    assert "<b>" not in html and html.count("</textarea>") == 1


@pytest.mark.parametrize("count", [1, 30])
def test_the_dry_run_costs_the_same_whatever_the_lines(
    signed_in: Client, tender: Tender, count: int, django_assert_num_queries: Any
) -> None:
    text = HEAD + "".join(f"Société {n};{PONANT};;;\n" for n in range(count))
    with django_assert_num_queries(11):
        send(signed_in, tender, text)


# -- Twice is once -------------------------------------------------------------------------------

NAMES = st.sampled_from(["Ponant", "PONANT", "Levant", "Midi", ""])
NUMBERS = st.sampled_from([PONANT, PONANT[:9], LEVANT, "999110026", "12", ""])
LOTS = st.sampled_from(["1", "2", "1, 2", "", "9"])
ROWS = st.lists(st.tuples(NAMES, NUMBERS, LOTS), max_size=6)
CHOSEN = st.fixed_dictionaries(
    {"vendor": st.sampled_from(["", registers.NEW]), "lot": st.sampled_from(["", "1", "tous"])}
)


class TwiceIsOnce(TestCase):
    """Whatever a register says, importing it again adds nobody."""

    def setUp(self) -> None:
        self.facility = factories.facility()
        self.buyer = factories.member(self.facility)
        factories.vendor(self.facility, self.buyer, name="Levant", siren=LEVANT)
        self.tender = tenders.create_tender(
            facility=self.facility, reference="L", title="En lots", lots=["A", "B"], by=self.buyer
        )

    def register(self, rows: list[Row], choices: registers.Choices) -> int:
        made = registers.register(
            tender=self.tender, rows=rows, choices=choices, text="", by=self.buyer
        )
        return len(made)

    @settings(max_examples=60, deadline=None)
    @given(ROWS, st.dictionaries(st.integers(2, 7), CHOSEN, max_size=6))
    def test_property(self, told: Any, choices: Any) -> None:
        rows = [
            Row(line, name=name, number=number, lot=lot)
            for line, (name, number, lot) in enumerate(told, start=2)
        ]
        made = self.register(rows, choices)
        assert Candidacy.objects.filter(lot__tender=self.tender).count() == made
        assert self.register(rows, {}) == 0
        assert self.register(rows, choices) == 0


# -- At the same instant ---------------------------------------------------------------------------


@at_once.needs_locks
@pytest.mark.django_db(transaction=True)
def test_a_register_waits_for_the_vendor_that_is_being_written(
    facility: Facility, buyer: User
) -> None:
    """It locks every row before the journal, which the other takes last."""
    tender = factories.tender(facility, buyer)
    factories.vendor(facility, buyer, name="Ponant Logiciels", siren=LEVANT)
    rows = register_reading.read("Raison sociale;SIREN\nPonant;732829320\nLevant;552100554\n")
    made = at_once.behind(
        lambda: Facility.objects.select_for_update(no_key=True).get(pk=facility.pk),
        lambda: registers.register(tender=tender, rows=rows, choices={}, text="x", by=buyer),
        then=lambda: vendors.create_vendor(
            facility=facility,
            name="Couchant",
            identity=vendors.identify(country="FR", number="443061841"),
            by=buyer,
        ),
    )
    assert [candidacy.vendor.name for candidacy in made] == ["Ponant Logiciels", "Levant"]


@at_once.needs_locks
@pytest.mark.django_db(transaction=True)
def test_a_candidate_with_a_new_product_waits_for_another(facility: Facility, buyer: User) -> None:
    lot = factories.lot(facility, buyer)
    first, second = (factories.vendor(facility, buyer) for _ in range(2))
    made = at_once.behind(
        lambda: Lot.objects.select_for_update(no_key=True).get(pk=lot.pk),
        lambda: candidacies.register_candidate(
            lot=lot, vendor=second, new_product={"name": "DPI"}, by=buyer
        ),
        then=lambda: candidacies.register_candidate(lot=lot, vendor=first, by=buyer),
    )
    assert str(made.product) == "DPI"
    assert lot.candidacies.count() == 2
