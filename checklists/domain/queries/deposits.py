"""Reads of the files that came in together for a checklist."""

import datetime as dt
from collections import Counter

from django.db.models import Count, Q, QuerySet, Sum

from uniha_clausier.common.scanning import with_scan
from vendors.models import Candidacy

from ...enums import LateDecision
from ...models import Assessment, Checklist, Deposit, Reception, TakeOver
from . import receptions


def checklists() -> QuerySet[Checklist]:
    """Checklists with all that the head of a page names."""
    return Checklist.objects.select_related(
        "lot__tender__facility", "lot__tender__opening", "version__clausier"
    )


def deposits() -> QuerySet[Deposit]:
    """Kept files, with what says whose page they are on."""
    return Deposit.objects.select_related("checklist__lot__tender").filter(refusal="")


def candidacies(checklist: Checklist) -> list[Candidacy]:
    """Return those whose file a file may be, by name."""
    found = Candidacy.objects.filter(lot=checklist.lot_id).select_related("vendor")
    return list(found.order_by("vendor__name", "pk"))


def of_checklist(checklist: Checklist) -> list[Deposit]:
    """Return the files of a checklist, newest first, each with its candidate and what was taken."""
    found = Deposit.objects.filter(checklist=checklist).select_related(
        "received_by", "reception__assessment__candidacy__vendor", "reception__late"
    )
    files = found.prefetch_related("reception__takeovers__by")
    return list(with_scan(files).order_by("-pk"))


def unread(checklist: Checklist) -> QuerySet[Deposit]:
    """Return the files that are kept and still to be read, in the order they came."""
    found = Deposit.objects.filter(checklist=checklist, is_read=False)
    people = found.select_related("checklist__lot__tender", "received_by")
    return people.order_by("pk")


def waiting(checklist: Checklist, pks: list[int]) -> list[Deposit]:
    """Return those of some files that wait for their candidate."""
    found = Deposit.objects.filter(
        checklist=checklist, is_read=True, refusal="", reception=None, pk__in=pks
    )
    return list(found.order_by("pk"))


def not_taken_over(checklist: Checklist) -> Counter[int]:
    """Count, for each assessment, the files of which nothing is taken over yet."""
    found = Reception.objects.filter(assessment__checklist=checklist, takeovers=None)
    return Counter(found.values_list("assessment_id", flat=True))


def editions_of(checklist: Checklist, seals: set[str]) -> dict[str, int]:
    """Return the edition of the same checklist that bears each of some hashes."""
    found = Checklist.objects.filter(
        lot=checklist.lot_id,
        version__clausier=checklist.version.clausier_id,
        content_sha256__in=seals,
    )
    return dict(found.values_list("content_sha256", "edition"))


def taken_over(
    checklist: Checklist, *, by: int, since: dt.datetime, until: dt.datetime
) -> tuple[int, int]:
    """Count the candidates whose files somebody took over in a time, and the values."""
    found = TakeOver.objects.filter(
        reception__deposit__checklist=checklist, by=by, at__range=(since, until)
    )
    told = found.aggregate(
        candidates=Count("reception__assessment", distinct=True), values=Sum("changed", default=0)
    )
    return told["candidates"], told["values"]


def has_open_answers(checklist: Checklist) -> bool:
    """Whether the answers of a candidate of this checklist may still be stopped."""
    return Assessment.objects.filter(
        checklist=checklist, answers_frozen_at=None, signed_at=None
    ).exists()


def left_aside(checklist: Checklist) -> tuple[int, int]:
    """Count the files that wait for a candidate, and those that nothing was taken over from.

    A file kept out because it came late is not counted: leaving it aside is what was decided.
    """
    waiting = Deposit.objects.filter(checklist=checklist, refusal="", reception=None)
    open_files = Reception.objects.filter(
        assessment__checklist=checklist, assessment__answers_frozen_at=None, takeovers=None
    )
    kept_out = Q(late__decision=LateDecision.KEPT_OUT)
    return waiting.count(), open_files.exclude(kept_out).count()


def ready(checklist: Checklist) -> list[Reception]:
    """Return the given files of which nothing is taken over yet, with their deposit, in order."""
    found = receptions.receptions().select_related("deposit")
    found = found.filter(deposit__checklist=checklist, takeovers=None)
    return list(found.order_by("assessment__candidacy__vendor__name", "pk"))
