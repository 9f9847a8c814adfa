"""The workbook of a document: the same data, and nothing that a spreadsheet would run."""

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from defusedxml.ElementTree import fromstring

from checklists.documents import ciso_assistant
from checklists.documents.ods import write_ods
from checklists.documents.sheets import Book, Cell, Sheet
from checklists.documents.workbook import CELL_LENGTH, safe_text, workbook
from checklists.documents.xlsx import write_xlsx

from . import content

LIVE = [
    '=HYPERLINK("http://127.0.0.1/")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "＝1+1",
]


def opened(points: list[content.Plain] | int = 6) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook(content.content(points))))


def cells(book: openpyxl.Workbook) -> list[Any]:
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row]


@pytest.mark.parametrize("text", LIVE)
def test_a_text_that_looks_like_a_formula_is_dead(text: str) -> None:
    hostile = content.point(1, claim=text, comment=text, title=text, requirement=text)
    found = cells(opened([hostile]))
    assert not [cell for cell in found if cell.data_type == "f"]
    strings = [cell.value for cell in found if isinstance(cell.value, str)]
    assert not [one for one in strings if one.strip()[:1] in tuple("=+-@\t\r＝")]
    assert sum(one.startswith("'") for one in strings) >= 4


def test_the_points_say_what_the_data_say() -> None:
    [head, first, *others] = opened()["Points"].iter_rows(values_only=True)
    row = dict(zip(head, first, strict=True))
    assert (row["Point"], row["Réponse du candidat"], row["Note"]) == ("O-1.1", "OUI", "◐ Partiel")
    assert row["Commentaire"] == content.COMMENT
    assert len(others) == 5


def test_a_point_names_its_chapter_by_its_number() -> None:
    """Chapter 10 of the clausier has the eleventh place: 9.1 comes before it."""
    made = content.content(1)
    made["data"]["chapters"][0]["ref"] = "10"
    book = openpyxl.load_workbook(io.BytesIO(workbook(made)))
    assert [row[2] for row in book["Points"].iter_rows(values_only=True)] == ["Chapitre", "10"]


def test_a_row_is_as_high_as_its_longest_text() -> None:
    """LibreOffice leaves one line to a row that says nothing, and prints its texts over the next."""
    points = [content.point(1, requirement="un\ndeux\ntrois", claim="mot " * 150)]
    sheet = opened([*points, content.point(2, claim="x" * 9_000)])["Points"]
    assert sheet.row_dimensions[3].height == 409
    assert opened()["Chapitres"].row_dimensions[2].height is None
    assert 12 * 15 <= sheet.row_dimensions[2].height <= 14 * 15


def test_figures_are_numbers() -> None:
    book = opened()
    last = list(book["Chapitres"].iter_rows(values_only=True))[-1]
    assert last[:3] == (None, "Ensemble", 6)
    assert last[-1] == 40.0


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    assert safe_text("a\x00b\x1fc\ud800d") == "a�b�c�d"
    opened([content.point(1, claim="cloche \x07", comment="\x0b")])


def test_neither_a_title_nor_a_footer_holds_them() -> None:
    """A name pasted with a bell left no workbook at all, and an ODS that nothing opens."""
    book = Book(title="2026\x07", footer="Nord\x01", sheets=[Sheet("Un", (9,), [[Cell("a")]])])
    assert openpyxl.load_workbook(io.BytesIO(write_xlsx(book))).properties.title == "2026�"
    with zipfile.ZipFile(io.BytesIO(write_ods(book))) as parts:
        for name in parts.namelist():
            if name.endswith(".xml"):
                fromstring(parts.read(name))
    data = content.content(1)["data"]
    named = data | {"candidate": data["candidate"] | {"name": "Nord\x07"}}
    made = openpyxl.load_workbook(io.BytesIO(ciso_assistant.written(named)))
    assert made.properties.title == "Nord�"


def test_a_text_longer_than_a_cell_is_cut() -> None:
    assert len(safe_text("x" * 40_000)) == CELL_LENGTH
