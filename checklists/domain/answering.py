"""Writing the fields of answers and scores, so that nobody overwrites another silently.

The caller says which version of the row it had read. A field that changed after that version is
a conflict (``Conflict``, with both values, author and time); other fields merge. Writing the value
that is already there changes nothing and is journaled nowhere, so that a request sent twice
counts once.

Locks are always taken in the same order: answers, scores, the assessment, the head of the journal.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError, StaleVersion
from uniha_clausier.common.rows import update_columns

from ..enums import AnswerKind, Claim, ScoreValue
from ..models import Answer, Assessment, Score
from ..models.assessment import TEXT_MAX_LENGTH
from . import scoring
from .assessments import subject_of

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


class UnknownPoint(DomainError):
    """The assessment does not ask this point."""


class Conflict(StaleVersion):
    """The same field changed since it was read. ``theirs`` is what stands in the database."""

    def __init__(self, *, field: str, theirs: str, version: int, row: Row) -> None:
        super().__init__(_("Quelqu’un d’autre a modifié ce champ entre-temps."))
        self.field = field
        self.theirs = theirs
        self.version = version
        self.author = str(row.updated_by) if row.updated_by else ""
        self.at = row.updated_at


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


@dataclass
class Outcome:
    """What became of several edits: written, or refused one by one with the reason."""

    saved: list[Edit] = field(default_factory=list)
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
    by: User,
    batch: str = "",
) -> Saved:
    """Write one ``field`` (a key of ``FIELDS``) of point ``ref``.

    ``base_version`` is the version of the row when the caller read it. ``batch`` groups the
    events of one act in the journal. Raises UnknownPoint, NotAllowedHere or Conflict.
    """
    edit = Edit(ref, field, _clean(field, value), base_version)
    with transaction.atomic():
        row = _locked_row(FIELDS[field][0], assessment_id, ref)
        try:
            saved = _write(row, row.assessment, edit, batch=batch, by=by)
        except Conflict as conflict:
            refusal = conflict  # raised after the commit, which keeps the value that lost
            _record_lost(row.assessment, edit, conflict, by=by)
        else:
            if saved.changed:
                _save_counters(row.assessment)
            return saved
    raise refusal


def save_fields(*, assessment_id: int, edits: Iterable[Edit], by: User) -> Outcome:
    """Write several fields as one act (one batch in the journal): what the page without JS sends.

    Such a page sends every field, those that its reader left alone included. One that somebody
    else changed meanwhile is a conflict only when the reader changed it too.
    """
    edits = list(edits)
    outcome, batch = Outcome(), uuid.uuid4().hex
    with transaction.atomic():
        rows = _locked_rows(assessment_id, {edit.ref for edit in edits})
        assessment = Assessment.objects.select_for_update().get(pk=assessment_id)
        for edit in edits:
            try:
                _write_one_of_many(rows, assessment, edit, outcome, batch=batch, by=by)
            except Conflict as conflict:
                outcome.conflicts.append((edit, conflict))
            except DomainError as error:
                outcome.refused.append((edit, error))
        if outcome.saved:
            _save_counters(assessment)
    return outcome


def _write_one_of_many(
    rows: dict[tuple[type[Row], str], Row],
    assessment: Assessment,
    edit: Edit,
    outcome: Outcome,
    *,
    batch: str,
    by: User,
) -> None:
    row = rows.get((FIELDS[edit.field][0], edit.ref)) or _unknown(edit.ref)
    cleaned = Edit(edit.ref, edit.field, _clean(edit.field, edit.value), edit.base_version)
    try:
        saved = _write(row, assessment, cleaned, batch=batch, by=by)
    except Conflict as conflict:
        if cleaned.value != _value_read(assessment, cleaned):
            _record_lost(assessment, cleaned, conflict, by=by)
            raise
        return
    if saved.changed:
        outcome.saved.append(cleaned)


def _value_read(assessment: Assessment, edit: Edit) -> str | None:
    """Return what the field held at ``edit.base_version``, from the journal."""
    subject = subject_of(assessment.pk, edit.ref)
    for event in journal.history(tenant=assessment.facility_id, subject=subject):
        version = event.data.get("version", 0)
        if event.data.get("field") == edit.field and version > edit.base_version:
            return str(event.data["before"])
    return None


def _record_lost(assessment: Assessment, edit: Edit, conflict: Conflict, *, by: User) -> None:
    """Keep in the history the value that a conflict refused, once however often it is sent."""
    subject = subject_of(assessment.pk, edit.ref)
    data = {"field": edit.field, "refused": edit.value, "kept": conflict.theirs}
    past = journal.history(tenant=assessment.facility_id, subject=subject)
    if past and past[-1].actor == by.pk and past[-1].data == data:
        return
    journal.record(
        tenant=assessment.facility_id,
        action=f"{edit.field}.conflict",
        subject=subject,
        data=data,
        by=by.pk,
    )


def _write(row: Any, assessment: Assessment, edit: Edit, *, batch: str, by: User) -> Saved:
    """Write one field of a locked row and its event; counters change in memory only."""
    column = FIELDS[edit.field][1]
    _check_fits(edit.field, edit.value, row)
    before = getattr(row, column)
    if before == edit.value:
        return Saved(edit.field, edit.value, row.version, False, row.updated_at, assessment)
    if getattr(row, f"{column}_version") > edit.base_version:
        raise Conflict(field=edit.field, theirs=before, version=row.version, row=row)
    now = timezone.now()
    _count(row, assessment, edit.field, before, edit.value)
    _update_row(row, column, edit.value, now, by)
    assessment.changed_at = now
    data = {"field": edit.field, "before": before, "after": edit.value, "version": row.version}
    journal.record(
        tenant=assessment.facility_id,
        action=f"{edit.field}.changed",
        subject=subject_of(assessment.pk, edit.ref),
        data=data | ({"batch": batch} if batch else {}),
        at=now,
        by=by.pk,
    )
    return Saved(edit.field, edit.value, row.version, True, now, assessment)


def _clean(field: str, value: str) -> str:
    if field in ("claim", "score"):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\x00" in text:
        raise NotAllowedHere(
            _("Ce texte contient un caractère nul : collez-le à nouveau sans lui.")
        )
    if len(text) > TEXT_MAX_LENGTH:
        raise NotAllowedHere(
            _(
                "Ce texte compte %(given)s caractères ; la limite est de %(limit)s. "
                "Résumez-le et joignez le document complet au dossier."
            )
            % {"given": _spaced(len(text)), "limit": _spaced(TEXT_MAX_LENGTH)}
        )
    return text


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _rows(model: type[Answer] | type[Score], *more: str) -> Any:
    """Rows with the columns that a write reads, and no other: a save is the hottest path."""
    texts = ("text", "text_version") if model is Answer else ("comment", "comment_version")
    own = ("value", "value_version", "version", "updated_at", "updated_by")
    joined = ("item__weight", "item__point__answer_kind", "item__point__ref")
    return model.objects.only(*own, *texts, *joined, *more)


def _locked_row(model: type[Answer] | type[Score], assessment_id: int, ref: str) -> Any:
    names = ("facility", "total", *COUNTERS)
    rows = _rows(model, *(f"assessment__{name}" for name in names))
    rows = rows.select_related("assessment", "item__point")
    rows = rows.filter(assessment_id=assessment_id, item__point__ref=ref)
    return rows.select_for_update(of=("self", "assessment")).first() or _unknown(ref)


def _locked_rows(assessment_id: int, refs: set[str]) -> dict[tuple[type[Row], str], Row]:
    locked = {}
    for model in (Answer, Score):
        rows = _rows(model, "assessment").select_related("item__point")
        rows = rows.filter(assessment_id=assessment_id, item__point__ref__in=refs)
        for row in rows.select_for_update(of=("self",)).order_by("pk"):
            locked[model, row.item.point.ref] = row
    return locked


def _unknown(ref: str) -> Any:
    raise UnknownPoint(_("Le point %(ref)s n’est pas demandé dans ce lot.") % {"ref": ref})


def _check_fits(field: str, value: str, row: Row) -> None:
    if field == "claim" and value and value not in CLAIMS_OF_KIND[row.item.point.answer_kind]:
        raise NotAllowedHere(_("Cette réponse n’est pas prévue pour ce point."))
    if field == "score" and value not in ScoreValue.values:
        raise NotAllowedHere(_("Cette note n’existe pas."))


def _update_row(row: Any, column: str, value: str, now: dt.datetime, by: User) -> None:
    row.version += 1
    setattr(row, column, value)
    setattr(row, f"{column}_version", row.version)
    row.updated_at, row.updated_by = now, by
    update_columns(row, ("version", column, f"{column}_version", "updated_at", "updated_by"))


def _save_counters(assessment: Assessment) -> None:
    update_columns(assessment, COUNTERS)


def _count(row: Row, assessment: Assessment, field: str, before: str, after: str) -> None:
    """Change the stored counters by what this write changes (the assessment row is locked)."""
    if isinstance(row, Answer):
        other = row.text if field == "claim" else row.value
        assessment.answered += bool(after or other) - bool(before or other)
    elif field == "score":
        old_earned, old_possible = scoring.contribution(before, row.item.weight)
        earned, possible = scoring.contribution(after, row.item.weight)
        assessment.scored += bool(after) - bool(before)
        assessment.score_sum += earned - old_earned
        assessment.weight_sum += possible - old_possible
