"""Tenders as a list and as one page: state, candidates, progress.

Progress is read from the counters stored on the assessments: a list never counts answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.models import User
from uniha_clausier.common.search import Folded, fold
from vendors.models import Candidacy, Lot, Tender

from ...enums import AnswerKind, DocumentState, TenderState, VersionState
from ...models import Answer, Assessment, Checklist, ChecklistItem, Document, Score

SORTS = {
    "reference": "reference",
    "objet": "title",
    "limite": "deadline",
    "candidats": "candidate_count",
    "avancement": "progress",
    "etat": "state_rank",
}
"""What ?tri= may name; a dash before it turns the order round."""


@dataclass(frozen=True)
class Filters:
    """What a person asks of the list; empty values ask nothing."""

    text: str = ""
    procedure: str = ""
    state: str = ""
    facility: int | None = None
    sort: str = ""


def with_progress(tenders: QuerySet[Tender]) -> QuerySet[Tender]:
    """Add to each tender its state, its number of candidates and the sums of its counters."""
    candidates = Candidacy.objects.filter(lot__tender=OuterRef("pk"))
    started = Assessment.objects.filter(candidacy__lot__tender=OuterRef("pk"))
    return tenders.annotate(
        candidate_count=_summed(candidates, "lot__tender", Count("pk")),
        total=_summed(started, "candidacy__lot__tender", Sum("total")),
        scored=_summed(started, "candidacy__lot__tender", Sum("scored")),
        state=_state(candidates, started),
    )


def tenders_of(user: User, filters: Filters) -> QuerySet[Tender]:
    """Return the tenders of the facilities of ``user`` that ``filters`` keep, in their order."""
    mine = Tender.objects.filter(facility__in=account_queries.facility_ids_of(user))
    kept = _searched(with_progress(mine.select_related("facility")), filters.text)
    if filters.procedure:
        kept = kept.filter(procedure=filters.procedure)
    if filters.state:
        kept = kept.filter(Q(state=filters.state))
    if filters.facility:
        kept = kept.filter(facility=filters.facility)
    return _sorted(kept, filters.sort)


def has_tenders(user: User) -> bool:
    """Whether one of the facilities of ``user`` has a tender at all."""
    mine = account_queries.facility_ids_of(user)
    return Tender.objects.filter(facility__in=mine).exists()


def tenders() -> QuerySet[Tender]:
    """Return tenders with their facility, state and counters."""
    return with_progress(Tender.objects.select_related("facility", "opening__recorded_by"))


def candidacies() -> QuerySet[Candidacy]:
    """Return candidacies with their tender, and their assessment when it is started."""
    return Candidacy.objects.select_related("lot__tender", "vendor", "assessment")


@dataclass(frozen=True)
class Candidate:
    """A candidate with its assessment, when it is started."""

    candidacy: Candidacy
    assessment: Assessment | None
    has_document: bool
    last_ref: str = ""
    """The point on which the person who reads the page worked last."""

    @property
    def is_sealed(self) -> bool:
        """Whether a complete assessment has its document: an incomplete edition ends nothing."""
        return self.has_document and self.is_complete

    @property
    def is_complete(self) -> bool:
        """Whether every point of the candidate has its score."""
        return self.assessment is not None and not self.assessment.missing


@dataclass(frozen=True)
class LotState:
    """A lot, its checklist when it has one, and its candidates."""

    lot: Lot
    checklist: Checklist | None
    asked: int
    candidates: Sequence[Candidate]

    @property
    def is_published(self) -> bool:
        return self.checklist is not None and self.checklist.is_published


def lots_of(tender: Tender, *, reader: User) -> list[LotState]:
    """Read the lots of a tender with all that its page shows to ``reader``, in three queries."""
    checklists = {checklist.lot_id: checklist for checklist in _checklists(tender)}
    candidates: dict[int, list[Candidate]] = {}
    for candidacy in _candidacies(tender, reader):
        found = Candidate(
            candidacy,
            getattr(candidacy, "assessment", None),
            bool(getattr(candidacy, "has_document", False)),
            _last_ref(candidacy),
        )
        candidates.setdefault(candidacy.lot_id, []).append(found)
    return [
        LotState(
            lot=lot,
            checklist=checklists.get(lot.pk),
            asked=getattr(checklists.get(lot.pk), "asked", 0),
            candidates=candidates.get(lot.pk, []),
        )
        for lot in tender.lots.order_by("number", "pk")
    ]


def _checklists(tender: Tender) -> QuerySet[Checklist]:
    asked = ChecklistItem.objects.filter(checklist=OuterRef("pk"), is_applicable=True)
    asked = asked.exclude(point__answer_kind=AnswerKind.NONE)
    return (
        Checklist.objects.filter(lot__tender=tender)
        .select_related("version__clausier", "published_by")
        .annotate(asked=_summed(asked, "checklist", Count("pk")))
    )


def _candidacies(tender: Tender, reader: User) -> QuerySet[Candidacy]:
    # A document asked for before the last change of a score does not show the evaluation as it is.
    sealed = Document.objects.filter(
        assessment__candidacy=OuterRef("pk"),
        state=DocumentState.READY,
        requested_at__gte=F("assessment__changed_at"),
    )
    return (
        Candidacy.objects.filter(lot__tender=tender)
        .select_related("vendor", "product", "assessment")
        .annotate(has_document=Exists(sealed), **_last_writes(reader))
        .order_by("vendor__name", "pk")
    )


def _last_writes(reader: User) -> dict[str, Subquery]:
    """Return when and on which point ``reader`` last wrote an answer, and a score."""
    found = {}
    for name, model in (("answer", Answer), ("score", Score)):
        mine = model.objects.filter(assessment__candidacy=OuterRef("pk"), updated_by=reader)
        last = mine.order_by("-updated_at", "-pk")
        found[f"last_{name}_at"] = Subquery(last.values("updated_at")[:1])
        found[f"last_{name}_ref"] = Subquery(last.values("item__point__ref")[:1])
    return found


def _last_ref(candidacy: Any) -> str:
    writes = [
        (candidacy.last_answer_at, candidacy.last_answer_ref),
        (candidacy.last_score_at, candidacy.last_score_ref),
    ]
    return max((write for write in writes if write[0]), default=(None, ""))[1]


def _summed(rows: QuerySet[Any], group: str, figure: Any) -> Coalesce:
    """Return a figure of the rows of one parent, as a subquery: joins would multiply the rows."""
    grouped = rows.order_by().values(group).annotate(figure=figure).values("figure")
    return Coalesce(Subquery(grouped, output_field=IntegerField()), 0)


def _state(candidates: QuerySet[Candidacy], started: QuerySet[Assessment]) -> Case:
    lots = Lot.objects.filter(tender=OuterRef("pk"))
    unpublished = Exists(lots.exclude(checklist__state=VersionState.PUBLISHED))
    waiting = Exists(candidates.filter(assessment=None))
    incomplete = Exists(started.filter(scored__lt=F("total")))
    return Case(
        When(Exists(started) & (unpublished | waiting | incomplete), Value(TenderState.ASSESSING)),
        When(Exists(started), then=Value(TenderState.FINISHED)),
        When(unpublished, then=Value(TenderState.TO_PREPARE)),
        default=Value(TenderState.PUBLISHED),
        output_field=CharField(),
    )


def _searched(tenders: QuerySet[Tender], text: str) -> QuerySet[Tender]:
    """Keep the tenders with each word of ``text`` in the reference, the title or a candidate."""
    names = Candidacy.objects.filter(lot__tender=OuterRef("pk")).alias(name=Folded("vendor__name"))
    tenders = tenders.alias(folded_title=Folded("title"), folded_reference=Folded("reference"))
    for word in fold(text).split():
        named = Exists(names.filter(name__contains=word))
        written = Q(folded_reference__contains=word) | Q(folded_title__contains=word)
        tenders = tenders.filter(written | Q(named))
    return tenders


def _sorted(tenders: QuerySet[Tender], sort: str) -> QuerySet[Tender]:
    """Order by what ?tri= names, the most recent first when it names nothing."""
    name = SORTS.get(sort.removeprefix("-"))
    if name is None:
        return tenders.order_by("-pk")
    if name == "progress":
        tenders = tenders.annotate(progress=_share())
    if name == "state_rank":
        tenders = tenders.annotate(state_rank=_rank())
    field = F(name)
    order = field.desc(nulls_last=True) if sort.startswith("-") else field.asc(nulls_last=True)
    return tenders.order_by(order, "-pk")


def _share() -> Case:
    """The scored part of what is to be scored, in thousandths; nothing started comes as nothing."""
    return Case(
        When(total=0, then=None),
        default=F("scored") * 1000 / F("total"),
        output_field=IntegerField(null=True),
    )


def _rank() -> Case:
    ranks = [When(state=state, then=Value(rank)) for rank, state in enumerate(TenderState)]
    return Case(*ranks, output_field=IntegerField())
