"""Writes a workbook of plain cells as XLSX, protected, ready to be printed."""

import io
import re
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation

from .sheets import BODY, CHAPTER, HEAD, INPUT, LABEL, TITLE, Book, Cell, Sheet, height

INK, RULE, HEAD_FILL, CHAPTER_FILL, INPUT_FILL = "1B2733", "B8C4CE", "17456B", "E3EDF5", "FFFBEA"
"""The colours of both formats: the input cells are told apart by their border too."""

_EDGE = Side(style="thin", color=RULE)
_BOX = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_FONTS = {
    HEAD: Font(name="Calibri", size=10, bold=True, color="FFFFFF"),
    LABEL: Font(name="Calibri", size=10, bold=True, color=INK),
    BODY: Font(name="Calibri", size=9, color=INK),
    CHAPTER: Font(name="Calibri", size=11, bold=True, color=INK),
    TITLE: Font(name="Calibri", size=14, bold=True, color=INK),
    INPUT: Font(name="Calibri", size=10, color=INK),
}
_FILLS = {
    look: PatternFill("solid", fgColor=colour)
    for look, colour in ((HEAD, HEAD_FILL), (CHAPTER, CHAPTER_FILL), (INPUT, INPUT_FILL))
}

# In this format « _x0041_ » means « A »: a text that happens to hold it says so.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def write_xlsx(book: Book) -> bytes:
    """Return the file of a workbook."""
    made = Workbook()
    made.remove(made.worksheets[0])
    made.properties.title, made.properties.creator = book.title, "Clausier"
    made.security = WorkbookProtection(lockStructure=True)
    for sheet in book.sheets:
        _write_sheet(made.create_sheet(sheet.name), sheet, book.footer)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def _write_sheet(page: Any, sheet: Sheet, footer: str) -> None:
    for number, width in enumerate(sheet.widths, start=1):
        page.column_dimensions[get_column_letter(number)].width = width
    validations: dict[tuple[str, ...], DataValidation] = {}
    for row, cells in enumerate(sheet.rows, start=1):
        column = 1
        for cell in cells:
            _write_cell(page, row, column, cell, boxed=sheet.has_head)
            if cell.choices:
                _validation(page, validations, cell.choices).add(page.cell(row, column).coordinate)
            column += cell.span
        page.row_dimensions[row].height = height(cells, sheet.widths)
    page.sheet_state = "hidden" if sheet.is_hidden else "visible"
    _protect(page)
    _lay_out(page, sheet, footer)


def _write_cell(page: Any, row: int, column: int, cell: Cell, *, boxed: bool) -> None:
    made = page.cell(row, column)
    if cell.text:
        made.value = _LOOKS_ESCAPED.sub("_x005F_", cell.text)
        made.data_type = "s"  # the library makes a formula of a text that begins with "="
    if cell.look == INPUT:
        made.number_format = "@"  # what is typed there stays a text
    made.font, made.alignment = _FONTS[cell.look], _WRAPPED
    made.protection = Protection(locked=cell.look != INPUT)
    if cell.look in _FILLS:
        made.fill = _FILLS[cell.look]
    if cell.look == INPUT or (boxed and cell.look != CHAPTER):
        made.border = _BOX
    if cell.span > 1:
        page.merge_cells(
            start_row=row, end_row=row, start_column=column, end_column=column + cell.span - 1
        )
    if cell.hint:
        hint = DataValidation(allow_blank=True, showInputMessage=True, prompt=cell.hint)
        hint.add(made.coordinate)
        page.add_data_validation(hint)


def _validation(
    page: Any, known: dict[tuple[str, ...], DataValidation], choices: tuple[str, ...]
) -> DataValidation:
    if choices not in known:
        listed = ", ".join(choices)
        known[choices] = DataValidation(
            type="list",
            formula1=f'"{",".join(choices)}"',
            allow_blank=True,
            showErrorMessage=True,
            errorTitle="Réponse",
            error=f"Choisissez une des réponses prévues pour ce point\u00a0: {listed}.",
        )
        page.add_data_validation(known[choices])
    return known[choices]


def _protect(page: Any) -> None:
    """Protect all but the input cells, without a password; heights, widths and filters stay free."""
    page.protection.enable()
    for freed in ("formatColumns", "formatRows", "autoFilter"):
        setattr(page.protection, freed, False)


def _lay_out(page: Any, sheet: Sheet, footer: str) -> None:
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top, page.page_margins.bottom = 0.5, 0.8
    page.oddFooter.left.text = footer.replace("&", "&&")[:120]
    page.oddFooter.right.text = "&P / &N"
    last = f"{get_column_letter(len(sheet.widths))}{len(sheet.rows)}"
    page.print_area = f"A1:{last}"
    page.sheet_view.showGridLines = False
    if sheet.has_head:
        page.freeze_panes = "C2"
        page.print_title_rows = "1:1"
        page.auto_filter.ref = f"A1:{last}"
