"""Understanding the answers of a workbook: pure functions, cells in, values of points out.

Columns are known by their heads, wherever they stand; rows by the number of their point, in any
order, on any sheet that is not hidden. What can be read in two ways is a doubt, with its choices,
and never a value: a person settles it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from ..enums import Claim
from . import answer_words as words
from .pasting import SAYS_NOTHING, Points, claim_of, key, table_of, unescaped

TEXT, NUMBER, FORMULA, ERROR = "t", "n", "f", "e"
"""What a cell holds, as ``documents.answers_child`` tells it."""

REF, CLAIM, DETAIL, EVIDENCE, SEAL = "ref", "claim", "detail", "evidence", "seal"
TICKS = (Claim.YES, Claim.NO, Claim.NOT_CONCERNED)
"""A column may be headed « OUI », « NON » or « NC » and hold a mark."""
ANSWERS = (CLAIM, DETAIL, EVIDENCE, *TICKS)

HEAD_WITHIN = 60
"""Rows that hold something in which the titles of the columns are looked for."""

_HEADS = table_of(
    {
        REF: (
            "point|points|n°|nº|no|numero|numero du point|n° du point|point de controle|ref|reference"
            "|code|exigence n°"
        ),
        CLAIM: (
            "reponse|reponses|votre reponse|reponse du candidat|reponse candidat|oui/non|oui / non"
            "|oui/non/nc|oui / non / nc|reponse (oui/non)|reponse (oui/non/nc)"
            "|reponse (oui / non / nc)|reponse oui/non|reponse oui/non/nc|conformite|declaration"
        ),
        DETAIL: (
            "precisions et justification|precision|precisions|justification|justifications"
            "|texte de la reponse|commentaire|commentaires|commentaire du candidat|detail|details"
            "|reponse detaillee|observation|observations|remarque|remarques"
            "|commentaire / justification|commentaires / justifications|explication|explications"
        ),
        EVIDENCE: (
            "justificatif joint (nom du fichier)|justificatif joint|justificatif|justificatifs|preuve"
            "|preuves|document joint|documents joints|piece jointe|pieces jointes|nom du fichier"
        ),
        SEAL: "empreinte de la check list",
        Claim.YES: "oui",
        Claim.NO: "non",
        Claim.NOT_CONCERNED: "nc|n c|non concerne|n/a|na|sans objet",
    }
)
_MARKS = {"x", "1", "oui", "o", "vrai", "ok"}
_SIGNS = re.compile(r"\s*[✓✔☑☒✗✘×]\s*")
_IDENTITY = {key(label): label for label in words.IDENTITY}
_SEAL_SHAPE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Sheet:
    """A sheet as it was received: what its cells hold, by row and column counted from 1."""

    name: str
    is_hidden: bool
    cells: Mapping[tuple[int, int], tuple[str, str]]
    rows: Mapping[int, dict[int, tuple[str, str]]]
    """The same cells: for each row that holds something, in order, by column."""
    merged: Sequence[tuple[int, int, int, int]]
    """The areas merged over several rows: first row, first column, last row, last column."""

    @classmethod
    def of(
        cls,
        *,
        name: str,
        is_hidden: bool,
        rows: Sequence[tuple[int, Sequence[tuple[int, str, str]]]],
        merged: Sequence[Sequence[int]],
    ) -> "Sheet":
        """Make a sheet of what the process that reads files tells."""
        by_row = {
            number: {
                column: (kind, text.replace("\r\n", "\n").replace("\r", "\n"))
                for column, kind, text in row
            }
            for number, row in sorted(rows)
        }
        cells = {
            (number, column): cell for number, row in by_row.items() for column, cell in row.items()
        }
        tall = [(a, b, c, d) for a, b, c, d in merged if c > a]
        return cls(name, is_hidden, cells, by_row, tall)

    def place(self, number: int, column: int) -> str:
        """Name a cell as the spreadsheet does: « Réponses, E12 »."""
        letters, rest = "", column
        while rest:
            rest, last = divmod(rest - 1, 26)
            letters = chr(ord("A") + last) + letters
        cell = f"{letters}{number}"
        return f"{self.name}, {cell}" if self.name else _("cellule %(cell)s") % {"cell": cell}


@dataclass(frozen=True)
class Found:
    """A value that was read: of which point, which field, in which cell."""

    ref: str
    field: str
    value: str
    place: str


@dataclass(frozen=True)
class Refusal:
    """A cell that is not taken over, why, and what was expected."""

    place: str
    ref: str
    shown: str
    why: str
    expected: str = ""


@dataclass(frozen=True)
class Option:
    """One way to settle a doubt: what it would write."""

    label: str
    field: str
    value: str


@dataclass(frozen=True)
class Doubt:
    """A cell that may be read in several ways, or cells that disagree: a person settles it."""

    place: str
    ref: str
    shown: str
    why: str
    options: tuple[Option, ...]


@dataclass
class Reading:
    """A workbook as it was understood."""

    seals: list[str] = field(default_factory=list)
    identity: dict[str, str] = field(default_factory=dict)
    sheets: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    """The titles of the columns that were read, each with its cell."""
    ignored: list[str] = field(default_factory=list)
    """Those of the columns that no field takes."""
    found: list[Found] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    foreign: list[Refusal] = field(default_factory=list)
    """Rows that hold an answer to a point that is not asked, or to none."""
    empty: list[str] = field(default_factory=list)
    """The points asked that the workbook says nothing of."""


def read(sheets: Sequence[Sheet], *, asked: Mapping[str, Sequence[str]]) -> Reading:
    """Understand a workbook. ``asked`` gives, for each point, the claims that may be made on it."""
    reading, seals = Reading(), set[str]()
    points = Points(list(asked))
    gathered: list[Found] = []
    for sheet in sheets:
        if sheet.cells.get((1, 1), ("", ""))[1].strip() == words.SIGNATURE:
            seals |= set(_seals_of_keys(sheet))
            continue
        if sheet.is_hidden:
            continue
        table = _table(sheet)
        if table is None:
            reading.identity |= _identity_of(sheet)
            continue
        reading.sheets.append(sheet.name)
        _tell_columns(reading, sheet, *table)
        reader = _TableReader(sheet, *table, points=points, asked=asked, reading=reading)
        gathered += reader.found()
        seals |= reader.seals
    reading.seals = sorted(seals)
    _settle(reading, gathered)
    told = {each.ref for each in reading.found} | {each.ref for each in reading.doubts}
    told |= {each.ref for each in reading.refused}
    reading.empty = [ref for ref in asked if ref not in told]
    return reading


def _seals_of_keys(sheet: Sheet) -> Iterator[str]:
    for row in sheet.rows.values():
        if row.get(1, ("", ""))[1] == words.SEAL:
            yield from _SEAL_SHAPE.findall(row.get(2, ("", ""))[1])


def _identity_of(sheet: Sheet) -> dict[str, str]:
    found = {}
    for (number, column), (_kind, text) in sheet.cells.items():
        label = _IDENTITY.get(key(text))
        value = sheet.cells.get((number, column + 1), ("", ""))[1].strip()
        if label and value:
            found[label] = unescaped(value)[:200]
    return found


# -- The columns -------------------------------------------------------------------------------


def _table(sheet: Sheet) -> tuple[int, dict[int, str]] | None:
    """Return the row of the titles and what each column holds; None without a table of answers."""
    for number, row in islice(sheet.rows.items(), HEAD_WITHIN):
        roles = {
            column: role for column, (_kind, text) in row.items() if (role := _HEADS.get(key(text)))
        }
        if REF in roles.values() and set(ANSWERS) & set(roles.values()):
            return number, roles
    return None


def _tell_columns(reading: Reading, sheet: Sheet, head: int, roles: Mapping[int, str]) -> None:
    """Say which columns were read: what is left aside must be seen too."""
    for column, (_kind, text) in sorted(sheet.rows[head].items()):
        told = reading.columns if column in roles else reading.ignored
        told.append(f"{' '.join(text.split())[:40]} ({sheet.place(head, column)})")


# -- The rows ----------------------------------------------------------------------------------


class _TableReader:
    """Reads the rows of one table of answers."""

    def __init__(
        self,
        sheet: Sheet,
        head: int,
        roles: dict[int, str],
        *,
        points: Points,
        asked: Mapping[str, Sequence[str]],
        reading: Reading,
    ) -> None:
        self.sheet, self.head, self.roles = sheet, head, roles
        self.points, self.asked, self.reading = points, asked, reading
        self.seals: set[str] = set()
        self.columns = {
            role: [column for column in sorted(roles) if roles[column] == role]
            for role in (REF, SEAL, *ANSWERS)
        }
        self.rows = {number: row for number, row in sheet.rows.items() if number > head}
        self.covered = self._covered()

    def _covered(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Give each cell of an area merged over several rows the cell that holds its value."""
        return {
            (number, column): (first, left)
            for first, left, last, right in self.sheet.merged
            if first > self.head and left in self.roles
            for number in range(first, min(last, first + 500) + 1)
            for column in range(left, right + 1)
        }

    def found(self) -> list[Found]:
        """Return the values of all rows; what is no value goes to the reading."""
        gathered: list[Found] = []
        covered_rows = {number for number, _column in self.covered}
        for number in sorted(set(self.rows) | covered_rows):
            cells = {c: cell for c, cell in self.rows.get(number, {}).items() if c in self.roles}
            for column in self.columns[SEAL]:
                self.seals |= set(_SEAL_SHAPE.findall(cells.get(column, ("", ""))[1]))
            gathered += self._row(number, cells)
        return gathered

    def _row(self, number: int, cells: dict[int, tuple[str, str]]) -> Iterator[Found]:
        told = [
            column
            for role in ANSWERS
            for column in self.columns[role]
            if not _is_blank(cells.get(column)) or (number, column) in self.covered
        ]
        if not told:
            return
        ref, why = self._ref(cells)
        if why:
            column = next((column for column in told if column in cells), None)
            if column is not None:
                shown = next((cells[c][1] for c in self.columns[REF] if c in cells), "")
                self.reading.foreign.append(
                    Refusal(self.sheet.place(number, column), shown.strip(), cells[column][1], why)
                )
            return
        yield from self._claims(number, ref, cells)
        yield from self._details(number, ref, cells)

    def _ref(self, cells: dict[int, tuple[str, str]]) -> tuple[str, str]:
        """Return the point of a row, or the sentence that says why it has none."""
        kind, text = next((cells[c] for c in self.columns[REF] if c in cells), (TEXT, ""))
        if not text.strip():
            return "", _("Cette ligne n’a pas de numéro de point.")
        if kind in (FORMULA, ERROR):
            return "", _("Le numéro du point est une formule.")
        ref = self.points.find(unescaped(text.strip()))
        if not ref:
            return "", _("Ce point n’est pas demandé dans ce lot.")
        if kind == NUMBER and self.points.find(f"{text}0"):
            other = self.points.find(f"{text}0")
            return "", _("Le tableur a fait un nombre de ce numéro : %(ref)s ou %(other)s ?") % {
                "ref": ref,
                "other": other,
            }
        return ref, ""

    # What the candidate claims

    def _claims(self, number: int, ref: str, cells: dict[int, tuple[str, str]]) -> Iterator[Found]:
        for column in self.columns[CLAIM]:
            if (number, column) in self.covered:
                self._merged(number, column, ref)
            elif not _says_nothing(cells.get(column)):
                yield from self._claim(number, column, ref, cells)
        ticked = [
            (tick, column)
            for tick in TICKS
            for column in self.columns[tick]
            if not _says_nothing(cells.get(column))
        ]
        yield from self._ticked(number, ref, cells, ticked)

    def _claim(
        self, number: int, column: int, ref: str, cells: dict[int, tuple[str, str]]
    ) -> Iterator[Found]:
        kind, text = cells[column]
        place = self.sheet.place(number, column)
        if self._is_refused(place, ref, kind, text):
            return
        value = claim_of(unescaped(text))
        if value is None:
            detail = self._joined(number, cells) or ""
            self._doubt_claim(place, ref, text, detail)
        elif value not in self.asked[ref]:
            self._refuse_claim(place, ref, text)
        else:
            yield Found(ref, "claim", value, place)

    def _ticked(
        self,
        number: int,
        ref: str,
        cells: dict[int, tuple[str, str]],
        ticked: list[tuple[Claim, int]],
    ) -> Iterator[Found]:
        if not ticked:
            return
        place = self.sheet.place(number, ticked[0][1])
        shown = " ; ".join(
            f"{self.sheet.cells[self.head, column][1]} : {cells[column][1]}"
            for _tick, column in ticked
        )
        if any(
            self._is_refused(self.sheet.place(number, column), ref, *cells[column])
            for _tick, column in ticked
        ):
            return
        [value, column], *others = ticked
        if others or not _is_mark(cells[column][1]):
            why = _("Les cases cochées ne disent pas une seule réponse.")
            self.reading.doubts.append(Doubt(place, ref, shown, why, self._claim_options(ref)))
        elif value not in self.asked[ref]:
            self._refuse_claim(place, ref, shown)
        else:
            yield Found(ref, "claim", value.value, place)

    def _is_refused(self, place: str, ref: str, kind: str, text: str) -> bool:
        """Refuse a formula or an error: nothing is ever calculated."""
        if kind not in (FORMULA, ERROR):
            return False
        why = _("Cette cellule est une formule : elle n’est ni lue ni calculée.")
        if kind == ERROR:
            why = _("Cette cellule contient une erreur du tableur.")
        expected = _("la valeur elle-même, en texte")
        self.reading.refused.append(Refusal(place, ref, text, why, expected))
        return True

    def _refuse_claim(self, place: str, ref: str, text: str) -> None:
        why = _("Cette réponse n’est pas prévue pour ce point.")
        labels = [str(Claim(value).label) for value in self.asked[ref]]
        self.reading.refused.append(Refusal(place, ref, text, why, _(" ou ").join(labels)))

    def _doubt_claim(self, place: str, ref: str, text: str, detail: str) -> None:
        why = _("Cette cellule ne dit ni OUI, ni NON, ni NC : elle se lit de plusieurs façons.")
        options = self._claim_options(ref)
        if len(text.strip()) > 1:
            kept = words.joined(unescaped(text.strip()), "")
            whole = f"{kept}\n{detail}" if detail else kept
            options += (
                Option(_("Garder ces mots dans le texte de la réponse"), "claim_text", whole),
            )
        self.reading.doubts.append(Doubt(place, ref, text, why, options))

    def _claim_options(self, ref: str) -> tuple[Option, ...]:
        return tuple(Option(str(Claim(value).label), "claim", value) for value in self.asked[ref])

    # What the candidate writes

    def _details(self, number: int, ref: str, cells: dict[int, tuple[str, str]]) -> Iterator[Found]:
        columns = self.columns[DETAIL] + self.columns[EVIDENCE]
        for column in columns:
            if (number, column) in self.covered:
                self._merged(number, column, ref)
                return
        told = [column for column in columns if not _is_blank(cells.get(column))]
        if not told:
            return
        refused = [
            self._is_refused(self.sheet.place(number, column), ref, *cells[column])
            for column in told
        ]
        if not any(refused):
            text = self._joined(number, cells) or ""
            yield Found(ref, "claim_text", text, self.sheet.place(number, told[0]))

    def _joined(self, number: int, cells: dict[int, tuple[str, str]]) -> str | None:
        """Return the text of a row with its evidence; None when a part of it is no text."""
        parts: dict[str, list[str]] = {DETAIL: [], EVIDENCE: []}
        for role, texts in parts.items():
            for column in self.columns[role]:
                kind, text = cells.get(column, (TEXT, ""))
                if kind in (FORMULA, ERROR):
                    return None
                if text.strip():
                    texts.append(unescaped(text.strip()))
        return words.joined("\n".join(parts[DETAIL]), " ".join(parts[EVIDENCE]))

    def _merged(self, number: int, column: int, ref: str) -> None:
        """A cell over several rows: nobody knows whether it answers each of them."""
        at = self.covered[number, column]
        kind, text = self.sheet.cells.get(at, (TEXT, ""))
        place = self.sheet.place(*at)
        if _is_blank((kind, text)) or self._is_refused(place, ref, kind, text):
            return
        why = _("Cette cellule est fusionnée sur plusieurs lignes : vaut-elle pour ce point ?")
        value = claim_of(unescaped(text))
        options = self._claim_options(ref)
        if self.roles.get(at[1]) != CLAIM:
            text_of = words.joined("", text) if self.roles.get(at[1]) == EVIDENCE else text.strip()
            options = (Option(_("Reprendre ce texte"), "claim_text", unescaped(text_of)),)
        elif value and value in self.asked[ref]:
            options = (Option(str(Claim(value).label), "claim", value),)
        self.reading.doubts.append(Doubt(place, ref, text, why, options))


def _is_blank(cell: tuple[str, str] | None) -> bool:
    return cell is None or (cell[0] not in (FORMULA, ERROR) and not cell[1].strip())


def _says_nothing(cell: tuple[str, str] | None) -> bool:
    """Whether a cell of claims is blank, or holds what an export writes where there is none."""
    return cell is None or _is_blank(cell) or key(cell[1]) in SAYS_NOTHING


def _is_mark(text: str) -> bool:
    return bool(_SIGNS.fullmatch(text)) or key(text) in _MARKS


# -- Several cells for one field ----------------------------------------------------------------


def _settle(reading: Reading, gathered: Sequence[Found]) -> None:
    """Keep one value a field; cells that disagree, as on a copied sheet, are a doubt."""
    groups: dict[tuple[str, str], dict[str, Found]] = {}
    for each in gathered:
        groups.setdefault((each.ref, each.field), {}).setdefault(each.value, each)
    for (ref, name), values in groups.items():
        first, *others = values.values()
        if not others:
            reading.found.append(first)
            continue
        options = tuple(
            Option(f"{_in_words(name, each.value)} ({each.place})", name, each.value)
            for each in values.values()
        )
        places = ", ".join(each.place for each in values.values())
        shown = " / ".join(_in_words(name, each.value) for each in values.values())
        why = _("Ce point a plusieurs réponses, qui diffèrent.")
        reading.doubts.append(Doubt(places, ref, shown, why, options))


def _in_words(name: str, value: str) -> str:
    text = str(Claim(value).label) if name == "claim" else " ".join(value.split())
    return f"{text[:60]}…" if len(text) > 60 else text
