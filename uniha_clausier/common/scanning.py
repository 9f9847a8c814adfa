"""The antivirus and the files that people sent: scanned in the background, one state a file.

A file without a row was never given to an antivirus. A row that waits is tried again until clamd
answers: the worker looks for those that are due.
"""

import datetime as dt
import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks import task

from . import antivirus, journal, queue, storage
from .enums import ScanState
from .errors import DomainError
from .models import FileScan

FIRST_PAUSE = dt.timedelta(seconds=15)
LONGEST_PAUSE = dt.timedelta(minutes=15)
LEASE = dt.timedelta(minutes=5)
"""A task that says nothing for so long is lost: the file is queued again."""
MOST_AT_ONCE = 50

logger = logging.getLogger(__name__)


class NotServed(DomainError):
    """The file stays where it is: infected, or not scanned yet."""


def is_on() -> bool:
    """Whether an antivirus is configured."""
    return bool(settings.CLAMD_ADDRESS)


def register(*, file_name: str, tenant: int, subject: str) -> None:
    """Have a file scanned that was just kept; in the transaction that names it.

    Nothing without an antivirus. A name is given by content: what was scanned once stays so.
    """
    if not is_on():
        return
    wanted = {
        "state": ScanState.WAITING,
        "due_at": timezone.now() + LEASE,
        "tenant": tenant,
        "subject": subject,
    }
    row, is_new = FileScan.objects.get_or_create(file_name=file_name, defaults=wanted)
    if is_new or row.state == ScanState.NOT_SCANNED:
        FileScan.objects.filter(pk=row.pk).update(**wanted, scanned_at=None, tries=0)
        scan_file.enqueue(file_name)


@queue.policy(gettext_lazy("Analyse d’un fichier par l’antivirus"))
@task()
def scan_file(file_name: str) -> str:
    """Scan one file that waits; return its state. When clamd is away, it is tried again later."""
    row = FileScan.objects.filter(file_name=file_name, state=ScanState.WAITING).first()
    if row is None or not is_on():
        return ""
    try:
        found = antivirus.scan(storage.read(file_name), address=settings.CLAMD_ADDRESS)
    except FileNotFoundError:  # taken back meanwhile
        row.delete()
        return ""
    except antivirus.TooLarge:
        return _settle(row, ScanState.NOT_SCANNED)
    except antivirus.Unreachable as error:
        _postpone(row, error)
        return str(ScanState.WAITING)
    return _settle(row, ScanState.INFECTED if found else ScanState.CLEAN, found)


def _settle(row: FileScan, state: ScanState, signature: str = "") -> str:
    with transaction.atomic():
        FileScan.objects.filter(pk=row.pk).update(
            state=state, signature=signature[:200], scanned_at=timezone.now()
        )
        if state == ScanState.INFECTED:
            data = {"file": row.file_name, "signature": signature[:200]}
            journal.record(
                tenant=row.tenant, action="file.infected", subject=row.subject, data=data, by=None
            )
    return str(state)


def _postpone(row: FileScan, error: Exception) -> None:
    pause = min(FIRST_PAUSE * 2 ** min(row.tries, 10), LONGEST_PAUSE)
    logger.warning("the antivirus does not answer (%s); the next try is in %s", error, pause)
    FileScan.objects.filter(pk=row.pk).update(tries=F("tries") + 1, due_at=timezone.now() + pause)


def retry() -> int:
    """Queue the files that wait and are due; return how many. Called by each worker, often."""
    if not is_on():
        return 0
    now = timezone.now()
    due = FileScan.objects.filter(state=ScanState.WAITING, due_at__lte=now)
    count = 0
    for row in due.order_by("due_at", "pk")[:MOST_AT_ONCE]:
        # The condition on due_at is what two workers race for.
        with transaction.atomic():
            mine = FileScan.objects.filter(pk=row.pk, due_at=row.due_at).update(due_at=now + LEASE)
            if mine:
                scan_file.enqueue(row.file_name)
                count += 1
    return count


def with_scan(files: QuerySet[Any]) -> QuerySet[Any]:
    """Give each row that has a ``file_name`` its ``scan_state`` and ``scan_signature``.

    Once the antivirus is off nothing waits any more; what it found stays.
    """
    scans = FileScan.objects.filter(file_name=OuterRef("file_name"))
    state: Any = F("state")
    if not is_on():
        state = Case(
            When(state=ScanState.WAITING, then=Value(str(ScanState.NOT_SCANNED))), default=state
        )
    shown = scans.annotate(shown=state).values("shown")
    told: QuerySet[Any] = files.annotate(
        scan_state=Coalesce(Subquery(shown[:1]), Value(str(ScanState.NOT_SCANNED))),
        scan_signature=Coalesce(Subquery(scans.values("signature")[:1]), Value("")),
    )
    return told


def state_of(file_name: str) -> ScanState:
    """Return the state of one file."""
    row = FileScan.objects.filter(file_name=file_name).first()
    if row is None or (row.state == ScanState.WAITING and not is_on()):
        return ScanState.NOT_SCANNED
    return ScanState(row.state)


def why_not_served(state: str) -> str:
    """Return why a file in this state is given to nobody; empty when it may be."""
    if state == ScanState.INFECTED:
        return _("L’antivirus a trouvé un logiciel malveillant dans ce fichier : il reste fermé.")
    if state == ScanState.WAITING:
        return _("L’antivirus n’a pas encore analysé ce fichier : il s’ouvrira ensuite.")
    return ""


def require_not_infected(file_name: str) -> None:
    """Raise NotServed for a file that the antivirus found infected; one that waits is let through.

    For what only takes plain text out of a file that is read apart.
    """
    if state_of(file_name) == ScanState.INFECTED:
        raise NotServed(why_not_served(ScanState.INFECTED))


def require_served(file_name: str) -> None:
    """Raise NotServed for a file that is given to nobody now."""
    reason = why_not_served(state_of(file_name))
    if reason:
        raise NotServed(reason)
