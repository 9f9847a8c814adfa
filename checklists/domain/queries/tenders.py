"""Tenders as a list and as one page: state, candidates, progress.

Progress is read from the counters stored on the assessments: a list never counts answers.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
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
from vendors.models import Candidacy, Lot, LotBeneficiary, Tender

from ...enums import AnswerKind, DocumentState, TenderState, VersionState
from ...models import Answer, Assessment, Checklist, ChecklistItem, Document, Score
from .editions import STANDING
from .late_files import OUT_OF_TIME

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
    started = Assessment.objects.filter(candidacy__lot__tender=OuterRef("pk"), replaced_at=None)
    analysed = started.filter(~OUT_OF_TIME)
    return tenders.annotate(
        candidate_count=_summed(candidates, "lot__tender", Count("pk")),
        total=_summed(analysed, "candidacy__lot__tender", Sum("total")),
        scored=_summed(analysed, "candidacy__lot__tender", Sum("scored")),
        state=state_of(candidates, started),
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
    return with_progress(
        Tender.objects.select_related("facility__group", "opening__recorded_by", "retention")
    )


def candidacies() -> QuerySet[Candidacy]:
    """Return candidacies with their tender."""
    return Candidacy.objects.select_related("lot__tender", "vendor")


def checklists_of(lot: Lot, clausier: str) -> QuerySet[Checklist]:
    """Return the one checklist that counts for a clausier, by its code: what stands, or the draft."""
    counts = STANDING | Q(edition=1, state=VersionState.DRAFT)
    return Checklist.objects.filter(counts, lot=lot, version__clausier__code=clausier)


@dataclass(frozen=True)
class Candidate:
    """A candidate with its assessment, when it is started."""

    candidacy: Candidacy
    assessment: Assessment | None
    has_document: bool
    last_ref: str = ""
    """The point on which the person who reads the page worked last."""
    is_out: bool = False
    """Whether all that the candidate sent came after the deadline, and was not admitted."""
    is_untouched: bool = True
    """Whether no assessment of it is started, on any clausier of its lot."""

    @property
    def is_sealed(self) -> bool:
        """Whether a complete assessment has its document: an incomplete edition ends nothing."""
        return self.has_document and self.is_complete

    @property
    def is_complete(self) -> bool:
        """Whether every point of the candidate has its score."""
        return self.assessment is not None and not self.assessment.missing


@dataclass(frozen=True)
class Sheet:
    """One clausier of a lot: the edition that stands, its candidates, the correction under way.

    ``checklist`` is None for a lot on which nothing is started.
    """

    checklist: Checklist | None
    correction: Checklist | None
    candidates: Sequence[Candidate]

    @property
    def compared(self) -> list[Candidate]:
        """The candidates that are analysed: those that are not out."""
        return [one for one in self.candidates if not one.is_out]

    @property
    def asked(self) -> int:
        return getattr(self.checklist, "asked", 0)

    @property
    def is_published(self) -> bool:
        return self.checklist is not None and self.checklist.is_published


@dataclass(frozen=True)
class LotState:
    """A lot with one sheet a clausier, and its candidates."""

    lot: Lot
    sheets: Sequence[Sheet]
    candidacies: Sequence[Candidacy]


def lots_of(tender: Tender, *, reader: User) -> list[LotState]:
    """Read the lots of a tender with all that its page shows to ``reader``, in four queries.

    One more in a hospital group: for whom each lot is bought.
    """
    checklists: dict[int, list[Checklist]] = {}
    for checklist in _checklists(tender):
        checklists.setdefault(checklist.lot_id, []).append(checklist)
    candidacies: dict[int, list[Candidacy]] = {}
    for candidacy in _candidacies(tender):
        candidacies.setdefault(candidacy.lot_id, []).append(candidacy)
    started = {(one.candidacy_id, one.checklist_id): one for one in _assessments(tender, reader)}
    return [
        LotState(
            lot=lot,
            sheets=_sheets(checklists.get(lot.pk, []), candidacies.get(lot.pk, []), started),
            candidacies=candidacies.get(lot.pk, []),
        )
        for lot in _lots(tender)
    ]


def _lots(tender: Tender) -> QuerySet[Lot]:
    lots = tender.lots.order_by("number", "pk")
    if tender.facility.group_id is None:
        return lots
    named = LotBeneficiary.objects.select_related("facility").order_by("facility__name", "pk")
    return lots.prefetch_related(Prefetch("beneficiaries", named, to_attr="named"))


def _sheets(
    checklists: Sequence[Checklist],
    candidacies: Sequence[Candidacy],
    started: Mapping[tuple[int, int], Assessment],
) -> list[Sheet]:
    """Group the editions of a lot by clausier, the clausier started first on top."""
    chains: dict[int, list[Checklist]] = {}
    for checklist in checklists:
        chains.setdefault(checklist.version.clausier_id, []).append(checklist)
    sheets = []
    touched = {candidacy for candidacy, _checklist in started}
    for chain in chains.values():
        *_former, last = chain
        correction = last if last.edition > 1 and not last.is_published else None
        standing = chain[-2] if correction else last
        found = [
            _candidate(candidacy, started.get((candidacy.pk, standing.pk)), touched)
            for candidacy in candidacies
        ]
        sheets.append(Sheet(standing, correction, found))
    nothing = Sheet(None, None, [_candidate(candidacy, None, touched) for candidacy in candidacies])
    return sheets or [nothing]


def _candidate(candidacy: Candidacy, assessment: Any, touched: Collection[int]) -> Candidate:
    is_untouched = candidacy.pk not in touched
    if assessment is None:
        return Candidate(candidacy, None, has_document=False, is_untouched=is_untouched)
    return Candidate(
        candidacy,
        assessment,
        has_document=assessment.has_document,
        last_ref=_last_ref(assessment),
        is_out=assessment.is_out,
        is_untouched=is_untouched,
    )


def _checklists(tender: Tender) -> QuerySet[Checklist]:
    asked = ChecklistItem.objects.filter(checklist=OuterRef("pk"), is_applicable=True)
    asked = asked.exclude(point__answer_kind=AnswerKind.NONE)
    return (
        Checklist.objects.filter(lot__tender=tender)
        .select_related("version__clausier", "published_by")
        .annotate(asked=_summed(asked, "checklist", Count("pk")))
        .order_by("edition", "pk")
    )


def _candidacies(tender: Tender) -> QuerySet[Candidacy]:
    found = Candidacy.objects.filter(lot__tender=tender).select_related("vendor", "product")
    return found.order_by("vendor__name", "pk")


def _assessments(tender: Tender, reader: User) -> QuerySet[Assessment]:
    # A document asked for before the last change of a score does not show the evaluation as it is.
    sealed = Document.objects.filter(
        assessment=OuterRef("pk"),
        state=DocumentState.READY,
        requested_at__gte=OuterRef("changed_at"),
    )
    found = Assessment.objects.filter(candidacy__lot__tender=tender, replaced_at=None)
    return found.annotate(has_document=Exists(sealed), is_out=OUT_OF_TIME, **_last_writes(reader))


def _last_writes(reader: User) -> dict[str, Subquery]:
    """Return when and on which point ``reader`` last wrote an answer, and a score.

    The writer is compared as an expression: SQLite, which knows no figures of the tables, would
    else read all that a person ever wrote, by the index of the writers, for each candidate.
    """
    found = {}
    writer = Coalesce("updated_by", 0, output_field=BigIntegerField())
    for name, model in (("answer", Answer), ("score", Score)):
        of_one = model.objects.filter(assessment=OuterRef("pk"))
        mine = of_one.alias(writer=writer).filter(writer=reader.pk)
        last = mine.order_by("-updated_at", "-pk")
        found[f"last_{name}_at"] = Subquery(last.values("updated_at")[:1])
        found[f"last_{name}_ref"] = Subquery(last.values("item__point__ref")[:1])
    return found


def _last_ref(assessment: Any) -> str:
    writes = [
        (assessment.last_answer_at, assessment.last_answer_ref),
        (assessment.last_score_at, assessment.last_score_ref),
    ]
    return max((write for write in writes if write[0]), default=(None, ""))[1]


def _summed(rows: QuerySet[Any], group: str, figure: Any) -> Coalesce:
    """Return a figure of the rows of one parent, as a subquery: joins would multiply the rows."""
    grouped = rows.order_by().values(group).annotate(figure=figure).values("figure")
    return Coalesce(Subquery(grouped, output_field=IntegerField()), 0)


def state_of(
    candidates: QuerySet[Candidacy],
    started: QuerySet[Assessment],
    keep: Callable[[QuerySet[Any], str], QuerySet[Any]] = lambda rows, lot: rows,
) -> Case:
    """Return where a tender stands, of what ``keep`` keeps of its rows; ``lot`` is the way to theirs."""
    lots = keep(Lot.objects.filter(tender=OuterRef("pk")), "pk")
    bare = Exists(lots.filter(checklists=None))
    drafts = Checklist.objects.filter(
        lot__tender=OuterRef("pk"), state=VersionState.DRAFT, edition=1
    )
    draft = keep(drafts, "lot")
    unpublished = bare | Exists(draft)
    waiting = Exists(_not_started(candidates))
    incomplete = Exists(started.filter(~OUT_OF_TIME, scored__lt=F("total")))
    return Case(
        When(Exists(started) & (unpublished | waiting | incomplete), Value(TenderState.ASSESSING)),
        When(Exists(started), then=Value(TenderState.FINISHED)),
        When(unpublished, then=Value(TenderState.TO_PREPARE)),
        default=Value(TenderState.PUBLISHED),
        output_field=CharField(),
    )


def _not_started(candidates: QuerySet[Candidacy]) -> QuerySet[Candidacy]:
    """Keep the candidates without an assessment on one of the checklists of their lot."""
    standing = Checklist.objects.filter(STANDING, pk=OuterRef("sheet"))
    started = Assessment.objects.filter(candidacy=OuterRef("pk"), checklist=OuterRef("sheet"))
    pairs = candidates.annotate(sheet=F("lot__checklists"))
    return pairs.filter(Exists(standing), ~Exists(started))


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
