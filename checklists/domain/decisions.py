"""Deciding of an assessment: of each point, of the other points in one act, then of the whole.

Every point has its score first. Two people never overwrite each other silently: what was decided
after the page was read is a refusal that says so. All of it is frozen with the signatures.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.errors import DomainError

from ..enums import DecisionValue
from ..models import Assessment, AssessmentDecision, PointDecision
from ..models.decision import GIVEN
from . import answering, deciding
from .assessments import subject_of, touch
from .queries import decisions as queries
from .queries.decisions import Line


class NotDecidable(DomainError):
    """Something is missing to decide; the sentence says what."""


class DecidedMeanwhile(DomainError):
    """Somebody decided after the page was read; the sentence says who, and what."""


@dataclass(frozen=True)
class Edit:
    """What a person decides of a point, and the versions that they read."""

    ref: str
    value: str
    commitment: str = ""
    owner: str = ""
    due_on: dt.date | None = None
    base_version: int = 0
    answer_version: int = 0
    score_version: int = 0


@dataclass
class Outcome:
    """What became of the decisions of a form: how many were written, and the others with why not."""

    saved: int = 0
    refused: list[tuple[Edit, DomainError]] = field(default_factory=list)


@dataclass(frozen=True)
class Missing:
    """What stands before the decision on the whole, by number of point."""

    unscored: tuple[str, ...]
    undecided: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.unscored or self.undecided)


def missing_to_decide(lines: Iterable[Line]) -> Missing:
    """Return the points without a score, and those that still wait for a decision."""
    known = list(lines)
    return Missing(
        tuple(line.ref for line in known if not line.score),
        tuple(line.ref for line in known if line.score and line.is_left),
    )


def is_whole_outdated(known: AssessmentDecision | None, lines: Iterable[Line]) -> bool:
    """Whether a point was decided, scored or answered otherwise after the decision on the whole."""
    if known is None:
        return False
    points = list(lines)
    later = any(line.at and line.at > known.decided_at for line in points)
    return bool(missing_to_decide(points)) or later


def left_to_others(lines: Iterable[Line]) -> list[Line]:
    """Return the points that one act accepts: scored, nothing calls for a decision, none given."""
    return [line for line in lines if line.score and line.is_left and not line.why]


def decide_points(*, assessment_id: int, edits: Iterable[Edit], by: User) -> Outcome:
    """Write what a form decides, point by point: one batch in the journal. Raises SignedForEver."""
    outcome = Outcome()
    with transaction.atomic():
        place = _Place.locked(assessment_id, by)
        for edit in edits:
            try:
                outcome.saved += place.decide(edit)
            except (answering.UnknownPoint, NotDecidable, DecidedMeanwhile) as error:
                outcome.refused.append((edit, error))
        place.touch(outcome.saved)
    return outcome


def accept_others(*, assessment_id: int, by: User) -> int:
    """Accept every scored point that calls for no decision of its own. Raises SignedForEver."""
    with transaction.atomic():
        place = _Place.locked(assessment_id, by)
        others = left_to_others(place.lines.values())
        saved = sum(place.decide(_acceptance(line)) for line in others)
        place.touch(saved)
    return saved


def decide_whole(
    *, assessment_id: int, value: str, reason: str, base_version: int, by: User
) -> AssessmentDecision:
    """Decide of the whole, once every point is scored and decided of.

    Raises NotDecidable, DecidedMeanwhile or SignedForEver.
    """
    with transaction.atomic():
        place = _Place.locked(assessment_id, by)
        reason = answering.cleaned("comment", reason)
        _require_ready(list(place.lines.values()), value, reason)
        row = queries.of_assessment(place.assessment) or AssessmentDecision(
            assessment=place.assessment, version=0
        )
        before = row.value
        if row.version != base_version:
            raise _faster(row.decided_by, row.decided_at, before)
        row.value, row.reason, row.version = value, reason, row.version + 1
        row.decided_at, row.decided_by = timezone.now(), by
        row.save()
        data = {"before": before, "after": value, "reason": reason, "version": row.version}
        place.record("assessment.decided", "", data, row.decided_at)
        place.touch(1)
    return row


def _require_ready(lines: list[Line], value: str, reason: str) -> None:
    missing = missing_to_decide(lines)
    if missing:
        raise NotDecidable(missing_in_words(missing)[0])
    given = [line.decision for line in lines]
    if value not in deciding.possible_wholes(given):
        raise NotDecidable(
            _("Des points sont acceptés avec réserve : l’ensemble l’est aussi, ou il est refusé.")
            if DecisionValue.RESERVED in given
            else _("Aucun point ne porte de réserve : acceptez l’ensemble, ou refusez-le.")
        )
    if deciding.needs_reason(value, given) and not reason:
        raise NotDecidable(_("Donnez le motif de la décision."))


def missing_in_words(missing: Missing) -> list[str]:
    """Say what is missing, the scores first."""
    unscored, undecided = len(missing.unscored), len(missing.undecided)
    told = []
    if unscored:
        words = ngettext(
            "%(n)d point attend sa note.", "%(n)d points attendent leur note.", unscored
        )
        told.append(words % {"n": unscored})
    if undecided:
        words = ngettext(
            "%(n)d point attend sa décision.", "%(n)d points attendent leur décision.", undecided
        )
        told.append(words % {"n": undecided})
    return told


@dataclass(frozen=True)
class _Place:
    """One assessment under its lock, with its points as they stand."""

    assessment: Assessment
    lines: dict[str, Line]
    by: User
    batch: str

    @classmethod
    def locked(cls, assessment_id: int, by: User) -> "_Place":
        assessment = Assessment.objects.select_for_update(of=("self",), no_key=True).get(
            pk=assessment_id
        )
        answering.require_unsigned(assessment)
        lines = {line.ref: line for line in queries.lines(assessment)}
        return cls(assessment, lines, by, uuid.uuid4().hex)

    def decide(self, edit: Edit) -> bool:
        """Write one decision; return whether it changes anything."""
        line = _decidable(self.lines.get(edit.ref), edit)
        edit = _complete(edit)
        said = (edit.value, edit.commitment, edit.owner, edit.due_on)
        read = (
            min(edit.answer_version, line.answer_version),
            min(edit.score_version, line.score_version),
        )
        known = (line.decision, line.commitment, line.owner, line.due_on)
        if said == known and (read == (line.read_answer, line.read_score) or not line.is_outdated):
            return False
        if line.version != edit.base_version:
            raise _faster(line.author, line.at, line.decision)
        self._write(line, edit, read, timezone.now())
        return True

    def _write(self, line: Line, edit: Edit, read: tuple[int, int], now: dt.datetime) -> None:
        """The journal never names the owner: a person must be erasable (RGPD art. 17)."""
        told: dict[str, Any] = {
            "commitment": edit.commitment,
            "new_owner": bool(edit.owner) and edit.owner != line.owner,
            "due_on": edit.due_on.isoformat() if edit.due_on else "",
        }
        PointDecision.objects.update_or_create(
            assessment=self.assessment,
            item_id=line.item,
            defaults={
                "value": edit.value,
                "commitment": edit.commitment,
                "owner": edit.owner,
                "due_on": edit.due_on,
                "answer_version": read[0],
                "score_version": read[1],
                "version": line.version + 1,
                "decided_at": now,
                "decided_by": self.by,
            },
        )
        data = {
            "field": "decision",
            "before": line.decision,
            "after": edit.value,
            "version": line.version + 1,
            "answer_version": read[0],
            "score_version": read[1],
            "batch": self.batch,
        }
        data |= {name: value for name, value in told.items() if value}
        self.record("decision.changed", line.ref, data, now)

    def record(self, action: str, ref: str, data: dict[str, Any], at: dt.datetime) -> None:
        journal.record(
            tenant=self.assessment.facility_id,
            action=action,
            subject=subject_of(self.assessment.pk, ref),
            data=data,
            at=at,
            by=self.by.pk,
        )

    def touch(self, saved: int) -> None:
        """Tell the pages that follow the assessment that something changed in it."""
        if saved:
            touch(self.assessment, timezone.now())


def _acceptance(line: Line) -> Edit:
    return Edit(
        line.ref,
        DecisionValue.ACCEPTED,
        base_version=line.version,
        answer_version=line.answer_version,
        score_version=line.score_version,
    )


def _decidable(line: Line | None, edit: Edit) -> Line:
    if line is None:
        raise answering.UnknownPoint(
            _("Le point %(ref)s n’est pas demandé dans ce lot.") % {"ref": edit.ref}
        )
    if not line.score:
        raise NotDecidable(_("Notez d’abord le point %(ref)s.") % {"ref": edit.ref})
    if edit.value not in GIVEN:
        raise NotDecidable(_("Choisissez une décision."))
    return line


def _complete(edit: Edit) -> Edit:
    """Return what is kept: a reservation whole, and nothing of it with another decision."""
    if edit.value != DecisionValue.RESERVED:
        return replace(edit, commitment="", owner="", due_on=None)
    if not (edit.commitment.strip() and edit.owner.strip() and edit.due_on):
        raise NotDecidable(_("Une réserve demande un engagement, un responsable et une échéance."))
    return edit


def _faster(author: Any, at: dt.datetime | None, value: str) -> DecidedMeanwhile:
    if not at:
        return DecidedMeanwhile(_("Cette décision a changé depuis : rechargez la page."))
    told = {
        "who": author,
        "at": date_format(timezone.localtime(at), "j F Y, H:i"),
        "value": DecisionValue(value).label,
    }
    return DecidedMeanwhile(
        _("%(who)s a décidé « %(value)s » le %(at)s, après l’ouverture de cette page.") % told
    )
