"""Saves of one score a second, beside a view that does only the UPDATE, the INSERT, the COMMIT."""

import statistics

from django.db import connection

from checklists.enums import ScoreValue
from checklists.models import Score
from uniha_clausier.common.models import AuditEvent

from . import bare, client
from .content import Content
from .figures import Figure, Target, p95, paired_ratio

WARM_UP = 40
TARGET = Target(0.5, at_least=True)
VALUES = (ScoreValue.PARTIAL, ScoreValue.COMPLIANT)


class Requests:
    """Writes the requests in advance: each one changes its point, from the version it has."""

    def __init__(self, content: Content, port: int) -> None:
        self.content, self.port, self.sent = content, port, 0
        ours = Score.objects.filter(assessment=content.assessment)
        self.ours = list(ours.order_by("pk").values_list("item__point__ref", "version"))
        others = Score.objects.filter(assessment=content.other)
        self.others = list(others.order_by("pk").values_list("pk", flat=True))

    def pair(self) -> tuple[bytes, bytes]:
        """A save of the product and one of the limit, of the same value on the same point."""
        turn, place = divmod(self.sent, len(self.ours))
        self.sent += 1
        ref, version = self.ours[place]
        pk, user = self.content.assessment.pk, self.content.buyer.pk
        value = VALUES[turn % 2]
        body = f"field=score&value={value}&version={version + turn}".encode()
        return (
            self._post(f"/evaluations/{pk}/points/{ref}/", self.content.own_headers, body),
            self._post(f"/nu/notes/{self.others[place]}/{user}/", self.content.bare_headers, body),
        )

    def _post(self, path: str, headers: dict[str, str], body: bytes) -> bytes:
        headers = {**headers, "Origin": f"http://127.0.0.1:{self.port}"}
        return client.request("POST", path, port=self.port, headers=headers, body=body)


def measure(content: Content, port: int, *, rounds: int, saves: int) -> Figure:
    """Alternate rounds of ``saves`` saves; check in the journal that each of them was written."""
    requests = Requests(content, port)
    before = _events(content)
    pairs = [requests.pair() for _ in range(WARM_UP)]
    for answer in client.ask(port, [request for pair in pairs for request in pair]):
        assert answer.status == 200
    ours: list[list[float]] = []
    limit: list[list[float]] = []
    for turn in range(rounds):
        own, others = zip(*(requests.pair() for _ in range(saves)), strict=True)
        series = [(ours, own), (limit, others)]
        for times, sent in series if turn % 2 else reversed(series):
            answers = client.ask(port, list(sent))
            assert {answer.status for answer in answers} == {200}
            times.append([answer.seconds for answer in answers])
    written = [after - first for after, first in zip(_events(content), before, strict=True)]
    expected = WARM_UP + rounds * saves
    assert written[1] == expected and written[0] >= expected - len(requests.ours)
    return _figure(ours, limit)


def _events(content: Content) -> tuple[int, int]:
    chains = (content.assessment.facility_id, bare.TENANT)
    own, others = (AuditEvent.objects.filter(tenant=tenant).count() for tenant in chains)
    return own, others


def _figure(ours: list[list[float]], limit: list[list[float]]) -> Figure:
    """From the medians of the rounds: on a busy machine the mean tells of the neighbours."""
    own, other = ([1 / statistics.median(times) for times in series] for series in (ours, limit))
    return Figure(
        name=f"Notes enregistrées par seconde, {connection.display_name}",
        unit="/s",
        ours=statistics.median(own),
        limit=statistics.median(other),
        ratio=paired_ratio(own, other),
        target=TARGET,
        details={"ours_ms": _milliseconds(ours), "limit_ms": _milliseconds(limit)},
    )


def _milliseconds(series: list[list[float]]) -> dict[str, float]:
    times = [seconds * 1000 for round_ in series for seconds in round_]
    return {
        "p50": round(statistics.median(times), 2),
        "p95": round(p95(times), 2),
        "mean": round(statistics.fmean(times), 2),
        "count": len(times),
    }
