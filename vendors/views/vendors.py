"""Vendors: the list, one vendor, and what it sells."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.accounts.permissions import access_or_404, action, require, signed_in
from uniha_clausier.accounts.validators import in_groups
from uniha_clausier.common.addresses import sent_number
from uniha_clausier.common.replica import from_replica

from .. import permissions
from ..domain import queries, vendors
from ..enums import Country
from ..forms.vendors import ProductForm, VendorForm, VendorSearchForm
from ..models import FRANCE, Tender, Vendor
from .certificates import shown
from .pages import FormPage, posted, tender_to_change, vendor_to_change

PAGE_LENGTH = 25


@require_safe
@from_replica
def vendor_list(request: HttpRequest) -> HttpResponse:
    """List the vendors of the person's facilities, by name."""
    user = signed_in(request)
    form = VendorSearchForm(request.GET)
    text = form.text()
    found = queries.vendors_of(user, text)
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "text": text,
        "query": f"{urlencode({'q': text})}&" if text else "",
        "count_text": _count_text(page.paginator.count),
        "create": action(
            permissions.create(permissions.buys_for(user)),
            key="creer",
            label=_("Ajouter un fournisseur"),
            url=reverse("vendors:vendor_create"),
        ),
    }
    return render(request, "vendors/vendor_list.html", context)


@require_safe
def vendor_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a vendor: identity, products, candidacies."""
    vendor = get_object_or_404(queries.vendors(), pk=pk)
    access = access_or_404(signed_in(request), vendor.facility_id)
    permit = permissions.manage_purchases(access)
    context = {
        "vendor": vendor,
        "facility": vendor.facility,
        "facts": _facts(vendor),
        "products": list(vendor.products.order_by("name", "version", "pk")),
        "certificates": shown(vendor, timezone.localdate()),
        "can_change": bool(permit),
        "add_certificate": action(
            permit,
            key="certificat",
            label=_("Ajouter un certificat"),
            url=reverse("vendors:certificate_add", args=[pk]),
        ),
        "candidacies": queries.candidacies_of(vendor),
        "edit": action(
            permit,
            key="modifier",
            label=_("Modifier le fournisseur"),
            url=reverse("vendors:vendor_edit", args=[pk]),
        ),
        "add_product": action(
            permit,
            key="solution",
            label=_("Ajouter une solution"),
            url=reverse("vendors:product_create", args=[pk]),
        ),
    }
    return render(request, "vendors/vendor_detail.html", context)


@dataclass(frozen=True)
class Errand:
    """Why a vendor is created: for itself, or to answer a tender at once."""

    user: User
    facilities: list[Facility]
    tender: Tender | None = None

    def next_url(self, vendor: Vendor) -> str:
        """Return where to go once the vendor is known."""
        if self.tender:
            query = urlencode({"fournisseur": vendor.pk})
            return f"{reverse('vendors:candidate_add', args=[self.tender.pk])}?{query}"
        return reverse("vendors:vendor_detail", args=[vendor.pk])


@require_http_methods(["GET", "HEAD", "POST"])
def vendor_create(request: HttpRequest) -> HttpResponse:
    """Make a company known; one that is known already is proposed, not doubled."""
    errand = _errand(request)
    form = VendorForm(posted(request), facilities=errand.facilities)
    known = None
    if form.is_valid():
        facility = form.chosen_facility()
        # Asked again of the facility that was chosen: the journal says in whose place one buys.
        require(permissions.manage_purchases(access_or_404(errand.user, facility.pk)))
        try:
            vendor = vendors.create_vendor(facility=facility, **form.values(), by=errand.user)
        except vendors.VendorKnown as error:
            form.add_error(None, str(error))
            known = error.vendor
        else:
            messages.success(request, _("%(name)s est ajouté.") % {"name": vendor.name})
            return redirect(errand.next_url(vendor))
    return _create_page(errand).show(
        request,
        form,
        facility=form.only,
        known=known,
        known_url=errand.next_url(known) if known else "",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def vendor_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what identifies a vendor, or whom to ask."""
    vendor, access = vendor_to_change(request, pk)
    initial = VendorForm.initial_of(vendor)
    form = VendorForm(posted(request), initial=initial, facilities=[vendor.facility])
    if form.is_valid():
        try:
            vendors.change_vendor(vendor=vendor, **form.values(), by=access.user)
        except vendors.VendorKnown as error:
            _refuse_identity(form, error)
        else:
            messages.success(request, _("Le fournisseur est modifié."))
            return redirect("vendors:vendor_detail", pk=pk)
    page = _page_of(vendor, _("Modifier le fournisseur"), _("Enregistrer les modifications"))
    return page.show(request, form, facility=vendor.facility)


@require_http_methods(["GET", "HEAD", "POST"])
def product_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Add what a vendor sells."""
    vendor, access = vendor_to_change(request, pk)
    form = ProductForm(posted(request))
    if form.is_valid():
        try:
            vendors.add_product(vendor=vendor, **form.cleaned_data, by=access.user)
        except vendors.ProductKnown as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("La solution est ajoutée."))
            return redirect("vendors:vendor_detail", pk=pk)
    page = _page_of(vendor, _("Ajouter une solution"), _("Ajouter la solution"))
    return page.show(request, form, facility=vendor.facility)


def _errand(request: HttpRequest) -> Errand:
    """Read ?consultation=: the person then comes from a tender that they may change."""
    user = signed_in(request)
    number = request.GET.get("consultation", "")
    if number:
        tender, _access = tender_to_change(request, sent_number(number))
        return Errand(user, [tender.facility], tender)
    facilities = permissions.buys_for(user)
    require(permissions.create(facilities))
    return Errand(user, facilities)


def _create_page(errand: Errand) -> FormPage:
    vendors_url = reverse("vendors:vendor_list")
    crumbs = ((_("Fournisseurs"), vendors_url),)
    cancel_url = vendors_url
    if errand.tender:
        cancel_url = reverse("vendors:candidate_add", args=[errand.tender.pk])
        tender_url = reverse("checklists:tender_detail", args=[errand.tender.pk])
        crumbs = ((errand.tender.reference, tender_url),)
    return FormPage(
        title=_("Ajouter un fournisseur"),
        submit=_("Ajouter le fournisseur"),
        cancel_url=cancel_url,
        crumbs=crumbs,
    )


def _page_of(vendor: Vendor, title: str, submit: str) -> FormPage:
    url = reverse("vendors:vendor_detail", args=[vendor.pk])
    return FormPage(
        title=title,
        submit=submit,
        cancel_url=url,
        crumbs=((_("Fournisseurs"), reverse("vendors:vendor_list")), (vendor.name, url)),
        sentence=vendor.name,
    )


def _refuse_identity(form: forms.Form, error: vendors.VendorKnown) -> None:
    is_french = form.cleaned_data["country"] == FRANCE
    form.add_error("number" if is_french else "foreign_id", str(error))


def _facts(vendor: Vendor) -> list[tuple[str, str]]:
    if vendor.country == FRANCE:
        numbers = [(_("SIRET"), in_groups(vendor.siret)), (_("SIREN"), in_groups(vendor.siren))]
    else:
        country = Country(vendor.country).label if vendor.country in Country else vendor.country
        numbers = [(_("Pays"), str(country)), (_("Identifiant"), vendor.foreign_id)]
    contact = [(_("Contact"), vendor.contact_name), (_("Adresse"), vendor.contact_email)]
    return [(_("Raison sociale"), vendor.name), *numbers, *contact]


def _count_text(count: int) -> str:
    return ngettext("%(n)d fournisseur", "%(n)d fournisseurs", count) % {"n": count}
