"""A clausier extracted from a PDF: its scars are mended wherever it is read, kept where it counts."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.documents import pdf, report
from checklists.enums import AnswerKind
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.models import Facility, User

SCARRED = {
    "ref": "O-1.1",
    "condition": "ALWAYS",
    "answer_kind": AnswerKind.YES_NO,
    "title": "Mesures tech- niques",
    "requirement": "Le titulaire dé- crit ses mesures.",
    "expected": "Un docu- ment.",
}
MENDED = ("Mesures techniques", "Le titulaire décrit ses mesures.", "Un document.")


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    version = factories.version(points=[SCARRED])
    return factories.assessment(buyer, facility, flags=("DP",), on=version)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("assessment_grid", MENDED[:2]),
        ("assessment_guides", MENDED[2:]),
        ("assessment_history", MENDED[:2]),
    ],
)
def test_the_pages_show_the_mended_text(
    signed_in: Client, assessment: Assessment, name: str, shown: tuple[str, ...]
) -> None:
    asked = [assessment.pk] + (["O-1.1"] if name == "assessment_history" else [])
    html = signed_in.get(reverse(f"checklists:{name}", args=asked)).content.decode()
    assert "- niques" not in html and "dé- crit" not in html and "docu- ment" not in html
    assert all(text in html for text in shown)


def test_the_summary_and_the_document_show_the_mended_text(
    signed_in: Client, assessment: Assessment
) -> None:
    summary = signed_in.get(reverse("checklists:assessment_summary", args=[assessment.pk]))
    assert MENDED[0] in summary.content.decode()
    content = report.freeze(assessment, number=1, at=timezone.now(), by=None, seq=1, head="0" * 64)
    html = pdf.html(content, content_sha256="0" * 64)
    assert all(text in html for text in MENDED)


def test_the_data_keep_every_character(assessment: Assessment) -> None:
    point = report.gather(assessment.pk)["points"][0]
    assert {name: point[name] for name in ("title", "requirement", "expected")} == {
        name: SCARRED[name] for name in ("title", "requirement", "expected")
    }
