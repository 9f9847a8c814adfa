"""For what watches the service: is it alive, is it ready, and its figures. Nobody signs in."""

import hmac
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from uniha_clausier.common import health, metrics

UNAVAILABLE = 503
NOT_FOUND = 404
RETRY_AFTER_SECONDS = "5"
LOOPBACK = frozenset({"127.0.0.1", "::1"})
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")

_readiness = health.Readiness()


@require_safe
@never_cache
@login_not_required
def alive(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked, so that nothing else restarts it."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether requests may be sent here; 503 with the names of what fails."""
    state = _readiness.state()
    told: dict[str, Any] = {"status": "ok" if state.is_ready else "unavailable"}
    told |= {"failures": list(state.failures), "warnings": list(state.warnings)}
    answer = JsonResponse(told, status=200 if state.is_ready else UNAVAILABLE)
    if not state.is_ready:
        answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


@require_safe
@never_cache
@login_not_required
def figures(request: HttpRequest) -> HttpResponse:
    """Give the figures to Prometheus; to anybody else there is nothing here."""
    if not _may_read_figures(request):
        return HttpResponse(status=NOT_FOUND)
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _may_read_figures(request: HttpRequest) -> bool:
    """A proxy on this machine asks from it too: what it forwards is from elsewhere."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    is_forwarded = any(name in request.headers for name in FORWARDED)
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not is_forwarded
