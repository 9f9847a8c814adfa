"""The limits, served by the same server as the product: what stands here can't be done with less.

Saving: one UPDATE, one INSERT into the journal, one COMMIT. The page: its own template, rendered
from values that are in memory.
"""

import itertools
import json
import os
import secrets
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from checklists.views import grid
from uniha_clausier.accounts.context_processors import navigation
from uniha_clausier.urls import urlpatterns as own_routes

PROBE = "X-Bench"
TENANT = 2**40
"""A chain of the journal that no facility has."""

UPDATE = (
    "UPDATE checklists_score SET version = %s, value = %s, value_version = %s, updated_at = %s,"
    " updated_by_id = %s WHERE id = %s"
)
INSERT = (
    "INSERT INTO common_auditevent"
    " (tenant, seq, occurred_at, actor, action, subject, data, prev_hash, hash)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)

View = Callable[[HttpRequest], HttpResponse]

_seq = itertools.count(time.time_ns())
"""Rising, like the places of a chain; the processes of the server start apart (see ``_forked``)."""


def _forked() -> None:
    global _seq  # noqa: PLW0603 - each process counts for itself
    _seq = itertools.count(time.time_ns() + os.getpid() * 10**12)


os.register_at_fork(after_in_child=_forked)


@require_POST
@csrf_exempt
@login_not_required
def save(request: HttpRequest, pk: int, user: int) -> JsonResponse:
    """Write one score: the same two rows as a save of the product, and nothing else."""
    value, version = request.POST["value"], int(request.POST["version"]) + 1
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    data = {"field": "score", "before": "partial", "after": value, "version": version}
    event = (
        TENANT, next(_seq), now, user, "score.changed", f"assessment/{pk}/O-7.1",
        json.dumps(data), secrets.token_hex(32), secrets.token_hex(32),
    )  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UPDATE, [version, value, version, now, user, pk])
        cursor.execute(INSERT, event)
    return JsonResponse({"version": version})


@login_not_required
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The assessment page from the values that its view gathered once in this process."""
    if pk not in _kept:
        with mock.patch.object(grid, "render", _keep):
            grid.assessment_grid(request, pk)
        _template, context = _kept[pk]
        # What the layout would read from the database.
        context |= {
            "user": request.user,
            "messages": [],
            "my_facilities": list(navigation(request)["my_facilities"]),
        }
    template, context = _kept[pk]
    request.user = context["user"]
    return render(request, template, context)


_kept: dict[int, tuple[str, dict[str, Any]]] = {}


def _keep(request: HttpRequest, template: str, context: dict[str, Any], **_: Any) -> HttpResponse:
    assert request.resolver_match is not None
    _kept[request.resolver_match.kwargs["pk"]] = template, dict(context)
    return HttpResponse()


def probe(get_response: View) -> View:
    """Tell, to a request that asks, the seconds and the queries that its answer took."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if PROBE not in request.headers:
            return get_response(request)
        queries = 0

        def count(execute: Any, *arguments: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*arguments)

        with connection.execute_wrapper(count):
            began = time.perf_counter()
            response = get_response(request)
            spent = time.perf_counter() - began
        response.headers[PROBE] = json.dumps([spent, queries])
        return response

    return middleware


urlpatterns: list[URLPattern | URLResolver] = [
    path("nu/notes/<int:pk>/<int:user>/", save),
    path("nu/evaluations/<int:pk>/", page),
    *own_routes,
]
