"""Reads of the copies made to last: which files wait for one, and the last one of each."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from uniha_clausier.accounts.models import User

from ...enums import DocumentState, SignedDecision
from ...models import Assessment, Document, EliminatedFile, LongTermCopy, SignedFile

LONGEST_NOTICE = dt.timedelta(days=60)


@dataclass(frozen=True)
class Extendable:
    """A file that may be made to last: a sealed one, or a signed one that a person accepted."""

    document: Document
    signed_file: SignedFile | None
    last: LongTermCopy | None

    @property
    def file_name(self) -> str:
        """Where the file to extend is: the last copy, else the file itself."""
        return (self.last or self.signed_file or self.document).file_name

    @property
    def file_sha256(self) -> str:
        return (self.last or self.signed_file or self.document).file_sha256

    def is_due(self, *, now: dt.datetime, until: dt.datetime) -> bool:
        """Without a copy; or near the end of the last one, when a stamp of today lasts longer."""
        if self.last is None:
            return True
        life = self.last.good_until - self.last.made_at
        notice = min(LONGEST_NOTICE, life / 3)
        return now >= self.last.good_until - notice and until > self.last.good_until


def due(*, now: dt.datetime, until: dt.datetime) -> list[Extendable]:
    """Return what waits to be extended by a time-stamp that is good ``until``, the oldest first.

    What was eliminated waits for nothing.
    """
    return [file for file in _extendable() if file.is_due(now=now, until=until)]


def _extendable() -> Iterable[Extendable]:
    gone = EliminatedFile.objects.values("file_name")
    documents = Document.objects.filter(state=DocumentState.READY).exclude(file_name__in=gone)
    documents = documents.defer("content")
    copies = Prefetch(
        "long_term_copies", LongTermCopy.objects.filter(signed_file=None).order_by("number")
    )
    for document in _named(documents).prefetch_related(copies).order_by("pk").iterator(500):
        yield Extendable(document, None, _last(document.long_term_copies.all()))
    signed = SignedFile.objects.filter(decision=SignedDecision.ACCEPTED)
    signed = signed.exclude(file_name__in=gone)
    copies = Prefetch("long_term_copies", LongTermCopy.objects.order_by("number"))
    rows = signed.select_related(*(f"document__{name}" for name in _NAMES)).defer(
        "report", "document__content"
    )
    for file in rows.prefetch_related(copies).order_by("pk").iterator(500):
        yield Extendable(file.document, file, _last(file.long_term_copies.all()))


_NAMES = (
    "assessment__facility",
    "assessment__candidacy__vendor",
    "assessment__candidacy__lot__tender",
)


def _named(documents: QuerySet[Document]) -> QuerySet[Document]:
    return documents.select_related(*_NAMES)


def _last(found: Iterable[LongTermCopy]) -> LongTermCopy | None:
    return max(found, key=lambda one: one.number, default=None)


def last_copy(document: Document, signed_file: SignedFile | None) -> LongTermCopy | None:
    """Return the last copy of one file."""
    found = LongTermCopy.objects.filter(document=document, signed_file=signed_file)
    return found.order_by("-number").first()


def copies() -> QuerySet[LongTermCopy]:
    """Return copies with all that names them."""
    return LongTermCopy.objects.select_related(
        "signed_file", *(f"document__{name}" for name in _NAMES)
    ).defer("document__content", "signed_file__report")


def copies_of(assessment: Assessment) -> list[LongTermCopy]:
    """Return the last copy of each file of an assessment, the latest edition first."""
    rows = copies().filter(document__assessment=assessment)
    last = {(row.document_id, row.signed_file_id): row for row in rows.order_by("number")}
    return sorted(last.values(), key=lambda row: (-row.document.number, row.signed_file_id or 0))


def known_copy(sha256: str, *, to: User | None) -> LongTermCopy | None:
    """Return the copy whose file has this hash, in a facility of ``to`` (None: the operator)."""
    known = copies().filter(file_sha256=sha256)
    if to is not None:
        known = known.filter(document__assessment__facility__memberships__user=to)
    return known.select_related("document__requested_by").first()
