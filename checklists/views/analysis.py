"""The section for the rapport d'analyse: its texts, written by the buyer, and its editions."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common import storage
from uniha_clausier.common.attachments import attachment
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.file_kinds import TYPES

from .. import permissions, tasks
from ..documents import analysis as content
from ..documents import analysis_files as files
from ..documents.analysis import Part
from ..domain import analysis
from ..domain.queries import analysis as queries
from ..domain.word_changes import Piece, word_changes
from ..forms.analysis import AnalysisTextForm
from ..models import AnalysisReport, AnalysisText, Checklist
from .deposits import published_or_404

UNPROCESSABLE, CONFLICT = 422, 409


@dataclass(frozen=True)
class Row:
    """One part on the page, with what is wrong with what was just sent."""

    part: Part
    form: AnalysisTextForm
    changes: tuple[Piece, ...]
    """From what the buyer wrote to what the data propose now."""
    theirs: AnalysisText | None = None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def analysis_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the section as it stands; the buyer freezes the next edition."""
    checklist, access = published_or_404(request, pk)
    if request.method != "POST":
        return _page(request, checklist, access)
    require(permissions.write_analysis(access, checklist.lot.tender))
    made = tasks.freeze_analysis(checklist=checklist, by=access.user)
    messages.success(
        request,
        _("L’édition %(number)d est arrêtée : le DOCX est prêt, le PDF scellé se prépare.")
        % {"number": made.number},
    )
    return redirect(f"{reverse('checklists:analysis', args=[pk])}#editions")


@require_POST
def analysis_write(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Keep the text of one part, or go back to the proposed one."""
    checklist, access = published_or_404(request, pk)
    require(permissions.write_analysis(access, checklist.lot.tender))
    part = content.section(checklist).part(key)
    if part is None:
        raise Http404
    form = AnalysisTextForm(request.POST)
    if not form.is_valid():
        return _page(request, checklist, access, key, form)
    version = form.cleaned_data["version"]
    try:
        if request.POST.get("act") == "reset":
            analysis.reset(checklist=checklist, key=key, base_version=version, by=access.user)
            messages.success(request, _("Le texte proposé est repris : %s.") % part.title)
        else:
            analysis.write(
                checklist=checklist,
                key=key,
                text=form.cleaned_data["text"],
                proposed_sha256=form.cleaned_data["proposed"],
                base_version=version,
                by=access.user,
            )
            messages.success(request, _("Texte enregistré : %s.") % part.title)
    except analysis.TextChanged as changed:
        form.add_error("text", str(changed))
        return _page(request, checklist, access, key, form, status=CONFLICT)
    except DomainError as error:
        form.add_error("text", str(error))
        return _page(request, checklist, access, key, form)
    return redirect(f"{reverse('checklists:analysis', args=[pk])}#{key}")


@never_cache
@require_safe
def analysis_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Give one edition: the sealed PDF, or the DOCX that says the same."""
    found = _edition_or_404(request, pk)[0]
    if kind == "docx":
        name = files.download_name(found, "docx")
        return attachment(files.docx(found), name=name, content_type=TYPES["docx"])
    made = tasks.analysis_of(found)
    if kind != "pdf" or not made.file:
        raise Http404(_("Le PDF n’est pas encore prêt."))
    return attachment(storage.read(made.file), name=made.name, content_type="application/pdf")


@require_POST
def analysis_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue the PDF of an edition again, when it could not be made."""
    found, access = _edition_or_404(request, pk)
    require(permissions.write_analysis(access, found.checklist.lot.tender))
    tasks.request_analysis(found)
    return redirect(f"{reverse('checklists:analysis', args=[found.checklist_id])}#editions")


def _edition_or_404(request: HttpRequest, pk: int) -> tuple[AnalysisReport, Access]:
    found = get_object_or_404(queries.editions(), pk=pk)
    return found, access_or_404(signed_in(request), found.checklist.lot.tender.facility_id)


def _page(
    request: HttpRequest,
    checklist: Checklist,
    access: Access,
    key: str = "",
    sent: AnalysisTextForm | None = None,
    *,
    status: int = UNPROCESSABLE,
) -> HttpResponse:
    tender = checklist.lot.tender
    opened = permissions.compare(tender)
    context: dict[str, Any] = {
        "checklist": checklist,
        "facility": tender.facility,
        "tender": tender,
        "lot": checklist.lot,
        "clausier_version": checklist.version,
        "write": permissions.write_analysis(access, tender),
        "obstacle": opened.reason,
        "failed": key,
    }
    if opened:
        made = content.section(checklist)
        context |= {
            "missing": made.missing,
            "candidates": made.candidates,
            "reservations": made.reservations,
            "max_note": checklist.max_note,
            "rows": [_row(part, sent if part.key == key else None) for part in made.parts],
            "editions": [(one, tasks.analysis_of(one)) for one in queries.reports(checklist)],
        }
    return render(request, "checklists/analysis.html", context, status=status if sent else 200)


def _row(part: Part, sent: AnalysisTextForm | None) -> Row:
    changes = word_changes(part.text, part.proposed) if part.is_outdated else ()
    if sent is None:
        form = AnalysisTextForm(
            initial={"text": part.text, "version": part.version, "proposed": part.mark}
        )
        return Row(part, _named(form, part), changes)
    is_theirs = part.version != sent.cleaned_data.get("version")
    if is_theirs:
        # What was typed stays; sent again, it replaces what the other person wrote, which is shown.
        sent.data = {
            "text": sent.data.get("text", ""),
            "version": str(part.version),
            "proposed": part.mark,
        }
    return Row(part, _named(sent, part), changes, part.written if is_theirs else None)


def _named(form: AnalysisTextForm, part: Part) -> AnalysisTextForm:
    """Give each textarea of the page its own identifier and name for a screen reader."""
    form.auto_id = f"{part.key}-%s"
    form.fields["text"].label = part.title
    return form
