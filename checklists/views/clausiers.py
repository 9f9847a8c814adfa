"""The clausiers, for everyone signed in; the import of a text or of errata, for the operator."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.replica import from_replica

from ..documents import interchange
from ..domain.queries import clausiers as queries
from ..domain.version_words import Noted, ToldRow, told_field, told_row
from ..domain.versions import RowChange
from ..enums import VersionChange
from ..forms.clausiers import CompareForm, ErrataForm, ImportForm, SearchForm

UNPROCESSABLE = 422


@require_safe
@from_replica
def clausier_list(request: HttpRequest) -> HttpResponse:
    """List the published versions."""
    context = {"versions": queries.versions()}
    return render(request, "checklists/clausier_list.html", context)


@require_safe
def clausier_version(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Show every point of one version, or those that are searched."""
    version = get_object_or_404(queries.versions(), clausier__code=code, number=number)
    sections = queries.sections(version)
    form = SearchForm(request.GET, reviewers=queries.reviewers(sections))
    form.is_valid()
    text, reviewer = form.cleaned_data.get("q", ""), form.cleaned_data.get("relecteur", "")
    shown = queries.matching(sections, text=text, reviewer=reviewer)
    total = sum(len(section.points) for section in sections)
    context = {
        "version": version,
        "clausier_version": version,
        "form": form,
        "sections": shown,
        "noted": [point for section in sections for point in section.points if point.errata.all()],
        "active": bool(text or reviewer),
        "total": total,
        "count_text": _shown(sum(len(section.points) for section in shown), total),
    }
    return render(request, "checklists/clausier_version.html", context)


@require_safe
@from_replica
def clausier_compare(request: HttpRequest) -> HttpResponse:
    """Show what differs between two versions, once both are chosen."""
    form = CompareForm(request.GET or None)
    context: dict[str, Any] = {"form": form, "enough": queries.versions().count() > 1}
    if form.is_valid():
        before, after = form.cleaned_data["avant"], form.cleaned_data["apres"]
        found = queries.compared(before, after)
        kind = form.cleaned_data["changement"]
        context |= {
            "before": before,
            "after": after,
            "is_same": found.is_empty,
            "counts": [(kind.value, count) for kind, count in found.counts.items()],
            "header": [told_field(field) for field in found.header] if not kind else [],
            "chapters": _told(found.chapters, kind),
            "points": _told(found.points, kind, queries.errata_told(before, after)),
        }
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    return render(request, "checklists/clausier_compare.html", context, status=status)


def _told(
    changes: Iterable[RowChange],
    kind: str,
    errata: Callable[[RowChange], Noted] = lambda change: (),
) -> list[ToldRow]:
    """Write the rows that differ, those of one kind when it is asked for."""
    return [
        told_row(change, errata(change))
        for change in changes
        if change.kind != VersionChange.UNCHANGED and kind in ("", change.kind)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def clausier_import(request: HttpRequest) -> HttpResponse:
    """Load an official text. The page does not exist for those who do not operate the instance."""
    if not request.user.is_authenticated or not request.user.is_operator:
        raise Http404
    if request.method != "POST":
        return render(request, "checklists/clausier_import.html", {"form": ImportForm()})
    form = ImportForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            version = interchange.import_library(
                content=file.read(), name=file.name, by=request.user
            )
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _loaded(version.points.count()))
            return redirect("checklists:clausier_version", version.clausier.code, version.number)
    context = {"form": form}
    return render(request, "checklists/clausier_import.html", context, status=UNPROCESSABLE)


@require_http_methods(["GET", "HEAD", "POST"])
def errata_import(request: HttpRequest) -> HttpResponse:
    """Load errata. The page does not exist for those who do not operate the instance."""
    if not request.user.is_authenticated or not request.user.is_operator:
        raise Http404
    if request.method != "POST":
        return render(request, "checklists/errata_import.html", {"form": ErrataForm()})
    form = ErrataForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            done = interchange.import_errata(
                content=file.read(interchange.MAX_ERRATA_BYTES + 1), by=request.user
            )
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _errata_loaded(sum(one.added for one in done)))
            version = done[0].version
            return redirect("checklists:clausier_version", version.clausier.code, version.number)
    context = {"form": form}
    return render(request, "checklists/errata_import.html", context, status=UNPROCESSABLE)


def _errata_loaded(count: int) -> str:
    if not count:
        return _("Ces errata étaient déjà chargés : rien n’a changé.")
    return ngettext("%(n)d erratum chargé.", "%(n)d errata chargés.", count) % {"n": count}


def _shown(count: int, total: int) -> str:
    sentence = ngettext("%(n)d point sur %(total)d", "%(n)d points sur %(total)d", count)
    return sentence % {"n": count, "total": total}


def _loaded(count: int) -> str:
    return ngettext("%(n)d point chargé.", "%(n)d points chargés.", count) % {"n": count} + _(
        " Cette version peut être choisie pour un lot."
    )
