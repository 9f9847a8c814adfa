"""The second look: one page for all, where the buyer asks and a specialist answers."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from uniha_clausier.accounts.permissions import access_or_404, require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import checklists, readings
from ..domain.queries import checklists as checklist_queries
from ..domain.queries import readings as queries
from ..forms.readings import AnswerForm, AskForm
from ..models import Checklist, Reading
from .checklists import Place, page_of, with_checklist

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_readings(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was asked and said; the buyer asks here."""
    place, checklist = with_checklist(request, pk)
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(permissions.prepare(place.access, None))
        if form.is_valid():
            try:
                readings.ask_reading(checklist=checklist, by=place.access.user, **form.cleaned_data)
            except DomainError as error:
                form.add_error("role", str(error))
            else:
                messages.success(request, _("La relecture est demandée."))
                return redirect("checklists:checklist_readings", pk=pk)
    return _page(request, place, checklist, {"form": form}, bool(form.errors))


@require_POST
def reading_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the opinion of a specialist."""
    reading = get_object_or_404(queries.readings(), pk=pk)
    checklist_id = reading.checklist_id
    place, checklist = with_checklist(request, checklist_id)
    require(permissions.answer_reading(place.access, reading))
    form = AnswerForm(request.POST, auto_id=_ids(reading))
    if form.is_valid():
        try:
            readings.answer_reading(reading=reading, by=place.access.user, **form.cleaned_data)
        except readings.NotAnswered as error:
            form.add_error("remark", str(error))
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("checklists:checklist_readings", pk=checklist_id)
        else:
            messages.success(request, _("Votre avis est enregistré, sous votre nom."))
            return redirect("checklists:checklist_readings", pk=checklist_id)
    context = {"form": AskForm(), "answer_form": form, "answered": reading.pk}
    return _page(request, place, checklist, context, is_refused=True)


@require_POST
def reading_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a question back."""
    reading = get_object_or_404(queries.readings(), pk=pk)
    access = access_or_404(signed_in(request), reading.checklist.lot.tender.facility_id)
    require(permissions.prepare(access, None))
    try:
        readings.withdraw_reading(reading=reading, by=access.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("La demande de relecture est retirée."))
    return redirect("checklists:checklist_readings", pk=reading.checklist_id)


def _page(
    request: HttpRequest,
    place: Place,
    checklist: Checklist,
    context: dict[str, Any],
    is_refused: bool,
) -> HttpResponse:
    told = queries.readings_of(checklist, checklists.known_fingerprint(checklist))
    rows = checklist_queries.rows(checklist)
    shown = {
        "readings": [(one, _answer(place, one.reading, context)) for one in told],
        "summary": checklist_queries.summary(rows),
        "is_refused": is_refused,
    }
    status = UNPROCESSABLE if is_refused else 200
    return page_of(request, "readings", place, shown | context, status=status)


def _answer(place: Place, reading: Reading, context: dict[str, Any]) -> AnswerForm | None:
    """The form of who may answer this reading now; what was typed comes back."""
    if reading.verdict or not permissions.answer_reading(place.access, reading):
        return None
    if place.checklist.is_published:
        return None
    if context.get("answered") == reading.pk:
        form: AnswerForm = context["answer_form"]
        return form
    return AnswerForm(auto_id=_ids(reading))


def _ids(reading: Reading) -> str:
    """Two forms may stand on the page, for who holds two roles."""
    return f"avis-{reading.pk}-%s"
