"""Many values of the grid written as one act: a selection, a paste, an undo."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from uniha_clausier.accounts.permissions import signed_in

from ..domain import answering
from ..forms import grid_batches as forms
from .grid_json import conflict_data, counters_data, door_to_write, refusal


@require_POST
@login_not_required
def save_together(request: HttpRequest, pk: int) -> JsonResponse:
    """Write the edits as one batch of the journal; answer the outcome of each, in their order."""
    door = door_to_write(request, pk)
    if isinstance(door, JsonResponse):
        return door
    try:
        act, edits = forms.cleaned_batch(request.body)
    except RequestDataTooBig:
        return refusal(413, _("Ces textes sont trop longs pour partir ensemble."))
    except ValidationError as error:
        return refusal(422, error.messages[0])
    outcome = answering.save_fields(
        assessment_id=pk, edits=edits, act=act, is_whole_form=False, by=signed_in(request)
    )
    return JsonResponse(
        {
            "saved_at": timezone.now(),
            "counters": counters_data(outcome.assessment),
            "outcomes": _outcomes(edits, outcome),
        }
    )


def _outcomes(edits: list[answering.Edit], outcome: answering.Outcome) -> list[dict[str, Any]]:
    """Say of each edit what the answer to a single save says."""
    told: dict[tuple[str, str], dict[str, Any]] = {
        key: {"kind": "saved", "version": version} for key, version in outcome.versions.items()
    }
    for edit, conflict in outcome.conflicts:
        told[edit.ref, edit.field] = {"kind": "conflict"} | conflict_data(conflict)
    for edit, error in outcome.refused:
        told[edit.ref, edit.field] = {"kind": "refused", "error": str(error)}
    return [told[edit.ref, edit.field] for edit in edits]
