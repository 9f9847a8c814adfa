"""A workbook as plain data, before it is written in one format or another."""

import math
import re
from dataclasses import dataclass, field

HEAD, LABEL, BODY, CHAPTER, TITLE, INPUT = "head", "label", "body", "chapter", "title", "input"
"""The looks of a cell. Only ``INPUT`` can be typed in: everything else is protected."""

# What XML 1.0 can't hold, halves of surrogate pairs included.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# A row that says no height keeps one line in LibreOffice, and its texts cover the rows below.
_LINE_POINTS = {BODY: 12.0, TITLE: 24.0, CHAPTER: 18.0}
MOST_POINTS = 409
"""The highest row that Excel does not refuse."""
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
        lines = lines_of(cell.text, width)
        highest = max(highest, lines * _LINE_POINTS.get(cell.look, 13.2))
        column += cell.span
    return min(highest + 3, MOST_POINTS)


def lines_of(text: str, width: float) -> int:
    """Return how many lines ``text`` takes, wrapped at ``width`` letters."""
    return sum(max(1, math.ceil(len(line) / width)) for line in text.split("\n"))


def xml_text(text: str) -> str:
    """Return ``text`` as a property or a footer may hold it: a pasted control character is none."""
    return _ILLEGAL.sub("\ufffd", text)
