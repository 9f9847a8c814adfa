"""The files of a candidate, for the hospital: all of them, one in full, and on which points."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common import validity
from uniha_clausier.common.addresses import sent_number
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.file_kinds import UnfitFile

from .. import permissions
from ..domain import disclosure, evidence
from ..domain.queries import evidence as queries
from ..domain.queries import grid
from ..forms.evidence import FileForm, QualityForm
from ..models import Assessment, Evidence
from .grid_pages import door_or_404, names

UNPROCESSABLE = 422


class Shown(NamedTuple):
    """A file as a list shows it."""

    file: Evidence
    refs: list[str]
    secrecy: str
    validity: str


def shown(files: Iterable[Evidence], today: dt.date) -> list[Shown]:
    """Return files with what a list says of each."""
    return [
        Shown(
            file,
            [item.point.ref for item in sorted(file.items.all(), key=lambda one: one.position)],
            disclosure.secrecy_of(file),
            validity.of(file.valid_until, today),
        )
        for file in files
    ]


@never_cache
@require_safe
def evidence_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Every file of a candidate, and the points that each backs."""
    door = door_or_404(request.user, pk)
    assessment = grid.assessments().get(pk=pk)
    reading = permissions.compare(assessment.candidacy.lot.tender)
    files = queries.current(assessment) if reading else []
    context = names(assessment) | {
        "reading": reading,
        "files": shown(files, timezone.localdate()),
        "join": permissions.join_files(door.access, assessment),
    }
    return render(request, "checklists/evidence_list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def evidence_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: its points, its versions, and what the hospital says of it."""
    file, access = _file_or_404(request, pk)
    permit = permissions.qualify_files(access)
    if request.method != "POST":
        return _sheet(request, file, access, _known(file), FileForm())
    require(permit)
    form = QualityForm(request.POST)
    if not form.is_valid():
        return _sheet(request, file, access, form, FileForm())
    try:
        evidence.qualify(evidence=file, **form.cleaned_data, by=access.user)
    except DomainError as error:
        return _gone(request, file, error)
    messages.success(request, _("La fiche du document est enregistrée."))
    return redirect("checklists:evidence_sheet", pk)


@require_POST
def evidence_replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Put another file in the place of one; the former stays in its sheet."""
    file, access = _file_or_404(request, pk)
    require(permissions.join_files(access, file.assessment))
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            new = evidence.replace(
                assessment=file.assessment,
                evidence_id=pk,
                file=form.cleaned_data["file"],
                by=access.user,
            )
        except evidence.UnknownPlace as error:
            return _gone(request, file, error)
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _("Le document est remplacé. La version d’avant reste ici."))
            return redirect("checklists:evidence_sheet", new.pk)
    return _sheet(request, file, access, _known(file), form)


def _gone(request: HttpRequest, file: Evidence, error: DomainError) -> HttpResponse:
    """Say it on the list of the candidate: the sheet may be no more."""
    messages.warning(request, str(error))
    return redirect("checklists:evidence_list", file.assessment_id)


def _known(file: Evidence) -> QualityForm:
    return QualityForm(initial={"valid_until": file.valid_until, "disclosure": file.disclosure})


@require_POST
def point_files(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """Join a file to a point (a new one, or one that is here already), or take one back."""
    door = door_or_404(request.user, pk)
    assessment = grid.assessments().get(pk=pk)
    require(permissions.join_files(door.access, assessment))
    told: dict[str, Any] = {"assessment": assessment, "ref": ref, "by": signed_in(request)}
    try:
        messages.success(request, _done(request, told))
    except DomainError as error:
        messages.warning(request, str(error))
    return redirect(f"{reverse('checklists:assessment_history', args=[pk, ref])}#pieces")


def _done(request: HttpRequest, told: dict[str, Any]) -> str:
    """Do what the form of a point asks of files, and say it. Raises DomainError."""
    if number := sent_number(request.POST.get("retirer", "")):
        evidence.detach(evidence_id=number, **told)
        return _("Le document n’est plus joint à ce point.")
    if number := sent_number(request.POST.get("reprendre", "")):
        evidence.reuse(evidence_id=number, **told)
        return _("Le document est joint à ce point.")
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        raise UnfitFile(" ".join(str(each) for each in form.errors["file"]))
    evidence.attach(file=form.cleaned_data["file"], **told)
    return _("Le document est joint à ce point.")


def _file_or_404(request: HttpRequest, pk: int) -> tuple[Evidence, Access]:
    file = get_object_or_404(queries.files(), pk=pk)
    access = access_or_404(signed_in(request), file.assessment.facility_id)
    require(permissions.compare(file.assessment.candidacy.lot.tender))  # not before the opening
    return file, access


def _sheet(
    request: HttpRequest, file: Evidence, access: Access, form: QualityForm, replacing: FileForm
) -> HttpResponse:
    assessment: Assessment = grid.assessments().get(pk=file.assessment_id)
    versions = shown(queries.versions(file), timezone.localdate())
    mine = next(one for one in versions if one.file.pk == file.pk)
    context = names(assessment) | {
        "mine": mine,
        "versions": versions,
        "form": form,
        "replacing": replacing,
        "qualify": permissions.qualify_files(access),
        "join": permissions.join_files(access, assessment),
        "items": sorted(mine.file.items.all(), key=lambda item: item.position),
    }
    status = UNPROCESSABLE if form.errors or replacing.errors else 200
    return render(request, "checklists/evidence_sheet.html", context, status=status)
