"""What the grid's scripts are answered: the same words whether one value was sent, or many."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from uniha_clausier.accounts.permissions import signed_in, under

from .. import permissions
from ..domain import answering
from ..domain.queries import grid as queries
from ..models import Assessment


def refusal(status: int, sentence: str) -> JsonResponse:
    """Why nothing was written; sending the same again changes nothing."""
    return JsonResponse({"error": sentence}, status=status)


def stranger_to_page(request: HttpRequest) -> JsonResponse | None:
    """Return the refusal for a page that was made for somebody else, or for nobody.

    Two people may use one browser, one after the other: what the first one typed is never written
    under the name of the second. A script says in ``X-Page-User`` for whom its page was made.
    Signed out, it is a 401 too: a script is never sent to the sign-in page.
    """
    if not request.user.is_authenticated:
        return refusal(401, _("Votre session a expiré. Reconnectez-vous pour continuer."))
    if request.headers.get("X-Page-User", str(request.user.pk)) == str(request.user.pk):
        return None
    sentence = _(
        "Une autre personne est connectée dans ce navigateur : reconnectez-vous sous votre nom."
    )
    return JsonResponse({"error": sentence, "other": True}, status=401)


def door_to_write(request: HttpRequest, pk: int) -> queries.Door | JsonResponse:
    """Return the door of who may write there, or the refusal to answer."""
    stranger = stranger_to_page(request)
    if stranger:
        return stranger
    door = queries.door(signed_in(request), pk)
    if door is None:
        return refusal(404, _("Cette évaluation n’existe pas, ou elle ne vous est pas ouverte."))
    permit = permissions.assess(door.access)
    return door if under(permit) else refusal(403, permit.reason)


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
    """How far the assessment is, and as of when (µs): answers may overtake each other on the way."""
    return {
        "as_of": int(assessment.changed_at.timestamp() * 1_000_000),
        "total": assessment.total,
        "answered": assessment.answered,
        "scored": assessment.scored,
    }
