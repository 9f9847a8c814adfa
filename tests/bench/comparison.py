"""The comparison of every point and twelve candidates, beside its own template from memory.

The limit renders what the view gathered, in the same process: no session, no person, no query.
"""

import json
import statistics
from typing import Any
from unittest import mock

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from checklists.domain import assessments
from checklists.enums import Flag
from checklists.models import Checklist
from checklists.views import comparison
from tests import factories

from . import bare
from .content import Content, fill
from .figures import Figure, Target, p95, paired_ratio
from .workbook import timed

CANDIDATES = 12
MOST_QUERIES = 10
WARM_UP = 3


def measure(content: Content, *, turns: int) -> list[Figure]:
    """Ask for the page and render it from memory in turn, then count its queries."""
    checklist = prepare(content)
    client = Client(SERVER_NAME="localhost")
    client.force_login(content.buyer)
    url = reverse("checklists:checklist_comparison", args=[checklist.pk])
    request, template, context = kept(client, url)
    with CaptureQueriesContext(connection) as read:
        render(request, template, context)
    assert not read.captured_queries, "the limit reads the database"
    ours, limit = [], []
    for turn in range(WARM_UP + turns):
        page = client.get(url, headers={bare.PROBE: "1"})
        seconds, counted = json.loads(page.headers[bare.PROBE])
        least, again = timed(lambda: render(request, template, context))
        assert page.status_code == 200
        assert page.content.count(b"<td") == again.content.count(b"<td") > CANDIDATES * 117
        if turn >= WARM_UP:
            ours.append(seconds)
            limit.append(least)
    return [
        Figure(
            name=f"Comparaison de {CANDIDATES} candidats, temps du serveur",
            unit="ms",
            ours=statistics.median(ours) * 1000,
            limit=statistics.median(limit) * 1000,
            ratio=paired_ratio(ours, limit),
            target=Target(2),
            details={"p95_ms": round(p95(ours) * 1000, 1), "octets": len(page.content)},
        ),
        Figure(
            name=f"Comparaison de {CANDIDATES} candidats, requêtes SQL",
            unit="",
            ours=counted,
            target=Target(MOST_QUERIES),
        ),
    ]


def prepare(content: Content) -> Checklist:
    """Publish a checklist of every point, that twelve candidates answer each in their way."""
    version = content.assessment.checklist.version
    checklist = factories.published_checklist(
        content.buyer, content.assessment.facility, flags=tuple(Flag), on=version
    )
    factories.opening(checklist.lot.tender, content.buyer)
    for number in range(CANDIDATES):
        candidacy = factories.candidacy(checklist.lot, content.buyer)
        made = assessments.start_assessment(
            candidacy=candidacy, checklist=checklist, by=content.buyer
        )
        fill(made, content.buyer, seed=number)
    return checklist


def kept(client: Client, url: str) -> tuple[HttpRequest, str, dict[str, Any]]:
    """Return what the view gives to its template."""
    found: list[tuple[HttpRequest, str, dict[str, Any]]] = []

    def keep(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        # What the layout would read from the database.
        found.append((request, template, context | {"messages": [], "my_facilities": []}))
        return HttpResponse()

    with mock.patch.object(comparison, "render", keep):
        client.get(url)
    return found[0]
