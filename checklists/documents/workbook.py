"""The data of a document as a workbook: every cell of text is a text, never a formula."""

import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from . import report
from .sheets import MOST_POINTS, lines_of, xml_text

Plain = dict[str, Any]
Value = str | int | Decimal

CELL_LENGTH = 32_000
"""A cell holds 32,767 characters at most: the attached JSON keeps the rest."""

SIGNS = {
    "compliant": "✓",
    "partial": "◐",
    "non_compliant": "✕",
    "to_clarify": "?",
    "not_applicable": "–",
    "": "",
}

DECISION_SIGNS = {"accepted": "✓", "reserved": "◐", "refused": "✕"}

# What makes spreadsheets read a text as a formula, even pasted or saved again as CSV (OWASP). A text
# that begins with our own apostrophe takes one more, so that reading takes away what was added.
_LIVE = re.compile(r"^'*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")

_HEAD = Font(name="Noto Sans", size=10, bold=True)
_BODY = Font(name="Noto Sans", size=10)
_TINT = PatternFill("solid", fgColor="E3EDF5")
_WRAPPED = Alignment(vertical="top", wrap_text=True)

# Words that wrap leave the end of a line empty.
_LINE_POINTS, _LETTERS = 15, 0.9


def workbook(content: Plain) -> bytes:
    """Return the XLSX file of a frozen content: summary, chapters, points, integrity."""
    book = Workbook(write_only=True)
    book.properties.title = safe_text(report.kind(content["data"]))
    book.properties.creator = "Clausier"
    moment = dt.datetime.fromisoformat(content["edition"]["requested_at"]).replace(tzinfo=None)
    book.properties.created = book.properties.modified = moment
    add_sheet(book, _("Synthèse"), (34, 90), None, _summary(content))
    add_sheet(book, _("Chapitres"), (8, 50, *[13] * 10), _CHAPTER_HEAD, _chapters(content["data"]))
    add_sheet(book, _("Points"), _POINT_WIDTHS, _POINT_HEAD, _points(content["data"]))
    add_sheet(
        book,
        _("Points ajoutés ou retirés"),
        (12, 40, 24, 60, 28, 22),
        _FORCED_HEAD,
        _forced(content),
    )
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def safe_text(text: str) -> str:
    """Return ``text`` as a cell may hold it: an apostrophe before what could come alive."""
    text = xml_text(text)[:CELL_LENGTH]
    return f"'{text}" if _LIVE.match(text) else text


_CHAPTER_HEAD = (
    "N°", "Chapitre", "Points", "Notés", "Sans note", "Conformes", "Partiels", "Non conformes",
    "À préciser", "Sans objet", "Obtenu", "Possible", "Taux (%)",
)  # fmt: skip
_POINT_HEAD = (
    "Point", "Titre", "Chapitre", "Éliminatoire", "Effet", "Poids", "Exigence", "Réponse attendue",
    "Réponse du candidat", "Texte de la réponse", "Saisie par", "Saisie le", "Note",
    "Commentaire", "Notée par", "Notée le",
)  # fmt: skip
_POINT_WIDTHS = (12, 34, 9, 12, 20, 8, 60, 34, 14, 60, 22, 20, 18, 60, 22, 20)
_FORCED_HEAD = ("Point", "Titre", "Décision", "Motif", "Par", "Le")


def add_sheet(
    book: Workbook,
    title: str,
    widths: Sequence[int],
    head: Sequence[str] | None,
    rows: Iterable[Sequence[Value]],
) -> None:
    """Add a sheet of texts and plain numbers; without a head, its first column names its rows."""
    sheet = book.create_sheet(title)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    if head:
        sheet.freeze_panes = "A2"
        _set_height(sheet, 1, head, widths)
        sheet.append([_cell(sheet, label, head=True) for label in head])
    for number, row in enumerate(rows, start=2 if head else 1):
        _set_height(sheet, number, row, widths)
        sheet.append(
            [_cell(sheet, value, head=head is None and not n) for n, value in enumerate(row)]
        )


def _set_height(sheet: Any, number: int, row: Sequence[Value], widths: Sequence[int]) -> None:
    """Give a row the height of its highest text, once it is wrapped; one line asks for nothing."""
    lines = max(
        lines_of(str(value), _LETTERS * width) for value, width in zip(row, widths, strict=False)
    )
    if lines > 1:
        sheet.row_dimensions[number].height = min(lines * _LINE_POINTS, MOST_POINTS)


def _cell(sheet: Any, value: Value, *, head: bool = False) -> Any:
    cell: Any = WriteOnlyCell(sheet)
    cell.value = safe_text(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # the library makes a formula of a text that begins with "="
    cell.font = _HEAD if head else _BODY
    cell.alignment = _WRAPPED
    if head:
        cell.fill = _TINT
    return cell


def _summary(content: Plain) -> Iterable[Sequence[Value]]:
    data, edition, journal = content["data"], content["edition"], content["journal"]
    overall, clausier = data["overall"], data["clausier"]
    yield _("Établissement"), data["facility"]["name"]
    yield _("Consultation"), f"{data['tender']['reference']} – {data['tender']['title']}"
    if data["tender"]["has_lots"]:
        yield _("Lot"), f"{data['lot']['number']} – {data['lot']['title']}"
    yield _("Candidat"), data["candidate"]["name"]
    yield (
        _("Solution"),
        f"{data['candidate']['product']} {data['candidate']['product_version']}".strip(),
    )
    yield _("Clausier"), f"{clausier['title']}, version {clausier['number']}"
    yield _("Taux de conformité (%)"), _decimal(overall["percent"])
    yield _("Note du critère"), _decimal(overall["note"])
    yield _("Note maximale du critère"), _decimal(data["checklist"]["max_note"])
    yield _("Points à noter"), overall["total"]
    yield _("Points notés"), overall["scored"]
    yield _("Points sans note"), ", ".join(data["missing"])
    yield _("Points éliminatoires"), ", ".join(data["knock_outs"])
    yield _("Non conformes"), ", ".join(data["non_compliant"])
    if "decision" in data:
        yield _("Décision"), data["decision"]["label"]
        yield _("Motif de la décision"), data["decision"]["reason"]
    yield _("Édition"), edition["number"]
    yield _("Demandée le"), edition["requested_at"]
    yield _("Demandée par"), edition["requested_by"]
    yield _("Empreinte du clausier (SHA-256)"), clausier["sha256"]
    yield _("Empreinte de la check-list (SHA-256)"), data["checklist"]["sha256"]
    yield _("Empreinte des données (SHA-256)"), content["data_sha256"]
    yield _("Dernier événement du journal"), journal["seq"]
    yield _("Empreinte de cet événement"), journal["hash"]


def _chapters(data: Plain) -> Iterable[Sequence[Value]]:
    for chapter in data["chapters"]:
        yield _sums(chapter)
        yield from map(_sums, chapter["sections"])
    yield _sums(data["overall"] | {"ref": "", "title": _("Ensemble")})


def _sums(sums: Plain) -> Sequence[Value]:
    counts = [sums["counts"][value] for value in SIGNS if value]
    return (
        sums["ref"], sums["title"], sums["total"], sums["scored"], sums["missing"], *counts,
        _decimal(sums["earned"]), _decimal(sums["possible"]), _decimal(sums["percent"]),
    )  # fmt: skip


def _points(data: Plain) -> Iterable[Sequence[Value]]:
    numbers = {chapter["position"]: chapter["ref"] for chapter in data["chapters"]}
    for point in data["points"]:
        yield _point(point, numbers[point["chapter"]])


def _point(point: Plain, chapter: str) -> Sequence[Value]:
    claim, score = point["claim"], point["score"]
    return (
        point["ref"], point["title"], chapter, _("oui") if point["is_knock_out"] else "",
        point["legal_effect_label"], _decimal(point["weight"]), "\n".join((point["requirement"], *point["additions"])), point["expected"], claim["label"],
        claim["text"], claim["by"], claim["at"],
        f"{SIGNS[score['value']]} {score['label']}".strip(), score["comment"], score["by"],
        score["at"],
    )  # fmt: skip


def _forced(content: Plain) -> Iterable[Sequence[Value]]:
    for point in content["data"]["checklist"]["forced"]:
        yield tuple(point[key] for key in ("ref", "title", "label", "reason", "by", "at"))


def _decimal(text: str) -> Value:
    return Decimal(text) if text else ""
