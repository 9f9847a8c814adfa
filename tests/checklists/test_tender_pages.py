"""The list of tenders and the page of one: state, next step, candidates, start of an assessment."""

import datetime as dt
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from checklists.domain import answering, assessments, checklists
from checklists.domain.queries import tenders as queries
from checklists.enums import DocumentState, ScoreValue, TenderState
from checklists.models import Assessment, Checklist, Document, Score
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Membership, User
from vendors.domain import tenders as purchases
from vendors.models import Candidacy, Tender

LIST = "/consultations/"


def words(response: Any) -> str:
    text = re.sub(r"<[^>]*>", " ", response.content.decode())
    return " ".join(text.split())


def test_the_opening_comes_first_once_the_deadline_has_passed(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    checklist = factories.published_checklist(buyer, facility)
    factories.candidacy(checklist.lot, buyer)
    tender = checklist.lot.tender
    address = reverse("checklists:tender_detail", args=[tender.pk])

    def first() -> str:
        html = signed_in.get(address).content.decode()
        found = re.search(r'class="page-action".*?</div>', html, re.DOTALL)
        return found.group() if found else ""

    assert "ouverture" not in first()
    Tender.objects.filter(pk=tender.pk).update(deadline=timezone.now() - dt.timedelta(hours=1))
    assert "Enregistrer l’ouverture des plis" in first()
    factories.opening(tender, buyer)
    assert "ouverture" not in first()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan of SQLite")
def test_the_page_of_a_tender_never_reads_all_that_a_person_wrote(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    """With ten thousand assessments this index costs seconds."""
    tender = factories.assessment(buyer, facility).candidacy.lot.tender
    with CaptureQueriesContext(connection) as asked:
        signed_in.get(reverse("checklists:tender_detail", args=[tender.pk]))
    read = [one["sql"] for one in asked.captured_queries if "last_score_at" in one["sql"]]
    assert read
    with connection.cursor() as cursor:
        for sql in read:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            assert not [row for row in cursor.fetchall() if "updated_by" in row[3]]


def score_all(assessment: Assessment, by: User) -> Assessment:
    """Score every point through the domain, as the grid does."""
    for score in Score.objects.filter(assessment=assessment).select_related("item__point"):
        answering.save_field(
            assessment_id=assessment.pk,
            ref=score.item.point.ref,
            field="score",
            value=ScoreValue.COMPLIANT,
            base_version=score.version,
            by=by,
        )
    assessment.refresh_from_db()
    return assessment


def seal(assessment: Assessment, by: User, at: dt.datetime | None = None) -> Document:
    """A document as the worker leaves it; making a real one is tested with the documents."""
    return Document.objects.create(
        assessment=assessment,
        number=assessment.documents.count() + 1,
        state=DocumentState.READY,
        requested_at=at or timezone.now(),
        requested_by=by,
        content={},
        content_sha256="0" * 64,
        finished_at=timezone.now(),
        file_name="documents/essai.pdf",
        file_sha256=f"{assessment.pk:064}",
        file_size=1,
        page_count=1,
    )


def state_of(tender: Tender) -> str:
    found: Any = queries.tenders().get(pk=tender.pk)
    return str(found.state)


def tender_of(checklist: Checklist) -> Tender:
    return checklist.lot.tender


class TestState:
    def test_without_a_published_checklist_it_is_to_prepare(
        self, facility: Facility, buyer: User
    ) -> None:
        assert state_of(factories.tender(facility, buyer)) == TenderState.TO_PREPARE
        draft = factories.draft_checklist(buyer, facility)
        assert state_of(tender_of(draft)) == TenderState.TO_PREPARE

    def test_every_lot_must_be_published(self, facility: Facility, buyer: User) -> None:
        checklist = factories.published_checklist(buyer, facility)
        tender = tender_of(checklist)
        assert state_of(tender) == TenderState.PUBLISHED
        purchases.add_lot(tender=tender, title="Second", by=buyer)
        assert state_of(tender) == TenderState.TO_PREPARE

    def test_it_is_finished_when_every_candidate_is_scored(
        self, facility: Facility, buyer: User
    ) -> None:
        assessment = factories.assessment(buyer, facility)
        tender = tender_of(assessment.checklist)
        assert state_of(tender) == TenderState.ASSESSING
        score_all(assessment, buyer)
        assert state_of(tender) == TenderState.FINISHED
        factories.candidacy(assessment.checklist.lot, buyer)
        assert state_of(tender) == TenderState.ASSESSING

    def test_the_counts_of_two_lots_are_not_multiplied(
        self, facility: Facility, buyer: User
    ) -> None:
        assessment = factories.assessment(buyer, facility)
        tender = tender_of(assessment.checklist)
        lot = purchases.add_lot(tender=tender, title="Second", by=buyer)
        for _ in range(2):
            factories.candidacy(lot, buyer)
        found: Any = queries.tenders().get(pk=tender.pk)
        assert (found.candidate_count, found.total, found.scored) == (3, 4, 0)


def references(client: Client, query: str = "") -> list[str]:
    html = client.get(f"{LIST}{query}").content.decode()
    return re.findall(r'<th scope="row"[^>]*>\s*<a href="/consultations/\d+/">([^<]*)</a>', html)


class TestList:
    @pytest.fixture
    def three(self, facility: Facility, buyer: User) -> None:
        """À préparer, publiée et en évaluation, from the oldest to the latest."""
        noon = dt.datetime(2026, 6, 1, 10, tzinfo=dt.UTC)
        factories.tender(facility, buyer, reference="A-1", title="Zinc", deadline=noon)
        Tender.objects.filter(
            pk=tender_of(factories.published_checklist(buyer, facility)).pk
        ).update(reference="B-2", title="Argent", procedure="adapted")
        assessment = factories.assessment(buyer, facility)
        score_all(assessment, buyer)
        factories.candidacy(assessment.checklist.lot, buyer)
        Tender.objects.filter(pk=tender_of(assessment.checklist).pk).update(
            reference="C-3", title="Mercure", deadline=noon + dt.timedelta(days=1)
        )

    @pytest.mark.usefixtures("three")
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["C-3", "B-2", "A-1"]),
            ("?q=zinc", ["A-1"]),
            ("?q=c-3 mercure", ["C-3"]),
            ("?q=éditeur", ["C-3"]),
            ("?etat=to_prepare", ["A-1"]),
            ("?etat=published", ["B-2"]),
            ("?etat=assessing", ["C-3"]),
            ("?etat=finished", []),
            ("?procedure=adapted", ["B-2"]),
            ("?procedure=adapted&etat=assessing", []),
            ("?tri=reference", ["A-1", "B-2", "C-3"]),
            ("?tri=-reference", ["C-3", "B-2", "A-1"]),
            ("?tri=objet", ["B-2", "C-3", "A-1"]),
            ("?tri=limite", ["A-1", "C-3", "B-2"]),
            ("?tri=-limite", ["C-3", "A-1", "B-2"]),
            ("?tri=-candidats", ["C-3", "B-2", "A-1"]),
            ("?tri=avancement", ["C-3", "B-2", "A-1"]),
            ("?tri=etat", ["A-1", "B-2", "C-3"]),
            ("?tri=mot-de-passe&etat=autre&procedure=autre&page=999", ["C-3", "B-2", "A-1"]),
        ],
    )
    def test_search_filters_and_order(
        self, signed_in: Client, query: str, found: list[str]
    ) -> None:
        assert references(signed_in, query) == found

    @pytest.mark.usefixtures("three")
    def test_the_row_says_candidates_and_progress(self, signed_in: Client) -> None:
        text = words(signed_in.get(f"{LIST}?q=c-3"))
        assert "En évaluation 2 4 / 4" in text
        assert "1 consultation Tout effacer" in text

    @pytest.mark.usefixtures("three")
    def test_the_order_and_the_filters_stay_in_the_address(self, signed_in: Client) -> None:
        html = signed_in.get(f"{LIST}?q=a&tri=reference").content.decode()
        assert '<th scope="col" aria-sort="ascending">' in html
        assert 'href="?q=a&amp;tri=-reference"' in html
        assert 'href="?q=a&amp;tri=limite"' in html
        assert '<input type="hidden" name="tri" value="reference"' in html

    @pytest.mark.usefixtures("three")
    def test_a_stranger_sees_theirs_only(self, client: Client, stranger: User) -> None:
        client.force_login(stranger)
        assert references(client) == []
        assert references(client, "?q=zinc") == []
        assert "Aucune consultation pour l’instant" in words(client.get(LIST))

    @pytest.mark.usefixtures("three")
    def test_a_person_of_two_facilities_sees_and_filters_both(
        self, signed_in: Client, buyer: User
    ) -> None:
        second = factories.facility(name="Second hôpital")
        for role in (Role.BUYER, Role.READER):
            Membership.objects.create(user=buyer, facility=second, role=role)
        factories.tender(second, buyer, reference="D-4")
        assert references(signed_in) == ["D-4", "C-3", "B-2", "A-1"]
        assert references(signed_in, f"?etablissement={second.pk}") == ["D-4"]
        assert "Second hôpital" in words(signed_in.get(LIST))

    @pytest.mark.usefixtures("three")
    def test_nothing_found_says_what_to_try(self, signed_in: Client) -> None:
        text = words(signed_in.get(f"{LIST}?q=introuvable"))
        assert "Aucune consultation ne correspond" in text

    def test_the_first_time_says_what_to_do(self, signed_in: Client) -> None:
        text = words(signed_in.get(LIST))
        assert "Créez la première" in text
        assert "Premiers pas" in text
        assert "Premiers pas" not in words(signed_in.get(f"{LIST}?guide=non"))

    def test_a_reader_is_told_who_creates(self, client: Client, facility: Facility) -> None:
        client.force_login(factories.member(facility, Role.READER))
        text = words(client.get(LIST))
        assert "L’acheteur de votre établissement crée les consultations" in text
        assert "Réservé au rôle acheteur." in text

    def test_twenty_five_a_page(self, signed_in: Client, facility: Facility, buyer: User) -> None:
        for _ in range(30):
            factories.tender(facility, buyer)
        assert len(references(signed_in)) == 25
        assert len(references(signed_in, "?page=2&tri=reference")) == 5

    def test_home_is_the_list(self, signed_in: Client) -> None:
        assert signed_in.get("/")["Location"] == LIST


def page_action(response: Any) -> tuple[str, str]:
    """The words and the address of the primary action of a page."""
    html = response.content.decode()
    block = html.split('class="page-action"', 1)[1].split("</div>", 1)[0]
    url = re.search(r'(?:href|action)="([^"]*)"', block)
    label = re.search(r">([^<>]+)</(?:a|button)>", block)
    assert label
    return label[1].strip(), url[1] if url else ""


def code_of(checklist: Checklist) -> str:
    return checklist.version.clausier.code


class TestDetail:
    def get(self, client: Client, tender: Tender) -> Any:
        return client.get(reverse("checklists:tender_detail", args=[tender.pk]))

    def test_the_next_step_follows_the_purchase(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        tender = factories.tender(facility, buyer)
        lot = tender.lots.get()

        def step() -> tuple[str, str]:
            return page_action(self.get(signed_in, tender))

        assert step() == ("Préparer la check-list", f"/lots/{lot.pk}/check-list/")
        checklist = checklists.start_checklist(lot=lot, version=factories.version(), by=buyer)
        check_list = f"/check-lists/{checklist.pk}/"
        assert step() == ("Décrire l’achat", check_list)
        checklists.set_profile(checklist=checklist, flags=["DP"], by=buyer)
        assert step() == ("Relire et publier la check-list", f"{check_list}publier/")
        checklists.publish(checklist=checklist, by=buyer)
        add = f"/consultations/{tender.pk}/candidats/ajouter/"
        assert step() == ("Ajouter un candidat", add)
        candidacy = factories.candidacy(lot, buyer)
        name = candidacy.vendor.name
        assert step() == (
            f"Évaluer {name}",
            f"/candidats/{candidacy.pk}/evaluer/{code_of(checklist)}/",
        )
        assessment = assessments.start_assessment(
            candidacy=candidacy, checklist=checklist, by=buyer
        )
        grid = f"/evaluations/{assessment.pk}/"
        assert step() == (f"Continuer d’évaluer {name}", grid)
        score_all(assessment, buyer)
        assert step() == (f"Sceller l’évaluation – {name}", f"{grid}documents/")
        seal(assessment, buyer)
        assert 'class="page-action"' not in self.get(signed_in, tender).content.decode()

    def test_a_document_older_than_the_last_score_does_not_count(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        assessment = factories.assessment(buyer, facility)
        seal(assessment, buyer, at=timezone.now() - dt.timedelta(days=1))
        score_all(assessment, buyer)
        label, _ = page_action(self.get(signed_in, tender_of(assessment.checklist)))
        assert label.startswith("Sceller")

    def test_a_document_of_an_incomplete_assessment_ends_nothing(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        assessment = factories.assessment(buyer, facility)
        seal(assessment, buyer)
        html = self.get(signed_in, tender_of(assessment.checklist)).content.decode()
        assert "PDF scellé" not in html and "1 candidat sur 1" not in html

    def test_a_finished_lot_gives_way_to_the_next_one(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        assessment = score_all(factories.assessment(buyer, facility), buyer)
        seal(assessment, buyer)
        tender = tender_of(assessment.checklist)
        lot = purchases.add_lot(tender=tender, first_title="Un", title="Deux", by=buyer)
        label, url = page_action(self.get(signed_in, tender))
        assert (label, url) == ("Préparer la check-list", f"/lots/{lot.pk}/check-list/")

    def test_each_clausier_of_a_lot_has_its_own_way(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        checklist = factories.published_checklist(buyer, facility)
        lot = checklist.lot
        second = checklists.start_checklist(lot=lot, version=factories.version(), by=buyer)
        checklists.set_profile(checklist=second, flags=["DP"], by=buyer)
        factories.give_parameters(second, buyer)
        checklists.publish(checklist=second, by=buyer)
        factories.opening(lot.tender, buyer)
        assessment = score_all(factories.started(checklist, buyer), buyer)
        page = self.get(signed_in, tender_of(checklist))
        first_block, second_block = page.context["blocks"][0].sheets
        assert first_block.rows[0].rate and not second_block.rows[0].rate
        assert not second_block.rows[0].may_withdraw  # the other clausier is being assessed
        assert page.context["tender"].state == TenderState.ASSESSING
        name = assessment.candidacy.vendor.name
        url = reverse(
            "checklists:assessment_start", args=[assessment.candidacy_id, code_of(second)]
        )
        seal(assessment, buyer)
        page = self.get(signed_in, tender_of(checklist))
        assert page_action(page) == (f"Évaluer {name}", url)
        signed_in.post(url)
        assert set(assessment.candidacy.assessments.values_list("checklist", flat=True)) == {
            checklist.pk,
            second.pk,
        }

    def test_it_says_the_purchase_the_checklist_and_the_candidates(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        assessment = score_all(factories.assessment(buyer, facility), buyer)
        tender = tender_of(assessment.checklist)
        Tender.objects.filter(pk=tender.pk).update(
            publication_date=dt.date(2026, 2, 1),
            deadline=dt.datetime(2026, 7, 15, 10, tzinfo=dt.UTC),
        )
        text = words(self.get(signed_in, tender))
        assert (
            f"{tender.reference} · Appel d’offres ouvert · publication le 1er févr. 2026 · "
            "offres jusqu’au 15 juil. 2026, 12:00" in text
        )
        sha = assessment.checklist.content_sha256
        assert f"{sha[:8]} {sha[8:16]}" in text
        assert "4 points à noter" in text
        assert "4 points notés sur 4 100,0\u202f%" in text.replace("100,0 %", "100,0\u202f%")

    def test_an_incomplete_assessment_shows_no_rate(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        assessment = factories.assessment(buyer, facility)
        text = words(self.get(signed_in, tender_of(assessment.checklist)))
        assert "0 point noté sur 4 – Grille" in text

    def test_a_single_lot_is_not_shown(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        tender = factories.tender(facility, buyer)
        assert "Lot 1" not in words(self.get(signed_in, tender))
        purchases.add_lot(tender=tender, first_title="Un", title="Deux", by=buyer)
        assert "Lot 1 – Un" in words(self.get(signed_in, tender))

    def test_a_reader_reads_and_is_told_who_acts(
        self, client: Client, facility: Facility, buyer: User
    ) -> None:
        checklist = factories.published_checklist(buyer, facility)
        candidacy = factories.candidacy(checklist.lot, buyer)
        client.force_login(factories.member(facility, Role.READER))
        page = self.get(client, tender_of(checklist))
        text = words(page)
        assert candidacy.vendor.name in text
        assert "Réservé au rôle acheteur." in text
        html = page.content.decode()
        acts = ("/evaluer/", "/retirer/", "/modifier/", "/ajouter/")
        assert [act for act in acts if act in html] == []


class TestStart:
    @pytest.fixture
    def candidacy(self, facility: Facility, buyer: User) -> Candidacy:
        return factories.candidacy(factories.published_checklist(buyer, facility).lot, buyer)

    def url(self, candidacy: Candidacy) -> str:
        code = code_of(candidacy.lot.checklists.get())
        return reverse("checklists:assessment_start", args=[candidacy.pk, code])

    def test_it_opens_the_grid(self, signed_in: Client, candidacy: Candidacy) -> None:
        response = signed_in.post(self.url(candidacy))
        assessment = Assessment.objects.get()
        assert assessment.candidacy == candidacy
        assert response["Location"] == f"/evaluations/{assessment.pk}/"

    def test_the_second_click_opens_the_same(self, signed_in: Client, candidacy: Candidacy) -> None:
        answers = {signed_in.post(self.url(candidacy))["Location"] for _ in range(2)}
        assert answers == {f"/evaluations/{Assessment.objects.get().pk}/"}

    def test_the_checklist_comes_first(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        draft = factories.draft_checklist(buyer, facility)
        candidacy = factories.candidacy(draft.lot, buyer)
        page = signed_in.post(self.url(candidacy), follow=True)
        assert "Publiez d’abord la check-list du lot" in words(page)
        assert not Assessment.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
class TestQueries:
    """The same number of queries for one row and for three."""

    def test_list(
        self,
        signed_in: Client,
        facility: Facility,
        buyer: User,
        rows: int,
        django_assert_num_queries: Any,
    ) -> None:
        for _ in range(rows):
            factories.assessment(buyer, facility)
        with django_assert_num_queries(7):
            signed_in.get(LIST)

    def test_detail(
        self,
        signed_in: Client,
        facility: Facility,
        buyer: User,
        rows: int,
        django_assert_num_queries: Any,
    ) -> None:
        checklist = factories.published_checklist(buyer, facility)
        for _ in range(rows):
            candidacy = factories.candidacy(checklist.lot, buyer)
            assessments.start_assessment(candidacy=candidacy, checklist=checklist, by=buyer)
        with django_assert_num_queries(8):
            signed_in.get(reverse("checklists:tender_detail", args=[checklist.lot.tender_id]))

    def test_detail_with_lots(
        self,
        signed_in: Client,
        facility: Facility,
        buyer: User,
        rows: int,
        django_assert_num_queries: Any,
    ) -> None:
        version = factories.version()
        tender = factories.tender(facility, buyer)
        lots = [tender.lots.get()]
        lots += [purchases.add_lot(tender=tender, title="x", by=buyer) for _ in range(1, rows)]
        for lot in lots:
            checklists.start_checklist(lot=lot, version=version, by=buyer)
            factories.candidacy(lot, buyer)
        with django_assert_num_queries(8):
            signed_in.get(reverse("checklists:tender_detail", args=[tender.pk]))


def test_the_command_prints_a_line_each(facility: Facility, buyer: User) -> None:
    first = factories.tender(facility, buyer, reference="A-1", title="Deux\tmots\nici")
    assessment = factories.assessment(buyer, facility)
    second = tender_of(assessment.checklist)
    out = StringIO()
    call_command("list_tenders", stdout=out)
    assert out.getvalue().splitlines() == [
        f"{second.pk}\t{facility.name}\t{second.reference}\t{second.title}\tEn évaluation\t1",
        f"{first.pk}\t{facility.name}\tA-1\tDeux mots ici\tÀ préparer\t0",
    ]
