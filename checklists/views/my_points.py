"""What waits for the person who reviews, across assessments."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.permissions import signed_in
from uniha_clausier.common.replica import from_replica

from ..domain.queries import my_points as queries
from ..domain.queries import opinions as opinion_queries
from ..domain.queries import visas as visa_queries
from ..models import OpinionRequest

PAGE_LENGTH = 25


@never_cache
@require_safe
@from_replica
def my_points(request: HttpRequest) -> HttpResponse:
    """List the assessments that wait for a finding of a role that the person holds."""
    user = signed_in(request)
    places = queries.places_of(user)
    listed = queries.assessments_of(user, places)
    page = Paginator(listed, PAGE_LENGTH).get_page(request.GET.get("page"))
    rows = queries.waiting(user, places, list(page))
    opinions = opinion_queries.listed_for(user)
    facilities = account_queries.facilities_of(user)
    context = {
        "page": page,
        "opinions": [(one, opinion_queries.late_days(one)) for one in opinions],
        "rows": [(row, Role(row.role).label, _url(row)) for row in rows],
        "sentence": _sentences(opinions, sum(row.left for row in rows)),
        "visas": visa_queries.awaited_from(user),
        "several": len(facilities) > 1,
        "my_facilities": facilities,  # for the layout: read once
    }
    return render(request, "checklists/my_points.html", context)


def _url(row: queries.Waiting) -> str:
    """Return where the reviewer goes on."""
    page = reverse("checklists:assessment_findings", args=[row.assessment.pk])
    return f"{page}?role={row.role}" + (f"#{row.next_ref}" if row.next_ref else "")


def _sentences(opinions: list[OpinionRequest], left: int) -> str:
    """Say what waits: the opinions first, and how many are late."""
    if not opinions:
        return _sentence(left)
    told = ngettext("%(n)d avis à rendre", "%(n)d avis à rendre", len(opinions))
    late = opinion_queries.count_late(opinions)
    if late:
        told += ngettext(", dont %(late)d en retard", ", dont %(late)d en retard", late)
    return f"{told} · {_sentence(left)}" % {"n": len(opinions), "late": late}


def _sentence(left: int) -> str:
    if not left:
        return _("Aucun constat n’est attendu de vous.")
    return ngettext("%(n)d constat à donner", "%(n)d constats à donner", left) % {"n": left}
