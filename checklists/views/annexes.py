"""The annexes of the tender documents: the page for the RC, and all of them in one ZIP."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from uniha_clausier.accounts.permissions import require
from uniha_clausier.common import storage
from uniha_clausier.common.attachments import attachment

from .. import permissions, tasks
from ..documents import dce
from ..domain.queries import checklists as queries
from ..models import Checklist
from .checklists import Place, page_of, with_checklist


@require_safe
def rc_annex(request: HttpRequest, pk: int) -> HttpResponse:
    """Show, to print, what the rules of the consultation must announce."""
    place, checklist = _published(request, pk)
    context = {
        "data": dce.gather(checklist),
        "summary": queries.summary(queries.rows(checklist)),
    }
    return page_of(request, "rc_annex", place, context)


@require_POST
def annexes_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the ZIP of the annexes."""
    place, checklist = _published(request, pk)
    require(permissions.produce_document(place.access))
    tasks.request_annexes(checklist)
    messages.success(request, _("Les annexes sont en préparation : quelques secondes suffisent."))
    return redirect("checklists:checklist_publish", pk=pk)


@never_cache
@require_safe
def annexes_download(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the ZIP of the annexes, once it is ready."""
    _place, checklist = _published(request, pk)
    annexes = tasks.annexes_of(checklist)
    if not annexes.file:
        raise Http404
    content = storage.read(annexes.file)
    return attachment(content, name=annexes.name, content_type="application/zip")


@never_cache
@require_safe
def annexes_part(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """Give one sealed PDF of the ZIP alone, once it is ready."""
    _place, checklist = _published(request, pk)
    annexes = tasks.annexes_of(checklist)
    if not annexes.file or part not in dce.PARTS:
        raise Http404
    content = dce.part_of(storage.read(annexes.file), dce.PARTS[part])
    name = f"{part}-{annexes.name.removesuffix('.zip')}.pdf"
    return attachment(content, name=name, content_type="application/pdf")


def _published(request: HttpRequest, pk: int) -> tuple[Place, Checklist]:
    """Return a place and its published checklist. Raises Http404 before the publication."""
    place, checklist = with_checklist(request, pk)
    if not checklist.is_published:
        raise Http404
    return place, checklist
