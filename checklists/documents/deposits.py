"""Several files at once: each read in a process of its own, a few at the same time.

No transaction is open while a file is read: each is kept, given or taken over in one of its own.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.core.files import File

from uniha_clausier.accounts.models import User
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.scanning import NotServed

from ..domain import answer_reading, deposits, receptions
from ..domain.answer_reading import Reading
from ..domain.deposits import Sent, Told, stays_because
from ..domain.queries import deposits as queries
from ..domain.queries import grid
from ..domain.queries.receptions import asked
from ..models import Checklist, Deposit, Reception
from . import answer_files
from .answer_files import MAX_BYTES, UnreadableWorkbook

AT_ONCE = 4
"""Files read at the same time: their contents are in memory together."""

Asked = dict[str, tuple[str, ...]]


@dataclass
class Arrival:
    """What became of files that came in together."""

    given: int = 0
    waiting: int = 0
    refused: int = 0
    known: int = 0


def receive(
    *,
    checklist: Checklist,
    files: Sequence[File[bytes]],
    deposited_at: dt.datetime | None = None,
    by: User,
) -> Arrival:
    """Keep each file, and give it to its candidate when it says whose it is.

    ``deposited_at`` is when they reached the buyer profile, if after the deadline.
    """
    points = asked(checklist.pk)
    candidacies = {each.pk: each for each in queries.candidacies(checklist)}
    candidates = [deposits.candidate_of(each) for each in candidacies.values()]
    arrival = Arrival()
    for file, content, result in _read_uploads(files, points):
        if isinstance(result, UnreadableWorkbook):
            _refuse(checklist, file, result, by=by)
            arrival.refused += 1
            continue
        kind, reading = result
        deposit, is_new = deposits.keep(
            checklist=checklist,
            sent=Sent(content, kind, str(file.name), deposited_at),
            told=Told.by(reading),
            by=by,
        )
        if not is_new:
            arrival.known += 1
            continue
        found = deposits.whose(deposit, candidates)
        if found.candidate is None:
            arrival.waiting += 1
            continue
        candidacy = candidacies[found.candidate]
        try:
            deposits.give(deposit=deposit, candidacy=candidacy, clue=found.clue, by=by)
        except DomainError:  # the page says why when the buyer chooses
            arrival.waiting += 1
        else:
            arrival.given += 1
    return arrival


def _refuse(
    checklist: Checklist, file: File[bytes], error: UnreadableWorkbook, *, by: User
) -> Deposit:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return deposits.refuse(
        checklist=checklist,
        sha256=digest.hexdigest(),
        size=file.size,
        sent_as=str(file.name),
        reason=str(error),
        by=by,
    )


Understood = tuple[str, Reading] | UnreadableWorkbook


def _read_uploads(
    files: Sequence[File[bytes]], points: Asked
) -> Iterator[tuple[File[bytes], bytes, Understood]]:
    def understood(sent: tuple[File[bytes], bytes]) -> Understood:
        file, content = sent
        try:
            kind = answer_files.kind_of(content, str(file.name))
            return kind, answer_reading.read(answer_files.read(content, kind), asked=points)
        except UnreadableWorkbook as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for batch in _batches(files):
            # One byte more than is allowed is enough to refuse.
            sent = [(file, file.read(MAX_BYTES + 1)) for file in batch]
            for (file, content), result in zip(sent, pool.map(understood, sent), strict=True):
                yield file, content, result


def _batches(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), AT_ONCE):
        yield things[start : start + AT_ONCE]


# -- Taking over ---------------------------------------------------------------------------------


@dataclass
class TakenTogether:
    """Whose answers were taken over, how many values, and whose were not."""

    values: int = 0
    candidates: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def take_over_clear(*, checklist: Checklist, by: User) -> TakenTogether:
    """Take over the files without a doubt: one act a candidate, whole or not at all.

    A file that would replace an answer of the grid is left: its dry run shows before and after.
    """
    counts = queries.not_taken_over(checklist)
    clear = [
        reception
        for reception in queries.ready(checklist)
        if not stays_because(
            reception.deposit,
            checklist.content_sha256,
            counts[reception.assessment_id],
            reception.scan_state,
        )
    ]
    taken = TakenTogether()
    for reception, reading in _read_kept(clear, asked(checklist.pk)):
        name = reception.assessment.candidacy.vendor.name
        written = _take_over(reception, reading, by=by) if reading else None
        if written is None:
            taken.left.append(name)
        elif written:
            taken.values += written
            taken.candidates.append(name)
    return taken


def _read_kept(
    found: Sequence[Reception], points: Asked
) -> Iterator[tuple[Reception, Reading | None]]:
    def read(reception: Reception) -> Reading | None:
        try:
            sheets = answer_files.read(answer_files.kept(reception), reception.kind)
        except UnreadableWorkbook:
            return None
        return answer_reading.read(sheets, asked=points)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for batch in _batches(found):
            yield from zip(batch, pool.map(read, batch), strict=True)


def _take_over(reception: Reception, reading: Reading, *, by: User) -> int | None:
    """Return how many values were written; None when a person must look first."""
    comparison = receptions.compare(reading.found, grid.states(reception.assessment), {})
    if any(change.before for change in comparison.changed):
        return None
    try:
        outcome = receptions.take_over(
            reception=reception, changes=comparison.changed, decisions=[], by=by
        )
    except NotServed:  # found infected while it was read
        return None
    return len(outcome.saved) if outcome.is_clean else None
