"""What candidates really send is read; what could be read in two ways is asked, never guessed."""

import datetime as dt
from typing import Any

import pytest

from checklists.documents import answer_form, answer_workbook, answers_child
from checklists.domain import answer_reading
from checklists.domain.answer_reading import Reading, Sheet

from .answer_site import comma_table, edited, table
from .test_answer_workbook import form_of, question

YES_NO, WITH_NC = ("yes", "no"), ("yes", "no", "not_concerned")
ASKED = {"O-1.1": YES_NO, "O-7.1": YES_NO, "O-7.2": WITH_NC, "O-7.10": WITH_NC}
HEAD = ("Point", "Réponse", "Précisions et justification")


def sheets(content: bytes, kind: str = "xlsx") -> list[Sheet]:
    told = answers_child.answer(kind, content)
    assert "error" not in told, told
    return [Sheet.of(**sheet) for sheet in told["sheets"]]


def read(content: bytes, kind: str = "xlsx") -> Reading:
    return answer_reading.read(sheets(content, kind), asked=ASKED)


def values(reading: Reading) -> dict[tuple[str, str], str]:
    return {(each.ref, each.field): each.value for each in reading.found}


def claims(reading: Reading) -> dict[str, str]:
    return {ref: value for (ref, field), value in values(reading).items() if field == "claim"}


def our_form() -> answer_form.Form:
    labels = {"yes": "OUI", "no": "NON", "not_concerned": "NC"}
    return form_of(
        *(
            question(ref, choices=tuple(labels[value] for value in kinds))
            for ref, kinds in ASKED.items()
        )
    )


def ours(**answers: Any) -> bytes:
    """Our own workbook with what somebody did to it."""
    return edited(answer_workbook.written(our_form(), "xlsx"), answers["change"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("OUI", "yes"), ("Oui", "yes"), ("oui ", "yes"), ("O", "yes"), ("yes", "yes"),
        ("Y", "yes"), ("✓ Oui", "yes"), ("NON", "no"), ("n", "no"), ("No.", "no"),
        ("NC", "not_concerned"), ("N.C.", "not_concerned"), ("N/A", "not_concerned"),
        ("non concerné", "not_concerned"), ("Non\u00a0concernée", "not_concerned"),
        ("sans objet", "not_concerned"),
    ],
)  # fmt: skip
def test_the_words_of_candidates_are_known(text: str, value: str) -> None:
    assert claims(read(table(HEAD, ("O-7.2", text)))) == {"O-7.2": value}


@pytest.mark.parametrize("ref", ["O-7.2", "o 7.2", "7.2", "O–7.2", "O-7,2"])
def test_a_point_is_known_by_any_writing_of_its_number(ref: str) -> None:
    assert claims(read(table(HEAD, (ref, "OUI")))) == {"O-7.2": "yes"}


@pytest.mark.parametrize("text", ["X", "peut-être", "Oui, sous réserve", "-", "oui/non"])
def test_what_says_neither_is_a_doubt_and_no_value(text: str) -> None:
    reading = read(table(HEAD, ("O-7.2", text, "Voir le PAS.")))
    assert claims(reading) == {}
    (doubt,) = reading.doubts
    assert (doubt.ref, doubt.place, doubt.shown) == ("O-7.2", "Feuil1, B2", text)
    assert [option.label for option in doubt.options][:3] == ["OUI", "NON", "NC"]
    assert values(reading) == {("O-7.2", "claim_text"): "Voir le PAS."}


def test_words_in_the_place_of_a_claim_may_be_kept_as_text() -> None:
    reading = read(table(HEAD, ("O-1.1", "Voir annexe 2", "Page 4.")))
    option = reading.doubts[0].options[-1]
    assert (option.field, option.value) == ("claim_text", "Voir annexe 2\nPage 4.")


def test_columns_may_be_moved_added_and_renamed() -> None:
    head = ("N° interne", "Commentaire", "Statut", "Oui / Non", "Réf", "Documents joints")
    reading = read(
        table(("Réponse de la société",), (), head, (12, "Tenu.", "fait", "Non", "7.1", "A.pdf"))
    )
    assert values(reading) == {
        ("O-7.1", "claim"): "no",
        ("O-7.1", "claim_text"): "Tenu.\nJustificatif\u00a0: A.pdf",
    }


def test_the_columns_that_are_read_and_those_left_aside_are_told() -> None:
    head = ("Réf", "Description", "Réponse", "Note")
    reading = read(table(head, ("O-7.1", "L’exigence, et non la réponse.", "OUI", "Conforme")))
    assert reading.columns == ["Réf (Feuil1, A1)", "Réponse (Feuil1, C1)"]
    assert reading.ignored == ["Description (Feuil1, B1)", "Note (Feuil1, D1)"]
    assert values(reading) == {("O-7.1", "claim"): "yes"}


def test_rows_may_be_sorted_in_any_order_with_titles_between() -> None:
    reading = read(
        table(
            HEAD,
            ("O-7.10", "NC"),
            ("7 Protection",),
            ("O-1.1", "OUI"),
            ("", "", ""),
            ("O-7.1", "NON"),
        )
    )
    assert claims(reading) == {"O-7.10": "not_concerned", "O-1.1": "yes", "O-7.1": "no"}
    assert reading.empty == ["O-7.2"]
    assert (reading.foreign, reading.refused, reading.doubts) == ([], [], [])


def test_a_mark_in_one_of_three_columns_is_an_answer_and_two_marks_are_a_doubt() -> None:
    head = ("Point", "OUI", "NON", "NC")
    reading = read(
        table(head, ("O-1.1", "X"), ("O-7.1", None, "✓"), ("O-7.2", "x", "x"), ("O-7.10", "non"))
    )
    assert claims(reading) == {"O-1.1": "yes", "O-7.1": "no"}
    assert [doubt.ref for doubt in reading.doubts] == ["O-7.2", "O-7.10"]


def test_a_mark_for_an_answer_that_the_point_does_not_take_is_refused() -> None:
    reading = read(table(("Point", "OUI", "NON", "NC"), ("O-1.1", None, None, "X")))
    assert [(each.ref, each.expected) for each in reading.refused] == [("O-1.1", "OUI ou NON")]


def test_an_answer_that_the_point_does_not_take_is_refused_with_what_was_expected() -> None:
    (refusal,) = read(table(HEAD, ("O-1.1", "NC"))).refused
    assert (refusal.place, refusal.shown, refusal.expected) == ("Feuil1, B2", "NC", "OUI ou NON")


def test_a_formula_is_refused_and_never_calculated() -> None:
    reading = read(
        table(HEAD, ("O-1.1", '=IF(1=1,"OUI","NON")', "Tenu."), ("O-7.1", "OUI", "=1+1"))
    )
    assert [(each.place, each.ref) for each in reading.refused] == [
        ("Feuil1, B2", "O-1.1"), ("Feuil1, C3", "O-7.1"),
    ]  # fmt: skip
    assert values(reading) == {("O-1.1", "claim_text"): "Tenu.", ("O-7.1", "claim"): "yes"}


def test_an_error_and_a_formula_are_refused_in_any_column() -> None:
    head = ("Point", "OUI", "NON", "Précisions")
    reading = read(
        table(
            head,
            ("=A1", "X"),
            ("O-1.1", "=1+1", None, "Tenu."),
            ("O-7.1", None, "X", "#N/A"),
            ("O-7.2", "#DIV/0!"),
        )
    )
    assert [(each.place, each.ref, "erreur" in each.why) for each in reading.refused] == [
        ("Feuil1, B3", "O-1.1", False), ("Feuil1, D4", "O-7.1", True), ("Feuil1, B5", "O-7.2", True),
    ]  # fmt: skip
    assert [each.why for each in reading.foreign] == ["Le numéro du point est une formule."]
    assert values(reading) == {("O-1.1", "claim_text"): "Tenu.", ("O-7.1", "claim"): "no"}


def test_a_doubt_never_offers_to_keep_a_formula() -> None:
    reading = read(table(HEAD, ("O-1.1", "Voir annexe 2", "=1+1")))
    (doubt,), (refusal,) = reading.doubts, reading.refused
    assert doubt.options[-1].value == "Voir annexe 2"
    assert refusal.place == "Feuil1, C2"


def test_a_row_of_a_point_that_is_not_asked_is_told() -> None:
    reading = read(table(HEAD, ("O-99.1", "OUI"), ("", "NON"), ("O-98", "", "")))
    assert [(each.place, each.ref) for each in reading.foreign] == [
        ("Feuil1, B2", "O-99.1"), ("Feuil1, B3", ""),
    ]  # fmt: skip


def test_a_number_that_the_spreadsheet_cut_is_not_guessed() -> None:
    reading = read(table(HEAD, (7.1, "OUI"), (7.2, "NON")))
    assert claims(reading) == {"O-7.2": "no"}
    assert "O-7.1 ou O-7.10" in reading.foreign[0].why


def test_a_date_is_read_as_it_is_shown_and_never_as_a_number() -> None:
    reading = read(
        table(
            HEAD,
            ("O-1.1", "OUI", dt.date(2027, 3, 1)),
            ("O-7.1", dt.date(2026, 1, 7), "Le 7."),
            (dt.date(2026, 1, 7), "OUI", ""),
        )
    )
    assert values(reading)["O-1.1", "claim_text"] == "01/03/2027"
    assert [doubt.shown for doubt in reading.doubts] == ["07/01/2026"]
    assert [each.ref for each in reading.foreign] == ["07/01/2026"]


def test_a_cell_merged_over_several_points_is_a_doubt_for_each() -> None:
    def change(book: Any) -> None:
        sheet = book["Réponses"]
        sheet["F3"], sheet["G5"] = "OUI", "Les deux."
        sheet.merge_cells("F3:F4")
        sheet.merge_cells("G5:G6")

    reading = read(ours(change=change))
    assert values(reading) == {}
    assert [(doubt.ref, doubt.place, doubt.options[0].value) for doubt in reading.doubts] == [
        ("O-1.1", "Réponses, F3", "yes"), ("O-7.1", "Réponses, F3", "yes"),
        ("O-7.2", "Réponses, G5", "Les deux."), ("O-7.10", "Réponses, G5", "Les deux."),
    ]  # fmt: skip


def test_a_merged_cell_that_is_empty_calculated_or_answers_nothing() -> None:
    def change(book: Any) -> None:
        sheet = book["Réponses"]
        sheet["F3"], sheet["G3"], sheet["F5"] = "NC", "=1+1", ""
        for area in ("F3:F4", "G3:G4", "F5:F6", "H6:H9"):
            sheet.merge_cells(area)

    reading = read(ours(change=change))
    assert values(reading) == {}
    assert [(each.place, each.ref) for each in reading.refused] == [
        ("Réponses, G3", "O-1.1"), ("Réponses, G3", "O-7.1"),
    ]  # fmt: skip
    for doubt in reading.doubts:
        assert [option.label for option in doubt.options] == ["OUI", "NON"], "NC is not for them"
    assert [doubt.ref for doubt in reading.doubts] == ["O-1.1", "O-7.1"]
    assert reading.foreign == [], "rows below the table that a merged cell covers say nothing"


def test_a_copied_sheet_counts_once_and_answers_that_differ_are_a_doubt() -> None:
    def change(book: Any) -> None:
        book["Réponses"]["F3"] = book["Réponses"]["F4"] = "OUI"
        copy = book.copy_worksheet(book["Réponses"])
        copy["F4"], copy["F5"] = "NON", "NC"

    reading = read(ours(change=change))
    assert claims(reading) == {"O-1.1": "yes", "O-7.2": "not_concerned"}
    (doubt,) = reading.doubts
    assert (doubt.ref, doubt.shown) == ("O-7.1", "OUI / NON")
    assert doubt.place == "Réponses, F4, Réponses Copy, F4"


def test_two_rows_of_one_point_that_differ_are_a_doubt() -> None:
    reading = read(
        table(HEAD, ("O-1.1", "OUI"), ("O-1.1", "NON"), ("O-7.1", "OUI"), ("7.1", "oui"))
    )
    assert claims(reading) == {"O-7.1": "yes"}
    assert [doubt.ref for doubt in reading.doubts] == ["O-1.1"]


def test_a_hidden_sheet_is_no_answer() -> None:
    def change(book: Any) -> None:
        copy = book.copy_worksheet(book["Réponses"])
        copy["F3"] = "NON"
        copy.sheet_state = "hidden"

    assert values(read(ours(change=change))) == {}


def test_the_checklist_and_the_company_are_read() -> None:
    def change(book: Any) -> None:
        book["Candidat"]["B2"], book["Candidat"]["B3"] = "Ombre SA", "999 110 018 00010"

    reading = read(ours(change=change))
    assert reading.seals == ["a" * 64]
    assert reading.identity == {"Raison sociale": "Ombre SA", "SIRET": "999 110 018 00010"}
    assert reading.sheets == ["Réponses"]


@pytest.mark.parametrize("kind", ["xlsx", "ods", "csv"])
def test_the_three_formats_say_the_same(kind: str) -> None:
    form = form_of(
        question(
            "O-1.1", claim="OUI", text="=1+1\n\n  • tenu ;\tvoir « A »\nJustificatif\u00a0: P 1.pdf"
        ),
        question("O-7.2", claim="NC", text='\'-guillemet "x" _x0041_  deux'),
    )
    reading = read(answer_workbook.written(form, kind), kind)
    assert values(reading) == {
        ("O-1.1", "claim"): "yes",
        ("O-1.1", "claim_text"): form.questions[0].text,
        ("O-7.2", "claim"): "not_concerned",
        ("O-7.2", "claim_text"): form.questions[1].text,
    }
    assert reading.seals == ["a" * 64]


@pytest.mark.parametrize("sign", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_of_any_spreadsheet_is_read(sign: str, encoding: str) -> None:
    content = comma_table(
        ("Point", "Réponse", "Précisions"),
        ("O-7.1", "OUI", 'Été ; "a", b\nÀ'),
        sign=sign,
        encoding=encoding,
    )
    assert values(read(content, "csv")) == {
        ("O-7.1", "claim"): "yes",
        ("O-7.1", "claim_text"): 'Été ; "a", b\nÀ',
    }


def test_a_csv_whose_sentences_hold_more_commas_than_its_rows_have_semicolons() -> None:
    lines = ("Réponses, version 2, mars", "Point;Réponse;Précisions", "O-7.1;OUI;a, b, c, d, e, f")
    reading = read("\r\n".join(lines).encode("cp1252"), "csv")
    assert values(reading)["O-7.1", "claim_text"] == "a, b, c, d, e, f"
    assert len(reading.found) == 2


def test_a_sheet_without_titles_is_not_guessed() -> None:
    reading = read(table(("O-1.1", "OUI"), ("O-7.1", "NON")))
    assert (reading.sheets, reading.found) == ([], [])


def test_what_an_export_writes_for_nothing_says_nothing() -> None:
    reading = read(table(HEAD, ("O-1.1", "Sans réponse"), ("O-7.1", "  ")))
    assert (reading.found, reading.doubts) == ([], [])
    assert reading.empty == list(ASKED)
