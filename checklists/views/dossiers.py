"""The dossier of a tender: what it holds, what it lacks, and its editions."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from uniha_clausier.accounts.permissions import access_or_404, require, signed_in
from uniha_clausier.common import storage
from uniha_clausier.common.attachments import attachment

from .. import permissions, tasks
from ..documents import dossier, dossier_missing
from ..domain.queries import retention as retention_queries
from ..domain.queries import tenders as queries
from ..models import Dossier


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tender_dossier(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the editions of the dossier and what the next would lack; the buyer asks for one."""
    tender = get_object_or_404(queries.tenders(), pk=pk)
    access = access_or_404(signed_in(request), tender.facility_id)
    permit = permissions.produce_dossier(access)
    if request.method == "POST":
        require(permit)
        tasks.request_dossier(tender=tender, by=access.user)
        messages.success(request, _("Le dossier est en préparation : quelques secondes suffisent."))
        return redirect("checklists:tender_dossier", pk=pk)
    context = {
        "tender": tender,
        "facility": tender.facility,
        "produce": permit,
        "state": tasks.dossier_state(tender),
        "missing": dossier_missing.missing(tender),
        "eliminated": retention_queries.eliminated_names(tender),
        "dossiers": tender.dossiers.select_related("made_by").order_by("-number"),
    }
    return render(request, "checklists/dossier.html", context)


@never_cache
@require_safe
def dossier_download(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one edition of a dossier, as it was made."""
    found = get_object_or_404(Dossier.objects.select_related("tender"), pk=pk)
    access_or_404(signed_in(request), found.tender.facility_id)
    name = dossier.download_name(found.tender, found.number)
    try:
        content = storage.read(found.file_name)
    except FileNotFoundError:
        raise Http404 from None
    return attachment(content, name=name, content_type="application/zip")
