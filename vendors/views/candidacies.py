"""Registering the candidates of a tender."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common.addresses import sent_number
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import candidacies, queries
from ..forms.vendors import CandidateForm, VendorSearchForm
from ..models import Tender, Vendor
from .pages import FormPage, posted, tender_to_change


@require_http_methods(["GET", "HEAD", "POST"])
def candidate_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Find a vendor among those that are known, then say what it offers."""
    tender, access = tender_to_change(request, pk)
    number = request.GET.get("fournisseur", "")
    if not number:
        return _search_page(request, tender)
    vendor = _vendor_or_404(number, tender)
    lots, products = list(tender.lots.order_by("number")), list(vendor.products.order_by("name"))
    form = CandidateForm(
        posted(request), lots=lots, products=products, initial={"lot": request.GET.get("lot")}
    )
    if form.is_valid():
        return _register(request, tender, vendor, form, access)
    url = reverse("checklists:tender_detail", args=[tender.pk])
    page = FormPage(
        title=_("Ajouter %(name)s comme candidat") % {"name": vendor.name},
        submit=_("Ajouter le candidat"),
        cancel_url=url,
        crumbs=((tender.reference, url),),
        sentence=tender.title,
    )
    return page.show(request, form, facility=tender.facility)


@require_http_methods(["GET", "HEAD", "POST"])
def candidate_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a candidate registered by mistake."""
    candidacy = get_object_or_404(queries.candidacies(), pk=pk)
    tender = candidacy.lot.tender
    access = access_or_404(signed_in(request), tender.facility_id)
    require(permissions.manage_purchases(access))
    if request.method == "POST":
        try:
            candidacies.withdraw_candidate(candidacy=candidacy, by=access.user)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            name = candidacy.vendor.name
            messages.success(request, _("%(name)s n’est plus candidat.") % {"name": name})
        return redirect("checklists:tender_detail", pk=tender.pk)
    context = {
        "candidacy": candidacy,
        "tender": tender,
        "facility": tender.facility,
        "cancel_url": reverse("checklists:tender_detail", args=[tender.pk]),
    }
    return render(request, "vendors/candidate_withdraw.html", context)


def _register(
    request: HttpRequest, tender: Tender, vendor: Vendor, form: CandidateForm, access: Access
) -> HttpResponse:
    """Register the candidate with a product that is known or created on the way, or neither."""
    try:
        candidacies.register_candidate(
            lot=form.chosen_lot(),
            vendor=vendor,
            product=form.chosen_product(),
            new_product=form.new_product(),
            by=access.user,
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s est candidat.") % {"name": vendor.name})
    return redirect("checklists:tender_detail", pk=tender.pk)


def _search_page(request: HttpRequest, tender: Tender) -> HttpResponse:
    form = VendorSearchForm(request.GET)
    text = form.text()
    found = list(queries.proposed(tender, text)[: queries.MOST_PROPOSED + 1])
    context: dict[str, Any] = {
        "tender": tender,
        "facility": tender.facility,
        "form": form,
        "text": text,
        "vendors": found[: queries.MOST_PROPOSED],
        "has_more": len(found) > queries.MOST_PROPOSED,
        "lot": sent_number(request.GET.get("lot", "")) or "",
    }
    return render(request, "vendors/candidate_search.html", context)


def _vendor_or_404(number: str, tender: Tender) -> Vendor:
    """Return a vendor of the facility of ``tender``: any other one does not exist here."""
    return get_object_or_404(queries.vendors(), pk=sent_number(number), facility=tender.facility_id)
