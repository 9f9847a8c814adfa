"""Reading what was copied from a spreadsheet: pure functions, a text in, values of points out.

A cell is a text, whatever it looks like: nothing is ever calculated. A blank cell says nothing:
pasting never erases. Each row finds its point by the number in one of its columns, whatever the
order; without such a column, rows follow the points in the order that the page shows.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.search import fold

from ..enums import Claim, ScoreValue

MAX_CHARACTERS = 1_000_000
MAX_ROWS = 500
MAX_COLUMNS = 40

Table = list[list[str]]

REF, IGNORED = "ref", ""
FIELDS = ("claim", "claim_text", "score", "comment")
ROLES = (REF, *FIELDS, IGNORED)
"""What a column may hold: the number of the point, one of its four fields, or nothing of use."""


class Unreadable(DomainError):
    """The text is too large, or holds no table."""


# -- The table ---------------------------------------------------------------------------------

# A cell in quotes ends at a quote before a tab, a new line or the end; else the quotes are text.
_CELL = re.compile(r'"([^"]*(?:""[^"]*)*)"(?=[\t\n]|\Z)|([^\t\n]*)')


def read_table(text: str) -> Table:
    """Read tab-separated cells as Excel and LibreOffice copy them."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows: Table = [[]]
    at = 0
    while True:
        found = _CELL.match(text, at)
        assert found  # the second branch matches anything
        quoted, bare = found.groups()
        rows[-1].append(bare if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        if at == len(text):
            break
        if text[at] == "\n":
            rows.append([])
        at += 1
    # A copied table ends with a new line.
    return rows[:-1] if rows[-1] == [""] else rows


def write_table(rows: Iterable[Sequence[str]]) -> str:
    """Write cells as a spreadsheet copies them: the way back of ``read_table``."""
    return "".join("\t".join(map(_quoted, row)) + "\n" for row in rows)


def _quoted(cell: str) -> str:
    if any(sign in cell for sign in '"\t\n\r'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _checked_table(text: str) -> Table:
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(
            _("Ce texte dépasse un million de caractères : collez le tableau en plusieurs fois.")
        )
    rows = read_table(text)
    if not any(cell.strip() for row in rows for cell in row):
        raise Unreadable(
            _("Il n’y a rien à lire : copiez des cellules du tableur, puis collez-les.")
        )
    if len(rows) > MAX_ROWS:
        raise Unreadable(
            _("Ce tableau compte %(given)d lignes ; la limite est de %(limit)d.")
            % {"given": len(rows), "limit": MAX_ROWS}
        )
    if max(map(len, rows)) > MAX_COLUMNS:
        raise Unreadable(
            _("Ce tableau compte %(given)d colonnes ; la limite est de %(limit)d.")
            % {"given": max(map(len, rows)), "limit": MAX_COLUMNS}
        )
    return rows


# -- Words -------------------------------------------------------------------------------------


def key(cell: str) -> str:
    """Return a cell as its words are compared: no case, accents, signs or double spaces."""
    text = fold(cell.replace("’", "'"))
    return " ".join(re.sub(r"[✓✔◐✕✗?!.;:\u00a0\u202f_–—-]+", " ", text).split())


def table_of(words: Mapping[str, str]) -> dict[str, str]:
    """Return the value of each word, from values each with its words between bars."""
    return {word.strip(): value for value, line in words.items() for word in line.split("|")}


_CLAIMS = table_of(
    {
        Claim.YES: "oui|o|yes|y|vrai|true",
        Claim.NO: "non|n|no|faux|false",
        Claim.NOT_CONCERNED: "nc|n c|non concerne|non concernee|sans objet|so|s o|na|n/a",
    }
)
_SCORES = table_of(
    {
        ScoreValue.COMPLIANT: "conforme|c|compliant",
        ScoreValue.PARTIAL: "partiel|partielle|p|partiellement conforme|partiellement|partial",
        ScoreValue.NON_COMPLIANT: "non conforme|n|nonconforme|non compliant",
        ScoreValue.TO_CLARIFY: "a preciser|ap|a clarifier|a|to clarify",
        ScoreValue.NOT_APPLICABLE: "sans objet|so|s o|s|na|n/a|not applicable",
    }
)
_SIGNS = {
    "✓": ScoreValue.COMPLIANT,
    "◐": ScoreValue.PARTIAL,
    "✕": ScoreValue.NON_COMPLIANT,
    "?": ScoreValue.TO_CLARIFY,
    "–": ScoreValue.NOT_APPLICABLE,
}
SAYS_NOTHING = {"non note", "sans reponse", "vide"}
"""What an export of this software writes where there is no value yet."""

_AMBIGUOUS = {"nc", "n c"}
_HEADS = table_of(
    {
        REF: "point|n°|nº|numero|numero du point|n° du point|point de controle|ref|reference|code",
        "claim": (
            "reponse|reponse du candidat|oui/non|oui / non|oui / non / nc|oui/non/nc|reponses"
            "|reponse candidat|declaration|declaration du candidat"
        ),
        "claim_text": (
            "texte|texte de la reponse|precision|precisions|justification|justifications"
            "|precisions du candidat|document|documents|reponse (texte)|detail|details|reponse detaillee"
        ),
        "score": "note|note de l'acheteur|conformite|evaluation|notation|cotation|avis",
        "comment": (
            "commentaire|commentaires|commentaire de l'acheteur|observation|observations"
            "|remarque|remarques"
        ),
    }
)


def claim_of(cell: str) -> str | None:
    """Return the claim that a cell says, None when it says none that is known."""
    return _CLAIMS.get(key(cell))


def score_of(cell: str) -> str | None:
    """Return the score that a cell says. « NC » is none: it may mean either of two things."""
    return _SIGNS.get(cell.strip()) or _SCORES.get(key(cell))


class Points:
    """The points that a row may name, by any writing of their number."""

    def __init__(self, refs: Sequence[str]) -> None:
        self.refs = list(refs)
        self.known = {self.plain(ref): ref for ref in refs}

    @staticmethod
    def plain(cell: str) -> str:
        """« O-7.1 », « o 7.1 », « 7,1 » and « 7.1 » are the same number."""
        text = re.sub(r"[\s\u2010-\u2015-]", "", fold(cell)).replace(",", ".").strip(".")
        return re.sub(r"^[o0](?=\d)", "", text)

    def find(self, cell: str) -> str | None:
        return self.known.get(self.plain(cell))


# -- The columns -------------------------------------------------------------------------------


def roles_of(rows: Table, points: Points) -> tuple[list[str], bool]:
    """Return what each column holds, and whether the first row is a head."""
    width = max(map(len, rows))
    heads = [_HEADS.get(key(cell), IGNORED) for cell in _padded(rows[0], width)]
    has_head = any(heads) and not any(_is_data(cell, points) for cell in rows[0])
    columns = [[_padded(row, width)[n] for row in rows[has_head:]] for n in range(width)]
    if has_head:
        roles = _each_once(heads)
        if REF not in roles:
            _add_refs(roles, columns, points)
        _settle_claims(roles, columns)
        return roles, True
    return _roles_by_content(columns, points), False


def _is_data(cell: str, points: Points) -> bool:
    return bool(points.find(cell) or claim_of(cell) or score_of(cell))


def _settle_claims(roles: list[str], columns: Table) -> None:
    """« Réponse » heads OUI and NON, or sentences: the cells say which."""
    if "claim" in roles and "claim_text" not in roles:
        at = roles.index("claim")
        filled = _telling(columns[at])
        if filled and not any(map(claim_of, filled)):
            roles[at] = "claim_text"


def _padded(row: Sequence[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))]


def _each_once(roles: Sequence[str]) -> list[str]:
    """Keep the first column of each role: two columns never write the same field."""
    return [role if role not in roles[:n] else IGNORED for n, role in enumerate(roles)]


def _add_refs(roles: list[str], columns: Table, points: Points) -> None:
    """Find the column of numbers: at least half of its cells name points of this lot."""
    for n, column in enumerate(columns):
        filled = [cell for cell in column if cell.strip()]
        named = sum(points.find(cell) is not None for cell in filled)
        if roles[n] == IGNORED and named and 2 * named >= len(filled):
            roles[n] = REF
            return


def _all(column: Iterable[str], read: Callable[[str], str | None]) -> bool:
    filled = _telling(column)
    return bool(filled) and all(read(cell) for cell in filled)


def _telling(column: Iterable[str]) -> list[str]:
    return [cell for cell in column if cell.strip() and key(cell) not in SAYS_NOTHING]


def _roles_by_content(columns: Table, points: Points) -> list[str]:
    """Without a head: values are known by their words, texts by the column of values before them."""
    roles = [IGNORED] * len(columns)
    _add_refs(roles, columns, points)
    for n, column in enumerate(columns):
        if roles[n] == IGNORED:
            roles[n] = _role_of_values(column)
    roles = _each_once(roles)
    texts = {"claim": "claim_text", "score": "comment"}
    for n in range(1, len(columns)):
        is_free = roles[n] == IGNORED and any(cell.strip() for cell in columns[n])
        if is_free and roles[n - 1] in texts:
            roles[n] = texts[roles[n - 1]]
    free = [n for n, role in enumerate(roles) if not role and any(c.strip() for c in columns[n])]
    if not set(roles) & set(FIELDS) and len(free) == 1:
        roles[free[0]] = "comment"
    return roles


def _role_of_values(column: Sequence[str]) -> str:
    """A word that may be either, as « Sans objet », is rather a score: it is the word of the page."""
    if _all(column, score_of):
        return "score"
    return "claim" if _all(column, claim_of) else IGNORED


# -- The values --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One value that was read, of one point."""

    line: int
    ref: str
    field: str
    value: str


@dataclass(frozen=True)
class Problem:
    """What could not be read, and why, in French. ``ref`` is empty when the row names no point."""

    line: int
    ref: str
    text: str
    sentence: str


@dataclass
class Reading:
    """A table as it was understood."""

    roles: list[str]
    heads: list[str]
    has_head: bool
    cells: list[Cell] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(text: str, *, refs: Sequence[str], start: str = "", roles: Sequence[str] = ()) -> Reading:
    """Read what was pasted. Raises Unreadable.

    ``refs`` are the points in the order that the page shows; rows without numbers are given to
    them from ``start`` on. ``roles`` are those that a person chose, when the guess was wrong.
    """
    rows = _checked_table(text)
    points = Points(refs)
    guessed, has_head = roles_of(rows, points)
    used = _chosen(roles, guessed)
    heads = _padded(rows[0], len(guessed)) if has_head else [""] * len(guessed)
    reading = Reading(used, heads, has_head)
    targets = _Targets(points, start, by_number=REF in used)
    for line, row in enumerate(rows[has_head:], start=1 + has_head):
        _read_row(reading, targets, line, _padded(row, len(used)))
    return reading


def _chosen(roles: Sequence[str], guessed: list[str]) -> list[str]:
    if len(roles) != len(guessed):
        return guessed
    return _each_once([role if role in ROLES else IGNORED for role in roles])


class _Targets:
    """Gives each row its point."""

    def __init__(self, points: Points, start: str, *, by_number: bool) -> None:
        self.points, self.by_number = points, by_number
        at = points.refs.index(start) if start in points.refs else 0
        self.following = iter(points.refs[at:])
        self.seen: dict[str, int] = {}

    def of(self, line: int, number: str) -> tuple[str, str]:
        """Return the point of a row, or the sentence that says why it has none."""
        if not self.by_number:
            ref = next(self.following, "")
            return ref, "" if ref else _("Il n’y a plus de point affiché pour cette ligne.")
        if not number.strip():
            return "", _("Cette ligne n’a pas de numéro de point.")
        ref = self.points.find(number) or ""
        if not ref:
            return "", _("Ce point n’est pas demandé dans ce lot.")
        if ref in self.seen:
            before = self.seen[ref]
            return "", _("Ce point est déjà à la ligne %(n)d.") % {"n": before}
        self.seen[ref] = line
        return ref, ""


def _read_row(reading: Reading, targets: _Targets, line: int, row: list[str]) -> None:
    number = row[reading.roles.index(REF)] if targets.by_number else ""
    values = {
        role: unescaped(cell)
        for role, cell in zip(reading.roles, row, strict=True)
        if role in FIELDS and cell.strip()
    }
    if targets.by_number and not values:
        return  # a title between two rows, or a point with nothing to say
    ref, sentence = targets.of(line, number)
    if sentence:
        if values:
            text = number.strip() or next(iter(values.values()))
            reading.problems.append(Problem(line, "", text, sentence))
        return
    for role, cell in values.items():
        _read_cell(reading, line, ref, role, cell)


def _read_cell(reading: Reading, line: int, ref: str, role: str, cell: str) -> None:
    if role in ("claim_text", "comment"):
        reading.cells.append(Cell(line, ref, role, cell.strip()))
        return
    if key(cell) in SAYS_NOTHING:
        return
    value = claim_of(cell) if role == "claim" else score_of(cell)
    if value is not None:
        reading.cells.append(Cell(line, ref, role, value))
        return
    reading.problems.append(Problem(line, ref, cell.strip(), _why_not(role, cell)))


def _why_not(role: str, cell: str) -> str:
    if role == "claim":
        return _("Cette réponse n’est pas connue : écrivez OUI, NON ou NC.")
    if key(cell) in _AMBIGUOUS:
        return _("Dans une note, « NC » peut tout dire : écrivez Non conforme ou Sans objet.")
    return _(
        "Cette note n’est pas connue : écrivez Conforme, Partiel, Non conforme, À préciser ou "
        "Sans objet."
    )


# What the workbook of this software writes before a text that a spreadsheet would calculate.
_ESCAPED = re.compile(r"'(?='*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")


def unescaped(cell: str) -> str:
    """Take away the apostrophe that ``documents.workbook.safe_text`` put before a text."""
    return cell[1:] if _ESCAPED.match(cell) else cell
