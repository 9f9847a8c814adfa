"""Hostile files, real ones, read as in real life: refused at once, and the web process unharmed."""

import io
import resource
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from checklists.documents import answer_files, answer_workbook
from checklists.documents.answer_files import UnreadableWorkbook

from .answer_site import SHEET, edited, repacked
from .test_answer_workbook import form_of, question

IDLE = 2.0
"""Seconds to refuse a file in, on a machine that does nothing else."""
BUSY = 5.0
MEGABYTE = 1024 * 1024


def sound(kind: str = "xlsx") -> bytes:
    return answer_workbook.written(form_of(question(), question("O-2.1")), kind)


def with_part(name: str, part: bytes, kind: str = "xlsx") -> bytes:
    return repacked(sound(kind), lambda parts: parts.update({name: part}))


def with_rows(rows: bytes, before: bytes = b"") -> bytes:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (space, rows)
    return with_part(SHEET, before + sheet)


def cell(at: str, text: str) -> bytes:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def ods(body: str, before: str = "") -> bytes:
    """An OpenDocument workbook of one table."""
    names = {"office": "office", "table": "table", "text": "text"}
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
        for name, space in names.items()
    )
    content = (
        f"{before}<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="A">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return with_part("content.xml", content.encode(), "ods")


def noise(size: int) -> str:
    """A text that an archive cannot make small, so that only its size tells."""
    return "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(size // 8))


def many_parts(parts: dict[str, bytes]) -> None:
    parts.update({f"xl/media/{number}.png": b"" for number in range(300)})


def thirty_sheets(parts: dict[str, bytes]) -> None:
    """Each under every limit of a sheet; together they would fill the web server."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = "".join(
        f'<row r="{n}">{"".join(f"<c><v>{n * 37 + c}</v></c>" for c in range(40))}</row>'
        for n in range(1, 500)
    )
    sheet = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    links, listed = "", ""
    for number in range(30):
        parts[f"xl/worksheets/s{number}.xml"] = sheet
        links += f'<Relationship Id="r{number}" Target="worksheets/s{number}.xml"/>'
        listed += f'<sheet name="{number}" r:id="r{number}"/>'
    parts["xl/_rels/workbook.xml.rels"] = f"<Relationships>{links}</Relationships>".encode()
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns:r="urn:r"><sheets>{listed}</sheets></workbook>'.encode()
    )


LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a 'ha'>"
    + "".join(
        f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
MILLION = 1_000_000

HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a text of 60 MB": (
        "xlsx", lambda: with_rows(b'<row r="1">' + cell("A1", "a" * 60 * MILLION) + b"</row>"), "fois plus",
    ),
    "a million rows": (
        "xlsx",
        lambda: with_rows(b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n) for n in range(1, MILLION))),
        "une fois décompressé",
    ),
    "rows of noise under the limit of size": (
        "xlsx",
        lambda: with_rows(b"".join(b'<row r="%d">%s</row>' % (n, cell(f"A{n}", noise(64))) for n in range(1, 250_000))),
        "2000 lignes au plus",
    ),
    "empty rows under the limit of size": (
        "xlsx",
        lambda: with_rows(b"".join(b'<row r="%d" spans="%s"/>' % (n, noise(48).encode()) for n in range(1, 300_000))),
        "éléments",
    ),
    "one cell on the last row": (
        "xlsx", lambda: with_rows(b'<row r="1048576">' + cell("XFD1048576", "a") + b"</row>"), "2000 lignes au plus",
    ),
    "a cell too far to the right": (
        "xlsx", lambda: with_rows(b'<row r="1">' + cell("BI1", "a") + b"</row>"), "60 colonnes au plus",
    ),
    "entities that multiply": (
        "xlsx", lambda: with_rows(b'<row r="1">' + cell("A1", "&i;") + b"</row>", LAUGHS.encode()), "entités XML",
    ),
    "an external entity": (
        "xlsx", lambda: with_rows(b'<row r="1">' + cell("A1", "&i;") + b"</row>", OUTSIDE.encode()), "entités XML",
    ),
    "an external entity in the list of sheets": (
        "xlsx", lambda: with_part("xl/workbook.xml", OUTSIDE.encode() + b"<workbook>&i;</workbook>"), "entités XML",
    ),
    "thirty full sheets": (
        "xlsx",
        lambda: repacked(sound(), thirty_sheets),
        "40000 cellules remplies",
    ),
    "macros": ("xlsx", lambda: with_part("xl/vbaProject.bin", b"x"), "macros"),
    "macros of an OpenDocument": ("ods", lambda: with_part("Basic/Standard/Module1.xml", b"x", "ods"), "macros"),
    "a path that leaves": ("xlsx", lambda: with_part("../../etc/cron.d/x", b""), "sort du classeur"),
    "an absolute path": ("ods", lambda: with_part("/etc/cron.d/x", b"", "ods"), "sort du classeur"),
    "three hundred parts": ("xlsx", lambda: repacked(sound(), many_parts), "200 au plus"),
    "a cell without a place": (
        "xlsx", lambda: with_rows(b'<row r="1">' + cell("../A1", "a") + b"</row>"), "pas d’adresse",
    ),
    "a text that is not there": (
        "xlsx", lambda: with_rows(b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row>'), "ne se lit pas",
    ),
    "a sheet cut in the middle": (
        "xlsx", lambda: with_part(SHEET, b"<worksheet><sheetData><row>"), "ne se lit pas",
    ),
    "another document": ("xlsx", lambda: repacked(sound("ods"), lambda parts: None), "xl/workbook.xml"),
    "a million rows in one OpenDocument element": (
        "ods",
        lambda: ods('<table:table-row table:number-rows-repeated="1000000"><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row>'),
        "2000 lignes au plus",
    ),
    "a million columns in one OpenDocument element": (
        "ods",
        lambda: ods('<table:table-row><table:table-cell table:number-columns-repeated="1000000"><text:p>a</text:p></table:table-cell></table:table-row>'),
        "60 colonnes au plus",
    ),
    "a billion spaces": (
        "ods",
        lambda: ods('<table:table-row><table:table-cell><text:p>a<text:s text:c="1000000000"/>b</text:p></table:table-cell></table:table-row>'),
        "caractères",
    ),
    "entities in an OpenDocument": (
        "ods",
        lambda: ods("<table:table-row><table:table-cell><text:p>&i;</text:p></table:table-cell></table:table-row>", LAUGHS),
        "entités XML",
    ),
    "an OpenDocument with a password": (
        "ods",
        lambda: with_part("META-INF/manifest.xml", b'<m xmlns="urn:x"><encryption-data/></m>', "ods"),
        "mot de passe",
    ),
    "elements nested thirty thousand times": (
        "ods",
        lambda: ods(
            "<table:table-row><table:table-cell><text:p>"
            + "".join(f'<text:span n="{n * 2654435761 % 2**64:016x}">' for n in range(30_000))
            + "</text:span>" * 30_000
            + "</text:p></table:table-cell></table:table-row>"
        ),
        "trop de mémoire",
    ),
    "a CSV of a million lines": ("csv", lambda: b"O-1.1;OUI\r\n" * 900_000, "2000 lignes au plus"),
    "a CSV of one cell": ("csv", lambda: b'"' + b"a" * 9 * MILLION, "ne se lit pas"),
    "a CSV of ten thousand columns": ("csv", lambda: b";".join([b"a"] * 10_000), "60 colonnes au plus"),
}  # fmt: skip


def refusal(content: bytes, kind: str) -> str:
    with pytest.raises(UnreadableWorkbook) as caught:
        answer_files.read(content, kind)
    return str(caught.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_once_with_a_reason(name: str) -> None:
    kind, make, reason = HOSTILE[name]
    content = make()
    processor = resource.getrusage(resource.RUSAGE_CHILDREN)
    tracemalloc.start()
    began = time.monotonic()
    try:
        assert reason in refusal(content, kind)
        assert time.monotonic() - began < BUSY
        assert tracemalloc.get_traced_memory()[1] < 50 * MEGABYTE
    finally:
        tracemalloc.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - processor.ru_utime - processor.ru_stime < IDLE


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    content = with_rows(b'<row r="1">' + cell("A1", "a" * 3_000_000) + b"</row>")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        real = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert "ne se lit pas" in refusal(content.replace(real, (900).to_bytes(4, "little")), "xlsx")


def test_a_reader_that_takes_too_long_or_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_files, "SECONDS", 0.001)
    assert "trop de temps" in refusal(sound(), "xlsx")
    monkeypatch.setattr(answer_files, "SECONDS", 20)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert "trop de mémoire ou de temps" in refusal(sound(), "xlsx")


@pytest.mark.parametrize("kind", answer_workbook.TYPES)
def test_a_sound_file_is_read_by_the_same_process(kind: str) -> None:
    (*_others, last) = answer_files.read(sound(kind), kind)
    assert last.cells


def test_a_workbook_that_spreadsheets_leave_with_a_far_format_is_read() -> None:
    """Colouring a whole column leaves cells without a value, a million rows down."""

    def paint(book: Any) -> None:
        from openpyxl.styles import PatternFill

        book["Réponses"]["E1048576"].fill = PatternFill("solid", fgColor="FFFF00")

    assert answer_files.read(edited(sound(), paint), "xlsx")
