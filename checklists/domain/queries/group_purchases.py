"""What the lead of a hospital group buys for the facilities of a person: nothing of other lots."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, OuterRef, Prefetch, Q, QuerySet

from uniha_clausier.accounts.models import User
from uniha_clausier.common.search import Folded, fold
from vendors.enums import WITHOUT_OPENING
from vendors.models import Candidacy, Lot, LotBeneficiary, Tender
from vendors.queries import benefits_of

from ...enums import DocumentState
from ...models import Assessment, Document
from .tenders import LotState, lots_of, state_of


@dataclass(frozen=True)
class Filters:
    """What a person asks of the list; empty values ask nothing."""

    text: str = ""
    state: str = ""
    facility: int | None = None


def purchases_for(user: User, filters: Filters = Filters()) -> QuerySet[Tender]:
    """Return the tenders of which a lot names a facility of ``user``, the latest first.

    Each has its lots that do as ``named_lots``, each of these its facilities as ``for_mine``, and
    its ``state``: that of these lots alone, which says nothing of an offer before the opening.
    """
    mine = benefits_of(user)
    if filters.facility:
        mine = mine.filter(facility=filters.facility)
    lots = Lot.objects.filter(Exists(mine.filter(lot=OuterRef("pk")))).order_by("number", "pk")
    facilities = mine.select_related("facility").order_by("facility__name", "pk")
    found = Tender.objects.filter(Exists(mine.filter(lot__tender=OuterRef("pk"))))
    found = _searched(found.annotate(state=_state(mine)), filters.text, lots)
    if filters.state:
        found = found.filter(Q(state=filters.state))
    return (
        found.select_related("facility", "opening")
        .prefetch_related(
            Prefetch("lots", lots.prefetch_related(_for_mine(facilities)), to_attr="named_lots")
        )
        .order_by("-pk")
    )


def has_purchases(user: User) -> bool:
    """Whether a lot names one of the facilities of ``user`` at all."""
    return benefits_of(user).exists()


def _state(mine: QuerySet[LotBeneficiary]) -> Case:
    def keep(rows: QuerySet[Any], lot: str) -> QuerySet[Any]:
        return rows.filter(Exists(mine.filter(lot=OuterRef(lot))))

    readable = Q(procedure__in=WITHOUT_OPENING) | Q(opening__isnull=False)
    opened = Tender.objects.filter(readable, pk=OuterRef("lot__tender"))
    candidates = Candidacy.objects.filter(Exists(opened), lot__tender=OuterRef("pk"))
    opened = Tender.objects.filter(readable, pk=OuterRef("candidacy__lot__tender"))
    started = Assessment.objects.filter(
        Exists(opened), candidacy__lot__tender=OuterRef("pk"), replaced_at=None
    )
    return state_of(keep(candidates, "lot"), keep(started, "candidacy__lot"), keep)


def _searched(tenders: QuerySet[Tender], text: str, lots: QuerySet[Lot]) -> QuerySet[Tender]:
    """Keep the tenders with each word of ``text`` in the reference, the titles or who buys.

    Never in a candidate, who is secret before the opening, nor in a lot of others.
    """
    titles = lots.filter(tender=OuterRef("pk")).alias(folded=Folded("title"))
    found = tenders.alias(
        folded_title=Folded("title"),
        folded_reference=Folded("reference"),
        folded_buyer=Folded("facility__name"),
    )
    for word in fold(text).split():
        written = Q(folded_reference__contains=word) | Q(folded_title__contains=word)
        who = Q(folded_buyer__contains=word)
        found = found.filter(written | who | Q(Exists(titles.filter(folded__contains=word))))
    return found


def _for_mine(facilities: QuerySet[LotBeneficiary]) -> Prefetch[str]:
    return Prefetch("beneficiaries", facilities, to_attr="for_mine")


@dataclass(frozen=True)
class NamedLot:
    """A lot that names facilities of the person, and where it stands."""

    facilities: list[str]
    state: LotState


def named_lots(tender: Tender, *, reader: User) -> list[NamedLot]:
    """Return the lots of ``tender`` that name a facility of ``reader``, with all that is read of them."""
    names: dict[int, list[str]] = {}
    found = benefits_of(reader).filter(lot__tender=tender).order_by("facility__name", "pk")
    for lot, name in found.values_list("lot_id", "facility__name"):
        names.setdefault(lot, []).append(name)
    if not names:
        return []
    states = lots_of(tender, reader=reader)
    return [NamedLot(names[one.lot.pk], one) for one in states if one.lot.pk in names]


def sealed(assessments: Collection[int]) -> dict[int, Document]:
    """Return the last edition that is ready of each of ``assessments`` that has one."""
    found = Document.objects.filter(assessment__in=assessments, state=DocumentState.READY)
    return {one.assessment_id: one for one in found.order_by("number", "pk")}
