"""The decision: what is missing first, then each point that calls for one, then the whole."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from uniha_clausier.accounts.permissions import Permit, require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import answering, decisions
from ..domain.deciding import Why
from ..domain.decisions import Missing
from ..domain.queries import decisions as queries
from ..domain.queries import grid as grid_queries
from ..domain.queries.decisions import Line
from ..domain.queries.grid import Door
from ..enums import DecisionValue
from ..forms.decisions import PointForm, WholeForm
from ..models import Assessment, AssessmentDecision
from .grid_pages import door_or_404, names

UNPROCESSABLE = 422
ALL = "tous"


@dataclass(frozen=True)
class Row:
    """One point of the page, why it stands here, and its form."""

    line: Line
    why: list[str]
    form: PointForm


@dataclass(frozen=True)
class Place:
    """The assessment of a page, its points, and whether the person may decide."""

    assessment: Assessment
    lines: list[Line]
    known: AssessmentDecision | None
    permit: Permit

    @property
    def missing(self) -> Missing:
        return decisions.missing_to_decide(self.lines)

    @property
    def is_outdated(self) -> bool:
        """Whether a point was decided, scored or answered otherwise after the whole."""
        return decisions.is_whole_outdated(self.known, self.lines)

    def listed(self, show: str) -> list[Line]:
        """The points to decide one by one: those that call for it, or all that are scored."""
        scored = [line for line in self.lines if line.score]
        if show == ALL:
            return scored
        return [line for line in scored if line.why or line.decision not in _EXPECTED]


_EXPECTED = ("", DecisionValue.ACCEPTED)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the points to decide of, and write what a form decides of them."""
    place = _place(request, pk)
    show = (request.POST if request.method == "POST" else request.GET).get("voir", "")
    if request.method != "POST":
        return _page(request, place, show=show)
    require(place.permit)
    sent = [line for line in place.lines if f"{line.ref}-read" in request.POST]
    forms = [PointForm(request.POST, line=line) for line in sent]
    edits = [edit for form in forms if form.is_valid() and (edit := form.edit())]
    try:
        outcome = decisions.decide_points(assessment_id=pk, edits=edits, by=signed_in(request))
    except DomainError as error:  # signed since the page was asked
        messages.warning(request, str(error))
        return redirect(_address(pk, show))
    wrong = {form.line.ref: "" for form in forms if form.errors}
    wrong |= {edit.ref: str(error) for edit, error in outcome.refused}
    if outcome.saved or not wrong:
        messages.success(request, _saved_in_words(outcome.saved))
    if wrong:
        place = _place(request, pk)
        return _page(request, place, show=show, forms=_typed(request, place, show, wrong))
    return redirect(_address(pk, show))


def _typed(request: HttpRequest, place: Place, show: str, wrong: dict[str, str]) -> list[PointForm]:
    """The forms of the page again: what was written as it stands, what was refused as typed."""
    listed = {line.ref for line in place.listed(show)} | set(wrong)
    forms = []
    for line in place.lines:
        if line.ref not in listed:
            continue
        form = PointForm(request.POST if line.ref in wrong else None, line=line)
        if form.is_bound and wrong[line.ref]:
            form.add_error(None, wrong[line.ref])
        forms.append(form)
    return forms


@require_POST
def decision_others(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept in one act the points that call for no decision of their own."""
    place = _place(request, pk)
    require(place.permit)
    try:
        saved = decisions.accept_others(assessment_id=pk, by=signed_in(request))
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _saved_in_words(saved))
    return redirect("checklists:assessment_decision", pk)


@never_cache
@require_POST
def decision_whole(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide of the whole, once nothing is missing."""
    place = _place(request, pk)
    require(place.permit)
    form = WholeForm(request.POST, lines=place.lines, known=place.known)
    if form.is_valid():
        try:
            decisions.decide_whole(assessment_id=pk, by=signed_in(request), **form.cleaned_data)
        except DomainError as error:
            place = _place(request, pk)
            form = _again(request, place, str(error))
        else:
            messages.success(request, _("La décision est enregistrée, sous votre nom."))
            return redirect("checklists:assessment_decision", pk)
    return _page(request, place, whole=form)


def _again(request: HttpRequest, place: Place, problem: str) -> WholeForm:
    """The form as typed, on what is decided now: sent once more, it knows what it replaces."""
    data = request.POST.copy()
    data["base_version"] = str(place.known.version if place.known else 0)
    form = WholeForm(data, lines=place.lines, known=place.known)
    form.add_error(None, problem)
    return form


def _place(request: HttpRequest, pk: int) -> Place:
    door: Door = door_or_404(request.user, pk)
    assessment = grid_queries.assessments().get(pk=pk)
    permit = permissions.unless_signed(
        permissions.decide(door.access, assessment.candidacy.lot.tender),
        answering.signed_sentence(assessment),
    )
    return Place(assessment, queries.lines(assessment), queries.of_assessment(assessment), permit)


def _page(
    request: HttpRequest,
    place: Place,
    *,
    show: str = "",
    forms: list[PointForm] | None = None,
    whole: WholeForm | None = None,
) -> HttpResponse:
    listed = place.listed(show)
    forms = forms if forms is not None else [PointForm(line=line) for line in listed]
    by_ref = {line.ref: line for line in place.lines}
    is_refused = any(form.errors for form in forms) or bool(whole and whole.errors)
    context = names(place.assessment) | {
        "permit": place.permit,
        "known": place.known,
        "value": place.known.value if place.known else "",
        "is_outdated": place.is_outdated,
        "missing": place.missing,
        "unscored": [by_ref[ref] for ref in place.missing.unscored],
        "blocking": decisions.missing_in_words(place.missing),
        "sentence": _sentence(place),
        "rows": [Row(form.line, _why_in_words(form.line), form) for form in forms],
        "problems": _problems(forms),
        "others": decisions.left_to_others(place.lines),
        "left": [line for line in place.lines if line.score and line.why and line.is_left],
        "counts": _counts(place.lines),
        "form": whole or WholeForm(lines=place.lines, known=place.known),
        "show": show if show == ALL else "",
        "decision_url": reverse("checklists:assessment_decision", args=[place.assessment.pk]),
    }
    status = UNPROCESSABLE if is_refused else 200
    return render(request, "checklists/decision.html", context, status=status)


def _problems(forms: list[PointForm]) -> list[tuple[str, str]]:
    """Each error of the form with its point: the list at its top leads there."""
    return [
        (form.line.ref, str(error))
        for form in forms
        for errors in form.errors.values()
        for error in errors
    ]


def _why_in_words(line: Line) -> list[str]:
    words = {
        Why.KNOCK_OUT: _("Éliminatoire"),
        Why.NO: _("Répond NON"),
        Why.UNANSWERED: _("Sans réponse"),
        Why.NON_COMPLIANT: _("Non conforme"),
        Why.TO_CLARIFY: _("À préciser"),
        Why.PARTIAL: _("Partiel"),
        Why.UNFAVOURABLE: _("Avis défavorable"),
        Why.RESERVED: _("Avis réservé"),
        Why.QUESTION: _("Question d’un relecteur"),
    }
    return [words[why] for why in line.why]


def _counts(lines: list[Line]) -> list[tuple[str, int]]:
    """How many points under each decision, those without one last."""
    values = ["" if line.is_left else line.decision for line in lines]
    order = ("accepted", "reserved", "refused", "")
    return [(value, values.count(value)) for value in order]


def _sentence(place: Place) -> str:
    decided = sum(not line.is_left for line in place.lines)
    words = ngettext(
        "%(n)d point décidé sur %(total)d", "%(n)d points décidés sur %(total)d", decided
    )
    return words % {"n": decided, "total": len(place.lines)}


def _saved_in_words(number: int) -> str:
    if not number:
        return _("Rien n’avait changé : tout était déjà enregistré.")
    words = ngettext("%(n)d décision enregistrée.", "%(n)d décisions enregistrées.", number)
    return words % {"n": number}


def _address(pk: int, show: str) -> str:
    query = f"?voir={ALL}" if show == ALL else ""
    return reverse("checklists:assessment_decision", args=[pk]) + query
