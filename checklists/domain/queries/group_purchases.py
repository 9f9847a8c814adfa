"""What the lead of a hospital group buys for the facilities of a person: nothing of other lots."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from uniha_clausier.accounts.models import User
from vendors.models import Lot, LotBeneficiary, Tender
from vendors.queries import benefits_of

from ...enums import DocumentState
from ...models import Document
from .tenders import LotState, lots_of


def purchases_for(user: User) -> QuerySet[Tender]:
    """Return the tenders of which a lot names a facility of ``user``, the latest first.

    Each has its lots that do as ``named_lots``, and each of these its facilities as ``for_mine``.
    """
    mine = benefits_of(user)
    lots = Lot.objects.filter(Exists(mine.filter(lot=OuterRef("pk")))).order_by("number", "pk")
    facilities = mine.select_related("facility").order_by("facility__name", "pk")
    found = Tender.objects.filter(Exists(mine.filter(lot__tender=OuterRef("pk"))))
    return (
        found.select_related("facility", "opening")
        .prefetch_related(
            Prefetch("lots", lots.prefetch_related(_for_mine(facilities)), to_attr="named_lots")
        )
        .order_by("-pk")
    )


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
