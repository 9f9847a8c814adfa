"""Saves of one score a second, beside a view that does only the UPDATE, the INSERT, the COMMIT."""

import statistics
from typing import Any

from django.db import connection

from checklists.enums import ScoreValue
from checklists.models import Score
from uniha_clausier.common.models import AuditEvent

from . import bare, client
from .content import Content
from .figures import Figure, Target, p95, paired_ratio

WARM_UP = 40
TARGET = Target(0.6, at_least=True)
VALUES = (ScoreValue.PARTIAL, ScoreValue.COMPLIANT)


class Requests:
    """The requests of one client, written in advance: each changes its point, from its version."""

    name = "Notes enregistrées"

    def __init__(self, content: Content, port: int, client: int) -> None:
        self.content, self.port, self.sent = content, port, 0
        self.headers = content.own_headers
        self.assessment, other = content.pairs[client]
        self.ours = self.rows()
        others = Score.objects.filter(assessment=other)
        self.others = list(others.order_by("pk").values_list("pk", flat=True))

    def pair(self) -> tuple[bytes, bytes]:
        """A save of the product, and one of the limit on the same point of another assessment."""
        turn, place = divmod(self.sent, len(self.ours))
        self.sent += 1
        path, body = self.save(place, turn)
        other = f"/nu/notes/{self.others[place]}/{self.content.buyer.pk}/"
        least = f"field=score&value={VALUES[turn % 2]}&version={turn}".encode()
        return (
            self._post(path, self.headers, body),
            self._post(other, self.content.bare_headers, least),
        )

    def rows(self) -> list[tuple[Any, ...]]:
        """What each save starts from, in the order of the points."""
        ours = Score.objects.filter(assessment=self.assessment).order_by("pk")
        return list(ours.values_list("item__point__ref", "version", "value"))

    def save(self, place: int, turn: int) -> tuple[str, bytes]:
        """Return the address and the form of the save of one row, the ``turn``-th time."""
        ref, version, first = self.ours[place]
        value = VALUES[(turn + (first == VALUES[0])) % 2]
        path = f"/evaluations/{self.assessment.pk}/points/{ref}/"
        return path, f"field=score&value={value}&version={version + turn}".encode()

    def series(self, length: int) -> tuple[list[bytes], list[bytes]]:
        """As many pairs, those of the product and those of the limit apart."""
        own, limit = zip(*(self.pair() for _ in range(length)), strict=True)
        return list(own), list(limit)

    def _post(self, path: str, headers: dict[str, str], body: bytes) -> bytes:
        headers = {**headers, "Origin": f"http://127.0.0.1:{self.port}"}
        return client.request("POST", path, port=self.port, headers=headers, body=body)


def measure(
    content: Content,
    port: int,
    *,
    clients: int,
    rounds: int,
    saves: int,
    kind: type[Requests] = Requests,
) -> Figure:
    """Alternate rounds in which each of ``clients`` makes ``saves`` saves, ours or the limit's.

    The clients write on assessments of their own, in one facility, so into one journal. At the end
    the journal tells that each save was written.
    """
    requests = [kind(content, port, client) for client in range(clients)]
    before = _events(content)
    own, limit = Series(port), Series(port)
    for turn in range(rounds + 1):
        length = saves if turn else WARM_UP
        pairs = [one.series(length) for one in requests]
        kinds = [(own, [ours for ours, _ in pairs]), (limit, [least for _, least in pairs])]
        for series, sent in kinds if turn % 2 else reversed(kinds):
            series.send(sent)
    written = [after - first for after, first in zip(_events(content), before, strict=True)]
    assert written == [clients * (WARM_UP + rounds * saves)] * 2
    return _figure(kind, clients, own, limit)


class Series:
    """What is sent round after round, and what it took. The first round only warms up."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.rounds: list[tuple[list[float], float]] = []

    def send(self, requests: list[list[bytes]]) -> None:
        answers, spent = client.ask_together(self.port, requests)
        every = [answer for one in answers for answer in one]
        assert {answer.status for answer in every} == {200}
        self.rounds.append(([answer.seconds for answer in every], spent))

    def rates(self, clients: int) -> list[float]:
        """Saves a second of each round; of one client alone, by its median.

        On a busy machine the mean tells of the neighbours.
        """
        if clients == 1:
            return [1 / statistics.median(times) for times, _ in self.rounds[1:]]
        return [len(times) / spent for times, spent in self.rounds[1:]]

    def milliseconds(self) -> dict[str, float]:
        times = [seconds * 1000 for round_, _ in self.rounds[1:] for seconds in round_]
        return {
            "p50": round(statistics.median(times), 2),
            "p95": round(p95(times), 2),
            "mean": round(statistics.fmean(times), 2),
            "count": len(times),
        }


def _events(content: Content) -> tuple[int, int]:
    chains = (content.assessment.facility_id, bare.TENANT)
    own, others = (AuditEvent.objects.filter(tenant=tenant).count() for tenant in chains)
    return own, others


def _figure(kind: type[Requests], clients: int, ours: Series, least: Series) -> Figure:
    own, limit = ours.rates(clients), least.rates(clients)
    who = f"{clients} personnes" if clients > 1 else "1 personne"
    return Figure(
        name=f"{kind.name} par seconde, {connection.display_name}, {who}",
        unit="/s",
        ours=statistics.median(own),
        limit=statistics.median(limit),
        ratio=paired_ratio(own, limit),
        target=TARGET,
        details={"ours_ms": ours.milliseconds(), "limit_ms": least.milliseconds()},
    )
