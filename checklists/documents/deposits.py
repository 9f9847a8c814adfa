"""Several files at once: kept as they come, then each read in a process of its own, a few at a time.

No transaction is open while a file is read: each is told, given or taken over in one of its own.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import queue
from uniha_clausier.common.errors import DomainError
from vendors.models import Candidacy

from ..domain import answer_reading, deposits, receptions
from ..domain.answer_reading import Reading
from ..domain.attribution import Candidate
from ..domain.deposits import Laid, Sent, Told, stays_because
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

    kept: int = 0
    refused: int = 0
    known: int = 0


@dataclass(frozen=True)
class Unfit:
    """A file that nobody will read: what identifies it, and why."""

    sent_as: str
    sha256: str
    size: int
    reason: str


def lay(
    *, checklist: Checklist, files: Sequence[File[bytes]], deposited_at: dt.datetime | None = None
) -> list[Laid | Unfit]:
    """Put each file where it is kept; one whose name or first bytes are not right is none.

    ``deposited_at`` is when they reached the buyer profile, if after the deadline.
    """
    return [_laid(checklist, file, deposited_at) for file in files]


def _laid(checklist: Checklist, file: File[bytes], at: dt.datetime | None) -> Laid | Unfit:
    content = file.read(MAX_BYTES + 1)  # one byte more than is allowed is enough to refuse
    try:
        kind = answer_files.kind_of(content, str(file.name))
    except UnreadableWorkbook as error:
        return Unfit(str(file.name), _digest(file), file.size, str(error))
    return deposits.lay(checklist=checklist, sent=Sent(content, kind, str(file.name), at))


def _digest(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def keep(*, checklist: Checklist, files: Sequence[Laid | Unfit], by: User) -> Arrival:
    """Keep what was laid, to be read later, and tell what is refused."""
    arrival = Arrival()
    for file in files:
        if isinstance(file, Unfit):
            deposits.refuse(checklist=checklist, **asdict(file), by=by)
            arrival.refused += 1
            continue
        _deposit, is_new = deposits.keep(checklist=checklist, file=file, by=by)
        arrival.kept += is_new
        arrival.known += not is_new
    return arrival


def read_kept(checklist: Checklist) -> int:
    """Read the files that wait for it, and give each to its candidate when it says whose it is.

    Return how many. Whatever stops it, the next one goes on with what is left.
    """
    points = asked(checklist.pk)
    candidacies = {each.pk: each for each in queries.candidacies(checklist)}
    candidates = [deposits.candidate_of(each) for each in candidacies.values()]
    done = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while found := list(queries.unread(checklist)[:AT_ONCE]):
            total = done + queries.unread(checklist).count()
            for deposit, result in zip(
                found, pool.map(lambda each: _understood(each, points), found), strict=True
            ):
                _settle(deposit, result, candidacies, candidates)
                done += 1
                queue.say(_("Classeurs lus"), done, total)
    return done


def _settle(
    deposit: Deposit,
    result: Reading | UnreadableWorkbook,
    candidacies: dict[int, Candidacy],
    candidates: list[Candidate],
) -> None:
    by = deposit.received_by
    if isinstance(result, UnreadableWorkbook):
        deposits.give_up(deposit=deposit, reason=str(result), by=by)
        return
    told = Told.by(result)
    with transaction.atomic():  # killed in between, a file would wait for a choice that is made
        if not deposits.tell(deposit=deposit, told=told):
            return
        deposit.told = asdict(told)
        found = deposits.whose(deposit, candidates)
        if found.candidate is None:
            return
        candidacy = candidacies[found.candidate]
        with suppress(DomainError):  # the page says why when the buyer chooses
            deposits.give(deposit=deposit, candidacy=candidacy, clue=found.clue, by=by)


def _understood(file: Reception | Deposit, points: Asked) -> Reading | UnreadableWorkbook:
    try:
        sheets = answer_files.read(answer_files.kept(file), file.kind)
        return answer_reading.read(sheets, asked=points)
    except UnreadableWorkbook as error:
        return error


# -- Taking over ---------------------------------------------------------------------------------


def take_over_clear(*, checklist: Checklist, by: User) -> list[int]:
    """Take over the files without a doubt: one act a candidate, whole or not at all.

    Return the receptions that were left: one that would replace an answer of the grid shows before
    and after in its dry run. Whatever stops it, the next one goes on with what is left.
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
    points, left = asked(checklist.pk), []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, reception in enumerate(clear):
            if done % AT_ONCE == 0:
                batch = clear[done : done + AT_ONCE]
                readings = pool.map(lambda each: _understood(each, points), batch)
            queue.say(_("Classeurs repris"), done, len(clear))
            if not _take_over(reception, next(readings), by=by):
                left.append(reception.pk)
    return left


def _take_over(reception: Reception, reading: Reading | UnreadableWorkbook, *, by: User) -> bool:
    """Whether all is written that the file says; else a person must look first."""
    if isinstance(reading, UnreadableWorkbook):
        return False
    comparison = receptions.compare(reading.found, grid.states(reception.assessment), {})
    if any(change.before for change in comparison.changed):
        return False
    try:
        outcome = receptions.take_over(
            reception=reception, changes=comparison.changed, decisions=[], by=by
        )
    except DomainError:  # infected, late or frozen since it was chosen: its page says so
        return False
    return outcome.is_clean
