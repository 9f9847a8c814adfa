"""Writing what the specialists find, so that nobody overwrites another silently.

The rules are those of ``answering``: a field that changed after the version that was read is a
conflict with both values, other fields merge, and the same value written twice counts once. A
finding also keeps which version of the claim was read, and says when the claim changed since.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import FilteredRelation, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.rows import (
    ANOTHER_TEXT,
    SOME_NUMBER,
    SOME_TEXT,
    PreparedRows,
    insert_row,
    together,
    update_columns,
)

from ..enums import AnswerKind, FindingValue, Sharing
from ..models import Assessment, Checklist, ChecklistItem, ClausierVersion, Finding
from . import answering, authors
from .answering import Conflict, NotAllowedHere, UnknownPoint
from .assessments import subject_of
from .outdated import is_finding_outdated
from .queries import routing

FIELDS = {"finding": "value", "comment": "comment", "sharing": "sharing"}
"""The three fields of a finding, by the name that pages use, and their column."""

JOURNALED = {
    "finding": "finding",
    "comment": "finding_comment",
    "sharing": "finding_sharing",
}
"""The same, as the journal calls them: the buyer's comment has the other name."""

CHOICES: dict[str, list[str]] = {"finding": FindingValue.values, "sharing": Sharing.values}


@dataclass(frozen=True)
class Edit:
    """One value that a reviewer wants to write, and what had been read.

    ``base_version`` is that of the finding, ``answer_version`` that of the claim. ``confirms``
    says that a value left as it is was meant: the claim that changed was read again.
    """

    ref: str
    field: str
    value: str
    base_version: int
    answer_version: int
    confirms: bool = False


@dataclass(frozen=True)
class Saved:
    """What a write left: the version of the finding, the claim it was given on, the time."""

    field: str
    value: str
    version: int
    changed: bool
    at: dt.datetime


@dataclass
class Outcome:
    """What became of the edits of a form: written, or refused one by one with the reason."""

    saved: list[Edit] = field(default_factory=list)
    conflicts: list[tuple[Edit, Conflict]] = field(default_factory=list)
    refused: list[tuple[Edit, DomainError]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.conflicts and not self.refused


@dataclass(frozen=True)
class _Place:
    """Where a finding is written: one role, under the lock of one assessment."""

    assessment: Assessment
    role: str
    by: User
    batch: str = ""

    @cached_property
    def routed(self) -> dict[str, list[str]]:
        """The roles that review each point."""
        texts = routing.texts_of(self.assessment.checklist.version)
        return routing.reviewers(self.assessment, texts)

    def subject(self, ref: str) -> str:
        return subject_of(self.assessment.pk, ref)

    def record(self, action: str, ref: str, data: dict[str, Any], at: dt.datetime) -> None:
        told = data | {"role": self.role} | ({"batch": self.batch} if self.batch else {})
        journal.record(
            tenant=self.assessment.facility_id,
            action=action,
            subject=self.subject(ref),
            data=told,
            at=at,
            by=self.by.pk,
        )

    def past(self, edit: Edit) -> list[AuditEvent]:
        """The events of the same field of the same finding, oldest first."""
        events = journal.history(tenant=self.assessment.facility_id, subject=self.subject(edit.ref))
        name = JOURNALED[edit.field]
        return [e for e in events if (e.data.get("field"), e.data.get("role")) == (name, self.role)]


def save_finding(*, assessment_id: int, role: str, edit: Edit, by: User) -> Saved:
    """Write one field of the finding of ``role``. Raises UnknownPoint, NotAllowedHere or Conflict."""
    with transaction.atomic():
        place = _Place(_locked(assessment_id), role, by)
        try:
            with together():
                saved = _write(place, edit)
                if saved.changed:
                    _touch(place.assessment, saved.at)
        except Conflict as conflict:
            refusal = conflict  # raised after the commit, which keeps the value that lost
            _record_lost(place, edit, conflict)
        else:
            return saved
    raise refusal


def save_findings(*, assessment_id: int, role: str, edits: Iterable[Edit], by: User) -> Outcome:
    """Write what a whole form holds: one batch in the journal.

    A field that somebody else changed meanwhile is a conflict only when this reader changed it too.
    """
    outcome = Outcome()
    with transaction.atomic():
        place = _Place(_locked(assessment_id), role, by, uuid.uuid4().hex)
        for edit in edits:
            try:
                saved = _write(place, edit)
            except Conflict as conflict:
                if _cleaned(edit) != _value_read(place, edit):
                    _record_lost(place, edit, conflict)
                    outcome.conflicts.append((edit, conflict))
            except DomainError as error:
                outcome.refused.append((edit, error))
            else:
                if saved.changed:
                    _touch(place.assessment, saved.at)
                    outcome.saved.append(edit)
    return outcome


def _touch(assessment: Assessment, at: dt.datetime) -> None:
    """As ``assessments.touch``, in the same trip as the finding."""
    assessment.changed_at = max(at, assessment.changed_at)
    update_columns(assessment, ("changed_at",))


def _write(place: _Place, edit: Edit) -> Saved:
    column, value = FIELDS[edit.field], _cleaned(edit)
    row, answered = _read(place, edit.ref)
    before = getattr(row, column)
    read = min(edit.answer_version, answered)
    is_confirmed = edit.confirms and is_finding_outdated(row.value, row.answer_version, read)
    if before == value and not (is_confirmed and edit.field == "finding"):
        return Saved(edit.field, value, row.version, False, place.assessment.changed_at)
    answering.require_unsigned(place.assessment)
    if getattr(row, f"{column}_version") > edit.base_version:
        raise _conflict(place, edit, row, before)
    now = timezone.now()
    row.version += 1
    setattr(row, column, value)
    setattr(row, f"{column}_version", row.version)
    if edit.field == "finding":
        row.answer_version = read
    row.updated_at, row.updated_by, row.taken_from = now, place.by, None
    data = {
        "field": JOURNALED[edit.field],
        "before": before,
        "after": value,
        "version": row.version,
        "answer_version": row.answer_version,
    }
    act = "changed" if before != value else "confirmed"
    with together():
        place.record(f"{JOURNALED[edit.field]}.{act}", edit.ref, data, now)
        if row.version == 1:  # it had no row: one that is there was written already
            insert_row(row)
        else:
            update_columns(row, _WRITTEN)
    return Saved(edit.field, value, row.version, True, now)


def _cleaned(edit: Edit) -> str:
    if edit.field not in CHOICES:
        return answering.cleaned("comment", edit.value)
    if edit.value not in CHOICES[edit.field]:
        raise NotAllowedHere(_("Ce constat n’existe pas."))
    return edit.value


def _read(place: _Place, ref: str) -> tuple[Finding, int]:
    """Return the finding, or a new one, of a point that is asked and routed to the role.

    With it, the version of the claim.
    """
    rows = _CELL(place.assessment.pk, ref, place.role)
    if not rows:
        raise UnknownPoint(_("Le point %(ref)s n’est pas demandé dans ce lot.") % {"ref": ref})
    if place.role not in place.routed[ref]:
        raise NotAllowedHere(
            _("Le point %(ref)s n’est pas à relire par le rôle %(role)s.")
            % {"ref": ref, "role": Role(place.role).label}
        )
    item, answered, *own = rows[0]
    row = Finding(assessment_id=place.assessment.pk, item_id=item, role=place.role, version=0)
    if own[0] is not None:
        for name, value in zip(_OWN, own, strict=True):
            setattr(row, name, value)
    return row, answered or 0


# -- What a write reads, prepared once ----------------------------------------------------------

_WRITTEN = (
    "value", "comment", "sharing", "answer_version", "version", "value_version", "comment_version",
    "sharing_version", "updated_at", "updated_by", "taken_from",
)  # fmt: skip
_OWN = ("pk", *("updated_by_id" if name == "updated_by" else name for name in _WRITTEN))


def _cell(assessment: Any, ref: Any, role: Any) -> QuerySet[Any, Any]:
    """From the assessment to its checklist and the point: unique keys all along."""
    items = ChecklistItem.objects.filter(
        checklist__assessments=assessment, is_applicable=True, point__ref=ref
    )
    found = items.exclude(point__answer_kind=AnswerKind.NONE).annotate(
        answer=FilteredRelation("answers", condition=Q(answers__assessment=assessment)),
        own=FilteredRelation(
            "findings", condition=Q(findings__assessment=assessment, findings__role=role)
        ),
    )
    return found.values_list("pk", "answer__version", *(f"own__{name}" for name in _OWN))


_CELL = PreparedRows(_cell, SOME_NUMBER, SOME_TEXT, ANOTHER_TEXT)
_LOCK = PreparedRows(
    lambda pk: Assessment.objects.select_for_update(no_key=True).filter(pk=pk).values_list("pk"),
    SOME_NUMBER,
)
_ASSESSMENT = PreparedRows(
    lambda pk: Assessment.objects.filter(pk=pk).values_list(
        "facility_id",
        "changed_at",
        "signed_at",
        "replaced_at",
        "number",
        "checklist_id",
        "checklist__version_id",
        "checklist__version__clausier_id",
        "checklist__version__title",
        "checklist__version__content_sha256",
    ),
    SOME_NUMBER,
    lock=_LOCK,
)


def _locked(assessment_id: int) -> Assessment:
    """Take the lock under which every row of the assessment is read, then written."""
    rows = _ASSESSMENT(assessment_id)
    if not rows:
        raise Assessment.DoesNotExist
    facility, changed, signed, replaced, number, checklist, version, clausier, title, sha256 = rows[
        0
    ]
    return Assessment(
        pk=assessment_id,
        facility_id=facility,
        changed_at=changed,
        signed_at=signed,
        replaced_at=replaced,
        number=number,
        checklist=Checklist(
            pk=checklist,
            version=ClausierVersion(
                pk=version, clausier_id=clausier, title=title, content_sha256=sha256
            ),
        ),
    )


def _conflict(place: _Place, edit: Edit, row: Finding, theirs: str) -> Conflict:
    """Name who wrote the field, and when: the row itself only knows the last writer of any field."""
    event = next((e for e in reversed(place.past(edit)) if "after" in e.data), None)
    return Conflict(
        field=edit.field,
        theirs=theirs,
        version=row.version,
        author=authors.naming([event])(event) if event else "",
        at=event.occurred_at if event else row.updated_at,
    )


def _record_lost(place: _Place, edit: Edit, conflict: Conflict) -> None:
    """Keep in the history the value that a conflict refused, once however often it is sent."""
    data = {"field": JOURNALED[edit.field], "refused": _cleaned(edit), "kept": conflict.theirs}
    last = next(iter(reversed(place.past(edit))), None)
    is_known = last and last.actor == place.by.pk and data.items() <= last.data.items()
    if not is_known:
        place.record(f"{JOURNALED[edit.field]}.conflict", edit.ref, data, timezone.now())


def _value_read(place: _Place, edit: Edit) -> str | None:
    """Return what the field held when the page was made, from the journal."""
    for event in place.past(edit):
        if event.data.get("version", 0) > edit.base_version:
            return str(event.data["before"])
    return None
