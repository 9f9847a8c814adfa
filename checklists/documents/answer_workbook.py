"""The answer workbook of a lot: instructions, identity, one row a point, and a hidden key.

XLSX, ODS and CSV say the same thing. What a person wrote is never a formula, and an apostrophe
stands before what a spreadsheet could take for one; the import takes it away again.
"""

from collections.abc import Callable, Iterator
from itertools import groupby

from django.utils.text import slugify
from django.utils.translation import gettext as _

from ..domain import answer_words as words
from . import csv_files
from .answer_form import Form, Question
from .ods import write_ods
from .sheets import BODY, CHAPTER, HEAD, INPUT, LABEL, TITLE, Book, Cell, Sheet
from .workbook import safe_text
from .xlsx import write_xlsx

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
}
"""The formats of the workbook, each with the type under which it is sent."""

_HEADS = (
    words.POINT, words.TITLE, words.REQUIREMENT, words.EXPECTED, words.STAKES, words.CLAIM,
    words.TEXT, words.EVIDENCE,
)  # fmt: skip
_WIDTHS = (9, 20, 74, 22, 20, 10, 44, 20)
_CSV_HEADS = (words.POINT, words.CHAPTER, *_HEADS[1:], words.SEAL)


def written(form: Form, kind: str) -> bytes:
    """Return the file of ``form`` as ``kind``, a key of TYPES."""
    return _WRITERS[kind](form)


def file_name(form: Form, kind: str) -> str:
    """Return the name under which the file is saved: the tender, the lot, the candidate."""
    names = f"{form.tender[:60]} {form.lot[:40]} {form.identity.get(words.COMPANY, '')[:40]}"
    return f"reponse-{slugify(names)[:90] or 'clausier'}.{kind}"


def book(form: Form) -> Book:
    """Return the workbook as plain data."""
    return Book(
        title=f"{_('Classeur de réponse')} – {form.tender}",
        footer=f"{form.tender} – {_('check-list')} {form.sha256[:8]}",
        sheets=[_guide(form), _identity(form), _answers(form), _keys(form)],
    )


# -- The sheets --------------------------------------------------------------------------------


def _guide(form: Form) -> Sheet:
    sheet = Sheet(words.GUIDE_SHEET, (26, 92))
    sheet.rows.append([Cell(_("Classeur de réponse au clausier"), TITLE, span=2)])
    for label, text in _about(form):
        sheet.rows.append([Cell(label, LABEL), Cell(safe_text(text))])
    sheet.rows.append([])
    sheet.rows.append([Cell(_("Comment répondre"), TITLE, span=2)])
    for number, (label, text) in enumerate(_advice(), start=1):
        sheet.rows.append([Cell(f"{number}. {label}", LABEL), Cell(text)])
    return sheet


def _about(form: Form) -> Iterator[tuple[str, str]]:
    yield _("Établissement"), form.facility
    yield _("Consultation"), form.tender
    if form.lot:
        yield _("Lot"), form.lot
    yield _("Clausier"), f"{form.clausier}, {_('version')} {form.version}"
    yield _("Édition"), str(form.edition)
    yield _("Points à répondre"), str(len(form.questions))
    yield _("Empreinte de la check-list"), form.sha256


def _advice() -> Iterator[tuple[str, str]]:
    yield (
        _("Présentez-vous"),
        _("Feuille « Candidat » : votre entreprise, la solution proposée, la personne à joindre."),
    )
    yield (
        _("Répondez à chaque point"),
        _(
            "Feuille « Réponses » : choisissez OUI, NON ou NC dans la liste de la colonne "
            "« Réponse ». NC veut dire « non concerné » ; il n’est proposé que là où le point le "
            "prévoit, et se justifie."
        ),
    )
    yield (
        _("Voyez ce qui compte"),
        _(
            "Colonne « Effet et poids » : ce qu’une absence de réponse fait à l’offre, et ce que "
            "pèse le point dans la note. Un point éliminatoire est écrit en gras."
        ),
    )
    yield (
        _("Justifiez"),
        _(
            "Colonne « Précisions et justification » : dites comment l’exigence est tenue, ou ce "
            "qui manque et quand ce sera corrigé. 10 000 caractères au plus par point."
        ),
    )
    yield (
        _("Nommez vos justificatifs"),
        _(
            "Dernière colonne : le nom du fichier que vous joignez à l’offre, et la page si "
            "besoin. Un même document peut servir à plusieurs points."
        ),
    )
    yield (
        _("Gardez la forme du classeur"),
        _(
            "Seules les cases claires se remplissent. N’écrivez pas de formule : elle ne serait "
            "pas lue. Ne fusionnez pas de cellules et ne modifiez pas les numéros des points."
        ),
    )
    yield (
        _("Rendez-le tel quel"),
        _(
            "Enregistrez au format d’origine (XLSX, ODS ou CSV) et déposez le fichier avec votre "
            "offre sur le profil d’acheteur. Un classeur avec macros ou mot de passe n’est pas lu."
        ),
    )


def _identity(form: Form) -> Sheet:
    sheet = Sheet(words.IDENTITY_SHEET, (30, 60))
    sheet.rows.append([Cell(_("Le candidat"), TITLE, span=2)])
    for label in words.IDENTITY:
        hint = _("14 chiffres ; à l’étranger, votre identifiant national.")
        value = Cell(
            safe_text(form.identity.get(label, "")),
            INPUT,
            hint=hint if label == words.SIRET else "",
        )
        sheet.rows.append([Cell(label, LABEL), value])
    return sheet


def _answers(form: Form) -> Sheet:
    sheet = Sheet(words.ANSWERS_SHEET, _WIDTHS, has_head=True)
    sheet.rows.append([Cell(head, HEAD) for head in _HEADS])
    for chapter, questions in groupby(form.questions, key=lambda question: question.chapter):
        sheet.rows.append([Cell(safe_text(chapter), CHAPTER, span=len(_HEADS))])
        sheet.rows += [_answer(question) for question in questions]
    return sheet


def _answer(question: Question) -> list[Cell]:
    text, evidence = words.parted(question.text)
    return [
        Cell(question.ref, LABEL),
        Cell(safe_text(question.title)),
        Cell(safe_text(question.requirement)),
        Cell(safe_text(question.expected)),
        Cell("\n".join(question.stakes), LABEL if question.is_knock_out else BODY),
        Cell(question.claim, INPUT, choices=question.choices),
        Cell(safe_text(text), INPUT),
        Cell(safe_text(evidence), INPUT),
    ]


def _keys(form: Form) -> Sheet:
    """What the import recognises: which checklist this workbook answers, and its points."""
    sheet = Sheet(words.KEYS_SHEET, (40, 70), is_hidden=True)
    pairs = [
        (words.SIGNATURE, "1"),
        (words.SEAL, form.sha256),
        ("clausier", form.clausier),
        ("version", form.version),
        ("consultation", form.tender),
        ("lot", form.lot),
        ("édition", str(form.edition)),
        ("publication", form.published_at),
        *((question.ref, question.title) for question in form.questions),
    ]
    sheet.rows += [
        [Cell(safe_text(key), BODY), Cell(safe_text(value), BODY)] for key, value in pairs
    ]
    return sheet


# -- The files ---------------------------------------------------------------------------------


def _csv(form: Form) -> bytes:
    rows: list[tuple[str, ...]] = [_CSV_HEADS]
    for question in form.questions:
        ref, *cells = (cell.text for cell in _answer(question))
        rows.append((ref, safe_text(question.chapter), *cells, form.sha256))
    return csv_files.written(rows)


_WRITERS: dict[str, Callable[[Form], bytes]] = {
    "xlsx": lambda form: write_xlsx(book(form)),
    "ods": lambda form: write_ods(book(form)),
    "csv": _csv,
}
