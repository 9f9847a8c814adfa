"""The comparison on screen and as a file: what it shows, to whom, when, at what cost."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.domain import answering, assessments, checklists, receptions, weighting
from checklists.domain.queries import comparison as queries
from checklists.domain.weighting import Setting
from checklists.enums import LegalEffect, ScoreValue
from checklists.models import Assessment, Checklist
from tests import factories
from uniha_clausier.accounts.models import Facility, User

from .checklist_site import NB, text

HAND = {
    "Conforme": Fraction(1),
    "Partiel": Fraction(1, 2),
    "Non conforme": Fraction(0),
    "À préciser": Fraction(0),
    "Non noté": Fraction(0),
}


@pytest.fixture
def checklist(buyer: User, facility: Facility) -> Checklist:
    """Four points: one knock-out, one required that weighs 2,5, one for information."""
    draft = factories.draft_checklist(buyer, facility)
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=buyer)
    now = weighting.current(draft)
    settings = dict(now.settings) | {
        "O-2.1": Setting(LegalEffect.REQUIRED, Decimal("2.5")),
        "O-7.2": Setting(LegalEffect.INFORMATION, Decimal(0)),
    }
    weighting.set_weighting(
        checklist=draft, weighting=weighting.Weighting(Decimal(30), None, settings), by=buyer
    )
    return checklists.publish(checklist=draft, by=buyer)


def opened(checklist: Checklist, by: User) -> Checklist:
    factories.opening(checklist.lot.tender, by)
    return checklist


def candidate(checklist: Checklist, by: User, name: str, **scores: str) -> Assessment:
    """A candidate with ``O_7_1="yes compliant"`` and the like."""
    candidacy = factories.candidacy(checklist.lot, by)
    candidacy.vendor.name = name
    candidacy.vendor.save()
    assessment = assessments.start_assessment(candidacy=candidacy, checklist=checklist, by=by)
    edits = []
    for key, said in scores.items():
        claim, _, score = said.partition(" ")
        ref = key.replace("_", "-", 1).replace("_", ".")
        edits += [answering.Edit(ref, "claim", claim, 0), answering.Edit(ref, "score", score, 0)]
    if edits:
        assert answering.save_fields(assessment_id=assessment.pk, edits=edits, by=by).is_clean
    return assessment


def url(checklist: Checklist, kind: str = "") -> str:
    if kind:
        return reverse("checklists:comparison_file", args=[checklist.pk, kind])
    return reverse("checklists:checklist_comparison", args=[checklist.pk])


def two(checklist: Checklist, by: User) -> tuple[Assessment, Assessment]:
    opened(checklist, by)
    return (
        candidate(
            checklist,
            by,
            "Cortavie",
            O_1_1="yes compliant",
            O_2_1="no partial",
            O_7_1="yes non_compliant",
            O_7_2="yes compliant",
        ),
        candidate(checklist, by, "Ombreline <b>", O_2_1="yes compliant"),
    )


def words(html: str) -> str:
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


# -- The page --------------------------------------------------------------------------------------


def test_each_cell_says_claim_and_score_and_leads_to_the_point(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    one, other = two(checklist, buyer)
    html = text(signed_in.get(url(checklist)))
    assert re.findall(r'<th scope="row"><span class="point-name"><b>([^<]+)', html) == [
        "O-7.1",
        "O-1.1",
        "O-2.1",
        "O-7.2",
    ]
    grid = reverse("checklists:assessment_grid", args=[one.pk])
    cells = re.findall(rf'<td class="([\w-]+)"><a href="{grid}#(O-[\d.]+)">(.*?)</a></td>', html)
    assert [(css, ref, words(inside)) for css, ref, inside in cells] == [
        ("is-non-compliant", "O-7.1", "OUI ✕ Non conforme !\u00a0à qualifier"),
        ("is-compliant", "O-1.1", "OUI ✓ Conforme"),
        ("is-partial", "O-2.1", "NON ◐ Partiel !\u00a0à qualifier"),
        ("is-compliant", "O-7.2", "OUI ✓ Conforme"),
    ]
    assert f"/evaluations/{other.pk}/#O-2.1" in html
    assert "Ombreline &lt;b&gt;" in html and "Ombreline <b>" not in html


def test_weights_effects_rates_and_notes_are_in_sight(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    two(checklist, buyer)
    shown = words(text(signed_in.get(url(checklist))))
    assert "O-7.1 Titre du point O-7.1 Éliminatoire · poids 1 · noté zéro si absent" in shown
    assert "O-2.1 Titre du point O-2.1 poids 2,5 · exigé" in shown
    assert "O-7.2 Titre du point O-7.2 information, hors note" in shown
    # Cortavie 1 + 1,25 out of 4,5; Ombreline 2,5 out of 4,5; both out of 30.
    assert "Note du critère, sur 30 15,00 16,67 provisoire" in shown
    assert "Taux 50,0\u202f% 55,6\u202f%" in shown
    assert "Points à qualifier ! 2 ! 1" in shown
    assert "Points éliminatoires 1 à qualifier 1 à qualifier" in shown
    assert "2 Chapitre 2 50,0\u202f% 100,0\u202f%" in shown


def test_filters_are_in_the_address(signed_in: Client, checklist: Checklist, buyer: User) -> None:
    one, _other = two(checklist, buyer)

    def kept(query: str) -> list[str]:
        html = text(signed_in.get(url(checklist) + query))
        return re.findall(r'<span class="point-name"><b>([^<]+)', html)

    assert kept("?voir=eliminatoires") == ["O-7.1"]
    assert kept("?voir=exiges") == ["O-2.1"]
    assert kept("?voir=a-qualifier") == ["O-7.1", "O-2.1"]
    assert kept("?ecarts=oui") == ["O-7.1", "O-1.1", "O-2.1", "O-7.2"]
    assert kept("?ordre=clausier") == ["O-1.1", "O-2.1", "O-7.1", "O-7.2"]
    assert kept("?voir=nimporte&chapitre=99&candidat=abc") == ["O-7.1", "O-1.1", "O-2.1", "O-7.2"]
    html = text(signed_in.get(url(checklist) + f"?candidat={one.pk}"))
    assert len(re.findall(r"<th scope=\"col\">", html)) == 2
    assert "Tout effacer" in html


# -- When there is nothing to show -----------------------------------------------------------------


def test_nobody_sees_an_answer_before_the_opening(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    candidate(checklist, buyer, "Cortavie", O_7_1="yes compliant")
    html = text(signed_in.get(url(checklist)))
    assert "Les plis ne sont pas ouverts" in html and "Enregistrer l’ouverture des plis" in html
    assert "Cortavie" not in html and "Conforme" not in html
    for kind in ("xlsx", "csv"):
        assert signed_in.get(url(checklist, kind)).status_code == 403


def test_without_candidates_the_page_says_what_to_do(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    opened(checklist, buyer)
    assert "Aucun candidat" in text(signed_in.get(url(checklist)))
    waiting = factories.candidacy(checklist.lot, buyer)
    html = text(signed_in.get(url(checklist)))
    assert "Aucune évaluation commencée" in html and waiting.vendor.name in html


def test_who_came_after_the_deadline_is_named_and_not_compared(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    one, other = two(checklist, buyer)
    tender = checklist.lot.tender
    tender.deadline = timezone.now() - dt.timedelta(days=2)
    tender.save()
    receptions.receive(
        assessment=one,
        content=b"Point;R\xc3\xa9ponse\r\nO-7.1;OUI\r\n",
        kind="csv",
        sent_as="offre.csv",
        deposited_at=tender.deadline + dt.timedelta(hours=1),
        by=buyer,
    )
    html = text(signed_in.get(url(checklist)))
    assert f"/evaluations/{other.pk}/#O-2.1" in html and f"/evaluations/{one.pk}/" not in html
    assert f"Hors délai, donc hors de l’analyse{NB}: Cortavie." in html
    assert b"Cortavie" not in signed_in.get(url(checklist, "csv")).content


def test_without_scores_the_claims_are_shown(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    candidate(opened(checklist, buyer), buyer, "Cortavie", O_7_1="yes ")
    html = text(signed_in.get(url(checklist)))
    assert "Aucune note encore" in html and "OUI <b>Non noté</b>" in html


def test_a_draft_compares_nothing(signed_in: Client, buyer: User, facility: Facility) -> None:
    draft = factories.draft_checklist(buyer, facility)
    assert signed_in.get(url(draft)).status_code == 404
    assert signed_in.get(url(draft, "csv")).status_code == 404


def test_a_stranger_gets_404(client: Client, checklist: Checklist, stranger: User) -> None:
    client.force_login(stranger)
    for kind in ("", "xlsx", "csv"):
        assert client.get(url(checklist, kind)).status_code == 404


@pytest.mark.parametrize("candidates", [1, 3])
def test_the_cost_does_not_follow_the_candidates(
    signed_in: Client,
    checklist: Checklist,
    buyer: User,
    candidates: int,
    django_assert_num_queries: Any,
) -> None:
    opened(checklist, buyer)
    for number in range(candidates):
        candidate(checklist, buyer, f"Candidat {number}", O_7_1="yes compliant")
    signed_in.get(url(checklist))  # the texts of the version are read once a process
    with django_assert_num_queries(8):
        signed_in.get(url(checklist))


def test_the_pages_lead_to_it(signed_in: Client, checklist: Checklist, buyer: User) -> None:
    one, _other = two(checklist, buyer)
    for page in (
        reverse("checklists:tender_detail", args=[checklist.lot.tender_id]),
        reverse("checklists:assessment_summary", args=[one.pk]),
    ):
        assert f'href="{url(checklist)}"' in text(signed_in.get(page))


# -- The files -------------------------------------------------------------------------------------


def rows_of_csv(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def half_up(value: Fraction) -> Decimal:
    return Decimal((200 * value.numerator + value.denominator) // (2 * value.denominator)) / 100


def test_the_notes_are_computed_again_from_the_csv(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    two(checklist, buyer)
    response = signed_in.get(url(checklist, "csv") + "?voir=eliminatoires")
    assert "attachment" in response["Content-Disposition"]
    rows = rows_of_csv(response.content)
    assert [row["Point"] for row in rows] == ["O-1.1", "O-2.1", "O-7.1", "O-7.2"]
    notes = []
    for name in ("Cortavie", "Ombreline <b>"):
        earned = possible = Fraction(0)
        for row in rows:
            score = row[f"Note – {name}"].lstrip("✓◐✕?– ")
            if score == "Sans objet":
                continue
            weight = Fraction(row["Poids"].replace(",", "."))
            earned, possible = earned + HAND[score] * weight, possible + weight
            assert Fraction(row[f"Produit – {name}"].replace(",", ".")) == HAND[score] * weight
        notes.append(half_up(30 * earned / possible))
    assert notes == [Decimal("15.00"), Decimal("16.67")]


def test_the_workbook_holds_every_line_of_the_calculation_as_plain_numbers(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    two(checklist, buyer)
    book = openpyxl.load_workbook(io.BytesIO(signed_in.get(url(checklist, "xlsx")).content))
    assert book.sheetnames == ["Comparaison", "Taux", "Calcul", "À qualifier", "Méthode"]
    lines = [row for row in book["Calcul"].iter_rows(values_only=True) if row[0] == "Cortavie"]
    assert lines == [
        ("Cortavie", "O-1.1", "✓ Conforme", 1, 1, 1, 1),
        ("Cortavie", "O-2.1", "◐ Partiel", 0.5, 2.5, 1.25, 2.5),
        ("Cortavie", "O-7.1", "✕ Non conforme", 0, 1, 0, 1),
        ("Cortavie", "O-7.2", "✓ Conforme", 1, 0, 0, 0),
        ("Cortavie", "Somme", None, None, None, 2.25, 4.5),
        ("Cortavie", "Rapport des deux sommes", None, None, None, 0.5, None),
        ("Cortavie", "Note maximale du critère", None, None, None, 30, None),
        ("Cortavie", "Note du critère", None, None, None, 15, None),
    ]
    stakes = list(book["À qualifier"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[1], row[5]) for row in stakes] == [
        ("Cortavie", "O-7.1", "Noté non conforme"),
        ("Cortavie", "O-2.1", "Le candidat répond NON"),
        ("Ombreline <b>", "O-7.1", "Sans réponse"),
    ]
    assert {cell.data_type for sheet in book for row in sheet for cell in row} <= {
        "s",
        "inlineStr",
        "n",
    }


def test_no_name_becomes_a_formula(signed_in: Client, checklist: Checklist, buyer: User) -> None:
    candidate(opened(checklist, buyer), buyer, "=HYPERLINK(1)", O_7_1="yes compliant")
    [row] = rows_of_csv(signed_in.get(url(checklist, "csv")).content)[:1]
    assert not any(name.startswith("=") for name in row)
    book = openpyxl.load_workbook(io.BytesIO(signed_in.get(url(checklist, "xlsx")).content))
    assert book["Calcul"]["A2"].value == "'=HYPERLINK(1)"
    assert book["Calcul"]["A2"].data_type == "s"


def test_another_kind_of_file_is_unknown(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    assert signed_in.get(url(opened(checklist, buyer), "pdf")).status_code == 404


def test_the_sums_are_those_that_the_lists_show(checklist: Checklist, buyer: User) -> None:
    two(checklist, buyer)
    read = queries.comparison(queries.checklists().get(pk=checklist.pk))
    for one in read.candidates:
        stored = Assessment.objects.get(pk=one.assessment)
        sums = read.total(one)
        assert (sums.earned, sums.possible) == (stored.score_sum, stored.weight_sum)
        assert (sums.scored, sums.total) == (stored.scored, stored.total)


# -- The calculation of one note -------------------------------------------------------------------


def test_the_calculation_is_shown_line_by_line(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    one, _other = two(checklist, buyer)
    html = text(signed_in.get(reverse("checklists:assessment_note", args=[one.pk])))
    shown = words(html)
    assert "15,00 sur 30 30 × 2,25 ÷ 4,5 = 15,00" in shown
    assert "poids 2,5 · exigé NON ◐ Partiel 0,5 2,5 1,25 2,5" in shown
    assert "information, hors note OUI ✓ Conforme 1 0 0 0" in shown
    assert "Somme 2,25 4,5" in shown
    assert "Points à qualifier (2)" in shown
    assert shown.index("Points à qualifier") < shown.index("Ligne par ligne")


def test_a_note_without_a_point_that_counts_is_no_note(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    out = dict.fromkeys(
        ("O_1_1", "O_2_1", "O_7_1", "O_7_2"), f"yes {ScoreValue.NOT_APPLICABLE.value}"
    )
    one = candidate(opened(checklist, buyer), buyer, "Cortavie", **out)
    shown = words(text(signed_in.get(reverse("checklists:assessment_note", args=[one.pk]))))
    assert "il n’y a pas de note" in shown and "Somme 0 0" in shown


def test_the_note_of_the_sealed_document_is_the_same(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    from checklists.documents import report

    one, _other = two(checklist, buyer)
    assert report.gather(one.pk)["overall"]["note"] == "15"
