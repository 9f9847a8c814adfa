"""What the lead of the group buys for one's facility: the list, and one purchase, read only.

The pages of the buyer are closed to them, but for the comparison and the sealed PDF of their lots
(decision 0036).
"""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.permissions import Access, access_or_404, signed_in
from uniha_clausier.common.replica import from_replica

from ..domain.queries import group_purchases as queries
from ..domain.queries import tenders
from ..forms.tenders import GroupPurchaseFilterForm
from ..models import Checklist, Document
from .lots import LotBlock, Row, blocks_of
from .tenders import sentence_of

PAGE_LENGTH = 25


@dataclass(frozen=True)
class Candidate:
    """A candidate, and the sealed PDF of its assessment when there is one."""

    row: Row
    document: Document | None


@dataclass(frozen=True)
class Sheet:
    """One clausier of a lot, published or not yet, with its candidates."""

    checklist: Checklist | None
    is_published: bool
    candidates: list[Candidate]


@dataclass(frozen=True)
class Purchase:
    """A lot, for whom it is bought, and one sheet a clausier."""

    block: LotBlock
    facilities: str
    sheets: list[Sheet]


@require_safe
@from_replica
def group_purchase_list(request: HttpRequest) -> HttpResponse:
    """List the tenders of which a lot names a facility of the person: search and filters."""
    user = signed_in(request)
    facilities = account_queries.facilities_of(user)
    form = GroupPurchaseFilterForm(request.GET, facilities=facilities)
    filters = form.filters()
    is_filtered = filters != queries.Filters()
    found = Paginator(queries.purchases_for(user, filters), PAGE_LENGTH)
    asked = {"q": filters.text, "etat": filters.state, "etablissement": filters.facility}
    query = urlencode({name: value for name, value in asked.items() if value})
    context = {
        "form": form,
        "page": found.get_page(request.GET.get("page")),
        "active": is_filtered,
        "is_empty": not found.count and not (is_filtered and queries.has_purchases(user)),
        "query": f"{query}&" if query else "",
        "count_text": ngettext("%(n)d achat", "%(n)d achats", found.count) % {"n": found.count},
        "several": len(facilities) > 1,
        "my_facilities": facilities,  # for the layout: read once
    }
    return render(request, "checklists/group_purchase_list.html", context)


@never_cache
@require_safe
def group_purchase(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the lots of a tender that name a facility of the person; members get their own page."""
    tender = get_object_or_404(tenders.tenders(), pk=pk)
    user = signed_in(request)
    lots = queries.named_lots(tender, reader=user)
    if not lots:
        access_or_404(user, tender.facility_id)
        return redirect("checklists:tender_detail", pk=pk)
    context = {
        "tender": tender,
        "facility": tender.facility,
        "sentence": sentence_of(tender),
        "purchases": _purchases(lots, Access(user, tender.facility_id, frozenset())),
        "closed": _("Les candidats et leurs évaluations se lisent après l’ouverture des plis.")
        if tender.waits_for_opening
        else "",
    }
    return render(request, "checklists/group_purchase.html", context)


def _purchases(lots: list[queries.NamedLot], access: Access) -> list[Purchase]:
    blocks = blocks_of([one.state for one in lots], access)
    rows = [row for block in blocks for sheet in block.sheets for row in sheet.rows]
    documents = queries.sealed([row.assessment.pk for row in rows if row.assessment])

    def candidate(row: Row) -> Candidate:
        return Candidate(row, documents.get(row.assessment.pk) if row.assessment else None)

    return [
        Purchase(
            block,
            ", ".join(lot.facilities),
            [
                Sheet(one.checklist, one.sheet.is_published, [candidate(row) for row in one.rows])
                for one in block.sheets
            ],
        )
        for lot, block in zip(lots, blocks, strict=True)
    ]
