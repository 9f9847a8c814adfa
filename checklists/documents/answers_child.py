"""Reads a workbook that a candidate sent: run as a process of its own, with limits.

``python -m checklists.documents.answers_child xlsx|ods|csv`` reads the file on standard input and
writes JSON on standard output: ``{"sheets": […]}`` or ``{"error": "…"}``, a French sentence. A sheet
is its name, whether it is hidden, its cells that hold something by row and column, counted from 1,
and its merged areas. Nothing is calculated: a formula is told as such. It imports no Django.

The XML is read by its elements and no tree is kept, so that a million empty rows take no memory;
openpyxl takes twice the time to say less (it forgets merged cells when it reads in this way).
"""

import csv
import datetime as dt
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from .archives import MEGABYTE, Refused, live_within, refuse_archive

MEMORY = 256 * MEGABYTE
CPU_SECONDS = 2

MOST_ROWS = 2_000
MOST_COLUMNS = 60
MOST_SHEETS = 30
LONGEST_CELL = 32_767
MOST_CHARACTERS = 3_000_000
MOST_CELLS = 40_000
MOST_ELEMENTS = 300_000
MOST_MERGED = 5_000

TEXT, NUMBER, FORMULA, ERROR = "t", "n", "f", "e"
"""What a cell holds."""

Cell = tuple[int, str, str]
"""The column of a cell, what it holds, and its text."""
Plain = dict[str, Any]


def main(kind: str) -> None:
    """Read standard input as ``kind`` and answer on standard output, within the limits."""
    live_within(memory=MEMORY, seconds=CPU_SECONDS)
    told = json.dumps(answer(kind, sys.stdin.buffer.read()), ensure_ascii=False)
    # Half of a pair of surrogates is no text: a spreadsheet cannot hold it, a hostile file may.
    sys.stdout.buffer.write(told.encode("utf-8", "replace"))


def answer(kind: str, content: bytes) -> Plain:
    """Return ``{"sheets": …}`` or ``{"error": …}``; raises nothing."""
    try:
        return {"sheets": [sheet.told() for sheet in READERS[kind](content, Budget())]}
    except Refused as refusal:
        return {"error": str(refusal)}
    except (MemoryError, RecursionError):
        return {"error": "Le fichier demande trop de mémoire : il n’est pas lu."}
    except Exception as error:  # noqa: BLE001 whatever a hostile file makes the readers raise
        return {"error": _problem(error)}


class Budget:
    """What a whole file may hold: the web server receives all of it at once."""

    def __init__(self) -> None:
        self.elements = self.cells = self.characters = self.merged = 0

    def element(self) -> None:
        """Count one element of XML."""
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise Refused(f"Le classeur compte plus de {MOST_ELEMENTS} éléments : il n’est pas lu.")

    def row(self, place: str, cells: list[Cell]) -> None:
        """Count the cells of a row, and their text."""
        self.cells += len(cells)
        self.characters += sum(len(cell[2]) for cell in cells)
        if self.cells > MOST_CELLS:
            raise Refused(f"{place} : le classeur compte plus de {MOST_CELLS} cellules remplies.")
        if self.characters > MOST_CHARACTERS:
            raise Refused(f"{place} : le classeur contient trop de texte.")

    def area(self, place: str) -> None:
        """Count one merged area."""
        self.merged += 1
        if self.merged > MOST_MERGED:
            raise Refused(f"{place} : {MOST_MERGED} cellules fusionnées au plus.")


class Sheet:
    """The cells of a sheet, within the limits."""

    def __init__(self, name: str, budget: Budget, *, is_hidden: bool = False) -> None:
        self.name, self.budget, self.is_hidden = name[:120], budget, is_hidden
        self.rows: list[tuple[int, list[Cell]]] = []
        self.merged: list[list[int]] = []

    def add(self, number: int, cells: list[Cell]) -> None:
        """Keep the cells of a row that hold something. Raises Refused beyond the limits."""
        kept = [cell for cell in cells if cell[1] != TEXT or cell[2].strip()]
        if not kept:
            return
        place = f"feuille « {self.name} », ligne {number}" if self.name else f"ligne {number}"
        if number > MOST_ROWS:
            raise Refused(f"{place} : {MOST_ROWS} lignes au plus.")
        if kept[-1][0] > MOST_COLUMNS:
            raise Refused(f"{place} : {MOST_COLUMNS} colonnes au plus.")
        if any(len(cell[2]) > LONGEST_CELL for cell in kept):
            raise Refused(f"{place} : une cellule dépasse {LONGEST_CELL} caractères.")
        self.budget.row(place, kept)
        self.rows.append((number, kept))

    def merge(self, area: list[int]) -> None:
        """Keep a merged area: first row, first column, last row, last column."""
        self.budget.area(f"feuille « {self.name} »")
        self.merged.append(area)

    def told(self) -> Plain:
        """Return the sheet as plain values."""
        return {
            "name": self.name,
            "is_hidden": self.is_hidden,
            "rows": self.rows,
            "merged": self.merged,
        }


def _problem(error: BaseException) -> str:
    if type(error).__module__.startswith("defusedxml"):
        return "Le classeur déclare des entités XML : il n’est pas lu."
    return "Le fichier ne se lit pas : il est tronqué, ou n’est pas ce que dit son extension."


# -- XML ---------------------------------------------------------------------------------------


class _Xml:
    """The elements of one part, as they open and close; no entity, no type declaration."""

    def __init__(self, archive: zipfile.ZipFile, path: str, budget: Budget) -> None:
        self.stream, self.budget = archive.open(path), budget

    def __iter__(self) -> Iterator[tuple[str, str, Any]]:
        from defusedxml.ElementTree import iterparse

        with self.stream:
            for event, element in iterparse(self.stream, ("start", "end"), forbid_dtd=True):
                if event == "start":
                    self.budget.element()
                yield event, _local(element.tag), element


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _attribute(element: Any, name: str, default: str = "") -> str:
    """Return an attribute by its local name: strict and transitional files differ by the rest."""
    for key, value in element.attrib.items():
        if _local(key) == name:
            return str(value)
    return default


# -- XLSX --------------------------------------------------------------------------------------

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_COORDINATE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def read_xlsx(content: bytes, budget: Budget) -> list[Sheet]:
    """Read the sheets of an Excel workbook."""
    refuse_archive(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        reader = _Reader(
            strings=_strings(archive, budget) if "xl/sharedStrings.xml" in names else [],
            dates=_date_styles(archive, budget) if "xl/styles.xml" in names else set(),
        )
        found: list[Sheet] = []
        for name, is_hidden, path in _listed_sheets(archive, budget):
            if len(found) == MOST_SHEETS:
                raise Refused(f"Le classeur compte plus de {MOST_SHEETS} feuilles.")
            if path in names:
                sheet = Sheet(name, budget, is_hidden=is_hidden)
                _read_sheet(archive, path, sheet, reader)
                found.append(sheet)
        return found


class _Reader(NamedTuple):
    """What the cells of a workbook refer to: shared texts, and the styles that show a date."""

    strings: list[str]
    dates: set[int]


def _listed_sheets(archive: zipfile.ZipFile, budget: Budget) -> Iterator[tuple[str, bool, str]]:
    if "xl/workbook.xml" not in archive.namelist():
        raise Refused("Ce n’est pas un classeur Excel : la partie xl/workbook.xml est absente.")
    targets = {
        _attribute(element, "Id"): _attribute(element, "Target")
        for event, name, element in _Xml(archive, "xl/_rels/workbook.xml.rels", budget)
        if (event, name) == ("end", "Relationship")
    }
    for event, name, element in _Xml(archive, "xl/workbook.xml", budget):
        if (event, name) == ("end", "sheet"):
            target = targets.get(_attribute(element, "id"), "")
            path = target[1:] if target.startswith("/") else f"xl/{target}"
            is_hidden = _attribute(element, "state", "visible") != "visible"
            yield _attribute(element, "name"), is_hidden, path


def _strings(archive: zipfile.ZipFile, budget: Budget) -> list[str]:
    found: list[str] = []
    characters = 0
    for event, name, element in _Xml(archive, "xl/sharedStrings.xml", budget):
        if (event, name) == ("end", "si"):
            found.append(_rich_text(element))
            characters += len(found[-1])
            if characters > MOST_CHARACTERS:
                raise Refused("Le classeur contient trop de texte.")
            element.clear()
    return found


# The formats of dates and times that have a number and no text (ECMA-376, 18.8.30).
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_EPOCH = dt.date(1899, 12, 30)


def _date_styles(archive: zipfile.ZipFile, budget: Budget) -> set[int]:
    """Return the styles under which a number is shown as a date."""
    formats, dates = set(_DATE_FORMATS), set[int]()
    for event, name, element in _Xml(archive, "xl/styles.xml", budget):
        if event == "end" and name == "numFmt":
            shown = _NOT_SHOWN.sub("", _attribute(element, "formatCode")).lower()
            if "d" in shown or "y" in shown:
                formats.add(int(_attribute(element, "numFmtId")))
        elif event == "end" and name == "cellXfs":
            for number, style in enumerate(element):
                if int(_attribute(style, "numFmtId") or 0) in formats:
                    dates.add(number)
    return dates


def _rich_text(element: Any) -> str:
    """Join the runs of a text; what Japanese readers see above it is no part of it."""
    parts = []
    for child in element:
        if _local(child.tag) == "t":
            parts.append(child.text or "")
        elif _local(child.tag) == "r":
            parts.append(_rich_text(child))
    return _ESCAPED.sub(_unescaped, "".join(parts))


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF or code == 0 else chr(code)


def _read_sheet(archive: zipfile.ZipFile, path: str, sheet: Sheet, reader: _Reader) -> None:
    number = 0
    for event, name, element in _Xml(archive, path, sheet.budget):
        if event == "start":
            continue
        if name == "row":
            number = int(_attribute(element, "r") or number + 1)
            sheet.add(number, list(_row_cells(element, reader)))
            element.clear()
        elif name == "mergeCell":
            first, _, last = _attribute(element, "ref").partition(":")
            sheet.merge([*_place(first), *_place(last or first)])


def _row_cells(row: Any, reader: _Reader) -> Iterator[Cell]:
    column = 0
    for element in row:
        coordinate = element.get("r")
        column = _place(coordinate)[1] if coordinate else column + 1
        kind, text = _value(element, reader)
        if text or kind != TEXT:
            yield column, kind, text


def _place(coordinate: str) -> tuple[int, int]:
    """Return the row and the column of « B7 »: 7 and 2."""
    found = _COORDINATE.fullmatch(coordinate)
    if not found:
        raise Refused("Le classeur ne se lit pas : une cellule n’a pas d’adresse.")
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _value(element: Any, reader: _Reader) -> tuple[str, str]:
    kind, text = element.get("t", "n"), ""
    for child in element:
        name = _local(child.tag)
        if name == "f":
            return FORMULA, f"={child.text or ''}"
        if name == "v":
            text = child.text or ""
        elif name == "is":
            text = _rich_text(child)
    if kind == "s":
        return TEXT, reader.strings[int(text)] if text else ""
    if kind == "n" and text and int(element.get("s") or 0) in reader.dates:
        return TEXT, _date(text)
    if kind == "n" and text:
        return NUMBER, _number(text)
    if kind == "b" and text:
        return TEXT, "VRAI" if text == "1" else "FAUX"
    if kind == "e":
        return ERROR, text
    return TEXT, _ESCAPED.sub(_unescaped, text) if kind == "str" else text


def _date(text: str) -> str:
    """Return a date as a French reader writes it: a spreadsheet keeps the number of its day."""
    try:
        return f"{_EPOCH + dt.timedelta(days=int(float(text))):%d/%m/%Y}"
    except (OverflowError, ValueError):
        return text


def _number(text: str) -> str:
    """Return a number as a person wrote it: « 7.1 » for 7.0999999999999996."""
    short = repr(float(text))
    return short.removesuffix(".0")


# -- ODS ---------------------------------------------------------------------------------------


def read_ods(content: bytes, budget: Budget) -> list[Sheet]:
    """Read the sheets of an OpenDocument workbook."""
    refuse_archive(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        if "content.xml" not in names:
            raise Refused("Ce n’est pas un classeur OpenDocument : content.xml est absent.")
        if "META-INF/manifest.xml" in names and _is_encrypted(archive, budget):
            raise Refused("Le classeur est protégé par un mot de passe.")
        return _read_tables(archive, budget)


def _is_encrypted(archive: zipfile.ZipFile, budget: Budget) -> bool:
    return any(
        name == "encryption-data" for _, name, _ in _Xml(archive, "META-INF/manifest.xml", budget)
    )


def _read_tables(archive: zipfile.ZipFile, budget: Budget) -> list[Sheet]:
    hidden_styles: set[str] = set()
    sheets: list[Sheet] = []
    number = 0
    for event, name, element in _Xml(archive, "content.xml", budget):
        if event == "start" and name == "table":
            if len(sheets) == MOST_SHEETS:
                raise Refused(f"Le classeur compte plus de {MOST_SHEETS} feuilles.")
            is_hidden = _attribute(element, "style-name") in hidden_styles
            sheets.append(Sheet(_attribute(element, "name"), budget, is_hidden=is_hidden))
            number = 0
        elif event == "end" and name == "style":
            if any(_attribute(child, "display") == "false" for child in element):
                hidden_styles.add(_attribute(element, "name"))
        elif event == "end" and name == "table-row" and sheets:
            number = _read_row(sheets[-1], number, element)
            element.clear()
    return sheets


def _read_row(sheet: Sheet, number: int, row: Any) -> int:
    """Read a row, which may stand for many; return the number of the last one."""
    repeated = int(_attribute(row, "number-rows-repeated") or 1)
    cells = list(_table_cells(sheet, number + 1, row))
    if cells and repeated > MOST_ROWS:
        raise Refused(f"feuille « {sheet.name} », ligne {number + 1} : {MOST_ROWS} lignes au plus.")
    for each in range(repeated if cells else 0):
        sheet.add(number + 1 + each, cells)
    return number + repeated


def _table_cells(sheet: Sheet, number: int, row: Any) -> Iterator[Cell]:
    column = 1
    for element in row:
        if _local(element.tag) not in ("table-cell", "covered-table-cell"):
            continue
        repeated = int(_attribute(element, "number-columns-repeated") or 1)
        kind, text = _office_value(element)
        rows = int(_attribute(element, "number-rows-spanned") or 1)
        columns = int(_attribute(element, "number-columns-spanned") or 1)
        if rows * columns > 1:
            sheet.merge([number, column, number + rows - 1, column + columns - 1])
        if text or kind != TEXT:
            for each in range(min(repeated, MOST_COLUMNS + 1)):
                yield column + each, kind, text
        column += repeated


def _office_value(element: Any) -> tuple[str, str]:
    paragraphs = [_paragraph(child) for child in element if _local(child.tag) in ("p", "h")]
    text = "\n".join(paragraphs)
    if formula := _attribute(element, "formula"):
        return FORMULA, formula.removeprefix("of:")
    if _attribute(element, "value-type") in ("float", "percentage", "currency"):
        return NUMBER, _number(_attribute(element, "value"))
    return TEXT, text


def _paragraph(element: Any) -> str:
    """Return the text of a paragraph; a remark stuck on the cell is no part of it."""
    parts = [element.text or ""]
    for child in element:
        name = _local(child.tag)
        if name == "s":
            parts.append(" " * min(int(_attribute(child, "c") or 1), LONGEST_CELL))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name != "annotation":
            parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)


# -- CSV ---------------------------------------------------------------------------------------


def read_csv(content: bytes, budget: Budget) -> list[Sheet]:
    """Read a CSV in UTF-8 or Windows-1252, with semicolons, commas or tabs.

    A sentence may hold more commas than its row has semicolons: the file is cut at each sign that
    it holds, and the titles of the columns tell afterwards which was right.
    """
    text = _decoded(content)
    csv.field_size_limit(10 * LONGEST_CELL)
    found, refused = [], None
    for sign in [sign for sign in ";\t," if sign in text] or [";"]:
        try:
            found.append(_cut(text, sign, Budget()))
        except Refused as refusal:
            refused = refused or refusal
    if not found and refused:
        raise refused
    for sheet in found:
        for number, cells in sheet.rows:
            budget.row(f"ligne {number}", cells)
    return found


def _cut(text: str, sign: str, budget: Budget) -> Sheet:
    sheet = Sheet("", budget)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, ""), delimiter=sign), 1):
            sheet.add(number, [(n, TEXT, cell) for n, cell in enumerate(row, 1) if cell])
    except csv.Error:
        raise Refused("Le fichier CSV ne se lit pas : un guillemet n’est pas refermé.") from None
    return sheet


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if b"\x00" in content:
        raise Refused("Ce fichier n’est pas un texte CSV.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("Ce fichier n’est pas un texte en UTF-8 ni en Windows-1252.")


READERS = {"xlsx": read_xlsx, "ods": read_ods, "csv": read_csv}

if __name__ == "__main__":
    main(sys.argv[1])
