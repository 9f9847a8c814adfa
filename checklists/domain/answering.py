"""Writing the fields of answers and scores, so that nobody overwrites another silently.

The caller says which version of the row it had read. A field that changed after that version is
a conflict (``Conflict``, with both values, author and time); other fields merge. Writing the value
that is already there changes nothing and is journaled nowhere, so that a request sent twice
counts once.

A write locks the assessment, then reads the row again; at its end it locks the head of the journal.
All writers take both locks in this order, so that they queue and never wait for each other in a
circle. Several assessments are locked by their number. Locks are those of an update that leaves the
keys alone (``no_key``): the commit of a row that refers to the assessment doesn't wait for them.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import journal
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.errors import DomainError, StaleVersion
from uniha_clausier.common.rows import (
    SOME_NUMBER,
    SOME_TEXT,
    PreparedRows,
    together,
    update_columns,
)

from ..enums import AnswerKind, Claim, ScoreValue
from ..models import Answer, AnswerLink, Assessment, Score
from ..models.assessment import TEXT_MAX_LENGTH
from . import authors, scoring
from .assessments import subject_of
from .authors import Author

Row = Answer | Score

CLAIMS_OF_KIND: dict[str, tuple[str, ...]] = {
    AnswerKind.YES_NO: (Claim.YES, Claim.NO),
    AnswerKind.YES_NO_NC: (Claim.YES, Claim.NO, Claim.NOT_CONCERNED),
    AnswerKind.DOCUMENT: (Claim.YES, Claim.NO),
    AnswerKind.DOCUMENT_NC: (Claim.YES, Claim.NO, Claim.NOT_CONCERNED),
    AnswerKind.DOCUMENT_YES_NO: (Claim.YES, Claim.NO),
    AnswerKind.DESCRIPTION: (Claim.YES, Claim.NO),
    AnswerKind.DELAY_COMMITMENT: (Claim.YES, Claim.NO),
    AnswerKind.CROSS_REFERENCE: (Claim.YES, Claim.NO),
    AnswerKind.NONE: (),
}
"""The claims that a candidate may make on each kind of point."""

FIELDS: dict[str, tuple[type[Answer] | type[Score], str]] = {
    "claim": (Answer, "value"),
    "claim_text": (Answer, "text"),
    "score": (Score, "value"),
    "comment": (Score, "comment"),
}
"""The four fields of a point, by the name that pages and the journal use."""

COUNTERS = ("changed_at", "answered", "scored", "score_sum", "weight_sum")


class NotAllowedHere(DomainError):
    """The value does not fit the point, or the text is too long."""


class AnswersFrozen(NotAllowedHere):
    """The answers of this candidate don't change any more; the scores still do."""


class SignedForEver(NotAllowedHere):
    """The assessment was signed by people: answers, scores and findings are read-only for ever."""


class UnknownPoint(DomainError):
    """The assessment does not ask this point."""


class Conflict(StaleVersion):
    """The same field changed since it was read. ``theirs`` is what stands in the database."""

    def __init__(
        self, *, field: str, theirs: str, version: int, author: str, at: dt.datetime | None
    ) -> None:
        super().__init__(_("Quelqu’un d’autre a modifié ce champ entre-temps."))
        self.field = field
        self.theirs = theirs
        self.version = version
        self.author = author
        self.at = at


@dataclass(frozen=True)
class Edit:
    """One value that somebody wants to write, and the version of the row that was read."""

    ref: str
    field: str
    value: str
    base_version: int


@dataclass(frozen=True)
class Saved:
    """What a write left: the new version of the row and the counters of the assessment."""

    field: str
    value: str
    version: int
    changed: bool
    at: dt.datetime | None
    assessment: Assessment


@dataclass(frozen=True)
class _Cell:
    """A row to write, with what its point decides."""

    row: Any
    weight: Decimal
    answer_kind: str


@dataclass
class Outcome:
    """What became of several edits: written, or refused one by one with the reason.

    ``saved`` are those that changed something; ``versions`` tells the version of the row after
    each edit that stands, by point and field, those that changed nothing included.
    """

    assessment: Assessment
    saved: list[Edit] = field(default_factory=list)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    conflicts: list[tuple[Edit, Conflict]] = field(default_factory=list)
    refused: list[tuple[Edit, DomainError]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.conflicts and not self.refused


def save_field(
    *,
    assessment_id: int,
    ref: str,
    field: str,
    value: str,
    base_version: int,
    by: Author,
    batch: str = "",
    restored_from: int = 0,
) -> Saved:
    """Write one ``field`` (a key of ``FIELDS``) of point ``ref``.

    ``base_version`` is the version of the row when the caller read it. ``batch`` groups the
    events of one act in the journal; ``restored_from`` is the number of the event whose value is
    put back. Raises UnknownPoint, NotAllowedHere or Conflict.
    """
    edit = Edit(ref, field, cleaned(field, value), base_version)
    with transaction.atomic():
        assessment, cell = _locked_cell(FIELDS[field][0], assessment_id, ref)
        told = {"batch": batch, "restored_from": restored_from}
        try:
            with together():
                saved = _write(cell, assessment, edit, told=told, by=by)
                if saved.changed:
                    _save_counters(assessment)
        except Conflict as conflict:
            refusal = conflict  # raised after the commit, which keeps the value that lost
            _record_lost(assessment, edit, conflict, by=by)
        else:
            return saved
    raise refusal


def save_fields(
    *,
    assessment_id: int,
    edits: Iterable[Edit],
    by: Author,
    act: str = "",
    is_whole_form: bool = True,
    reception: int = 0,
) -> Outcome:
    """Write several fields as one act: one batch in the journal, named by ``act`` (a BatchAct).

    A whole form holds every field, those that its reader left alone included. One that somebody
    else changed meanwhile is a conflict only when the reader changed it too. Edits that are each
    meant (``is_whole_form=False``) conflict like a single one. ``reception`` is the number of the
    file that the values come from.
    """
    edits = list(edits)
    told = {"batch": uuid.uuid4().hex, "act": act, "reception": reception}
    with transaction.atomic():
        assessment = _locked_assessment(assessment_id)
        outcome = Outcome(assessment)
        cells = _cells(assessment_id, {edit.ref for edit in edits})
        for edit in edits:
            try:
                _write_one_of_many(cells, edit, outcome, told, is_whole_form, by=by)
            except Conflict as conflict:
                outcome.conflicts.append((edit, conflict))
            except DomainError as error:
                outcome.refused.append((edit, error))
        if outcome.saved:
            _save_counters(assessment)
    return outcome


def _write_one_of_many(
    cells: dict[tuple[type[Row], str], _Cell],
    edit: Edit,
    outcome: Outcome,
    told: dict[str, Any],
    is_whole_form: bool,
    *,
    by: Author,
) -> None:
    assessment = outcome.assessment
    cell = cells.get((FIELDS[edit.field][0], edit.ref)) or _unknown(edit.ref)
    clean = Edit(edit.ref, edit.field, cleaned(edit.field, edit.value), edit.base_version)
    try:
        saved = _write(cell, assessment, clean, told=told, by=by)
    except Conflict as conflict:
        if is_whole_form and clean.value == _value_read(assessment, clean):
            return
        _record_lost(assessment, clean, conflict, by=by)
        raise
    outcome.versions[edit.ref, edit.field] = saved.version
    if saved.changed:
        outcome.saved.append(clean)


def _value_read(assessment: Assessment, edit: Edit) -> str | None:
    """Return what the field held at ``edit.base_version``, from the journal."""
    found = None
    subject = subject_of(assessment.pk, edit.ref)
    past = journal.newest_first(tenant=assessment.facility_id, subject=subject)
    for event in past.filter(action=f"{edit.field}.changed").iterator(chunk_size=50):
        if event.data["version"] <= edit.base_version:
            break
        found = str(event.data["before"])
    return found


def _conflict(row: Row, assessment: Assessment, edit: Edit, theirs: str) -> Conflict:
    """Name who wrote the field, and when: the row itself only knows the last writer of any field."""
    subject = subject_of(assessment.pk, edit.ref)
    past = journal.newest_first(tenant=assessment.facility_id, subject=subject)
    event = past.filter(action=f"{edit.field}.changed").first()
    return Conflict(
        field=edit.field,
        theirs=theirs,
        version=row.version,
        author=authors.naming([event])(event) if event else "",
        # A row restored without its journal still says that it differs.
        at=event.occurred_at if event else row.updated_at,
    )


def _record_lost(assessment: Assessment, edit: Edit, conflict: Conflict, *, by: Author) -> None:
    """Keep in the history the value that a conflict refused, once however often it is sent."""
    subject = subject_of(assessment.pk, edit.ref)
    data = {"field": edit.field, "refused": edit.value, "kept": conflict.theirs}
    data |= authors.trace_of(by)
    last = journal.newest_first(tenant=assessment.facility_id, subject=subject).first()
    if last and last.actor == authors.actor_of(by) and last.data == data:
        return
    journal.record(
        tenant=assessment.facility_id,
        action=f"{edit.field}.conflict",
        subject=subject,
        data=data,
        by=authors.actor_of(by),
    )


def _write(
    cell: _Cell,
    assessment: Assessment,
    edit: Edit,
    *,
    told: dict[str, Any],
    by: Author,
) -> Saved:
    """Write one field of a row and its event; counters change in memory only.

    ``told`` is what the journal keeps of the act besides; what is empty in it is left out.
    """
    row, column = cell.row, FIELDS[edit.field][1]
    check_fits(edit.field, edit.value, cell.answer_kind)
    _check_is_theirs(row, assessment, by)
    before = getattr(row, column)
    if before == edit.value:
        return Saved(edit.field, edit.value, row.version, False, row.updated_at, assessment)
    require_unsigned(assessment)
    if isinstance(row, Answer):
        require_open(assessment)
    if getattr(row, f"{column}_version") > edit.base_version:
        raise _conflict(row, assessment, edit, before)
    now = max(timezone.now(), assessment.changed_at)  # the clocks of two web servers may differ
    _count(cell, assessment, edit.field, before, edit.value)
    assessment.changed_at = now
    changed = _change(row, column, edit.value, now, by)
    data = {"field": edit.field, "before": before, "after": edit.value, "version": row.version}
    data |= authors.trace_of(by)
    with together():
        journal.record(
            tenant=assessment.facility_id,
            action=f"{edit.field}.changed",
            subject=subject_of(assessment.pk, edit.ref),
            data=data | {name: value for name, value in told.items() if value},
            at=now,
            by=authors.actor_of(by),
        )
        update_columns(row, changed)
    return Saved(edit.field, edit.value, row.version, True, now, assessment)


def cleaned(field: str, value: str) -> str:
    """Return a value as it is written. Raises NotAllowedHere: a text too long, a null character."""
    if field in ("claim", "score"):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\x00" in text:
        raise NotAllowedHere(
            _("Ce texte contient un caractère nul : collez-le à nouveau sans lui.")
        )
    if len(text) > TEXT_MAX_LENGTH:
        raise NotAllowedHere(
            _(
                "Ce texte compte %(given)s caractères ; la limite est de %(limit)s. "
                "Résumez-le et joignez le document complet au dossier."
            )
            % {"given": _spaced(len(text)), "limit": _spaced(TEXT_MAX_LENGTH)}
        )
    return text


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _columns(model: type[Answer] | type[Score]) -> tuple[str, ...]:
    """The columns of a row that a write reads; those of the point come after them."""
    text = "text" if model is Answer else "comment"
    return ("pk", "value", text, "version", "value_version", f"{text}_version", "updated_at")


def _row_names(model: type[Answer] | type[Score]) -> tuple[str, ...]:
    return (*_columns(model), "item__weight", "item__point__answer_kind", "item__point__ref")


def _rows_of(model: type[Answer] | type[Score], assessment_id: Any) -> QuerySet[Any, Any]:
    return model.objects.filter(assessment_id=assessment_id).values_list(*_row_names(model))


_ASSESSMENT_COLUMNS = (
    "pk",
    "facility_id",
    "checklist_id",
    "total",
    "answers_frozen_at",
    "signed_at",
    *COUNTERS,
)
_LOCKED_ASSESSMENT = PreparedRows(
    lambda pk: (
        Assessment.objects.select_for_update(no_key=True)
        .filter(pk=pk)
        .values_list(*_ASSESSMENT_COLUMNS)
    ),
    SOME_NUMBER,
)


def _prepared_row(model: type[Answer] | type[Score]) -> PreparedRows:
    """From the assessment to its checklist, the point, the item, the row: unique keys all along.

    The assessment is locked first; its columns come after those of the row and of its point.
    """

    def build(assessment_id: Any, ref: Any) -> QuerySet[Any, Any]:
        rows = _rows_of(model, assessment_id).filter(
            item__checklist=F("assessment__checklist"),
            item__point__version=F("assessment__checklist__version"),
            item__point__ref=ref,
        )
        columns = (*_row_names(model), *(f"assessment__{name}" for name in _ASSESSMENT_COLUMNS))
        return rows.values_list(*columns)

    return PreparedRows(build, SOME_NUMBER, SOME_TEXT, lock=_LOCKED_ASSESSMENT)


_ROW = {Answer: _prepared_row(Answer), Score: _prepared_row(Score)}


def _locked_assessment(assessment_id: int) -> Assessment:
    """Take the lock under which every row of the assessment is read, then written."""
    rows = _LOCKED_ASSESSMENT(assessment_id)
    if not rows:
        raise Assessment.DoesNotExist
    return _assessment(rows[0])


def _locked_cell(
    model: type[Answer] | type[Score], assessment_id: int, ref: str
) -> tuple[Assessment, _Cell]:
    """Take the same lock, and read one row under it."""
    rows = _ROW[model](assessment_id, ref)
    if not rows:
        _locked_assessment(assessment_id)
        _unknown(ref)
    end = -len(_ASSESSMENT_COLUMNS)
    return _assessment(rows[0][end:]), _cell(model, rows[0][:end])


def _assessment(values: tuple[Any, ...]) -> Assessment:
    return Assessment(**dict(zip(_ASSESSMENT_COLUMNS, values, strict=True)))


def _cell(model: type[Answer] | type[Score], values: tuple[Any, ...]) -> _Cell:
    *own, weight, answer_kind, _ref = values
    row = model(**dict(zip(_columns(model), own, strict=True)))
    return _Cell(row, weight, answer_kind)


def _cells(assessment_id: int, refs: set[str]) -> dict[tuple[type[Row], str], _Cell]:
    return {
        (model, values[-1]): _cell(model, values)
        for model in (Answer, Score)
        for values in _rows_of(model, assessment_id).filter(item__point__ref__in=refs)
    }


def _unknown(ref: str) -> Any:
    raise UnknownPoint(_("Le point %(ref)s n’est pas demandé dans ce lot.") % {"ref": ref})


def check_fits(field: str, value: str, answer_kind: str) -> None:
    """Raise NotAllowedHere for a claim that the kind of the point does not know, or a score."""
    if field == "claim" and value and value not in CLAIMS_OF_KIND[answer_kind]:
        raise NotAllowedHere(_("Cette réponse n’est pas prévue pour ce point."))
    if field == "score" and value not in ScoreValue.values:
        raise NotAllowedHere(_("Cette note n’existe pas."))


def _check_is_theirs(row: Row, assessment: Assessment, by: Author) -> None:
    if isinstance(by, AnswerLink) and (
        not isinstance(row, Answer) or assessment.pk != by.assessment_id
    ):
        raise NotAllowedHere(_("Un candidat ne remplit que ses propres réponses."))


def require_unsigned(assessment: Assessment) -> None:
    """Raise SignedForEver once a document of the assessment was accepted with its signatures."""
    if assessment.signed_at:
        raise SignedForEver(signed_sentence(assessment))


def signed_sentence(assessment: Assessment) -> str:
    """Say since when a signed assessment is read-only; empty for one that is not signed."""
    if not assessment.signed_at:
        return ""
    at = date_format(timezone.localtime(assessment.signed_at), "j F Y, H:i")
    return _(
        "L’évaluation est signée depuis le %(at)s : elle est en lecture seule, pour toujours."
    ) % {"at": at}


def require_open(assessment: Assessment) -> None:
    """Raise AnswersFrozen once the answers of an assessment are stopped: the one door of them all."""
    if assessment.answers_frozen_at:
        at = date_format(timezone.localtime(assessment.answers_frozen_at), "j F Y, H:i")
        raise AnswersFrozen(
            _(
                "Les réponses de ce candidat sont arrêtées depuis le %(at)s : elles ne changent plus."
            )
            % {"at": at}
        )


def _change(row: Any, column: str, value: str, now: dt.datetime, by: Author) -> tuple[str, ...]:
    """Change the row in memory; return the columns that changed."""
    row.version += 1
    setattr(row, column, value)
    setattr(row, f"{column}_version", row.version)
    row.updated_at = now
    written = ("version", column, f"{column}_version", "updated_at", "updated_by")
    is_link = isinstance(by, AnswerLink)
    row.updated_by = None if is_link else by
    if isinstance(row, Score):
        return written
    row.updated_by_link = by if is_link else None
    return (*written, "updated_by_link")


def _save_counters(assessment: Assessment) -> None:
    update_columns(assessment, COUNTERS)


def _count(cell: _Cell, assessment: Assessment, field: str, before: str, after: str) -> None:
    """Change the stored counters by what this write changes (the assessment row is locked)."""
    row, weight = cell.row, cell.weight
    if isinstance(row, Answer):
        other = row.text if field == "claim" else row.value
        assessment.answered += bool(after or other) - bool(before or other)
    elif field == "score":
        old_earned, old_possible = scoring.contribution(before, weight)
        earned, possible = scoring.contribution(after, weight)
        assessment.scored += bool(after) - bool(before)
        assessment.score_sum += earned - old_earned
        assessment.weight_sum += possible - old_possible
