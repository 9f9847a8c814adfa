"""A tender in lots: each paper and each file of a candidate says which lot it is about."""

import io

import openpyxl
import pytest
from django.test import Client

from checklists.documents import analysis, analysis_files, comparison
from checklists.domain import checklists
from checklists.domain.queries import comparison as queries
from checklists.models import Assessment, Checklist
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from vendors.domain import tenders

from .test_results import ask, score_all
from .word_reading import Reading

LOT = "2 – Imagerie"


@pytest.fixture
def checklist(facility: Facility, buyer: User) -> Checklist:
    tender = tenders.create_tender(
        facility=facility,
        reference="2026-L",
        title="Plateau",
        lots=["Dossier", "Imagerie"],
        by=buyer,
    )
    factories.opening(tender, buyer)
    draft = factories.draft_checklist(buyer, facility, of=tender.lots.get(number=2))
    return checklists.publish(checklist=draft, by=buyer)


@pytest.fixture
def assessment(checklist: Checklist, buyer: User) -> Assessment:
    made = factories.started(checklist, buyer)
    score_all(made, buyer, {})
    return made


def rows(content: bytes) -> dict[str, str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        str(row[0]): str(row[1])
        for sheet in book
        for row in sheet.iter_rows(values_only=True)
        if len(row) > 1
    }


def test_the_comparison_says_the_lot(checklist: Checklist, assessment: Assessment) -> None:
    found = queries.comparison(checklist)
    assert rows(comparison.written(checklist, found, "xlsx"))["Lot"] == LOT
    assert comparison.file_name(checklist, "xlsx").startswith("comparaison-2026-l-lot-2-")


def test_the_report_says_the_lot_and_who_is_not_assessed_yet(
    checklist: Checklist, assessment: Assessment, buyer: User
) -> None:
    late = factories.candidacy(checklist.lot, buyer).vendor
    edition = factories.analysis_report(buyer, checklist)
    assert analysis_files.download_name(edition, "docx").startswith("rapport-analyse-2026-l-lot-2-")
    told = Reading(analysis_files.docx(edition)).text
    assert LOT in told
    missing = analysis.section(checklist).missing
    assert f"{late.name}\u00a0: l’évaluation n’est pas commencée." in missing


def test_a_candidate_is_told_the_lot_of_its_results(
    signed_in: Client, assessment: Assessment
) -> None:
    answer = ask(signed_in, assessment)
    assert rows(answer.content)["Lot"] == LOT
