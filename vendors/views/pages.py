"""What the pages of purchases share: the person's access, and the page of one form."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render

from uniha_clausier.accounts.models import Facility
from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in

from .. import permissions
from ..domain import queries
from ..models import Tender, Vendor

UNPROCESSABLE = 422

Crumb = tuple[str, str]
"""The words of a step of the path, and its address."""


@dataclass(frozen=True)
class FormPage:
    """The words of a page that is one form."""

    title: str
    submit: str
    cancel_url: str
    crumbs: tuple[Crumb, ...] = ()
    sentence: str = ""

    def show(
        self,
        request: HttpRequest,
        form: forms.Form,
        *,
        facility: Facility | None = None,
        **more: Any,
    ) -> HttpResponse:
        """Render the form: 422 when what was typed is refused."""
        context = {"page": self, "form": form, "facility": facility, **more}
        status = UNPROCESSABLE if form.errors else 200
        return render(request, "vendors/form.html", context, status=status)


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form is bound to: an empty POST is refused by its fields, not shown as new."""
    return request.POST if request.method == "POST" else None


def tender_to_change(request: HttpRequest, pk: int) -> tuple[Tender, Access]:
    """Return a tender that the person may change: 404 for a stranger, 403 without the right."""
    tender = get_object_or_404(queries.tenders(), pk=pk)
    access = access_or_404(signed_in(request), tender.facility_id)
    require(permissions.manage_purchases(access))
    return tender, access


def vendor_to_change(request: HttpRequest, pk: int) -> tuple[Vendor, Access]:
    """Return a vendor that the person may change: 404 for a stranger, 403 without the right."""
    vendor = get_object_or_404(queries.vendors(), pk=pk)
    access = access_or_404(signed_in(request), vendor.facility_id)
    require(permissions.manage_purchases(access))
    return vendor, access
