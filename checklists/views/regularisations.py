"""Regularising offers: the same letter to every candidate concerned, then one decision for each."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import Access, require
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import exchange_rules, exchanges, regularisations
from ..domain.queries import exchanges as queries
from ..forms.exchanges import DecisionForm
from ..models import Checklist, ExchangeParty
from .deposits import published_or_404
from .exchanges import party_or_404, party_page

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def regularisation_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the regularisations of a checklist, and start one on the gaps ticked."""
    checklist, access = published_or_404(request, pk)
    if request.method != "POST":
        return _page(request, checklist, access, set(request.GET.getlist("point")))
    require(permissions.write_to_candidates(access, checklist.lot.tender))
    ticked = set(request.POST.getlist("points"))
    usual = _("Votre offre ne répond pas à l’exigence de ce point. Complétez ou corrigez-la.")
    try:
        exchange = exchanges.ask_regularisation(
            checklist=checklist, questions=dict.fromkeys(ticked, usual), by=access.user
        )
    except DomainError as error:
        return _page(request, checklist, access, ticked, str(error))
    return redirect("checklists:exchange_detail", exchange.pk)


def _page(
    request: HttpRequest, checklist: Checklist, access: Access, ticked: set[str], error: str = ""
) -> HttpResponse:
    tender = checklist.lot.tender
    opened = permissions.compare(tender)
    context = {
        "checklist": checklist,
        "facility": tender.facility,
        "tender": tender,
        "lot": checklist.lot,
        "clausier_version": checklist.version,
        "write": permissions.write_to_candidates(access, tender),
        "obstacle": opened.reason or exchange_rules.why_not_regularised(tender.procedure),
        "exchanges": queries.regularisations(checklist),
        "rows": _rows(checklist, ticked) if opened else [],
        "error": error,
    }
    status = UNPROCESSABLE if error else 200
    return render(request, "checklists/regularisations.html", context, status=status)


def _rows(checklist: Checklist, ticked: set[str]) -> list[dict[str, Any]]:
    """The points on which somebody has a gap, and who."""
    gaps = queries.gaps(checklist)
    names = {one.pk: one.candidacy.vendor.name for one in queries.candidates(checklist)}
    items = checklist.items.filter(is_applicable=True).select_related("point")
    rows = [
        {
            "item": item,
            "names": [names[owner] for owner, refs in gaps.items() if item.point.ref in refs],
            "is_ticked": item.point.ref in ticked,
        }
        for item in items.order_by("position", "pk")
    ]
    return [row for row in rows if row["names"]]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def regularisation_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept what a candidate sent, and write what its offer becomes; or refuse it."""
    party, access = party_or_404(request, pk)
    require(permissions.write_to_candidates(access, party.assessment.candidacy.lot.tender))
    replies = queries.replies(party)
    if request.method != "POST":
        return _decision_page(request, party, DecisionForm(party=party, replies=replies))
    form = DecisionForm(request.POST, party=party, replies=replies)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            if form.is_acceptance():
                regularisations.accept(
                    party=party, changes=form.changes(), reason=reason, by=access.user
                )
            else:
                regularisations.refuse(party=party, reason=reason, by=access.user)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("La décision est enregistrée, sous votre nom."))
            return redirect("checklists:exchange_detail", party.exchange_id)
    return _decision_page(request, party, form)


def _decision_page(request: HttpRequest, party: ExchangeParty, form: DecisionForm) -> HttpResponse:
    return party_page(request, party, form, "checklists/regularisation_decide.html")
