"""The differences between two versions of a clausier, in French words: for the page and the command."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from uniha_clausier.common.dates import date_format

from ..enums import (
    AnswerKind,
    Owner,
    PointKind,
    ReferenceStatus,
    Reviewer,
    ScoreValue,
    VersionChange,
)
from .clausier_schema import Data
from .clausier_words import asked_when, parameter_words
from .queries.errata import ErratumText
from .versions import FieldChange, RowChange
from .word_changes import Piece, word_changes
from .wording import mended

LABELS: dict[str, str | Promise] = {
    "ref": gettext_lazy("Numéro"),
    "chapter": gettext_lazy("Chapitre"),
    "parent": gettext_lazy("Rattaché à"),
    "position": gettext_lazy("Place dans l’ordre"),
    "title": gettext_lazy("Titre"),
    "requirement": gettext_lazy("Exigence"),
    "expected": gettext_lazy("Réponse attendue"),
    "note": gettext_lazy("Note du chapitre"),
    "answer_kind": gettext_lazy("Forme de la réponse"),
    "condition": gettext_lazy("Demandé"),
    "reviewers": gettext_lazy("Relu par"),
    "owner": gettext_lazy("À la charge de"),
    "kinds": gettext_lazy("Nature"),
    "parameters": gettext_lazy("Valeurs"),
    "guide": gettext_lazy("Barème"),
    "references": gettext_lazy("Références"),
    "erratum": gettext_lazy("Note sur le texte officiel"),
    "edition_date": gettext_lazy("Édition"),
    "source": gettext_lazy("Source"),
    "licence_note": gettext_lazy("Droits"),
    "preamble": gettext_lazy("Préambule"),
    "is_official_text": gettext_lazy("Texte officiel"),
    "is_proposal": gettext_lazy("Proposition de Clausier"),
}


@dataclass(frozen=True)
class ToldField:
    """One field that differs: its name on screen, and its words that stayed, went and came."""

    label: str
    pieces: tuple[Piece, ...]


Noted = Sequence[tuple[ErratumText, Sequence[str]]]
"""Errata, each with the numbers of the versions that have it."""


@dataclass(frozen=True)
class ToldRow:
    """A point or a chapter that differs. ``ref`` is « O-3.4 », or « O-3.4 → O-3.5 ».

    ``text`` is the requirement of a point that only one version has; ``errata`` those of the point,
    each with the numbers of the versions that have it.
    """

    kind: VersionChange
    ref: str
    title: str
    text: str
    fields: tuple[ToldField, ...]
    errata: Noted = ()


def told_row(change: RowChange, errata: Noted = ()) -> ToldRow:
    """Write what became of a point or of a chapter."""
    refs = [row["ref"] for row in (change.before, change.after) if row is not None]
    is_alone = change.before is None or change.after is None
    return ToldRow(
        kind=change.kind,
        ref=" → ".join(dict.fromkeys(ref for ref in refs if ref)),
        title=mended(change.row["title"]),
        text=mended(change.row.get("requirement", change.row.get("note", ""))) if is_alone else "",
        # The number is told by ``ref``.
        fields=tuple(told_field(field) for field in change.fields if field.name != "ref"),
        errata=errata,
    )


def told_field(change: FieldChange) -> ToldField:
    """Write what became of one field."""
    write = _WRITERS.get(change.name, mended)
    pieces = word_changes(write(change.before), write(change.after))
    return ToldField(str(LABELS[change.name]), pieces)


def _guide(guide: Data) -> str:
    return "\n".join(
        f"{ScoreValue(name).label}\u00a0: {guide[name]}"
        for name in (ScoreValue.COMPLIANT, ScoreValue.PARTIAL, ScoreValue.NON_COMPLIANT)
        if guide.get(name)
    )


def _parameter(parameter: Data) -> str:
    note = f" ({parameter['note']})" if parameter.get("note") else ""
    return f"{parameter['label']}\u00a0: {parameter_words(parameter)}{note}"


def _reference(reference: Data) -> str:
    note = f" ({reference['note']})" if reference.get("note") else ""
    return f"{reference['label']}, {ReferenceStatus(reference['status']).label}{note}"


def _day(value: str | None) -> str:
    return date_format(dt.date.fromisoformat(value), "j F Y") if value else ""


_WRITERS: dict[str, Callable[[Any], str]] = {
    "position": str,
    "answer_kind": lambda value: str(AnswerKind(value).label),
    "condition": asked_when,
    "reviewers": lambda values: ", ".join(str(Reviewer(value).label) for value in values),
    "owner": lambda value: str(Owner(value).label),
    "kinds": lambda values: ", ".join(str(PointKind(value).label) for value in values),
    "parameters": lambda values: "\n".join(_parameter(value) for value in values),
    "guide": _guide,
    "references": lambda values: "\n".join(_reference(value) for value in values),
    "edition_date": _day,
    "is_official_text": lambda value: _("oui") if value else _("non"),
    "is_proposal": lambda value: _("oui") if value else _("non"),
}
