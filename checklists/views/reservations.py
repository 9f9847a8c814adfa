"""The reservations of a tender: who is committed to what, and what is overdue."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from uniha_clausier.accounts.permissions import access_or_404, signed_in
from uniha_clausier.common.replica import from_replica

from ..domain.queries import reservations as queries
from ..domain.queries import tenders as tender_queries
from ..enums import ReservationState
from ..models import PointDecision


@dataclass(frozen=True)
class Row:
    """One reservation, and whether its date is past."""

    decision: PointDecision
    state: ReservationState


@never_cache
@require_safe
@from_replica
def reservation_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the reservations of a tender, the first due first."""
    tender = get_object_or_404(tender_queries.tenders(), pk=pk)
    access_or_404(signed_in(request), tender.facility_id)
    today = timezone.localdate()
    rows = [Row(one, queries.state_of(one, today)) for one in queries.of_tender(tender)]
    context = {
        "tender": tender,
        "facility": tender.facility,
        "rows": rows,
        "sentence": _sentence(rows),
        "today": today,
    }
    return render(request, "checklists/reservations.html", context)


def _sentence(rows: list[Row]) -> str:
    late = sum(row.state == ReservationState.OVERDUE for row in rows)
    words = ngettext("%(n)d réserve", "%(n)d réserves", len(rows)) % {"n": len(rows)}
    return f"{words} · " + _("%(n)d en retard") % {"n": late} if late else words
