"""Writing one field of an answer or of a score, so that nobody overwrites another silently.

The caller says which version of the row it had read. A field that changed after that version is
a conflict (``Conflict``, with both values, author and time); other fields merge. Writing the value
that is already there changes nothing and is journaled nowhere, so that a request sent twice
counts once.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError, StaleVersion

from ..enums import AnswerKind, Claim, ScoreValue
from ..models import Answer, Assessment, Score
from ..models.assessment import TEXT_MAX_LENGTH
from . import scoring
from .assessments import subject_of

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


class NotAllowedHere(DomainError):
    """The value does not fit the point, or the text is too long."""


class UnknownPoint(DomainError):
    """The assessment does not ask this point."""


class Conflict(StaleVersion):
    """The same field changed since it was read. ``theirs`` is what stands in the database."""

    def __init__(self, *, field: str, theirs: str, version: int, row: Answer | Score) -> None:
        super().__init__(_("Quelqu’un d’autre a modifié ce champ entre-temps."))
        self.field = field
        self.theirs = theirs
        self.version = version
        self.author = str(row.updated_by) if row.updated_by else ""
        self.at = row.updated_at


@dataclass(frozen=True)
class Saved:
    """What a write left: the new version of the row and the counters of the assessment."""

    field: str
    value: str
    version: int
    changed: bool
    at: dt.datetime | None
    assessment: Assessment


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
    model, column = FIELDS[field]
    value = _clean(field, value)
    with transaction.atomic():
        row = _locked_row(model, assessment_id, ref)
        _check_fits(field, value, row)
        before = getattr(row, column)
        if before == value:
            return Saved(field, value, row.version, False, row.updated_at, row.assessment)
        if getattr(row, f"{column}_version") > base_version:
            raise Conflict(field=field, theirs=before, version=row.version, row=row)
        now = timezone.now()
        _update_row(row, column, value, now, by)
        _update_counters(row, field, before, value, now)
        data = {"field": field, "before": before, "after": value, "version": row.version}
        journal.record(
            tenant=row.assessment.facility_id,
            action=f"{field}.changed",
            subject=subject_of(assessment_id, ref),
            data=data | ({"batch": batch} if batch else {}),
            at=now,
            by=by.pk,
        )
    return Saved(field, value, row.version, True, now, row.assessment)


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


def _locked_row(model: type[Answer] | type[Score], assessment_id: int, ref: str) -> Any:
    row = (
        model._default_manager.select_for_update(of=("self", "assessment"))
        .select_related("assessment", "item__point", "updated_by")
        .filter(assessment_id=assessment_id, item__point__ref=ref)
        .first()
    )
    if row is None:
        raise UnknownPoint(_("Le point %(ref)s n’est pas demandé dans ce lot.") % {"ref": ref})
    return row


def _check_fits(field: str, value: str, row: Answer | Score) -> None:
    if field == "claim" and value and value not in CLAIMS_OF_KIND[row.item.point.answer_kind]:
        raise NotAllowedHere(_("Cette réponse n’est pas prévue pour ce point."))
    if field == "score" and value not in ScoreValue.values:
        raise NotAllowedHere(_("Cette note n’existe pas."))


def _update_row(row: Any, column: str, value: str, now: dt.datetime, by: User) -> None:
    row.version += 1
    setattr(row, column, value)
    setattr(row, f"{column}_version", row.version)
    row.updated_at, row.updated_by = now, by
    row.save(update_fields=["version", column, f"{column}_version", "updated_at", "updated_by"])


def _update_counters(
    row: Answer | Score, field: str, before: str, after: str, now: dt.datetime
) -> None:
    """Change the stored counters by what this write changes (the assessment row is locked)."""
    assessment = row.assessment
    changed = ["changed_at"]
    assessment.changed_at = now
    if isinstance(row, Answer):
        other = row.text if field == "claim" else row.value
        assessment.answered += bool(after or other) - bool(before or other)
        changed.append("answered")
    elif field == "score":
        old_earned, old_possible = scoring.contribution(before, row.item.weight)
        earned, possible = scoring.contribution(after, row.item.weight)
        assessment.scored += bool(after) - bool(before)
        assessment.score_sum += earned - old_earned
        assessment.weight_sum += possible - old_possible
        changed += ["scored", "score_sum", "weight_sum"]
    assessment.save(update_fields=changed)
