"""Stopping the answers of the candidates of a checklist, under their hashes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import require
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import answering, closing
from ..domain.queries import deposits as queries
from .deposits import published_or_404


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answers_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what will be stopped and what is left aside, then stop it."""
    checklist, access = published_or_404(request, pk)
    lot = checklist.lot
    require(permissions.receive(access, lot.tender))
    if request.method == "POST":
        try:
            count = closing.close_reception(checklist=checklist, by=access.user)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            words = ngettext(
                "Réponses arrêtées pour %(n)d candidat.",
                "Réponses arrêtées pour %(n)d candidats.",
                count,
            )
            messages.success(request, words % {"n": count})
        return redirect("checklists:deposit_list", pk)
    context = {
        "checklist": checklist,
        "facility": lot.tender.facility,
        "tender": lot.tender,
        "lot": lot,
        "clausier_version": checklist.version,
        "missing": closing.missing_to_close(checklist),
        "candidates": [one.candidacy.vendor.name for one in closing.open_ones(checklist)],
        "left": _left(*queries.left_aside(checklist)),
        "signed": [
            (one.candidacy.vendor.name, answering.signed_sentence(one))
            for one in closing.signed_ones(checklist)
        ],
    }
    return render(request, "checklists/answers_freeze.html", context)


def _left(waiting: int, not_taken: int) -> list[str]:
    """What would never come into the grids afterwards, in words."""
    told = []
    if waiting:
        words = ngettext(
            "%(n)d fichier attend encore son candidat.",
            "%(n)d fichiers attendent encore leur candidat.",
            waiting,
        )
        told.append(words % {"n": waiting})
    if not_taken:
        words = ngettext(
            "%(n)d classeur reçu n’est pas repris : ses réponses n’entreront plus.",
            "%(n)d classeurs reçus ne sont pas repris : leurs réponses n’entreront plus.",
            not_taken,
        )
        told.append(words % {"n": not_taken})
    return [*told, _("Vos notes et vos commentaires restent modifiables.")]
