"""The files that a candidate joins to a point, and how they are given back: saved, never shown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.files import File
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import access_or_404, require, signed_in
from uniha_clausier.common import file_kinds
from uniha_clausier.common.addresses import sent_number
from uniha_clausier.common.attachments import safe_attachment
from uniha_clausier.common.file_kinds import ACCEPTED, UnfitFile

from .. import permissions
from ..domain import evidence
from ..domain.queries import evidence as queries
from ..forms.evidence import FileForm
from ..models import Evidence
from .answer_doors import Bearer, behind_link, may_send_a_file
from .grid_json import refusal

UNPROCESSABLE = 422
REFUSALS = (UnfitFile, evidence.TooMuch, evidence.UnknownPlace, evidence.AlreadyJoined)


@require_POST
@behind_link
def answer_files(request: HttpRequest, bearer: Bearer, ref: str) -> JsonResponse:
    """Join files to a point or take one back, for the script: answers the list as it stands."""
    errors = from_form(request, bearer, only=ref)
    if errors:
        return refusal(UNPROCESSABLE, " ".join(sentence for _ref, sentence in errors))
    html = render_to_string(
        "answers/files.html", shown(bearer, ref, queries.by_point(bearer.assessment))
    )
    return JsonResponse({"html": html})


@require_safe
@behind_link
def answer_file(request: HttpRequest, bearer: Bearer, pk: int) -> HttpResponse:
    """Give back to a candidate a file that they joined."""
    file = get_object_or_404(Evidence, pk=pk, assessment=bearer.assessment)
    return safe_attachment(file.file_name, sent_as=file.name, kind=file.kind)


@never_cache
@require_safe
def evidence_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a file of a candidate to the members of the facility."""
    found = get_object_or_404(queries.files(), pk=pk)
    access_or_404(signed_in(request), found.assessment.facility_id)
    require(permissions.compare(found.assessment.candidacy.lot.tender))  # not before the opening
    return safe_attachment(found.file_name, sent_as=found.name, kind=found.kind)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def answer_replace(request: HttpRequest, bearer: Bearer, pk: int) -> HttpResponse:
    """Put another file in the place of one that the candidate joined, on all its points."""
    theirs = evidence.theirs(Evidence.objects.filter(assessment=bearer.assessment), bearer.link)
    current = theirs.filter(replaced_by=None)
    file = get_object_or_404(current.prefetch_related("items__point"), pk=pk)
    if request.method == "POST" and not may_send_a_file(request, bearer):
        refused: HttpResponse = ratelimit.respond_429(request)
        return refused
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            evidence.replace(
                assessment=bearer.assessment,
                evidence_id=pk,
                file=form.cleaned_data["file"],
                by=bearer.link,
            )
        except REFUSALS as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _("Le document est remplacé sur tous ses points."))
            return redirect(bearer.url("answers"))
    context = {"file": file, "form": form, "url": bearer.url("answers")}
    context |= {"facility": bearer.assessment.facility, "bearer": bearer}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "answers/replace.html", context, status=status)


def shown(bearer: Bearer, ref: str, files: Mapping[str, Sequence[Evidence]]) -> dict[str, Any]:
    """Return what the list of the files of a point shows, of all the ``files`` by point."""
    mine = files.get(ref, ())
    here = {file.pk for file in mine}
    others = {file.pk: file for group in files.values() for file in group if file.pk not in here}
    return {
        "ref": ref,
        "files": [
            {
                "file": file,
                "url": bearer.url("answer_file", file.pk),
                "replace_url": bearer.url("answer_replace", file.pk),
            }
            for file in mine
        ],
        "others": sorted(others.values(), key=lambda file: (file.name, file.pk)),
        "accepted": ACCEPTED,
    }


def from_form(request: HttpRequest, bearer: Bearer, *, only: str = "") -> list[tuple[str, str]]:
    """Do what a form asks of files: take one back, join some; return what could not be, and why.

    Files are named after their point (``O-7.1.files``), the one to take back « O-7.1:12 ».
    """
    errors = []
    for ref, sentence in (
        *_taken_back(request, bearer),
        *_reused(request, bearer),
        *_joined(request, bearer),
    ):
        if sentence and only in ("", ref):
            errors.append((ref, sentence))
    return errors


def _taken_back(request: HttpRequest, bearer: Bearer) -> Iterable[tuple[str, str]]:
    ref, _colon, number = request.POST.get("retirer", "").rpartition(":")
    pk = sent_number(number)
    if not ref or not pk:
        return
    try:
        evidence.detach(assessment=bearer.assessment, ref=ref, evidence_id=pk, by=bearer.link)
    except evidence.UnknownPlace as error:
        yield ref, str(error)


def _reused(request: HttpRequest, bearer: Bearer) -> Iterable[tuple[str, str]]:
    """A file that is here already, chosen for one more point (« O-7.1.reuse »)."""
    ref = request.POST.get("reprendre", "")
    number = request.POST.get(f"{ref}.reuse", "")
    pk = sent_number(number)
    if not ref or not pk:
        return
    try:
        evidence.reuse(assessment=bearer.assessment, ref=ref, evidence_id=pk, by=bearer.link)
    except evidence.UnknownPlace as error:
        yield ref, str(error)


def _joined(request: HttpRequest, bearer: Bearer) -> Iterable[tuple[str, str]]:
    for name, files in request.FILES.lists():
        ref, _dot, field = name.rpartition(".")
        if field != "files":
            continue
        for file in files:
            yield ref, _join(request, bearer, ref, file)


def _join(request: HttpRequest, bearer: Bearer, ref: str, file: File[bytes]) -> str:
    """Join one file; return why not, or nothing."""
    name = str(file.name)
    if not may_send_a_file(request, bearer):
        return _("Trop de fichiers en peu de temps : attendez une minute.")
    try:
        sent = evidence.SentFile(*file_kinds.read(file), name)
        evidence.attach(assessment=bearer.assessment, ref=ref, file=sent, by=bearer.link)
    except REFUSALS as error:
        return f"{name} : {error}"
    return ""
