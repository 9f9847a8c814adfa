"""A workbook as plain data, before it is written in one format or another."""

import math
from dataclasses import dataclass, field

from .workbook import xml_text

HEAD, LABEL, BODY, CHAPTER, TITLE, INPUT = "head", "label", "body", "chapter", "title", "input"
"""The looks of a cell. Only ``INPUT`` can be typed in: everything else is protected."""

# A row that says no height keeps one line in LibreOffice. Excel refuses more than 409 points.
_LINE_POINTS, _MOST_POINTS = {BODY: 12.0, TITLE: 24.0, CHAPTER: 18.0}, 409
# Letters are a little narrower than the digit of 11 points that widths are counted in.
_CHARACTERS_A_WIDTH = {BODY: 1.14}


@dataclass(frozen=True)
class Cell:
    """A text. ``choices`` are the only values that an input cell takes, when there are some."""

    text: str = ""
    look: str = BODY
    span: int = 1
    choices: tuple[str, ...] = ()
    hint: str = ""


@dataclass
class Sheet:
    """A sheet: columns of a width in characters, and rows. The head, if any, is its first row."""

    name: str
    widths: tuple[int, ...]
    rows: list[list[Cell]] = field(default_factory=list)
    has_head: bool = False
    is_hidden: bool = False


@dataclass
class Book:
    """A workbook. ``footer`` is printed under each page."""

    title: str
    footer: str
    sheets: list[Sheet] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Cells are cleaned as they are made."""
        self.title, self.footer = xml_text(self.title), xml_text(self.footer)


def height(cells: list[Cell], widths: tuple[int, ...]) -> float:
    """Return the height, in points, of a row whose texts are wrapped."""
    highest, column = 0.0, 0
    for cell in cells:
        letters = _CHARACTERS_A_WIDTH.get(cell.look, 1.02)
        width = sum(widths[column : column + cell.span]) * letters
        lines = sum(max(1, math.ceil(len(line) / width)) for line in cell.text.split("\n"))
        highest = max(highest, lines * _LINE_POINTS.get(cell.look, 13.2))
        column += cell.span
    return min(highest + 3, _MOST_POINTS)
