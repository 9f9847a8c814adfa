"""The page that says what the API permits, made from its OpenAPI document."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .site import api


class Operation(NamedTuple):
    """What one call does, as the page tells it."""

    tag: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[str]


@require_safe
@login_not_required
def api_description(request: HttpRequest) -> HttpResponse:
    """How to call, and each call: open to everyone, as it tells nothing of any facility."""
    document = api.get_openapi_schema()
    groups: dict[str, list[Operation]] = {}
    for operation in _operations(document):
        groups.setdefault(operation.tag, []).append(operation)
    context = {"groups": list(groups.items()), "base": request.build_absolute_uri(api.root)}
    return render(request, "help/api.html", context)


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Operation(
                tag=told["tags"][0],
                method=method.upper(),
                path=path,
                summary=told["summary"],
                description=told["description"],
                parameters=[one["name"] for one in told["parameters"] if one["in"] == "query"],
            )
