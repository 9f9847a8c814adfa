"""What waits for the person who calls, across assessments."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from uniha_clausier.accounts.permissions import signed_in

from ..domain.queries import my_points as queries
from ..domain.queries import opinions as opinion_queries
from ..domain.queries import visas as visa_queries
from .paging import paged
from .schemas import Paging
from .schemas_analysis import WaitingOut
from .site import REFUSALS

router = Router(tags=["Personne"])


@router.get(
    "/me/waiting",
    response={200: WaitingOut} | REFUSALS,
    summary="Lire ce qui vous attend",
)
def waiting(request: HttpRequest, asked: Query[Paging]) -> dict[str, Any]:
    """Les avis et les visas attendus de vous, puis, par pages d’évaluations, les constats à donner
    par rôle, le plus urgent d’abord."""
    user = signed_in(request)
    places = queries.places_of(user)
    page = paged(queries.assessments_of(user, places), asked)
    return {
        "opinions": [
            {"id": one.pk, "assessment": one.assessment_id, "due_on": one.due_on}
            for one in opinion_queries.listed_for(user)
        ],
        "visas": [one.assessment_id for one in visa_queries.awaited_from(user)],
        "count": page["count"],
        "page": page["page"],
        "pages": page["pages"],
        "items": [_row(one) for one in queries.waiting(user, places, page["items"])],
    }


def _row(row: queries.Waiting) -> dict[str, Any]:
    return {
        "assessment": row.assessment.pk,
        "tender": row.assessment.candidacy.lot.tender_id,
        "vendor": row.assessment.candidacy.vendor.name,
        "role": row.role,
        "total": row.total,
        "left": row.left,
        "outdated": row.outdated,
        "next_ref": row.next_ref,
    }
