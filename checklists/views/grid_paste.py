"""Pasting from a spreadsheet into the grid: what would change, then the write as one act."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.models import User
from uniha_clausier.accounts.permissions import require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import answering, pasting, rehearsal
from ..domain.pasting import Problem, Reading
from ..domain.queries import grid as queries
from ..domain.queries.grid import PointState
from ..enums import BatchAct
from ..forms import grid_batches
from ..forms import pasting as forms
from ..models import Assessment
from .grid_pages import FIELD_NAMES, door_or_404, in_words, names

UNPROCESSABLE, CONFLICT = 422, 409

ROLE_NAMES = {
    pasting.REF: gettext_lazy("Numéro du point"),
    **FIELD_NAMES,
    pasting.IGNORED: gettext_lazy("Ignorer"),
}


@dataclass(frozen=True)
class Line:
    """One value of the preview, in words; ``author`` and ``at`` are those of a conflict."""

    ref: str
    label: Any
    before: str
    after: str
    author: str = ""
    at: Any = None


@dataclass
class Preview:
    """What pasting would do: nothing is written yet."""

    reading: Reading
    changed: list[Line] = field(default_factory=list)
    unchanged: int = 0
    invalid: list[Problem] = field(default_factory=list)
    conflicts: list[Line] = field(default_factory=list)
    values: str = ""

    @property
    def counts(self) -> list[tuple[int, str]]:
        """The four counts, each with its word."""
        return [
            (len(self.changed), ngettext("modifié", "modifiés", len(self.changed))),
            (self.unchanged, ngettext("inchangé", "inchangés", self.unchanged)),
            (len(self.invalid), ngettext("invalide", "invalides", len(self.invalid))),
            (len(self.conflicts), ngettext("conflit", "conflits", len(self.conflicts))),
        ]

    @property
    def columns(self) -> list[dict[str, Any]]:
        """Each column with its name and what it is taken for."""
        pairs = zip(self.reading.heads, self.reading.roles, strict=True)
        return [
            {
                "name": f"colonne-{n}",
                "head": head.strip() or _("Colonne %(n)d") % {"n": n + 1},
                "choices": [(key, name, key == role) for key, name in ROLE_NAMES.items()],
            }
            for n, (head, role) in enumerate(pairs)
        ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the text, show what it would change, then write it."""
    door = door_or_404(request.user, pk)
    assessment = queries.assessments().get(pk=pk)
    require(
        permissions.unless_signed(
            permissions.assess(door.access), answering.signed_sentence(assessment)
        )
    )
    states = queries.states(assessment)
    if request.method != "POST":
        return _page(request, assessment, states, start=request.GET.get("depuis", ""))
    if "valeurs" in request.POST:
        return _apply(request, assessment, states)
    wish = forms.paste_from(request.POST)
    try:
        preview = _preview(assessment, states, wish, by=signed_in(request))
    except pasting.Unreadable as error:
        return _page(
            request, assessment, states, text=wish.text, start=wish.start, error=str(error)
        )
    return _page(request, assessment, states, text=wish.text, start=wish.start, preview=preview)


def _page(
    request: HttpRequest, assessment: Assessment, states: list[PointState], **more: Any
) -> HttpResponse:
    """The whole page, or its middle alone for the dialog of the grid."""
    blank = {"text": "", "start": "", "error": "", "preview": None, "lost": None}
    context = names(assessment) | blank | more
    context["refs"] = [state.ref for state in states if not state.is_reminder]
    context["in_dialog"] = bool(request.headers.get("HX-Request"))
    name = "paste_form" if context["in_dialog"] else "paste"
    status = UNPROCESSABLE if context["error"] else CONFLICT if context["lost"] else 200
    return render(request, f"checklists/{name}.html", context, status=status)


# -- What would change -------------------------------------------------------------------------


def _preview(
    assessment: Assessment, states: list[PointState], wish: forms.Paste, *, by: User
) -> Preview:
    reading = pasting.read(wish.text, refs=wish.refs(states), start=wish.start, roles=wish.roles)
    state_of = {state.ref: state for state in states}
    edits = [
        answering.Edit(c.ref, c.field, c.value, wish.base_version(state_of[c.ref], c.field))
        for c in reading.cells
    ]
    outcome = rehearsal.rehearse(
        assessment_id=assessment.pk, edits=edits, act=BatchAct.PASTE, by=by
    )
    lines = {(cell.ref, cell.field): cell.line for cell in reading.cells}
    refused = [
        Problem(lines[edit.ref, edit.field], edit.ref, in_words(edit.field, edit.value), str(error))
        for edit, error in outcome.refused
    ]
    return Preview(
        reading,
        changed=[_changed(edit, state_of[edit.ref]) for edit in outcome.saved],
        unchanged=len(outcome.versions) - len(outcome.saved),
        invalid=sorted(reading.problems + refused, key=lambda problem: problem.line),
        conflicts=[_conflicting(edit, conflict) for edit, conflict in outcome.conflicts],
        values=forms.values_text(outcome.saved),
    )


def _changed(edit: answering.Edit, state: PointState) -> Line:
    before = in_words(edit.field, getattr(state, edit.field))
    return Line(edit.ref, FIELD_NAMES[edit.field], before, in_words(edit.field, edit.value))


def _conflicting(edit: answering.Edit, conflict: answering.Conflict) -> Line:
    return Line(
        edit.ref,
        FIELD_NAMES[edit.field],
        in_words(edit.field, conflict.theirs),
        in_words(edit.field, edit.value),
        conflict.author or _("Compte supprimé"),
        conflict.at,
    )


# -- Writing, without JavaScript ---------------------------------------------------------------


def _apply(request: HttpRequest, assessment: Assessment, states: list[PointState]) -> HttpResponse:
    """Write the values that the preview showed; with JavaScript the grid writes them itself."""
    try:
        act, edits = grid_batches.cleaned_batch(request.POST["valeurs"].encode())
        outcome = answering.save_fields(
            assessment_id=assessment.pk,
            edits=edits,
            act=act,
            is_whole_form=False,
            by=signed_in(request),
        )
    except ValidationError as error:
        return _page(request, assessment, states, error=error.messages[0])
    except DomainError as error:
        return _page(request, assessment, states, error=str(error))
    count = len(outcome.saved)
    messages.success(
        request,
        ngettext("%(n)d valeur collée.", "%(n)d valeurs collées.", count) % {"n": count},
    )
    if outcome.is_clean:
        return redirect("checklists:assessment_grid", assessment.pk)
    lost = [_conflicting(*pair) for pair in outcome.conflicts]
    lost += [
        Line(edit.ref, FIELD_NAMES[edit.field], str(error), in_words(edit.field, edit.value))
        for edit, error in outcome.refused
    ]
    return _page(request, assessment, queries.states(assessment), lost=lost)
