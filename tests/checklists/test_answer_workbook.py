"""The answer workbook on its way out: what is asked, what can be typed, and nothing alive."""

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from checklists.documents import answer_form, answer_workbook
from checklists.documents.answer_form import Form, Question
from checklists.domain import answer_words, answering, checklists
from checklists.enums import LegalEffect
from checklists.models import Assessment, Checklist
from tests import factories
from uniha_clausier.accounts.models import Facility, User

from .test_workbook import LIVE


def form_of(*questions: Question, **fields: Any) -> Form:
    values: dict[str, Any] = {
        "facility": "CHU", "tender": "2026-1 – Achat", "lot": "", "clausier": "Essai",
        "version": "1", "sha256": "a" * 64, "edition": 1, "published_at": "2026-01-02T03:04:05+00:00",
        "identity": {},
    }  # fmt: skip
    return Form(**values | {"questions": questions} | fields)


def question(ref: str = "O-1.1", **fields: Any) -> Question:
    values: dict[str, Any] = {
        "ref": ref, "chapter": "1 Chapitre", "title": "Titre", "requirement": "Exigence.",
        "expected": "OUI ou NON.", "choices": ("OUI", "NON"),
    }  # fmt: skip
    return Question(**values | fields)


def opened(form: Form) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(answer_workbook.written(form, "xlsx")))


def rows_of(sheet: Any) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


@pytest.fixture
def checklist(buyer: User, facility: Facility) -> Checklist:
    return factories.published_checklist(buyer, facility)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def test_every_point_asked_has_a_row_under_its_chapter_and_reminders_have_none(
    checklist: Checklist,
) -> None:
    rows = rows_of(opened(answer_form.blank(checklist))["Réponses"])
    assert [row[0] for row in rows] == [
        "Point", "1 Chapitre 1", "O-1.1", "2 Chapitre 2", "O-2.1", "7 Chapitre 7", "O-7.1", "O-7.2",
    ]  # fmt: skip
    assert rows[2][1:4] == [
        "Titre du point O-1.1", "Le titulaire respecte l’exigence O-1.1.", "Un document à jour.",
    ]  # fmt: skip


def test_each_point_offers_the_answers_of_its_kind(checklist: Checklist) -> None:
    sheet = opened(answer_form.blank(checklist))["Réponses"]
    offered = {
        cell: validation.formula1
        for validation in sheet.data_validations.dataValidation
        for cell in str(validation.sqref).split()
    }
    assert offered == {
        "F3": '"OUI,NON"', "F5": '"OUI,NON"', "F7": '"OUI,NON"', "F8": '"OUI,NON,NC"',
    }  # fmt: skip


def test_only_the_cells_to_fill_in_are_open(checklist: Checklist) -> None:
    book = opened(answer_form.blank(checklist))
    assert all(sheet.protection.sheet and not sheet.protection.password for sheet in book)
    free = {
        sheet.title: [
            cell.coordinate
            for row in sheet.iter_rows()
            for cell in row
            if not cell.protection.locked
        ]
        for sheet in book
    }
    assert free["Réponses"] == [f"{column}{row}" for row in (3, 5, 7, 8) for column in "FGH"]
    assert free["Candidat"] == [f"B{row}" for row in range(2, 8)]
    assert free["Mode d’emploi"] == free["Clausier"] == []


def test_the_answers_are_ready_to_be_read_and_printed(checklist: Checklist) -> None:
    sheet = opened(answer_form.blank(checklist))["Réponses"]
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("C2", "$1:$1")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.page_setup.fitToWidth == 1 and sheet.print_area.endswith("$A$1:$H$8")
    assert all(cell.alignment.wrap_text for row in sheet.iter_rows() for cell in row if cell.value)


def test_a_hidden_sheet_says_which_checklist_is_answered(checklist: Checklist) -> None:
    sheet = opened(answer_form.blank(checklist))["Clausier"]
    assert sheet.sheet_state == "hidden"
    keys = {str(key): value for key, value in rows_of(sheet)}
    assert keys[answer_words.SEAL] == checklist.content_sha256
    assert keys["version"] == checklist.version.number
    assert [key for key in keys if key.startswith("O-")] == ["O-1.1", "O-2.1", "O-7.1", "O-7.2"]


def test_each_point_says_in_words_what_it_does_to_the_offer_and_weighs(
    buyer: User, facility: Facility
) -> None:
    draft = factories.draft_checklist(buyer, facility)
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=buyer)
    draft.items.filter(point__ref="O-7.1").update(weight="2.5")
    draft.items.filter(point__ref="O-7.2").update(legal_effect=LegalEffect.REQUIRED)
    information = {"legal_effect": LegalEffect.INFORMATION, "weight": 0}
    draft.items.filter(point__ref="O-2.1").update(**information)
    form = answer_form.blank(checklists.publish(checklist=draft, by=buyer))
    sheet = opened(form)["Réponses"]
    assert sheet["E1"].value == "Effet et poids"
    stakes = {row[0]: row[4] for row in rows_of(sheet)}
    assert stakes["O-1.1"] == "Compte 0 si absent\nPoids 1 sur 4,5"
    assert stakes["O-2.1"] == "Pour information, hors note"
    assert stakes["O-7.1"] == "Point éliminatoire\nCompte 0 si absent\nPoids 2,5 sur 4,5"
    assert stakes["O-7.2"] == "Exigé\u00a0: une absence rend l’offre irrégulière\nPoids 1 sur 4,5"
    bold = {row[0].value for row in sheet.iter_rows(min_row=2) if row[4].font.bold}
    assert bold == {"O-7.1"}, "a knock-out is marked by more than its words"
    content = answer_workbook.written(form, "csv").decode("utf-8-sig")
    assert "Point éliminatoire" in content and "Exigé" in content


@pytest.mark.parametrize("text", LIVE)
def test_no_text_of_a_person_comes_alive(text: str) -> None:
    form = form_of(
        question(title=text, requirement=text, expected=text, text=text, chapter=text),
        facility=text, tender=text, lot=text, identity={answer_words.COMPANY: text},
    )  # fmt: skip
    cells = [cell for sheet in opened(form) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    texts = [str(cell.value).lstrip() for cell in cells if cell.value]
    texts += [text.lstrip() for text in rows_of_csv(form)]
    assert not [one for one in texts if one[:1] in tuple("=+-@＝")]
    with zipfile.ZipFile(io.BytesIO(answer_workbook.written(form, "ods"))) as archive:
        assert b"table:formula" not in archive.read("content.xml")


def rows_of_csv(form: Form) -> list[str]:
    content = answer_workbook.written(form, "csv").decode("utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(content), delimiter=";") for cell in row]


def test_the_csv_opens_in_a_french_spreadsheet(checklist: Checklist) -> None:
    content = answer_workbook.written(answer_form.blank(checklist), "csv")
    assert content.startswith(b"\xef\xbb\xbfPoint;Chapitre;Titre;Exigence;")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert [row[0] for row in rows] == ["Point", "O-1.1", "O-2.1", "O-7.1", "O-7.2"]
    assert {row[-1] for row in rows[1:]} == {checklist.content_sha256}


def test_the_opendocument_file_has_the_same_protection_and_lists(checklist: Checklist) -> None:
    content = answer_workbook.written(answer_form.blank(checklist), "ods")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        text = archive.read("content.xml").decode()
    assert text.count('table:protected="true"') == 4
    assert text.count("<table:content-validation ") == 2
    assert text.count('table:content-validation-name="v0"') == 3
    assert text.count('style:cell-protect="none"') == 2


def test_an_assessment_gives_the_answers_it_holds(assessment: Assessment, buyer: User) -> None:
    text = "Voir le mémoire.\nJustificatif\u00a0: PAS.pdf"
    for field, value in (("claim", "not_concerned"), ("claim_text", text)):
        answering.save_field(
            assessment_id=assessment.pk, ref="O-7.2", field=field, value=value, base_version=9,
            by=buyer,
        )  # fmt: skip
    book = opened(answer_form.filled(assessment))
    assert rows_of(book["Réponses"])[-1][5:] == ["NC", "Voir le mémoire.", "PAS.pdf"]
    identity = dict(rows_of(book["Candidat"])[1:])
    assert identity["Raison sociale"] == assessment.candidacy.vendor.name


def test_the_name_of_the_evidence_is_the_last_line_of_the_text() -> None:
    assert (
        answer_words.joined("Oui.", " PAS.pdf\n p. 3 ") == "Oui.\nJustificatif\u00a0: PAS.pdf p. 3"
    )
    assert answer_words.joined("", "PAS.pdf") == "Justificatif\u00a0: PAS.pdf"
    assert answer_words.joined(" Oui. ", " ") == "Oui."


@given(st.text(), st.text(), st.booleans())
def test_a_text_is_parted_so_that_it_joins_again(text: str, name: str, with_name: bool) -> None:
    whole = (answer_words.joined(text, name) if with_name else text).strip()
    assert answer_words.joined(*answer_words.parted(whole)) == whole


# -- The pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", answer_workbook.TYPES)
def test_the_workbook_is_saved_under_the_name_of_the_tender(
    signed_in: Client, checklist: Checklist, kind: str
) -> None:
    url = reverse("checklists:checklist_workbook", args=[checklist.pk, kind])
    assert (
        f'href="{url}"'
        in signed_in.get(
            reverse("checklists:checklist_publish", args=[checklist.pk])
        ).content.decode()
    )
    assert (
        f'href="{url}"'
        in signed_in.get(
            reverse("checklists:tender_detail", args=[checklist.lot.tender_id])
        ).content.decode()
    )
    response = signed_in.get(url)
    assert response["Content-Type"] == answer_workbook.TYPES[kind]
    assert response["Content-Disposition"].startswith('attachment; filename="reponse-2026-')
    assert response["X-Content-Type-Options"] == "nosniff"
    assert len(response.content) > 500


def test_a_draft_and_an_unknown_format_have_no_workbook(
    signed_in: Client, buyer: User, facility: Facility, checklist: Checklist
) -> None:
    draft = factories.draft_checklist(buyer, facility)
    name = "checklists:checklist_workbook"
    assert signed_in.get(reverse(name, args=[draft.pk, "xlsx"])).status_code == 404
    assert signed_in.get(reverse(name, args=[checklist.pk, "exe"])).status_code == 404


def test_the_workbook_of_an_assessment_is_given(signed_in: Client, assessment: Assessment) -> None:
    response = signed_in.get(reverse("checklists:assessment_workbook", args=[assessment.pk, "csv"]))
    assert "O-7.2" in response.content.decode()
