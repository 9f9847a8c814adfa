"""One point of an assessment in full: who changed what, and a past value put back."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.permissions import Permit, require, signed_in
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.models import AuditEvent

from .. import permissions
from ..domain import answering, certificates, confirming, restoring
from ..domain.queries import additions, evidence, findings
from ..domain.queries import certificates as certificate_queries
from ..domain.queries import grid as queries
from ..domain.queries.grid import Door, PointState, PointText
from ..enums import BatchAct
from ..forms.evidence import FileForm
from ..forms.grid import cleaned_restore
from ..models import Assessment
from .evidence import shown
from .grid_pages import FIELD_NAMES, door_or_404, found_on, in_words, names

CONFLICT = 409
ACTS = {
    "evidence.attached": gettext_lazy("Document joint"),
    "evidence.detached": gettext_lazy("Document retiré"),
    "certificate.joined": gettext_lazy("Certificat joint"),
    "certificate.withdrawn": gettext_lazy("Certificat retiré"),
    "evidence.replaced": gettext_lazy("Document remplacé"),
    "score.confirmed": gettext_lazy("Note confirmée après un changement de la réponse"),
    "clarification.answered": gettext_lazy("Précision du candidat"),
    "regularisation.answered": gettext_lazy("Réponse à la régularisation"),
}
"""The events of a point that are not the change of a field."""


@require_safe
def point_history(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """One point in full, and who changed what, when, before and after."""
    return _page(request, door_or_404(request.user, pk), pk, ref)


@require_POST
def restore(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """Write a past value again; when somebody changed the field since, show both values."""
    door = door_or_404(request.user, pk)
    require(permissions.assess(door.access))
    wish = cleaned_restore(request.POST)
    try:
        saved = restoring.restore_value(assessment_id=pk, ref=ref, by=signed_in(request), **wish)
    except answering.Conflict as conflict:
        return _page(request, door, pk, ref, conflict=conflict)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _restored_in_words(saved))
    return redirect("checklists:assessment_history", pk, ref)


@require_POST
def confirm(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """Keep the score on the claim that changed since."""
    door = door_or_404(request.user, pk)
    require(permissions.assess(door.access))
    try:
        confirming.confirm_score(assessment_id=pk, ref=ref, by=signed_in(request))
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("La note est confirmée sur la nouvelle réponse."))
    return redirect("checklists:assessment_history", pk, ref)


def _certificates(
    door: Door, assessment: Assessment, point: PointText, *, asked: bool
) -> dict[str, Any]:
    """What of the certificates of the vendor stands beside the point, and what may."""
    join = permissions.join_certificates(door.access, assessment)
    proposed = certificates.proposed(assessment, point) if join and asked else []
    today = timezone.localdate()
    return {
        "certificates": certificate_queries.of_point(assessment, point.ref),
        "proposed": [(one, certificates.snapshot(one, today)) for one in proposed],
        "join_certificates": join,
        "certificates_url": reverse(
            "checklists:point_certificates", args=[assessment.pk, point.ref]
        ),
    }


def _files(door: Door, assessment: Assessment, ref: str, *, asked: bool) -> dict[str, Any]:
    """The files of the point, and what may be joined to it."""
    join = permissions.join_files(door.access, assessment)
    join = join if asked else Permit(False)
    files = evidence.of_point(assessment, ref)
    here = {file.pk for file in files}
    others = evidence.current(assessment) if join else []
    return {
        "files": shown(files, timezone.localdate()),
        "others": [file for file in others if file.pk not in here],
        "join": join,
        "join_url": reverse("checklists:point_files", args=[assessment.pk, ref]),
        "file_form": FileForm(),
    }


def _restored_in_words(saved: answering.Saved) -> str:
    name = FIELD_NAMES[saved.field]
    if not saved.changed:
        return _("%(field)s : cette valeur était déjà en place.") % {"field": name}
    value = in_words(saved.field, saved.value)
    return _("%(field)s : « %(value)s » est rétabli.") % {
        "field": name,
        "value": _shortened(value) or _("vide"),
    }


def _page(
    request: HttpRequest,
    door: Door,
    pk: int,
    ref: str,
    *,
    conflict: answering.Conflict | None = None,
) -> HttpResponse:
    texts = queries.catalogue(door.version)
    if ref not in texts.points:
        raise Http404
    assessment = queries.assessments().get(pk=pk)
    state = queries.state_of(assessment, ref)
    permit = permissions.unless_signed(
        permissions.assess(door.access), answering.signed_sentence(assessment)
    )
    asked = bool(state and not state.is_reminder)
    may_assess = bool(asked and permit)
    may_clear = may_assess and state and state.score
    context = names(assessment) | {
        "point": texts.points[ref],
        "additions": additions.additions(assessment.checklist).get(ref, ()),
        "chapter": texts.chapters[texts.root_of(ref)],
        "state": state,
        **_certificates(door, assessment, texts.points[ref], asked=asked),
        **_files(door, assessment, ref, asked=asked),
        "found": found_on(state, findings.by_point(assessment, texts).get(ref, ()))
        if state
        else None,
        "events": _events(queries.history(assessment, ref), state if may_assess else None),
        "conflict": _conflict_in_words(conflict) if conflict else None,
        "restore_url": reverse("checklists:assessment_restore", args=[pk, ref]),
        "confirm_url": reverse("checklists:score_confirm", args=[pk, ref])
        if may_assess and state and state.is_outdated
        else "",
        "clear_url": reverse("checklists:assessment_chapter", args=[pk, texts.root_of(ref)])
        if may_clear
        else "",
    }
    return render(
        request, "checklists/grid_point.html", context, status=CONFLICT if conflict else 200
    )


# -- Events ------------------------------------------------------------------------------------


def _events(
    history: Iterable[tuple[AuditEvent, str]], state: PointState | None
) -> list[dict[str, Any]]:
    """The events in words, newest first; with ``state``, those whose value may be put back say so.

    Each value stands once: after the event that wrote it. The first event of a field also offers
    what stood before it.
    """
    rows = [_event_in_words(*pair) for pair in history]
    if state is None:
        return rows
    seen: set[str] = set()
    for row in reversed(rows):
        first = row["field"] not in seen
        seen.add(row["field"])
        _offer(row, state, sides=restoring.SIDES if first else ("after",))
    return rows


def _offer(row: dict[str, Any], state: PointState, *, sides: Iterable[str]) -> None:
    field = row["field"]
    if field not in answering.FIELDS:
        return
    row["version"] = state.answer_version if field.startswith("claim") else state.score_version
    for side in sides:
        row[f"restores_{side}"] = row["values"][side] != getattr(state, field)


def _event_in_words(event: AuditEvent, author: str) -> dict[str, Any]:
    field, data = event.data.get("field", ""), event.data
    values = restoring.values_of(data)
    return {
        "seq": event.seq,
        "at": event.occurred_at,
        "author": author or _("Compte supprimé"),
        "field": field,
        "label": FIELD_NAMES.get(field) or ACTS.get(event.action, event.action),
        "role": Role(data["role"]).label if "role" in data else "",
        "is_refused": "refused" in data,
        "is_restored": "restored_from" in data,
        "has_new_owner": "new_owner" in data,
        "act": BatchAct(data["act"]).label if "act" in data else "",
        "values": values,
        "before": in_words(field, values["before"]),
        "after": in_words(field, values["after"]),
        "restores_before": False,
        "restores_after": False,
    }


def _conflict_in_words(conflict: answering.Conflict) -> dict[str, Any]:
    return {
        "label": FIELD_NAMES[conflict.field],
        "theirs": in_words(conflict.field, conflict.theirs),
        "author": conflict.author or _("Compte supprimé"),
        "at": conflict.at,
    }


def _shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
