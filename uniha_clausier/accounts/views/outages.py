"""What is answered when something fails: the fault of the program, or that of what it stands on."""

import logging
import sys
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from uniha_clausier.common import logs
from uniha_clausier.common.outages import Outage, outage_of

RETRY_AFTER_SECONDS = 5
FAULT, UNAVAILABLE = 500, 503
MOST_KEPT = 200_000
"""Characters of a form that the page gives back: several times the longest text of the product."""

FORM = "application/x-www-form-urlencoded"

logger = logging.getLogger(__name__)


@requires_csrf_token
@login_not_required
def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer 503 with what is down, and the form that was sent; 500 when the program is at fault.

    Django calls it while it handles the error. It asks nothing of the database.
    """
    outage = outage_of(sys.exc_info()[1])
    if outage is None:
        context = {"request_id": logs.current_request_id()}
        return HttpResponse(loader.render_to_string("500.html", context), status=FAULT)
    logger.error("unavailable: %s", outage.value)
    answer = _in_json(outage) if _is_script(request) else _page(request, outage)
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _is_script(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or "json" in request.headers.get("Accept", "")


def _in_json(outage: Outage) -> HttpResponse:
    sentence = _("%(outage)s Réessayez dans un instant.") % {"outage": outage.label}
    return JsonResponse({"error": sentence}, status=UNAVAILABLE)


def _page(request: HttpRequest, outage: Outage) -> HttpResponse:
    """Stands alone: no session, no person, no address to reverse."""
    context = {
        "sentence": outage.label,
        "address": request.get_full_path(),
        "is_form": request.method == "POST",
        "kept": _kept(request),
    }
    return HttpResponse(loader.render_to_string("503.html", context), status=UNAVAILABLE)


def _kept(request: HttpRequest) -> list[tuple[str, Any]]:
    """Return the fields of the form that was sent, to send them again; none that holds a secret.

    A form with files has none: a page cannot give a file back to the browser.
    """
    if request.method != "POST" or request.content_type != FORM:
        return []
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    if any("password" in name or "secret" in name for name, _value in fields):
        return []
    size = sum(len(str(value)) for _name, value in fields)
    return fields if size <= MOST_KEPT else []
