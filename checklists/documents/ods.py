"""Writes a workbook of plain cells as ODS: the same protection, lists and print set-up as XLSX.

An OpenDocument file is an archive of four small XML texts; no library is needed to write them.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from .sheets import BODY, CHAPTER, HEAD, INPUT, LABEL, TITLE, Book, Cell, Sheet, height
from .xlsx import CHAPTER_FILL, HEAD_FILL, INK, INPUT_FILL, RULE

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_VERSION = 'office:version="1.3"'
_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}"'
    for name, space in (
        ("office", "office:1.0"), ("table", "table:1.0"), ("text", "text:1.0"),
        ("style", "style:1.0"), ("fo", "xsl-fo-compatible:1.0"), ("config", "config:1.0"),
        ("meta", "meta:1.0"), ("number", "datastyle:1.0"), ("of", "of:1.2"),
    )
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:ooo="http://openoffice.org/2004/office"'  # fmt: skip
"""The prefix « ooo » stands in no name, but in a value that LibreOffice looks up (settings)."""
_MILLIMETRES_A_CHARACTER = 1.9
_MERGED_SPACES = re.compile(r"^ +| {2,}| +$")


def write_ods(book: Book) -> bytes:
    """Return the file of a workbook."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        # The format asks for this one first, and not compressed.
        archive.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", _manifest())
        archive.writestr("meta.xml", _document("document-meta", _meta(book)))
        archive.writestr("styles.xml", _document("document-styles", _page_styles(book)))
        archive.writestr("settings.xml", _document("document-settings", _settings(book)))
        archive.writestr("content.xml", _document("document-content", _content(book)))
    return target.getvalue()


def _document(name: str, inside: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}<office:{name} {_SPACES} {_VERSION}>{inside}</office:{name}>"


def _manifest() -> str:
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    files = [("/", MIMETYPE)]
    files += [(f"{name}.xml", "text/xml") for name in ("content", "styles", "meta", "settings")]
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in files
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest:manifest xmlns:manifest="{space}" manifest:version="1.3">'
        f"{entries}</manifest:manifest>"
    )


def _meta(book: Book) -> str:
    return f"<office:meta><dc:title>{escape(book.title)}</dc:title></office:meta>"


def _page_styles(book: Book) -> str:
    return (
        "<office:automatic-styles>"
        '<style:page-layout style:name="paysage"><style:page-layout-properties '
        'fo:page-width="297mm" fo:page-height="210mm" style:print-orientation="landscape" '
        'style:scale-to-X="1" style:scale-to-Y="0" fo:margin="10mm"/>'
        "<style:footer-style><style:header-footer-properties "
        'fo:min-height="7mm" fo:margin-top="3mm"/></style:footer-style></style:page-layout>'
        "</office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="Page" style:page-layout-name="paysage"><style:footer>'
        f"<style:region-left><text:p>{escape(book.footer)}</text:p></style:region-left>"
        "<style:region-right><text:p><text:page-number/> / <text:page-count/></text:p>"
        "</style:region-right></style:footer></style:master-page></office:master-styles>"
    )


def _settings(book: Book) -> str:
    """Freeze the head and the first two columns of the sheets that have one."""
    frozen = (
        ("short", "HorizontalSplitMode", 2), ("short", "VerticalSplitMode", 2),
        ("int", "HorizontalSplitPosition", 2), ("int", "VerticalSplitPosition", 1),
        ("int", "PositionRight", 2), ("int", "PositionBottom", 1), ("short", "ActiveSplitRange", 3),
    )  # fmt: skip
    items = "".join(
        f'<config:config-item config:name="{name}" config:type="{kind}">{value}'
        "</config:config-item>"
        for kind, name, value in frozen
    )
    tables = "".join(
        f"<config:config-item-map-entry config:name={quoteattr(sheet.name)}>{items}"
        "</config:config-item-map-entry>"
        for sheet in book.sheets
        if sheet.has_head
    )
    return (
        '<office:settings><config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        '<config:config-item config:name="ViewId" config:type="string">view1</config:config-item>'
        f'<config:config-item-map-named config:name="Tables">{tables}'
        "</config:config-item-map-named></config:config-item-map-entry>"
        "</config:config-item-map-indexed></config:config-item-set></office:settings>"
    )


def _content(book: Book) -> str:
    choices = list(
        dict.fromkeys(
            cell.choices
            for sheet in book.sheets
            for row in sheet.rows
            for cell in row
            if cell.choices
        )
    )
    validations = "".join(_validation(number, each) for number, each in enumerate(choices))
    listed = f"<table:content-validations>{validations}</table:content-validations>"
    tables = "".join(_table(sheet, number, choices) for number, sheet in enumerate(book.sheets))
    return (
        f"<office:automatic-styles>{''.join(_styles(book))}</office:automatic-styles>"
        '<office:body><office:spreadsheet table:structure-protected="true">'
        f"{listed if choices else ''}{tables}</office:spreadsheet></office:body>"
    )


def _styles(book: Book) -> Iterator[str]:
    for shown in (True, False):
        yield (
            f'<style:style style:name="t{shown:d}" style:family="table" '
            'style:master-page-name="Page"><style:table-properties '
            f'table:display="{str(shown).lower()}"/></style:style>'
        )
    for number, sheet in enumerate(book.sheets):
        for column, width in enumerate(sheet.widths):
            yield (
                f'<style:style style:name="c{number}-{column}" style:family="table-column">'
                "<style:table-column-properties "
                f'style:column-width="{width * _MILLIMETRES_A_CHARACTER:.1f}mm"/></style:style>'
            )
        for row, cells in enumerate(sheet.rows):
            yield (
                f'<style:style style:name="r{number}-{row}" style:family="table-row">'
                '<style:table-row-properties style:use-optimal-row-height="false" '
                f'style:row-height="{height(cells, sheet.widths):.1f}pt"/></style:style>'
            )
    # « @ »: whatever is typed stays a text.
    yield '<number:text-style style:name="texte"><number:text-content/></number:text-style>'
    for look in (HEAD, LABEL, BODY, CHAPTER, TITLE, INPUT):
        for boxed in (True, False):
            yield _cell_style(look, boxed=boxed)


def _cell_style(look: str, *, boxed: bool) -> str:
    fill = {HEAD: HEAD_FILL, CHAPTER: CHAPTER_FILL, INPUT: INPUT_FILL}.get(look)
    is_boxed = look == INPUT or (boxed and look not in (CHAPTER, TITLE))
    colour = "FFFFFF" if look == HEAD else INK
    size = {TITLE: 14, CHAPTER: 11, BODY: 9}.get(look, 10)
    weight = "normal" if look in (BODY, INPUT) else "bold"
    return (
        f'<style:style style:name="{look}-{boxed:d}" style:family="table-cell" '
        'style:data-style-name="texte"><style:table-cell-properties '
        f'style:cell-protect="{"none" if look == INPUT else "protected"}" '
        'fo:wrap-option="wrap" style:vertical-align="top" fo:padding="0.6mm"'
        + (f' fo:background-color="#{fill}"' if fill else "")
        + (f' fo:border="0.5pt solid #{RULE}"' if is_boxed else "")
        + '/><style:text-properties style:font-name="Calibri" fo:font-family="Calibri" '
        f'fo:font-size="{size}pt" fo:font-weight="{weight}" fo:color="#{colour}"/></style:style>'
    )


def _validation(number: int, choices: tuple[str, ...]) -> str:
    listed = ";".join(f'"{choice}"' for choice in choices)
    message = f"Choisissez une des réponses prévues pour ce point\u00a0: {', '.join(choices)}."
    return (
        f'<table:content-validation table:name="v{number}" '
        f"table:condition={quoteattr(f'of:cell-content-is-in-list({listed})')} "
        'table:allow-empty-cell="true" table:display-list="unsorted">'
        '<table:error-message table:title="Réponse" table:display="true" '
        f'table:message-type="stop"><text:p>{escape(message)}</text:p></table:error-message>'
        "</table:content-validation>"
    )


def _table(sheet: Sheet, number: int, choices: list[tuple[str, ...]]) -> str:
    last = f"{chr(ord('A') + len(sheet.widths) - 1)}{len(sheet.rows)}"
    name = f"'{sheet.name}'"
    columns = "".join(
        f'<table:table-column table:style-name="c{number}-{column}"/>'
        for column in range(len(sheet.widths))
    )
    rows = [
        f'<table:table-row table:style-name="r{number}-{row}">'
        f"{_cells(cells, choices, boxed=sheet.has_head)}</table:table-row>"
        for row, cells in enumerate(sheet.rows)
    ]
    if sheet.has_head:
        rows[0] = f"<table:table-header-rows>{rows[0]}</table:table-header-rows>"
    return (
        f"<table:table table:name={quoteattr(sheet.name)} "
        f'table:style-name="t{not sheet.is_hidden:d}" table:protected="true" '
        f"table:print-ranges={quoteattr(f'{name}.A1:{name}.{last}')}>"
        f"{columns}{''.join(rows)}</table:table>"
    )


def _cells(cells: list[Cell], choices: list[tuple[str, ...]], *, boxed: bool) -> str:
    made = (_cell(cell, choices, boxed=boxed) for cell in cells)
    return "".join(made) or "<table:table-cell/>"


def _cell(cell: Cell, choices: list[tuple[str, ...]], *, boxed: bool) -> str:
    attributes = f'table:style-name="{cell.look}-{boxed:d}"'
    if cell.choices:
        attributes += f' table:content-validation-name="v{choices.index(cell.choices)}"'
    if cell.text:
        attributes += ' office:value-type="string"'
    if cell.span > 1:
        attributes += f' table:number-columns-spanned="{cell.span}" table:number-rows-spanned="1"'
    paragraphs = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in cell.text.split("\n"))
    made = f"<table:table-cell {attributes}>{paragraphs if cell.text else ''}</table:table-cell>"
    return made + "<table:covered-table-cell/>" * (cell.span - 1)


def _spaced(line: str) -> str:
    """Escape a line; OpenDocument merges spaces, unless they are written as an element."""
    text = escape(line.replace("\r", ""))
    text = _MERGED_SPACES.sub(lambda found: f'<text:s text:c="{len(found[0])}"/>', text)
    return text.replace("\t", "<text:tab/>")
