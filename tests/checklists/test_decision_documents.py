"""What was decided, wherever it is read: PDF, JSON, workbook, comparison, dossier, follow-up list."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from checklists.documents import comparison, dossier_missing, dossier_tables, exports, pdf, report
from checklists.documents.workbook import workbook
from checklists.domain import findings
from checklists.domain.queries import comparison as comparison_queries
from checklists.models import Assessment
from tests import factories
from tests.checklists.decision_site import (
    decide,
    edit,
    ready,
    reservation,
    scored_assessment,
    whole,
    write,
)
from tests.checklists.test_exports import faults
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User


@pytest.fixture
def scored(buyer: User, facility: Facility) -> Assessment:
    return scored_assessment(buyer, facility)


@pytest.fixture
def decided(scored: Assessment, buyer: User) -> Assessment:
    """One point refused, one reserved, two accepted; the whole accepted with that reservation."""
    ready(scored, buyer, edit(scored, "O-2.1", "refused"), reservation(scored, "O-7.1"))
    whole(scored, "reserved", buyer, reason="Réserve suivie au comité.")
    return scored


def html_of(assessment: Assessment) -> str:
    now = timezone.now()
    frozen = report.freeze(assessment, number=1, at=now, by=None, seq=1, head="0" * 64)
    return " ".join(pdf.html(frozen, content_sha256="0" * 64).split())


def test_before_any_decision_the_data_keep_their_hash(scored: Assessment) -> None:
    data = report.gather(scored.pk)
    assert "decision" not in data
    assert not any("decision" in point for point in data["points"])
    assert "Réserves" not in html_of(scored)


def test_the_json_says_each_decision_as_its_schema_describes(
    decided: Assessment, buyer: User
) -> None:
    data = report.gather(decided.pk)
    assert data["decision"] == {
        "value": "reserved",
        "label": "Accepté avec réserve",
        "reason": "Réserve suivie au comité.",
        "is_outdated": False,
        "at": data["decision"]["at"],
        "by": str(buyer),
    }
    (reserved,) = [p for p in data["points"] if p["ref"] == "O-7.1"]
    assert reserved["decision"]["due_on"] == "2027-03-01"
    assert faults(exports.current(data)) == []


def test_a_score_that_changes_is_said_on_the_point_and_on_the_whole(
    decided: Assessment, buyer: User
) -> None:
    write(decided, "O-7.2", "score", "partial", buyer)
    data = report.gather(decided.pk)
    assert data["decision"]["is_outdated"] is True
    outdated = [p["ref"] for p in data["points"] if p.get("decision", {}).get("is_outdated")]
    assert outdated == ["O-7.2"]


def test_the_pdf_says_the_whole_the_reservations_and_the_refused_points(
    decided: Assessment,
) -> None:
    html = html_of(decided)
    section = html[html.index('id="decision-acheteur"') :]
    section = section[: section.index("</section>")]
    for words in (
        "◐ Accepté avec réserve",
        "Réserve suivie au comité.",
        "Chiffrer les sauvegardes.",
        "Éditeur, chef de projet",
        "1er mars 2027",
        "Points refusés",
        "O-2.1",
    ):
        assert words in section


def test_the_pdf_says_what_changed_since_a_point_was_decided_and_found(
    decided: Assessment, facility: Facility, buyer: User
) -> None:
    found = findings.Edit("O-7.2", "finding", "favourable", 0, 1)
    ciso = factories.member(facility, Role.CISO)
    findings.save_finding(assessment_id=decided.pk, role=Role.CISO, edit=found, by=ciso)
    assert "a changé depuis)" not in html_of(decided)
    write(decided, "O-7.2", "claim", "no", buyer)
    html = html_of(decided)
    for words in (
        "(un point a changé depuis)",
        "Accepté (la réponse ou la note a changé depuis)",
        "Favorable (la réponse a changé depuis)",
    ):
        assert words in html


def test_the_workbook_says_the_whole(decided: Assessment) -> None:
    now = timezone.now()
    frozen = report.freeze(decided, number=1, at=now, by=None, seq=1, head="0" * 64)
    sheet = load_workbook(io.BytesIO(workbook(frozen)))["Synthèse"]
    rows = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert rows["Décision"] == "Accepté avec réserve"
    assert rows["Motif de la décision"] == "Réserve suivie au comité."


def test_the_comparison_shows_a_sign_for_each_candidate(
    signed_in: Client, decided: Assessment
) -> None:
    url = reverse("checklists:checklist_comparison", args=[decided.checklist_id])
    page = signed_in.get(url).content.decode()
    link = reverse("checklists:assessment_decision", args=[decided.pk])
    assert f'<a href="{link}">◐ Accepté avec réserve</a>' in page
    compared = comparison_queries.comparison(decided.checklist)
    book = load_workbook(
        io.BytesIO(comparison.written(decided.checklist, compared, "xlsx")), read_only=True
    )
    rows = {row[1]: row[2] for row in book["Taux"].iter_rows(values_only=True)}
    assert rows["Décision"] == "◐ Accepté avec réserve"


def test_the_dossier_holds_the_decisions_and_names_what_is_not_decided(
    decided: Assessment, scored: Assessment
) -> None:
    text = dossier_tables.decisions(decided).decode("utf-8-sig")
    rows = {row["Point"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    assert rows["O-7.1"]["Échéance"] == "01/03/2027"
    assert rows["Ensemble"]["Engagement"] == "Réserve suivie au comité."
    told = " ".join(dossier_missing.missing(decided.candidacy.lot.tender))
    assert "n’est pas décidée" not in told


def test_a_complete_assessment_without_a_decision_is_named(scored: Assessment) -> None:
    told = " ".join(dossier_missing.missing(scored.candidacy.lot.tender))
    assert "n’est pas décidée" in told


# -- The follow-up list ----------------------------------------------------------------------------


def follow_up(assessment: Assessment) -> str:
    return reverse("checklists:reservation_list", args=[assessment.candidacy.lot.tender_id])


def test_the_follow_up_lists_what_is_due_and_says_what_is_late(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    late = dt.date(2020, 1, 5)
    given: dict[str, Any] = {"commitment": "Livrer le DAT.", "owner": "Hébergeur", "due_on": late}
    decide(
        scored,
        buyer,
        reservation(scored, "O-7.1"),
        edit(scored, "O-2.1", "reserved", **given),
    )
    response = signed_in.get(follow_up(scored))
    rows = [(row.decision.item.point.ref, str(row.state)) for row in response.context["rows"]]
    assert rows == [("O-2.1", "overdue"), ("O-7.1", "due")]
    page = response.content.decode()
    assert "2 réserves · 1 en retard" in page
    assert "Hébergeur" in page and "En retard" in page


def test_a_refused_candidate_has_nothing_to_follow(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    ready(scored, buyer, edit(scored, "O-2.1", "refused"), reservation(scored, "O-7.1"))
    whole(scored, "refused", buyer, reason="Offre écartée par l’acheteur.")
    assert "Aucune réserve" in signed_in.get(follow_up(scored)).content.decode()


def test_the_follow_up_asks_as_many_queries_whatever_it_lists(
    signed_in: Client,
    scored: Assessment,
    buyer: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    decide(scored, buyer, reservation(scored, "O-7.1"))
    with django_assert_num_queries(5):
        signed_in.get(follow_up(scored))
    decide(scored, buyer, reservation(scored, "O-2.1"), reservation(scored, "O-7.2"))
    with django_assert_num_queries(5):
        signed_in.get(follow_up(scored))
