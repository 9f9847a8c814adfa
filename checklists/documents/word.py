"""Documents for a word processor: real styles and headings, French, tables whose head repeats.

Texts of people enter as texts, never as XML; there is no macro, no field but the page number, and
nothing is fetched from outside.
"""

import datetime as dt
import io
import re
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from uniha_clausier.common.file_kinds import TYPES

DOCX = TYPES["docx"]

FONT, INK, LANGUAGE = "Arial", RGBColor(0x1B, 0x27, 0x33), "fr-FR"
TINT = "E3EDF5"

# What XML 1.0 can't hold, and what turns the direction of a line to forge what is read.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_BLANKS = re.compile("[ \t\n]+")  # no-break spaces stay


def clean(text: str) -> str:
    """Return a text as a document may hold it, its line ends kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return _TURNING.sub("", _ILLEGAL.sub("\ufffd", text))


def line(text: str) -> str:
    """Return a text on one line: a heading, a cell."""
    return _BLANKS.sub(" ", clean(text)).strip()


class Paper:
    """A document that is written from its top to its end."""

    def __init__(self, *, title: str, author: str, subject: str, at: dt.datetime) -> None:
        self._document: Any = Document()
        _set_page(self._document)
        _set_styles(self._document)
        _set_foot(self._document, line(subject))
        properties = self._document.core_properties
        properties.title, properties.author = line(title)[:255], line(author)[:255]
        properties.subject, properties.language = line(subject)[:255], LANGUAGE
        properties.created = properties.modified = at.astimezone(dt.UTC).replace(tzinfo=None)
        properties.comments, properties.last_modified_by = "", line(author)[:255]

    def title(self, text: str) -> None:
        """Write the title, once."""
        self._document.add_paragraph(line(text), style="Title")

    def heading(self, text: str, level: int = 1) -> None:
        """Write a heading, which the word processor lists in its navigation."""
        self._document.add_heading(line(text), level)

    def text(self, text: str) -> None:
        """Write a text of people: a paragraph a line, nothing when it is empty."""
        for piece in clean(text).split("\n"):
            if piece.strip():
                self._document.add_paragraph(piece.strip())

    def items(self, lines: Sequence[str]) -> None:
        """Write a list, an item a text."""
        for text in lines:
            self._document.add_paragraph(line(text), style="List Bullet")

    def strong(self, text: str) -> None:
        """Write one paragraph in bold."""
        self._document.add_paragraph().add_run(line(text)).bold = True

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[int],
    ) -> None:
        """Write a table whose head repeats on each page; ``widths`` are millimetres."""
        table = self._document.add_table(rows=0, cols=len(head), style="Table Grid")
        table.autofit = False
        for number, values in enumerate((head, *rows)):
            cells = table.add_row().cells
            for cell, value, width in zip(cells, values, widths, strict=True):
                cell.width = Mm(width)
                paragraph = cell.paragraphs[0]
                paragraph.style = self._document.styles["Cell"]
                paragraph.add_run(line(value)).bold = not number or None
        _make_head(list(self._document.element.iter(qn("w:tbl")))[-1])
        self._document.add_paragraph(style="Cell")

    def written(self) -> bytes:
        """Return the file."""
        target = io.BytesIO()
        self._document.save(target)
        return target.getvalue()


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin = Mm(18), Mm(18)


def _set_styles(document: Any) -> None:
    styles = document.styles
    cell = styles.add_style("Cell", 1)
    cell.base_style = styles["Normal"]
    sizes = {"Normal": 10, "Cell": 9, "Title": 18}
    sizes |= {"Heading 1": 14, "Heading 2": 12}
    for name, size in sizes.items():
        style = styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in list(fonts.attrib):
            if "heme" in attribute:  # a font of the theme wins over the one that is named
                del fonts.attrib[attribute]
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), FONT)
    styles["Normal"].paragraph_format.space_after = Pt(6)
    cell.paragraph_format.space_after = Pt(0)
    for lang in styles.element.iter(qn("w:lang")):
        for script in ("w:val", "w:eastAsia"):
            lang.set(qn(script), LANGUAGE)


def _set_foot(document: Any, text: str) -> None:
    footer = document.sections[0].footer
    paragraph = footer.paragraphs[0]
    paragraph.style = document.styles["Cell"]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(f"{text} – page ")
    element = next(footer.part.element.iter(qn("w:p")))
    for name, between in (("PAGE", " / "), ("NUMPAGES", "")):
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), name)
        element.append(field)
        paragraph.add_run(between)


def _make_head(table: Any) -> None:
    """Say which row is the head of a table: repeated, and read as such by a screen reader."""
    row = next(table.iter(qn("w:tr")))
    row.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell in row.iter(qn("w:tc")):
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", TINT)):
            shade.set(qn(f"w:{name}"), value)
        cell.get_or_add_tcPr().append(shade)
