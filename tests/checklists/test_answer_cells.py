"""What the reader of workbooks keeps of a cell, and the limits of a file, in the test's process."""

import io
import zipfile
from typing import Any

import pytest

from checklists.documents import answers_child, archives

from .answer_site import comma_table, edited, repacked, table
from .test_hostile_workbooks import (
    HOSTILE,
    cell,
    ods,
    sound,
    with_rows,
)

IN_THIS_PROCESS = (
    "empty rows under the limit of size",
    "one cell on the last row",
    "a cell too far to the right",
    "entities that multiply",
    "an external entity in the list of sheets",
    "macros",
    "macros of an OpenDocument",
    "a path that leaves",
    "an absolute path",
    "three hundred parts",
    "a cell without a place",
    "a text that is not there",
    "a sheet cut in the middle",
    "another document",
    "a million rows in one OpenDocument element",
    "a million columns in one OpenDocument element",
    "a billion spaces",
    "entities in an OpenDocument",
    "an OpenDocument with a password",
    "a CSV of ten thousand columns",
)
"""The hostile files that are small enough to be read at once."""


def told(content: bytes, kind: str) -> list[dict[str, Any]]:
    answer = answers_child.answer(kind, content)
    assert "error" not in answer, answer
    return list(answer["sheets"])


def texts(content: bytes, kind: str = "xlsx", sheet: int = 0) -> dict[tuple[int, int], str]:
    rows = told(content, kind)[sheet]["rows"]
    return {(number, column): text for number, cells in rows for column, _, text in cells}


def kinds(content: bytes, kind: str = "xlsx") -> dict[tuple[int, int], tuple[str, str]]:
    rows = told(content, kind)[0]["rows"]
    return {
        (number, column): (held, text) for number, cells in rows for column, held, text in cells
    }


def refused(content: bytes, kind: str) -> str:
    answer = answers_child.answer(kind, content)
    assert list(answer) == ["error"]
    return str(answer["error"])


def ods_row(cells: str) -> bytes:
    return ods(f"<table:table-row>{cells}</table:table-row>")


# The limits


@pytest.mark.parametrize("name", IN_THIS_PROCESS)
def test_a_hostile_file_is_refused_with_its_reason(name: str) -> None:
    kind, make, reason = HOSTILE[name]
    assert reason in refused(make(), kind)


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [
        ("MOST_CELLS", 3, "plus de 3 cellules remplies"),
        ("MOST_CHARACTERS", 20, "contient trop de texte"),
        ("MOST_SHEETS", 1, "plus de 1 feuilles"),
        ("LONGEST_CELL", 5, "une cellule dépasse 5 caractères"),
        ("MOST_ELEMENTS", 10, "plus de 10 éléments"),
    ],
)
@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_whole_file_has_a_budget(
    kind: str, limit: str, value: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = sound(kind)
    monkeypatch.setattr(answers_child, limit, value)
    assert reason in refused(content, kind)


def test_merged_cells_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def merge(book: Any) -> None:
        for number in (3, 5, 7):
            book.active.merge_cells(f"A{number}:B{number}")

    content = edited(table(("O-1.1", "OUI"), name="Mes réponses"), merge)
    assert sorted(told(content, "xlsx")[0]["merged"]) == [[3, 1, 3, 2], [5, 1, 5, 2], [7, 1, 7, 2]]
    monkeypatch.setattr(answers_child, "MOST_MERGED", 2)
    assert refused(content, "xlsx") == (
        "feuille «\u00a0Mes réponses\u00a0»\u00a0: 2 cellules fusionnées au plus."
    )


def test_a_file_that_asks_for_more_memory_than_there_is_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def exhausted(content: bytes, budget: answers_child.Budget) -> list[answers_child.Sheet]:
        raise MemoryError

    monkeypatch.setitem(answers_child.READERS, "xlsx", exhausted)
    assert "trop de mémoire" in refused(b"", "xlsx")


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_file_that_is_cut_short_is_refused(kind: str) -> None:
    assert "tronqué ou abîmé" in refused(sound(kind)[:-200], kind)


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_part_under_a_password_is_refused(kind: str) -> None:
    """The mark of a password stands in the directory of the archive, before anything is read."""
    content = bytearray(sound(kind))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    assert "protégé par un mot de passe" in refused(bytes(content), kind)


def test_what_an_archive_would_weigh_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = sound()
    monkeypatch.setattr(archives, "RATIO_FROM", 100)
    monkeypatch.setattr(archives, "HIGHEST_RATIO", 1)
    assert "fois plus que dans le fichier" in refused(content, "xlsx")
    monkeypatch.undo()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        total = sum(entry.file_size for entry in archive.infolist())
    monkeypatch.setattr(archives, "MOST_UNZIPPED", total - 1)
    assert "une fois décompressé, 50 Mo au plus" in refused(content, "xlsx")


def test_an_archive_of_something_else_is_no_opendocument() -> None:
    assert "content.xml est absent" in refused(sound("xlsx"), "ods")


# A cell of Excel


def test_an_escaped_character_is_read_and_half_of_a_pair_is_left_as_it_is() -> None:
    content = with_rows(b'<row r="1">' + cell("A1", "a_x000A_b_xD800_c_x0000_") + b"</row>")
    assert texts(content, sheet=2)[1, 1] == "a\nb_xD800_c_x0000_"


def test_the_runs_of_a_text_are_joined_without_its_reading_aids() -> None:
    """Above a Japanese text stands how it is said (rPh): it is no part of the text."""
    runs = b"<r><t>Chiffr</t></r><r><rPr><b/></rPr><t>\xc3\xa9</t></r><rPh><t>non</t></rPh><t/>"
    content = with_rows(b'<row r="1"><c r="A1" t="inlineStr"><is>' + runs + b"</is></c></row>")
    assert texts(content, sheet=2)[1, 1] == "Chiffré"


def test_rows_and_cells_without_an_address_follow_each_other() -> None:
    rows = b'<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row><row><c t="str"><v>c</v></c></row>'
    assert texts(with_rows(rows), sheet=2) == {(1, 1): "a", (1, 2): "b", (2, 1): "c"}


@pytest.mark.parametrize(
    ("xml", "held", "text"),
    [
        (b'<c r="A1" t="b"><v>1</v></c>', "t", "VRAI"),
        (b'<c r="A1" t="b"><v>0</v></c>', "t", "FAUX"),
        (b'<c r="A1" t="e"><v>#REF!</v></c>', "e", "#REF!"),
        (b'<c r="A1"><v>7.0999999999999996</v></c>', "n", "7.1"),
        (b'<c r="A1"><v>3.0</v></c>', "n", "3"),
        (b'<c r="A1"><f>1+1</f><v>2</v></c>', "f", "=1+1"),
        (b'<c r="A1"><f/><v>2</v></c>', "f", "="),
    ],
)  # fmt: skip
def test_each_kind_of_cell_is_told_as_what_it_is(xml: bytes, held: str, text: str) -> None:
    content = with_rows(b'<row r="1">' + xml + b"</row>")
    assert told(content, "xlsx")[2]["rows"] == [(1, [(1, held, text)])]


def test_a_cell_that_says_nothing_is_no_cell() -> None:
    xml = b'<c r="A1" t="s"><v/></c><c r="B1"/><c r="C1" t="str"><v>  </v></c><c r="D1" t="b"/>'
    assert told(with_rows(b'<row r="1">' + xml + b"</row>"), "xlsx")[2]["rows"] == []


def test_a_day_is_written_as_in_french_and_a_number_that_is_no_day_is_left() -> None:
    styles = (
        b"<styleSheet><numFmts>"
        b'<numFmt numFmtId="170" formatCode="dd/mm/yyyy"/><numFmt numFmtId="171" formatCode="0.0"/>'
        b'</numFmts><cellXfs><xf/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs></styleSheet>'
    )
    rows = (
        b'<row r="1"><c r="A1" s="1"><v>45000</v></c><c r="B1" s="1"><v>1e12</v></c>'
        b'<c r="C1" s="2"><v>45000</v></c><c r="D1" s="0"><v>45000</v></c></row>'
    )

    def change(parts: dict[str, bytes]) -> None:
        parts["xl/styles.xml"] = styles

    content = repacked(with_rows(rows), change)
    assert list(texts(content, sheet=2).values()) == ["15/03/2023", "1e12", "45000", "45000"]


def test_a_sheet_that_is_listed_and_absent_is_left_out() -> None:
    content = repacked(sound(), lambda parts: parts.pop("xl/worksheets/sheet2.xml"))
    assert len(told(content, "xlsx")) == len(told(sound(), "xlsx")) - 1


def test_a_workbook_without_shared_texts_or_styles_is_read() -> None:
    def bare(parts: dict[str, bytes]) -> None:
        parts.pop("xl/sharedStrings.xml", None)
        parts.pop("xl/styles.xml", None)
        for name in [name for name in parts if name.startswith("xl/worksheets/sheet")]:
            parts[name] = (
                b'<worksheet><sheetData><row><c t="str"><v>OUI</v></c></row></sheetData></worksheet>'
            )

    assert texts(repacked(sound(), bare)) == {(1, 1): "OUI"}


# A cell of OpenDocument


def test_spaces_tabs_and_lines_are_kept_and_remarks_are_not() -> None:
    paragraphs = (
        '<text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d<text:span>e</text:span>'
        "<office:annotation><text:p>remarque</text:p></office:annotation>f</text:p><text:h>g</text:h>"
    )
    content = ods_row(f"<table:table-cell>{paragraphs}</table:table-cell>")
    assert texts(content, "ods") == {(1, 1): "a  b\tc\ndef\ng"}


def test_formulas_numbers_and_covered_cells_are_told_with_their_place() -> None:
    content = ods_row(
        '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
        '<table:table-cell table:number-columns-repeated="2"/>'
        '<table:shapes/><table:table-cell office:value-type="float" office:value="3.0"/>'
        '<table:table-cell table:number-rows-spanned="2"><text:p>OUI</text:p></table:table-cell>'
    )
    assert kinds(content, "ods") == {
        (1, 1): ("f", "=1+1"), (1, 4): ("n", "3"), (1, 5): ("t", "OUI"),
    }  # fmt: skip
    assert told(content, "ods")[0]["merged"] == [[1, 5, 2, 5]]


def test_a_repeated_row_stands_for_each_of_its_rows() -> None:
    content = ods(
        '<table:table-row table:number-rows-repeated="3"/>'
        '<table:table-row table:number-rows-repeated="2"><table:table-cell><text:p>a</text:p>'
        "</table:table-cell></table:table-row>"
    )
    assert texts(content, "ods") == {(4, 1): "a", (5, 1): "a"}


# A CSV


def test_a_csv_that_no_sign_cuts_within_the_limits_is_refused_with_the_first_reason() -> None:
    assert "60 colonnes au plus" in refused(b";".join([b"a"] * 70), "csv")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"O-1.1;OUI\x00", "n’est pas un texte CSV"),
        (b"O-1.1;\x81", "ni en Windows-1252"),
        (b'"' + b"a" * 400_000, "un guillemet n’est pas refermé"),
    ],
)
def test_what_is_no_text_is_no_csv(content: bytes, reason: str) -> None:
    assert reason in refused(content, "csv")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_in_what_spreadsheets_write(encoding: str) -> None:
    content = comma_table(("O-1.1", "Chiffré"), encoding=encoding)
    assert texts(content, "csv") == {(1, 1): "O-1.1", (1, 2): "Chiffré"}
