"""Workbooks as candidates send them: the blank one of a lot, filled in, changed, or hostile."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import openpyxl

from checklists.documents import answer_form, answer_workbook
from checklists.models import Assessment

SHEET = "xl/worksheets/sheet3.xml"
"""The part of the answers in an XLSX."""


def blank(assessment: Assessment, kind: str = "xlsx") -> bytes:
    return answer_workbook.written(answer_form.blank(assessment.checklist), kind)


def edited(content: bytes, change: Callable[[Any], object]) -> bytes:
    """Open an XLSX, let ``change`` do with the workbook what people do, and save it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def filled(assessment: Assessment, answers: Mapping[str, tuple[str, ...]]) -> bytes:
    """The blank workbook with, for some points, a claim, a text and the name of an evidence."""

    def fill(book: Any) -> None:
        for row in book["Réponses"].iter_rows():
            for cell, text in zip(row[5:], answers.get(row[0].value, ()), strict=False):
                cell.value = text

    return edited(blank(assessment), fill)


def table(*rows: tuple[Any, ...], name: str = "Feuil1") -> bytes:
    """A workbook of one sheet, made by somebody who does without ours."""

    def fill(book: Any) -> None:
        book.active.title = name
        for row in rows:
            book.active.append(row)

    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    return edited(target.getvalue(), fill)


def comma_table(*rows: tuple[str, ...], sign: str = ";", encoding: str = "utf-8") -> bytes:
    target = io.StringIO()
    csv.writer(target, delimiter=sign).writerows(rows)
    return target.getvalue().encode(encoding)


def repacked(content: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    """Change the parts of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()
