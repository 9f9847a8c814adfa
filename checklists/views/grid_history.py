"""One point of an assessment in full: who changed what, and a past value put back."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .. import permissions
from ..domain.queries import grid as queries
from .grid_pages import FIELD_NAMES, door_or_404, in_words, names


@require_safe
def point_history(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """One point in full, and who changed what, when, before and after."""
    door = door_or_404(request.user, pk)
    texts = queries.catalogue(door.version)
    if ref not in texts.points:
        raise Http404
    assessment = queries.assessments().get(pk=pk)
    state = queries.state_of(assessment, ref)
    may_clear = state and state.score and permissions.assess(door.access)
    return render(
        request,
        "checklists/grid_point.html",
        names(assessment)
        | {
            "point": texts.points[ref],
            "chapter": texts.chapters[texts.root_of(ref)],
            "state": state,
            "events": [_event_in_words(*pair) for pair in queries.history(assessment, ref)],
            "clear_url": reverse("checklists:assessment_chapter", args=[pk, texts.root_of(ref)])
            if may_clear
            else "",
        },
    )


def _event_in_words(event: Any, author: str) -> dict[str, Any]:
    field, data = event.data.get("field", ""), event.data
    refused = "refused" in data
    return {
        "at": event.occurred_at,
        "author": author or _("Compte supprimé"),
        "label": FIELD_NAMES.get(field, event.action),
        "is_refused": refused,
        "before": in_words(field, data.get("kept" if refused else "before", "")),
        "after": in_words(field, data.get("refused" if refused else "after", "")),
    }
