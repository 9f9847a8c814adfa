"""The life of a document: asked for, claimed by a worker, ready or failed, tried again.

A worker that dies says nothing. So it holds the document by a lease that it renews while it
works: an expired lease gives the document to the next one. Each claim raises ``attempts``, and
only the worker that raised it last may write the result: two workers never make two documents.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, journal
from uniha_clausier.common.errors import DomainError

from ..enums import DocumentState
from ..models import Assessment, Document
from .assessments import replaced_sentence, subject_of
from .queries import documents as queries

LEASE = dt.timedelta(seconds=30)
MAX_ATTEMPTS = 3
PROGRESS_LENGTH = 100

Freeze = Callable[..., dict[str, Any]]
"""``freeze(assessment, number=, at=, by=, seq=, head=)``: the content of an edition."""


class AlreadyInProgress(DomainError):
    """A document of this assessment is being made: one at a time is enough."""


class Replaced(DomainError):
    """Another version stands for the assessment: nothing more is made of this one."""


class NotFailed(DomainError):
    """Only a document that failed is tried again."""


@dataclass(frozen=True)
class SealedFile:
    """What a worker brings: a stored file and its figures."""

    name: str
    sha256: str
    size: int
    pages: int
    seal: dict[str, str] | None = None


def request_document(
    *, assessment: Assessment, freeze: Freeze, alone: bool = True, by: User | None
) -> Document:
    """Freeze the data of ``assessment`` as its next edition, waiting for a worker.

    The row of the assessment is locked, so that no score changes while its data are read.
    Raises AlreadyInProgress when one is being made, unless ``alone`` is false; Replaced.
    """
    with transaction.atomic():
        locked = Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)
        if locked.replaced_at:
            raise Replaced(replaced_sentence(locked))
        if alone and locked.documents.filter(state__in=queries.PENDING).exists():
            raise AlreadyInProgress(
                _("Un document de cette évaluation est déjà en cours de production.")
            )
        now = timezone.now()
        number = (locked.documents.aggregate(last=Max("number"))["last"] or 0) + 1
        seq, head = queries.journal_head(locked.facility_id)
        content = freeze(locked, number=number, at=now, by=by, seq=seq, head=head)
        document = Document.objects.create(
            assessment=locked,
            number=number,
            requested_at=now,
            requested_by=by,
            content=content,
            content_sha256=canonical.sha256_of(content),
        )
        _record(document, "requested", {"content_sha256": document.content_sha256}, by=by, at=now)
    return document


def claim(document_id: int) -> Document | None:
    """Take a waiting document, or one whose worker is gone. None: nothing to do, or too late.

    One conditional UPDATE decides, so that of several workers exactly one wins.
    """
    now = timezone.now()
    waiting = Document.objects.filter(pk=document_id, state=DocumentState.QUEUED)
    orphan = queries.abandoned(now).filter(pk=document_id)
    for candidates in (waiting, orphan):
        if candidates.filter(attempts__lt=MAX_ATTEMPTS).update(
            state=DocumentState.RUNNING,
            attempts=F("attempts") + 1,
            lease_until=now + LEASE,
            progress="",
        ):
            return Document.objects.select_related("assessment__facility").get(pk=document_id)
    return None


def renew(document: Document, *, progress: str | None = None) -> bool:
    """Say that the worker is alive, and where it is. False: the document is no longer its own."""
    values: dict[str, Any] = {"lease_until": timezone.now() + LEASE}
    if progress is not None:
        values["progress"] = progress
    return bool(_held(document).update(**values))


def finish(document: Document, file: SealedFile) -> bool:
    """Publish the result. False: another worker took over, and ``file`` is to be thrown away."""
    with transaction.atomic():
        now = timezone.now()
        won = _held(document).update(
            state=DocumentState.READY,
            finished_at=now,
            lease_until=None,
            progress="",
            error="",
            file_name=file.name,
            file_sha256=file.sha256,
            file_size=file.size,
            page_count=file.pages,
            seal=file.seal,
        )
        if won:
            data = {"file_sha256": file.sha256, "content_sha256": document.content_sha256}
            _record(document, "sealed", data, by=None, at=now)
    return bool(won)


def fail(document: Document, reason: str) -> bool:
    """Give up, with a French sentence for the person. False: another worker took over."""
    with transaction.atomic():
        return _fail(_held(document), document, reason)


def hand_back(document: Document, *, progress: str = "") -> bool:
    """Put a document back in the queue, as if never claimed: the worker is asked to stop.

    Or something is away, and ``progress`` says what.
    """
    return bool(
        _held(document).update(
            state=DocumentState.QUEUED,
            attempts=F("attempts") - 1,
            lease_until=None,
            progress=progress[:PROGRESS_LENGTH],
        )
    )


def give_up(document_id: int, *, sentence: str) -> None:
    """Fail a document that waits for something that stays away: its person may ask again."""
    document = Document.objects.select_related("assessment").filter(pk=document_id).first()
    if document is not None:
        with transaction.atomic():
            waiting = Document.objects.filter(
                pk=document_id, state__in=(DocumentState.QUEUED, DocumentState.RUNNING)
            )
            _fail(waiting, document, sentence)


def requeue(document_id: int) -> None:
    """Have a failed document wait again: the operator relaunches its task."""
    Document.objects.filter(pk=document_id, state=DocumentState.FAILED).update(
        state=DocumentState.QUEUED, attempts=0, error="", finished_at=None, progress=""
    )


def release_abandoned() -> list[int]:
    """Queue again what dead workers held; return the identifiers of those that wait for a worker.

    What has killed its worker three times is given up.
    """
    released = []
    for document in queries.abandoned(timezone.now()):
        with transaction.atomic():
            rows = queries.abandoned(timezone.now()).filter(
                pk=document.pk, attempts=document.attempts
            )
            if document.attempts < MAX_ATTEMPTS:
                if rows.update(state=DocumentState.QUEUED, lease_until=None, progress=""):
                    released.append(document.pk)
            else:
                _fail(
                    rows,
                    document,
                    _(
                        "La production s’est interrompue %(count)d fois : raccourcissez le texte "
                        "le plus long, ou prévenez l’exploitant, puis recommencez."
                    )
                    % {"count": MAX_ATTEMPTS},
                )
    return released


def retry(*, document: Document, by: User) -> Document:
    """Queue a failed document again, with the same frozen data. Raises NotFailed."""
    with transaction.atomic():
        rows = Document.objects.filter(pk=document.pk, state=DocumentState.FAILED)
        if not rows.update(
            state=DocumentState.QUEUED, attempts=0, error="", finished_at=None, progress=""
        ):
            raise NotFailed(_("Ce document n’est pas en échec : rechargez la page."))
        _record(document, "retried", {}, by=by)
    document.refresh_from_db()
    return document


def _held(document: Document) -> Any:
    return Document.objects.filter(
        pk=document.pk, state=DocumentState.RUNNING, attempts=document.attempts
    )


def _fail(rows: Any, document: Document, reason: str) -> bool:
    now = timezone.now()
    lost = rows.update(
        state=DocumentState.FAILED, finished_at=now, lease_until=None, progress="", error=reason
    )
    if lost:
        _record(document, "failed", {"reason": reason}, by=None, at=now)
    return bool(lost)


def _record(
    document: Document,
    what: str,
    data: dict[str, Any],
    *,
    by: User | None,
    at: dt.datetime | None = None,
) -> None:
    journal.record(
        tenant=document.assessment.facility_id,
        action=f"document.{what}",
        subject=subject_of(document.assessment_id),
        data={"document": document.pk, "number": document.number} | data,
        at=at,
        by=by.pk if by else None,
    )
