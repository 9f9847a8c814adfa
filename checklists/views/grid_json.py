"""What the grid's scripts are answered: the same words whether one value was sent, or many."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from .. import permissions
from ..domain import answering
from ..domain.queries import grid as queries
from ..models import Assessment


def refusal(status: int, sentence: str) -> JsonResponse:
    """Why nothing was written; sending the same again changes nothing."""
    return JsonResponse({"error": sentence}, status=status)


def door_to_write(request: HttpRequest, pk: int) -> queries.Door | JsonResponse:
    """Return the door of who may write there, or the refusal to answer.

    Signed out, it is a 401: a script is never sent to the sign-in page.
    """
    if not request.user.is_authenticated:
        return refusal(401, _("Votre session a expiré. Reconnectez-vous pour continuer."))
    door = queries.door(request.user, pk)
    if door is None:
        return refusal(404, _("Cette évaluation n’existe pas, ou elle ne vous est pas ouverte."))
    permit = permissions.assess(door.access)
    return door if permit else refusal(403, permit.reason)


def conflict_data(conflict: answering.Conflict) -> dict[str, Any]:
    """Both sides of a conflict: the page holds the other value."""
    return {
        "error": str(conflict),
        "field": conflict.field,
        "theirs": conflict.theirs,
        "author": conflict.author,
        "at": conflict.at,
        "version": conflict.version,
    }


def counters_data(assessment: Assessment) -> dict[str, int]:
    """How far the assessment is."""
    return {
        "total": assessment.total,
        "answered": assessment.answered,
        "scored": assessment.scored,
    }
