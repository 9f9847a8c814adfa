"""The first middleware: names each request, measures it, and writes its line to the log."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from . import logs, metrics, slow_queries
from .slow_queries import Count

HEADER = "X-Request-ID"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOST_OF_A_PATH = 300
PROBES = "/sante/"
"""A monitor asks every few seconds: its requests are counted, and written when they fail."""

logger = logging.getLogger("clausier.request")


class RequestLog:
    """Gives each answer the identifier of its request; everything that is logged meanwhile has it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        began = time.perf_counter()
        request_id = logs.request_id_of(request.headers.get(HEADER, ""))
        with logs.about(request_id=request_id), slow_queries.counted() as count:
            response = self.get_response(request)
            response.headers[HEADER] = request_id
            _tell(request, response, time.perf_counter() - began, count)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Let the slow queries say of which route they are."""
        count = slow_queries.current()
        if count is not None:
            count.route = route_of(request)


def route_of(request: HttpRequest) -> str:
    """Return the name of the route of a request: one of a known number, never an address."""
    match = request.resolver_match
    return match.view_name if match and match.view_name else "unknown"


def _tell(request: HttpRequest, response: HttpResponse, seconds: float, count: Count) -> None:
    method = request.method if request.method in METHODS else "OTHER"
    metrics.tell_request(route_of(request), str(method), response.status_code, seconds)
    status = response.status_code
    if request.path_info.startswith(PROBES) and status < 400:
        return
    user = getattr(request, "_cached_user", None)
    if user is not None and user.pk:
        logs.tell(user_id=user.pk)
    extra: dict[str, Any] = {
        "method": method,
        "path": request.path[:MOST_OF_A_PATH],
        "route": route_of(request),
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
        "queries": count.queries,
    }
    if request.GET:
        extra["query"] = "&".join(sorted(request.GET))[:100]  # the names alone
    level = logging.ERROR if status >= 500 else logging.INFO
    logger.log(level, "request", extra=extra)
