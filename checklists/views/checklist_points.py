"""The points of a checklist: in or out and why, the buyer's own decisions."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from uniha_clausier.accounts.permissions import require
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import checklists, derogations
from ..domain.queries import checklists as queries
from ..enums import Force
from ..forms.checklists import DerogationForm, ForceForm, KnockOutForm, PointFilterForm
from ..models import Checklist
from .checklists import CONFLICT, UNPROCESSABLE, Place, page_of, with_checklist

FILTERS = ("q", "voir", "exigences")


@require_safe
def checklist_points(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every point, in or out, and why."""
    place, checklist = with_checklist(request, pk)
    rows = queries.rows(checklist)
    summary = queries.summary(rows)
    form = PointFilterForm(request.GET, summary=summary)
    shown, text = form.values()
    kept = queries.filtered(rows, shown=shown, text=text)
    query = _filters(request.GET.urlencode())
    without = _filters(query, but="exigences")
    context = {
        "sections": queries.sections(kept),
        "form": form,
        "active": bool(shown or text),
        "kept": len(kept),
        "summary": summary,
        "is_open": bool(request.GET.get("exigences")),
        "fold_query": without,
        "unfold_query": f"{without}&exigences=toutes".removeprefix("&"),
        "back": query,
    }
    return page_of(request, "points", place, context)


@require_safe
def checklist_point(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """Show one point: what it asks, why it is in or out, and what the buyer may decide."""
    place, checklist = with_checklist(request, pk)
    return _point_page(request, place, checklist, ref)


@require_POST
def checklist_force(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """Put a point in or out with a reason, or give it back to the rule."""
    place, checklist = with_checklist(request, pk)
    require(permissions.prepare(place.access, None))
    if "undo" in request.POST:
        form, values = None, {"force": Force.NONE, "reason": ""}
    else:
        form = ForceForm(request.POST)
        if not form.is_valid():
            return _point_page(request, place, checklist, ref, form=form, status=UNPROCESSABLE)
        values = form.cleaned_data
    try:
        checklists.force_point(checklist=checklist, ref=ref, by=place.access.user, **values)
    except DomainError as error:
        return _point_refused(request, place, checklist, ref, error, form=form)
    messages.success(request, _decided(ref, values["force"]))
    return _to_points(request, pk, ref)


@require_POST
def checklist_knock_out(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """Mark a point as a knock-out, or not."""
    place, checklist = with_checklist(request, pk)
    require(permissions.prepare(place.access, None))
    form = KnockOutForm(request.POST)
    form.full_clean()
    chosen = form.cleaned_data["is_knock_out"]
    try:
        checklists.set_knock_out(
            checklist=checklist, ref=ref, is_knock_out=chosen, by=place.access.user
        )
    except DomainError as error:
        return _point_refused(request, place, checklist, ref, error)
    sentence = _("%(ref)s est éliminatoire.") if chosen else _("%(ref)s n’est plus éliminatoire.")
    messages.success(request, sentence % {"ref": ref})
    return _to_points(request, pk, ref)


@require_POST
def checklist_derogation(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """Derogate from a point with a reason, or take the derogation back."""
    place, checklist = with_checklist(request, pk)
    require(permissions.prepare(place.access, None))
    form = None
    try:
        if "remove" in request.POST:
            derogations.remove_derogation(checklist=checklist, ref=ref, by=place.access.user)
            sentence = _("%(ref)s n’a plus de dérogation.")
        else:
            form = DerogationForm(request.POST)
            if not form.is_valid():
                return _point_page(
                    request, place, checklist, ref, derogation_form=form, status=UNPROCESSABLE
                )
            derogations.derogate(
                checklist=checklist, ref=ref, by=place.access.user, **form.cleaned_data
            )
            sentence = _("La dérogation à %(ref)s est enregistrée.")
    except DomainError as error:
        messages.error(request, str(error))
        if form is not None and place.prepare:
            return _point_page(
                request, place, checklist, ref, derogation_form=form, status=CONFLICT
            )
        return redirect("checklists:checklist_points", pk=checklist.pk)
    messages.success(request, sentence % {"ref": ref})
    return _to_points(request, pk, ref)


def _derogation_form(row: queries.Row) -> DerogationForm:
    found = row.derogation
    initial = (
        {"kind": found.kind, "wording": found.wording, "reason": found.reason} if found else {}
    )
    return DerogationForm(initial=initial)


def _point_page(
    request: HttpRequest,
    place: Place,
    checklist: Checklist,
    ref: str,
    *,
    form: ForceForm | None = None,
    derogation_form: DerogationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = queries.rows(checklist)
    at = next((index for index, row in enumerate(rows) if row.point.ref == ref), None)
    if at is None:
        raise Http404
    row = rows[at]
    context = {
        "row": row,
        "point": row.point,
        "before": rows[at - 1] if at else None,
        "after": rows[at + 1] if at + 1 < len(rows) else None,
        "form": form or _force_form(row),
        "derogation_form": derogation_form or _derogation_form(row),
        "may_derogate": row.point.is_scored
        and not row.item.force
        and (row.item.is_applicable or row.derogation is not None),
        "back": _filters(request.POST.get("back") or request.GET.urlencode()),
    }
    return page_of(request, "point", place, context, status=status)


def _force_form(row: queries.Row) -> ForceForm:
    opposite = Force.OUT if row.item.is_applicable else Force.IN
    initial = {"force": row.item.force or opposite, "reason": row.item.force_reason}
    return ForceForm(initial=initial)


def _point_refused(
    request: HttpRequest,
    place: Place,
    checklist: Checklist,
    ref: str,
    error: DomainError,
    *,
    form: ForceForm | None = None,
) -> HttpResponse:
    if form is not None and place.prepare:
        form.add_error(None, str(error))
        return _point_page(request, place, checklist, ref, form=form, status=CONFLICT)
    messages.error(request, str(error))
    return redirect("checklists:checklist_points", pk=checklist.pk)


def _decided(ref: str, force: str) -> str:
    sentences = {
        Force.IN: _("%(ref)s est ajouté à la check-list."),
        Force.OUT: _("%(ref)s est retiré de la check-list."),
        Force.NONE: _("%(ref)s suit de nouveau la règle du profil."),
    }
    return sentences[Force(force)] % {"ref": ref}


def _to_points(request: HttpRequest, pk: int, ref: str) -> HttpResponseRedirect:
    """Go back to the list as it was filtered, at the point that was decided."""
    query = _filters(request.POST.get("back", ""))
    url = reverse("checklists:checklist_points", kwargs={"pk": pk})
    return HttpResponseRedirect(f"{url}{'?' if query else ''}{query}#{ref}")


def _filters(query: str, but: str = "") -> str:
    """Return the part of a query string that this page knows, so that nothing else is echoed."""
    given = QueryDict(query)
    kept = {name: given.get(name, "") for name in FILTERS if name != but}
    return urlencode({name: value for name, value in kept.items() if value})
