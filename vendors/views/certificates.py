"""The certificates of a vendor: written, corrected, replaced, removed, given back."""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common.attachments import safe_attachment
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import certificates
from ..forms.certificates import CertificateForm
from ..models import Certificate, Vendor
from .pages import FormPage, vendor_to_change


class Shown(NamedTuple):
    """A certificate as the page of its vendor shows it."""

    certificate: Certificate
    standing: str
    remark: str
    words: str


def shown(vendor: Vendor, today: dt.date) -> list[Shown]:
    """Return the current certificates of a vendor, with what the page says of each."""
    return [
        Shown(
            one,
            certificates.standing(one, today),
            certificates.remark(one),
            certificates.words(one),
        )
        for one in certificates.current(vendor)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a certificate of a vendor."""
    vendor, access = vendor_to_change(request, pk)

    def act(**told: Any) -> object:
        return certificates.add(vendor=vendor, **told, by=access.user)

    page = _page(vendor, _("Ajouter un certificat"), _("Ajouter le certificat"))
    return _form(request, vendor, page, act, _("Le certificat est ajouté."))


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what was written about a certificate."""
    found, access = _certificate_or_404(request, pk)

    def act(**told: Any) -> object:
        return certificates.change(certificate=found, **told, by=access.user)

    page = _page(found.vendor, _("Corriger le certificat"), _("Enregistrer les modifications"))
    done = _("Le certificat est modifié.")
    initial = CertificateForm.initial_of(found)
    return _form(request, found.vendor, page, act, done, initial)


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the certificate that comes after one; the former stays known."""
    found, access = _certificate_or_404(request, pk)

    def act(**told: Any) -> object:
        return certificates.replace(certificate=found, **told, by=access.user)

    page = _page(found.vendor, _("Remplacer le certificat"), _("Remplacer le certificat"))
    initial = CertificateForm.initial_of(found) | {"issued_on": None, "valid_until": None}
    done = _("Le certificat est remplacé ; l’ancien reste connu.")
    return _form(request, found.vendor, page, act, done, initial)


@require_POST
def certificate_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a certificate on which nothing rests."""
    found, access = _certificate_or_404(request, pk)
    try:
        certificates.remove(certificate=found, by=access.user)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Le certificat est supprimé."))
    return redirect("vendors:vendor_detail", found.vendor_id)


@never_cache
@require_safe
def certificate_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the file of a certificate to the members of the facility."""
    found = get_object_or_404(Certificate.objects.select_related("vendor"), pk=pk)
    access_or_404(signed_in(request), found.vendor.facility_id)
    if not found.file_name:
        raise Http404
    return safe_attachment(found.file_name, sent_as=found.sent_as, kind=found.file_kind)


def _certificate_or_404(request: HttpRequest, pk: int) -> tuple[Certificate, Access]:
    found = get_object_or_404(Certificate.objects.select_related("vendor__facility"), pk=pk)
    access = access_or_404(signed_in(request), found.vendor.facility_id)
    require(permissions.manage_purchases(access))
    return found, access


def _form(
    request: HttpRequest,
    vendor: Vendor,
    page: FormPage,
    act: Callable[..., object],
    done: str,
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    if request.method != "POST":
        return page.show(request, CertificateForm(initial=initial), facility=vendor.facility)
    form = CertificateForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            act(told=form.told(), paper=form.cleaned_data["file"])
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return redirect("vendors:vendor_detail", vendor.pk)
    return page.show(request, form, facility=vendor.facility)


def _page(vendor: Vendor, title: str, submit: str) -> FormPage:
    url = reverse("vendors:vendor_detail", args=[vendor.pk])
    crumbs = ((_("Fournisseurs"), reverse("vendors:vendor_list")), (vendor.name, url))
    return FormPage(title, submit, url, crumbs, vendor.name)
