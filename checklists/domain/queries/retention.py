"""Reads of the retention: the list of a person's facilities, and the two parts of one file."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, DateField, Exists, F, OuterRef, Q, QuerySet, Value, When

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.models import User
from vendors.models import Candidacy, Tender

from ...enums import EliminationDecision, RetentionScope, RetentionState
from ...models import EliminatedFile, Elimination, RetentionHold
from .. import retention_rules as rules


@dataclass(frozen=True)
class Filters:
    """What a person asks of the list; empty values ask nothing."""

    text: str = ""
    state: str = ""
    facility: int | None = None


@dataclass(frozen=True)
class Kept:
    """One part of the file of a tender: until when, why, where it stands, its elimination."""

    scope: RetentionScope
    until: dt.date | None
    state: RetentionState
    elimination: Elimination | None = None

    @property
    def basis(self) -> str:
        """Where the duration comes from."""
        return rules.basis(self.scope)


def tenders_of(user: User, filters: Filters, today: dt.date) -> QuerySet[Tender]:
    """Return the tenders of the facilities of ``user``, the first to be eliminated first."""
    mine = Tender.objects.filter(facility__in=account_queries.facility_ids_of(user))
    return _ordered(_filtered(mine, filters, today))


def every_tender(today: dt.date, state: str = "") -> QuerySet[Tender]:
    """Return the tenders of every facility, for the operator at a terminal."""
    return _ordered(_filtered(Tender.objects.all(), Filters(state=state), today))


def _filtered(tenders: QuerySet[Tender], filters: Filters, today: dt.date) -> QuerySet[Tender]:
    if filters.text:
        words = Q(reference__icontains=filters.text) | Q(title__icontains=filters.text)
        tenders = tenders.filter(words)
    if filters.facility:
        tenders = tenders.filter(facility=filters.facility)
    return tenders.filter(_in_state(filters.state, today)) if filters.state else tenders


def _in_state(state: str, today: dt.date) -> Q:
    """One of the two parts is in that state."""
    parts = Q()
    for scope, until in _UNTIL.items():
        parts |= _part_in_state(state, scope, until, today)
    return parts


_UNTIL = {
    RetentionScope.PROCEDURE: "retention__procedure_until",
    RetentionScope.CONTRACT: "retention__contract_until",
}


def _part_in_state(state: str, scope: str, until: str, today: dt.date) -> Q:
    """The same order as ``retention_rules.state``."""
    of_it = Elimination.objects.filter(tender=OuterRef("pk"), scope=scope)
    gone = Q(Exists(of_it.filter(decision=EliminationDecision.APPROVED)))
    proposed = Q(Exists(of_it.filter(decision=EliminationDecision.WAITING)))
    held = Q(Exists(RetentionHold.objects.filter(tender=OuterRef("pk"), lifted_at=None)))
    undated = Q(**{f"{until}__isnull": True})
    free = ~gone & ~held & ~undated & ~proposed
    return {
        RetentionState.ELIMINATED: gone,
        RetentionState.HELD: held & ~gone,
        RetentionState.UNDATED: undated & ~held & ~gone,
        RetentionState.PROPOSED: proposed & ~gone & ~held & ~undated,
        RetentionState.DUE: free & Q(**{f"{until}__lte": today}),
        RetentionState.KEPT: free & Q(**{f"{until}__gt": today}),
    }[RetentionState(state)]


def _ordered(tenders: QuerySet[Tender]) -> QuerySet[Tender]:
    far = Value(dt.date.max, output_field=DateField())
    first = Case(
        When(retention__procedure_until__isnull=False, then=F("retention__procedure_until")),
        default=far,
    )
    found = tenders.select_related("facility", "retention")
    return found.prefetch_related("eliminations", "retention_holds").order_by(first, "-pk")


def parts_of(tender: Tender, today: dt.date) -> list[Kept]:
    """Return the two parts of a file; no query on a tender that came from a list."""
    dates = getattr(tender, "retention", None)
    is_held = any(hold.lifted_at is None for hold in tender.retention_holds.all())
    live = {
        one.scope: one
        for one in tender.eliminations.all()
        if one.decision != EliminationDecision.REFUSED
    }
    untils = {scope: dates.until(scope) if dates else None for scope in RetentionScope}
    return [
        Kept(
            scope,
            until,
            rules.state(
                until=until,
                decision=live[scope].decision if scope in live else None,
                is_held=is_held,
                today=today,
            ),
            live.get(scope),
        )
        for scope, until in untils.items()
    ]


def candidacies(tender: Tender) -> QuerySet[Candidacy]:
    """Return the candidates among whom the holders of the contract are."""
    found = Candidacy.objects.filter(lot__tender=tender).select_related("vendor", "lot")
    return found.order_by("lot__number", "vendor__name", "pk")


def holds(tender: Tender) -> list[RetentionHold]:
    """Return the holds of a tender, the newest first."""
    found = tender.retention_holds.select_related("placed_by", "lifted_by")
    return list(found.order_by("-placed_at", "-pk"))


def holds_to_lift() -> QuerySet[RetentionHold]:
    """Return holds with what says to whom they are shown."""
    return RetentionHold.objects.select_related("tender__facility__group")


def eliminations() -> QuerySet[Elimination]:
    """Return eliminations with what names their purchase and their people."""
    return Elimination.objects.select_related(
        "tender__facility__group", "proposed_by", "decided_by"
    )


def of_tender(tender: Tender) -> list[Elimination]:
    """Return the eliminations of a tender, the newest first."""
    return list(eliminations().filter(tender=tender).order_by("-proposed_at", "-pk"))


def unfinished() -> list[Elimination]:
    """Return the approved eliminations whose files may not be all gone."""
    waiting = Q(decision=EliminationDecision.APPROVED, removed_at=None)
    return list(eliminations().filter(waiting).order_by("pk"))


def eliminated_names(tender: Tender) -> frozenset[str]:
    """Return the stored names of what was eliminated in a tender."""
    gone = EliminatedFile.objects.filter(elimination__tender=tender)
    return frozenset(gone.values_list("file_name", flat=True))
