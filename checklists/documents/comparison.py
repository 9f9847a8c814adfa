"""The comparison of the candidates of one checklist as files: XLSX and CSV.

Everything is there, whatever the page filters, so that the note of each candidate can be computed
again by hand: its sheet « Calcul » holds plain numbers, never a formula.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from django.utils.text import slugify
from django.utils.translation import gettext as _
from openpyxl import Workbook

from ..domain.comparing import Candidate, Cell, Comparison, Point, Stake
from ..domain.scoring import Line
from ..enums import Claim, DecisionValue, LegalEffect, ScoreValue
from ..models import Checklist
from . import csv_files
from .workbook import DECISION_SIGNS, SIGNS, Value, add_sheet

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}

_POINT_HEAD = ("Point", "Titre", "Chapitre", "Éliminatoire", "Effet", "Poids")
_POINT_WIDTHS = (12, 40, 34, 12, 22, 8)
_LINE_HEAD = ("Candidat", "Point", "Note", "Valeur", "Poids", "Produit", "Poids compté")
_STAKE_HEAD = ("Candidat", "Point", "Titre", "Éliminatoire", "Effet", "Motif")


def written(checklist: Checklist, comparison: Comparison, kind: str) -> bytes:
    """Return the file of a comparison, in one of ``TYPES``."""
    return _WRITERS[kind](checklist, comparison)


def file_name(checklist: Checklist, kind: str) -> str:
    """Name the file after the purchase and the clausier."""
    lot = checklist.lot
    words = ["comparaison", lot.tender.reference]
    if lot.tender.has_lots:
        words.append(f"lot {lot.number}")
    words.append(checklist.version.clausier.code)
    return f"{slugify(' '.join(words))}.{kind}"


def stake_text(stake: Stake) -> str:
    """Say why a point of a candidate waits for the qualification of the buyer."""
    return {
        Stake.NONE: "",
        Stake.UNANSWERED: _("Sans réponse"),
        Stake.NO: _("Le candidat répond NON"),
        Stake.NOT_MET: _("Noté non conforme"),
    }[stake]


def _xlsx(checklist: Checklist, comparison: Comparison) -> bytes:
    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = _("Comparaison des candidats"), "Clausier"
    names = [one.name for one in comparison.candidates]
    own = [head for name in names for head in (f"Réponse – {name}", f"Note – {name}")]
    widths = (*_POINT_WIDTHS, *[16] * len(own))
    add_sheet(book, _("Comparaison"), widths, (*_POINT_HEAD, *own), _points(comparison))
    rates = ("N°", "Chapitre", *names)
    add_sheet(book, _("Taux"), (8, 50, *[16] * len(names)), rates, _rates(comparison))
    add_sheet(book, _("Calcul"), (34, 26, 18, 10, 10, 10, 14), _LINE_HEAD, _lines(comparison))
    add_sheet(book, _("À qualifier"), (34, 12, 40, 12, 22, 26), _STAKE_HEAD, _stakes(comparison))
    add_sheet(book, _("Méthode"), (34, 100), None, _method(checklist))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _csv(checklist: Checklist, comparison: Comparison) -> bytes:
    own = ("Réponse", "Note", "Valeur", "Produit", "À qualifier")
    heads = [f"{name} – {one.name}" for one in comparison.candidates for name in own]
    rows: list[Sequence[Value]] = [(*_POINT_HEAD, *heads)]
    for point in comparison.points:
        row = [*_point(comparison, point)]
        for candidate in comparison.candidates:
            row += _csv_cells(comparison, candidate, point)
        rows.append(row)
    return csv_files.written(map(csv_files.text, row) for row in rows)


_WRITERS: dict[str, Callable[[Checklist, Comparison], bytes]] = {"xlsx": _xlsx, "csv": _csv}


# -- What the rows say -----------------------------------------------------------------------------


def _point(comparison: Comparison, point: Point) -> Sequence[Value]:
    chapter = comparison.chapters[point.chapter]
    return (
        point.ref, point.title, f"{chapter.ref} {chapter.title}".strip(),
        _("oui") if point.is_knock_out else "", str(LegalEffect(point.effect).label), point.weight,
    )  # fmt: skip


def _points(comparison: Comparison) -> Iterator[Sequence[Value]]:
    for point in comparison.points:
        cells = [comparison.cell(candidate, point) for candidate in comparison.candidates]
        said = [text for cell in cells for text in (claim_text(cell), score_text(cell.score))]
        yield (*_point(comparison, point), *said)


def claim_text(cell: Cell) -> str:
    """Write what a candidate claims; « Texte » when it answers with a text alone."""
    if not cell.claim and cell.has_text:
        return _("Texte")
    return str(Claim(cell.claim).label)


def score_text(score: str) -> str:
    """Write a score with its sign, the same as on the pages."""
    return f"{SIGNS[score]} {ScoreValue(score).label}".strip()


def decision_text(decision: str) -> str:
    """Write a decision with its sign, the same as on the pages; nothing before it is given."""
    return f"{DECISION_SIGNS[decision]} {DecisionValue(decision).label}" if decision else ""


def _csv_cells(comparison: Comparison, candidate: Candidate, point: Point) -> Sequence[Value]:
    cell = comparison.cell(candidate, point)
    line = Line(point.ref, cell.score, point.weight)
    stake = stake_text(comparison.stake(candidate, point))
    return claim_text(cell), score_text(cell.score), _worth(line), line.product, stake


def _worth(line: Line) -> Value:
    return _("hors calcul") if line.worth is None else line.worth


def _rates(comparison: Comparison) -> Iterator[Sequence[Value]]:
    """Rates in percent, exact as a cell can be; the note under them."""
    for place in dict.fromkeys(point.chapter for point in comparison.points):
        chapter = comparison.chapters[place]
        rates = [comparison.sums[one.assessment, place].rate for one in comparison.candidates]
        yield chapter.ref, chapter.title, *map(_percent, rates)
    notes = [comparison.note(one) for one in comparison.candidates]
    yield "", _("Ensemble"), *[_percent(note.tally.rate) for note in notes]
    yield "", _("Note du critère"), *["" if n.value is None else n.value for n in notes]
    yield "", _("Note maximale du critère"), *[comparison.max_note] * len(notes)
    yield "", _("Points sans note"), *[note.tally.missing for note in notes]
    yield "", _("Décision"), *[decision_text(one.decision) for one in comparison.candidates]


def _percent(rate: Decimal | None) -> Value:
    return "" if rate is None else 100 * rate


def _lines(comparison: Comparison) -> Iterator[Sequence[Value]]:
    for candidate in comparison.candidates:
        note = comparison.note(candidate)
        for line in note.lines:
            score = score_text(line.score)
            yield (
                candidate.name, line.ref, score, _worth(line), line.weight, line.product,
                line.counted,
            )  # fmt: skip
        sums = note.tally
        yield candidate.name, _("Somme"), "", "", "", sums.earned, sums.possible
        rate: Value = "" if sums.rate is None else sums.rate
        yield candidate.name, _("Rapport des deux sommes"), "", "", "", rate, ""
        yield candidate.name, _("Note maximale du critère"), "", "", "", note.max_note, ""
        value: Value = "" if note.value is None else note.value
        yield candidate.name, _("Note du critère"), "", "", "", value, ""


def _stakes(comparison: Comparison) -> Iterator[Sequence[Value]]:
    for candidate in comparison.candidates:
        for point in comparison.at_stake(candidate):
            yield (
                candidate.name, point.ref, point.title, _("oui") if point.is_knock_out else "",
                str(LegalEffect(point.effect).label), stake_text(comparison.stake(candidate, point)),
            )  # fmt: skip


def _method(checklist: Checklist) -> Iterator[Sequence[Value]]:
    lot, version = checklist.lot, checklist.version
    yield _("Établissement"), lot.tender.facility.name
    yield _("Consultation"), f"{lot.tender.reference} – {lot.tender.title}"
    if lot.tender.has_lots:
        yield _("Lot"), f"{lot.number} – {lot.title}"
    yield (
        _("Clausier"),
        _("%(title)s, version %(number)s")
        % {
            "title": version.title,
            "number": version.number,
        },
    )
    yield _("Empreinte de la check-list (SHA-256)"), checklist.content_sha256
    yield from (
        (
            _("Valeur"),
            _(
                "Conforme 1, partiel ½, non conforme, à préciser et sans note 0. "
                "Sans objet sort du calcul."
            ),
        ),
        (_("Produit"), _("La valeur multipliée par le poids du point.")),
        (
            _("Note du critère"),
            _(
                "La note maximale, multipliée par la somme des produits, divisée par la somme des "
                "poids comptés, arrondie au centième le plus proche."
            ),
        ),
        (_("Points d’information"), _("Leur poids est nul : ils ne changent pas la note.")),
        (
            _("À qualifier"),
            _(
                "Le logiciel ne déclare jamais une offre irrégulière : l’acheteur la qualifie en "
                "droit (CCP, art. L2152-1 et suivants)."
            ),
        ),
    )
