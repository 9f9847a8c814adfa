"""The page of a specialist: the points to review, what the candidate claims, what is found."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.permissions import Access, Permit, require, signed_in, under
from uniha_clausier.common.errors import DomainError
from vendors.models import Tender

from .. import permissions
from ..domain import answering, findings, interests
from ..domain.queries import additions
from ..domain.queries import findings as queries
from ..domain.queries import grid as grid_queries
from ..domain.queries.findings import Line
from ..domain.queries.grid import Catalogue, Door
from ..enums import FindingValue, Interest
from ..forms import findings as forms
from ..forms.interests import InterestForm
from ..models import Assessment
from ..models.finding import REVIEWERS
from .grid_json import conflict_data, refusal, stranger_to_page
from .grid_pages import door_or_404, in_words, names, saved_in_words

CONFLICT, UNPROCESSABLE = 409, 422

TO_DO, EVERYTHING, OUTDATED = "a-faire", "tous", "a-revoir"
VIEWS = {
    TO_DO: gettext_lazy("À faire"),
    OUTDATED: gettext_lazy("À revoir"),
    EVERYTHING: gettext_lazy("Tous"),
}
"""The values of ?afficher=."""

FIELD_LABELS = {
    "finding": gettext_lazy("Constat"),
    "comment": gettext_lazy("Commentaire"),
    "sharing": gettext_lazy("Communication"),
}


class Problem(NamedTuple):
    """Why one field was not saved, for the page without JavaScript."""

    ref: str
    label: str
    sentence: str
    theirs: str = ""
    is_conflict: bool = False


# -- Page --------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_findings(request: HttpRequest, pk: int) -> HttpResponse:
    """The points that a role reviews: to fill for who holds it, to read for the other members."""
    door = door_or_404(request.user, pk)
    role = _role(request, door.access)
    assessment = grid_queries.assessments().get(pk=pk)
    if request.method != "POST":
        return _page(request, door, assessment, role)
    require(_permit(door.access, role, assessment))
    outcome = findings.save_findings(
        assessment_id=pk, role=role, edits=forms.edits_from(request.POST), by=signed_in(request)
    )
    if not outcome.is_clean:
        return _page(request, door, assessment, role, outcome)
    messages.success(request, saved_in_words(len(outcome.saved)))
    return redirect(_address(pk, role, request.POST.get("afficher", "")))


@require_POST
@login_not_required
def finding_save(request: HttpRequest, pk: int, ref: str) -> JsonResponse:
    """Write one field for the script of the page; answer its version and what is left."""
    stranger = stranger_to_page(request)
    if stranger:
        return stranger
    door = grid_queries.door(signed_in(request), pk)
    if door is None:
        return refusal(404, _("Cette évaluation n’existe pas, ou elle ne vous est pas ouverte."))
    role = _role(request, door.access)
    assessment = queries.to_find(pk)
    permit = _permit(door.access, role, assessment)
    if not under(permit):
        return refusal(403, permit.reason)
    try:
        edit = forms.edit_sent(ref, request.POST)
        saved = findings.save_finding(assessment_id=pk, role=role, edit=edit, by=signed_in(request))
    except ValidationError as error:
        return refusal(UNPROCESSABLE, error.messages[0])
    except answering.Conflict as conflict:
        return JsonResponse(conflict_data(conflict), status=CONFLICT)
    except answering.UnknownPoint as error:
        return refusal(404, str(error))
    except DomainError as error:
        return refusal(UNPROCESSABLE, str(error))
    counted = queries.tally(assessment, role, grid_queries.catalogue(door.version))
    return JsonResponse(
        {
            "field": saved.field,
            "value": saved.value,
            "version": saved.version,
            "saved_at": saved.at,
            "counters": {
                "as_of": int(saved.at.timestamp() * 1_000_000),
                "left": counted.left,
                "total": counted.total,
            },
        }
    )


@require_POST
def interest_declare(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the person declares of their interests in the tender, once."""
    door = door_or_404(request.user, pk)
    require(permissions.declare_interest(door.access))
    assessment = grid_queries.assessments().get(pk=pk)
    role, form = _role(request, door.access), InterestForm(request.POST)
    if not form.is_valid():
        return _page(request, door, assessment, role, declined=form)
    try:
        interests.declare(
            tender=assessment.candidacy.lot.tender, by=signed_in(request), **form.cleaned_data
        )
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Votre déclaration est au dossier de la consultation."))
    asked_from = request.POST.get("next", "")
    is_ours = asked_from.startswith("/") and url_has_allowed_host_and_scheme(
        asked_from, allowed_hosts=None
    )
    return redirect(asked_from if is_ours else _address(pk, role, ""))


def _permit(access: Access, role: str, assessment: Assessment) -> Permit:
    tender = assessment.candidacy.lot.tender
    return permissions.find(access, role, tender, interests.interest_of(tender, access.user))


def _declaration(
    access: Access, tender: Tender, declined: InterestForm | None
) -> dict[str, Any] | None:
    """What a reviewer declared, with the form of what may still be declared; None for a reader."""
    if not permissions.declare_interest(access) or not permissions.compare(tender):
        return None
    interest = interests.interest_of(tender, access.user)
    return {
        "is_clear": interest == Interest.CLEAR,
        "is_withdrawn": interest == Interest.WITHDRAWN,
        "form": declined or InterestForm(),
    }


def _role(request: HttpRequest, access: Access) -> str:
    """Return the role asked for, else the first one that the person holds and that reviews."""
    asked = (request.POST if request.method == "POST" else request.GET).get("role", "")
    if asked in REVIEWERS:
        return asked
    held = [role for role in REVIEWERS if access.has(role)]
    return str(held[0] if held else REVIEWERS[0])


def _address(pk: int, role: str, view: str) -> str:
    query = f"?role={role}" + (f"&afficher={view}" if view in VIEWS else "")
    return reverse("checklists:assessment_findings", args=[pk]) + query


# -- What it shows -----------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    door: Door,
    assessment: Assessment,
    role: str,
    outcome: findings.Outcome | None = None,
    declined: InterestForm | None = None,
) -> HttpResponse:
    tender = assessment.candidacy.lot.tender
    texts = grid_queries.catalogue(door.version)
    opened = permissions.compare(tender)
    permit = permissions.unless_signed(
        _permit(door.access, role, assessment), answering.signed_sentence(assessment)
    )
    lines = queries.lines(assessment, role, texts) if opened else []
    problems = _problems(outcome) if outcome else []
    typed = _typed(outcome) if outcome else {}
    lines = [line._replace(**typed.get(line.ref, {})) for line in lines]
    view = _view(request, permit)
    shown = [line for line in lines if _keeps(view, line) or line.ref in typed]
    context = names(assessment) | {
        "role": role,
        "role_label": Role(role).label,
        "roles": _roles(assessment.pk, role, door.access),
        "may_find": permit.allowed and bool(shown),
        "reason": permit.reason,
        "declaration": _declaration(door.access, tender, declined),
        "opening": "" if opened else opened.reason,
        "view": view,
        "views": _views(assessment.pk, role, view, lines),
        "chapters": _chapters(assessment, texts, shown, problems),
        "versions": forms.versions_text(shown),
        "left": queries.left(lines),
        "done": len(lines) - queries.left(lines),
        "total": len(lines),
        "problems": problems,
        "address": _address(assessment.pk, role, view),
    }
    has_conflict = any(problem.is_conflict for problem in problems)
    status = CONFLICT if has_conflict else UNPROCESSABLE if problems or declined else 200
    return render(request, "checklists/findings.html", context, status=status)


def _view(request: HttpRequest, permit: Permit) -> str:
    """What is asked; a reviewer starts with what is left, a reader with everything."""
    asked = (request.POST if request.method == "POST" else request.GET).get("afficher", "")
    return asked if asked in VIEWS else TO_DO if permit else EVERYTHING


def _keeps(view: str, line: Line) -> bool:
    return {TO_DO: line.is_left, OUTDATED: line.is_outdated}.get(view, True)


def _views(pk: int, role: str, current: str, lines: list[Line]) -> list[dict[str, Any]]:
    return [
        {
            "name": view,
            "label": label,
            "url": _address(pk, role, view),
            "count": sum(_keeps(view, line) for line in lines),
            "is_current": view == current,
        }
        for view, label in VIEWS.items()
    ]


def _roles(pk: int, current: str, access: Access) -> list[dict[str, Any]]:
    return [
        {
            "label": role.label,
            "url": _address(pk, role, ""),
            "is_current": role == current,
            "is_mine": access.has(role),
        }
        for role in REVIEWERS
    ]


def _chapters(
    assessment: Assessment, texts: Catalogue, lines: list[Line], problems: list[Problem]
) -> list[dict[str, Any]]:
    """The chapters with something to show, each with its rows."""
    added = additions.additions(assessment.checklist) if lines else {}
    before = queries.claimed_before(assessment, lines)
    chapters: dict[int, dict[str, Any]] = {}
    for line in lines:
        root = texts.root_of(line.ref)
        chapter = chapters.setdefault(root, {"text": texts.chapters[root], "rows": []})
        chapter["rows"].append(
            {
                "line": line,
                "point": texts.points[line.ref],
                "before": before.get(line.ref),
                "additions": added.get(line.ref, ()),
                "choices": [
                    (value.value, value.label, value == line.finding)
                    for value in FindingValue
                    if value != FindingValue.NONE
                ],
                "problems": [problem for problem in problems if problem.ref == line.ref],
            }
        )
    return list(chapters.values())


# -- Without JavaScript ------------------------------------------------------------------------


def _problems(outcome: findings.Outcome) -> list[Problem]:
    conflicts = [
        Problem(
            edit.ref,
            str(FIELD_LABELS[edit.field]),
            _("%(author)s a modifié ce champ entre-temps.") % {"author": error.author},
            in_words(findings.JOURNALED[edit.field], error.theirs) or _("(vide)"),
            True,
        )
        for edit, error in outcome.conflicts
    ]
    return conflicts + [
        Problem(edit.ref, str(FIELD_LABELS[edit.field]), str(error))
        for edit, error in outcome.refused
    ]


def _typed(outcome: findings.Outcome) -> dict[str, dict[str, Any]]:
    """What was typed and not written: nobody types twice."""
    typed: dict[str, dict[str, Any]] = {}
    for edit, _error in [*outcome.conflicts, *outcome.refused]:
        typed.setdefault(edit.ref, {})[edit.field] = edit.value
    return typed
