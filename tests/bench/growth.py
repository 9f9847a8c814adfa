"""What a hundred times more assessments change: the same requests to two servers, in turn.

The small instance is a copy of the database made before it grew. The hospital of the buyer stays
as it is; the others, 99 of them on the same instance, make the number.
"""

import json
import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from checklists.models import Assessment

from . import bare, client, crowd, server
from .analysis import FindingRequests
from .content import Content
from .figures import Figure, Target, p95, paired_ratio
from .saving import Requests

TENDERS = 20
"""Tenders a hospital, with five candidates each: a hundred assessments."""
OTHERS = 99
A_ROUND = 8
MOST = Target(1.2)
SMALL = "petit"


class Size(NamedTuple):
    """A running instance: its port, and how many assessments it holds."""

    port: int
    assessments: int


@contextmanager
def instances(content: Content) -> Iterator[tuple[Size, Size]]:
    """Fill the hospital of the buyer, copy the database, let the first grow, serve both."""
    crowd.fill(content, content.assessment.facility, tenders=TENDERS)
    crowd.settle()
    few, address = Assessment.objects.count(), _copy()
    crowd.others(content, facilities=OTHERS, tenders=TENDERS)
    crowd.settle()
    many = Assessment.objects.count()
    with server.running(DATABASE_URL=address) as small, server.running() as large:
        yield Size(small, few), Size(large, many)


def _copy() -> str:
    """Copy the database; return the address of the copy."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {SMALL} TEMPLATE clausier")
        return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{SMALL}"
    file = Path(os.environ["CLAUSIER_HOME"]) / f"{SMALL}.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(file)])
    return f"sqlite:///{file}"


def measure(content: Content, *, rounds: int) -> list[Figure]:
    """The lists, with their search and filters, the page of a tender, the grid, and a save."""
    with instances(content) as (small, large):
        pages = [
            _page(content, (small, large), name, address, rounds)
            for name, address in _addresses(content).items()
        ]
        saves = [
            _save(content, (small, large), rounds, name, kind)
            for name, kind in (("Une note", Requests), ("Un constat", FindingRequests))
        ]
        return [*pages, *saves]


def _addresses(content: Content) -> dict[str, str]:
    tender, checklist = content.assessment.candidacy.lot.tender_id, content.assessment.checklist_id
    return {
        "Consultations": "/consultations/",
        "Consultations, cherchées": "/consultations/?q=imagerie",
        "Consultations, filtrées et triées": "/consultations/?etat=assessing&tri=-avancement",
        "Évaluations d’une consultation": f"/consultations/{tender}/",
        "Fournisseurs, cherchés": "/fournisseurs/?q=editeur",
        "Page d’évaluation": f"/evaluations/{content.assessment.pk}/",
        "Comparaison": f"/check-lists/{checklist}/comparaison/",
        "Dossier de la consultation": f"/consultations/{tender}/dossier/",
    }


def _page(
    content: Content, sizes: tuple[Size, Size], name: str, address: str, rounds: int
) -> Figure:
    headers = {**content.own_headers, bare.PROBE: "1"}

    def ask(size: Size) -> list[float]:
        request = client.request("GET", address, port=size.port, headers=headers)
        answers = client.ask(size.port, [request] * A_ROUND)
        assert {answer.status for answer in answers} == {200}
        return [json.loads(answer.headers[bare.PROBE.lower()])[0] for answer in answers]

    return _figure(name, sizes, [[ask(size) for size in sizes] for _ in range(rounds + 1)])


def _save(
    content: Content, sizes: tuple[Size, Size], rounds: int, name: str, kind: type[Requests]
) -> Figure:
    requests = {size: kind(content, size.port, client=1) for size in sizes}

    def ask(size: Size) -> list[float]:
        answers = client.ask(size.port, requests[size].series(A_ROUND)[0])
        assert {answer.status for answer in answers} == {200}
        return [answer.seconds for answer in answers]

    return _figure(name, sizes, [[ask(size) for size in sizes] for _ in range(rounds + 1)])


def _figure(name: str, sizes: tuple[Size, Size], rounds: list[list[list[float]]]) -> Figure:
    """The first round warms both servers up. The medians of each round, one beside the other."""
    few, many = (
        [statistics.median(both[kind]) for both in rounds[1:]] for kind in range(len(sizes))
    )
    small, large = sizes
    return Figure(
        name=f"{name}, {connection.display_name}, {large.assessments} évaluations",
        unit="ms",
        ours=statistics.median(many) * 1000,
        limit=statistics.median(few) * 1000,
        ratio=paired_ratio(many, few),
        target=MOST,
        details={
            "p95_ms": round(p95([t for both in rounds[1:] for t in both[1]]) * 1000, 2),
            "limit_assessments": small.assessments,
        },
    )
