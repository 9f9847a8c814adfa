"""The limits are what they claim to be, and the table says the truth."""

import io
import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from django.test import Client

from checklists.documents import pdf
from checklists.domain import assessments
from checklists.models import Assessment, Checklist
from tests import factories
from tests.checklists import content
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.pdf import render_pdf

from . import bare, crowd, document, figures, page, plain, sign_in, tender
from .content import Content
from .figures import Figure, Target


class TestLimits:
    @pytest.fixture(autouse=True)
    def _routes(self, settings: Any) -> None:
        settings.ROOT_URLCONF = "tests.bench.bare"
        settings.MIDDLEWARE = ["tests.bench.bare.probe", *settings.MIDDLEWARE]

    def test_the_least_save_is_two_statements_in_a_transaction(
        self, client: Client, buyer: User, facility: Facility, django_assert_num_queries: Any
    ) -> None:
        score = factories.assessment(buyer, facility).scores.first()
        assert score is not None
        form = {"field": "score", "value": "partial", "version": "0"}
        with django_assert_num_queries(4):  # a savepoint around the two, inside the test's own
            answer = client.post(f"/nu/notes/{score.pk}/{buyer.pk}/", form)
        assert answer.json() == {"version": 1}
        score.refresh_from_db()
        assert (score.value, score.version, score.updated_by) == ("partial", 1, buyer)
        assert AuditEvent.objects.filter(tenant=bare.TENANT).count() == 1

    def test_the_least_page_is_the_page_without_any_query(
        self, client: Client, buyer: User, facility: Facility
    ) -> None:
        address = f"/evaluations/{factories.assessment(buyer, facility).pk}/"
        client.force_login(buyer)
        headers = {bare.PROBE: "1"}
        own = client.get(address, headers=headers)
        client.get(f"/nu{address}")
        client.logout()
        least = client.get(f"/nu{address}", headers=headers)
        assert json.loads(least.headers[bare.PROBE])[1] == 0
        assert json.loads(own.headers[bare.PROBE])[1] > 0
        assert page.elements(least.content) == page.elements(own.content)


class TestFigures:
    @pytest.mark.parametrize(
        ("target", "held"), [(Target(2), True), (Target(1.4), False), (Target(0.5, True), True)]
    )
    def test_a_target_judges_the_ratio_when_there_is_one(self, target: Target, held: bool) -> None:
        figure = Figure("x", "ms", ours=30, limit=20, ratio=1.5, target=target)
        assert figure.is_held is held

    def test_a_figure_alone_is_judged_by_itself(self) -> None:
        assert Figure("x", "s", ours=2.9, target=Target(3)).is_held
        assert not Figure("x", "s", ours=3.1, target=Target(3)).is_held

    def test_the_ratio_is_that_of_the_middle_round(self) -> None:
        assert figures.paired_ratio([10, 50, 30], [10, 100, 10]) == 1

    def test_p95_is_a_value_that_was_seen(self) -> None:
        assert figures.p95([float(n) for n in range(1, 101)]) == 95
        assert figures.p95([7.0]) == 7

    def test_the_table_tells_what_is_missed(self) -> None:
        lines = figures.table(
            [
                Figure("Une", "/s", ours=126, limit=684, ratio=0.21, target=Target(0.5, True)),
                Figure("Autre", "", ours=7, target=Target(12)),
            ]
        ).splitlines()
        assert lines[1].split() == ["Une", "126", "/s", "684", "/s", "0,21", "≥", "0,50", "manqué"]
        assert lines[2].split() == ["Autre", "7", "≤", "12", "tenu"]

    def test_the_table_of_the_documentation_says_the_same(self) -> None:
        figure = Figure("Une", "ms", ours=12.5, limit=10, ratio=1.25, target=Target(1.2))
        assert figures.markdown([figure]).splitlines() == [
            "| Mesure | Clausier | Limite | Rapport | Cible | Résultat |",
            "| --- | --- | --- | --- | --- | --- |",
            "| Une | 12,5 ms | 10 ms | 1,25 | ≤ 1,20 | manqué |",
        ]


class TestTender:
    def test_a_publication_is_measured_and_taken_back(
        self, buyer: User, facility: Facility
    ) -> None:
        assessment = factories.assessment(buyer, facility)
        content = Content([(assessment, assessment)], assessment, buyer, {}, {})
        figure = tender.publication(content, turns=1)
        assert figure.ours > 0
        states = Checklist.objects.values_list("state", flat=True)
        assert sorted(states) == ["draft", "published"]

    def test_the_workbooks_dropped_at_once_are_all_different_and_name_their_candidate(
        self, buyer: User, facility: Facility
    ) -> None:
        one = factories.assessment(buyer, facility)
        files = tender.workbooks(Content([(one, one)], one, buyer, {}, {}))
        assert len(set(files)) == tender.FILES
        book = openpyxl.load_workbook(io.BytesIO(files[-1]))
        assert book["Candidat"]["B2"].value == one.candidacy.vendor.name


class TestCrowd:
    def test_the_assessments_written_at_once_are_as_those_of_the_product(
        self, buyer: User, facility: Facility
    ) -> None:
        measured = factories.assessment(buyer, facility)
        content = Content([(measured, measured)], measured, buyer, {}, {})
        crowd.fill(content, factories.facility(), tenders=2)
        made = Assessment.objects.exclude(pk=measured.pk)
        assert made.count() == 2 * crowd.CANDIDATES
        assert {one.scored for one in made} == {measured.total}
        assert [assessments.recompute_counters(one) for one in made] == [[]] * len(made)


class TestPlainDocument:
    def test_plain_blocks_keep_the_text_and_nothing_else(self) -> None:
        source = (
            "<html><head><title>T</title><style>p { color: red }</style></head><body>"
            "<h2 id=x>Un &amp; deux</h2><p>Ligne <b>grasse</b>\n suite</p>"
            "<svg><title>S</title><text x=1>12</text></svg>"
            "<table><tr><th>A</th><td>1 &lt; 2</td></tr></table><ul><li>fin</li></ul></body></html>"
        )
        body = plain.plain_html(source, ["bas & page"]).partition("<body>")[2]
        assert body == (
            "<p>Un &amp; deux</p><p>Ligne grasse suite</p><p>12</p><p>A</p><p>1 &lt; 2</p>"
            "<p>fin</p><p>bas &amp; page</p>"
        )

    def test_the_limit_says_every_letter_of_the_document(self, tmp_path: Path) -> None:
        frozen = content.content(4)
        html = pdf.html(frozen, content_sha256="0" * 64)
        made = render_pdf(html, metadata=pdf.metadata(frozen), home=tmp_path)
        feet = document.feet(frozen, "0" * 64, made.pages)
        least = plain.render(plain.plain_html(html, feet), home=tmp_path, tagged=True)
        assert letters(least.data) == letters(made.data)

    def test_the_limit_is_a_file_of_the_same_kind(self, tmp_path: Path) -> None:
        source = plain.plain_html("<p>Un</p>")
        catalogs = [
            pypdf.PdfReader(io.BytesIO(plain.render(source, home=tmp_path, tagged=tagged).data))
            .root_object.keys()
            for tagged in (True, False)
        ]  # fmt: skip
        assert [{"/StructTreeRoot", "/OutputIntents"} <= catalog for catalog in catalogs] == [
            True,
            False,
        ]


def letters(data: bytes) -> Counter[str]:
    """How often each letter is on the pages; figures left out, since the contents number pages."""
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    text = unicodedata.normalize("NFKC", "".join(page.extract_text() for page in pages))
    return Counter(filter(str.isalpha, text))


@pytest.mark.parametrize(
    ("unknown", "is_held"),
    [(80.0, False), (95.0, True), (100.0, True), (109.0, True), (112.0, False)],
)
def test_an_unknown_address_may_be_neither_slower_nor_faster(unknown: float, is_held: bool) -> None:
    assert sign_in.figure([unknown] * 3, [100.0] * 3).is_held is is_held
