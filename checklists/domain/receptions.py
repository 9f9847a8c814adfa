"""Receiving the answer file of a candidate, seeing what it would change, and taking it over.

The file is kept as it came. What it would change is found by comparing it with the grid; the write
is one act of ``answering.save_fields``, whole or not at all: a value that somebody wrote since the
comparison stops everything, and the comparison is shown again.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal, scanning, storage
from uniha_clausier.common.errors import DomainError

from ..enums import BatchAct
from ..models import Assessment, Reception, TakeOver
from . import answering, late_files
from .answer_reading import Doubt, Found, Reading, Refusal
from .answering import Edit, Outcome
from .assessments import subject_of
from .queries.assessment_versions import up_to
from .queries.grid import PointState


@dataclass(frozen=True)
class Change:
    """A value that would change: of which field, from which cell, before and after."""

    ref: str
    field: str
    before: str
    after: str
    place: str
    base_version: int

    @property
    def edit(self) -> Edit:
        """The same as ``answering`` writes it."""
        return Edit(self.ref, self.field, self.after, self.base_version)


@dataclass
class Comparison:
    """What a workbook would change in an assessment."""

    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)


def compare(
    found: Sequence[Found], states: Sequence[PointState], versions: Mapping[str, int]
) -> Comparison:
    """Compare what was read with what an assessment holds. A blank cell never erases anything.

    ``versions`` are those of the answers that a person has seen; a point without one is taken as
    it stands.
    """
    state_of = {state.ref: state for state in states}
    result = Comparison()
    for each in found:
        state = state_of[each.ref]
        before = getattr(state, each.field)
        try:
            after = answering.cleaned(each.field, each.value)
        except DomainError as error:
            result.refused.append(Refusal(each.place, each.ref, each.value, str(error)))
            continue
        if before == after:
            result.unchanged += 1
            continue
        base = versions.get(each.ref, state.answer_version)
        result.changed.append(Change(each.ref, each.field, before, after, each.place, base))
    return result


def settled(
    reading: Reading, choices: Mapping[int, int]
) -> tuple[list[Found], list[dict[str, str]]]:
    """Return the values with the doubts that a person settled, and the decisions to keep.

    ``choices`` gives, by the number of a doubt, the number of the option chosen.
    """
    values = {(each.ref, each.field): each for each in reading.found}
    decisions = []
    for number, doubt in enumerate(reading.doubts):
        chosen = choices.get(number, -1)
        if not 0 <= chosen < len(doubt.options):
            continue
        option = doubt.options[chosen]
        values[doubt.ref, option.field] = Found(doubt.ref, option.field, option.value, doubt.place)
        decisions.append(_decision(doubt, option.field, option.value))
    return list(values.values()), decisions


def _decision(doubt: Doubt, name: str, value: str) -> dict[str, str]:
    return {
        "ref": doubt.ref,
        "cell": doubt.place,
        "read": doubt.shown,
        "field": name,
        "kept": value,
    }


# -- Writes --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeptFile:
    """A file that is kept as it came: where, and who sent it when."""

    sent_as: str
    kind: str
    file_name: str
    sha256: str
    size: int
    received_at: dt.datetime
    received_by: User
    deposited_at: dt.datetime | None = None
    """When it reached the buyer profile, if after the deadline."""


def receive(
    *,
    assessment: Assessment,
    content: bytes,
    kind: str,
    sent_as: str,
    deposited_at: dt.datetime | None = None,
    by: User,
) -> tuple[Reception, bool]:
    """Keep a file as it came; return it, and whether it is new. The same file is kept once.

    ``deposited_at`` is when it reached the buyer profile, if after the deadline.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    known = Reception.objects.filter(assessment=assessment, file_sha256=sha256).first()
    if known:
        return known, False
    name = f"receptions/{assessment.facility_id}/{assessment.pk}/{sha256}.{kind}"
    file = KeptFile(
        sent_as=shown_name(sent_as),
        kind=kind,
        file_name=storage.store(name, content),
        sha256=sha256,
        size=len(content),
        received_at=timezone.now(),
        received_by=by,
        deposited_at=deposited_at,
    )
    return file_under(assessment=assessment, file=file, by=by)


def file_under(*, assessment: Assessment, file: KeptFile, by: User) -> tuple[Reception, bool]:
    """Make a kept file one of a candidate; return it, and whether it is new."""
    with transaction.atomic():
        locked = Assessment.objects.select_for_update(of=("self",), no_key=True).get(
            pk=assessment.pk
        )
        # Somebody may have sent the same file meanwhile.
        others = Reception.objects.filter(assessment=locked)
        known = others.filter(file_sha256=file.sha256).first()
        if known:
            return known, False
        reception = Reception.objects.create(
            assessment=locked,
            number=Reception.objects.filter(up_to(locked)).count() + 1,
            received_at=file.received_at,
            received_by=file.received_by,
            sent_as=file.sent_as,
            kind=file.kind,
            file_name=file.file_name,
            file_sha256=file.sha256,
            file_size=file.size,
        )
        scanning.register(
            file_name=file.file_name, tenant=locked.facility_id, subject=subject_of(locked.pk)
        )
        _record(reception, "reception.received", {"name": reception.sent_as}, by=by)
        if file.deposited_at:
            late_files.mark_late(reception=reception, deposited_at=file.deposited_at, by=by)
    return reception, True


def refuse(*, assessment: Assessment, content: bytes, sent_as: str, reason: str, by: User) -> None:
    """Keep in the journal that a file was refused, and why; the file itself is not kept."""
    with transaction.atomic():
        journal.record(
            tenant=assessment.facility_id,
            action="reception.refused",
            subject=subject_of(assessment.pk),
            data={
                "name": shown_name(sent_as),
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "reason": reason,
            },
            by=by.pk,
        )


def take_over(
    *,
    reception: Reception,
    changes: Sequence[Change],
    decisions: Sequence[Mapping[str, str]],
    by: User,
) -> Outcome:
    """Write the answers of a reception as one act, or nothing when one of them cannot be written.

    Taking over what stands already changes nothing and leaves no trace. Raises NotServed for a file
    that the antivirus found infected, KeptOut for one that came after the deadline, AnswersFrozen
    once the answers are stopped.
    """
    with transaction.atomic():
        scanning.require_not_infected(reception.file_name)
        late_files.require_in_time(reception)
        answering.require_open(reception.assessment)
        outcome = answering.save_fields(
            assessment_id=reception.assessment_id,
            edits=[change.edit for change in changes],
            act=BatchAct.IMPORT,
            is_whole_form=False,
            reception=reception.number,
            by=by,
        )
        if not outcome.is_clean:
            transaction.set_rollback(True)
        elif outcome.saved:
            TakeOver.objects.create(
                reception=reception,
                at=timezone.now(),
                by=by,
                changed=len(outcome.saved),
                decisions=list(decisions),
            )
            data = {"changed": len(outcome.saved), "decisions": list(decisions)}
            _record(reception, "reception.taken_over", data, by=by)
    return outcome


def _record(reception: Reception, action: str, data: dict[str, object], *, by: User) -> None:
    journal.record(
        tenant=reception.assessment.facility_id,
        action=action,
        subject=subject_of(reception.assessment_id),
        data={
            "reception": reception.number,
            "sha256": reception.file_sha256,
            "size": reception.file_size,
        }
        | data,
        by=by.pk,
    )


def shown_name(name: str) -> str:
    """Return the name of a file as it is told: no path, no sign that a terminal would obey."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[-200:] or "sans nom"
