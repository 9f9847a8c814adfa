"""The assessment page of every point, beside its own template rendered from values in memory."""

import gzip
import json
import statistics
from html.parser import HTMLParser

from . import bare, client
from .content import Content
from .figures import Figure, Target, p95, paired_ratio

WARM_UP = 4
MOST_QUERIES = 12


def measure(content: Content, port: int, *, turns: int) -> list[Figure]:
    """Ask for both pages in turn; the times are those of the server, without the network."""
    address = f"/evaluations/{content.assessment.pk}/"
    own, first, kept = (
        client.request("GET", path, port=port, headers={**headers, bare.PROBE: "1"})
        for path, headers in (
            (address, content.own_headers),
            (f"/nu{address}", content.own_headers),  # gathers the values, so it must be signed in
            (f"/nu{address}", content.bare_headers),
        )
    )
    requests = [own, first] * WARM_UP + [own, kept] * turns
    answers = client.ask(port, requests, keep_body=True)
    assert {answer.status for answer in answers} == {200}
    ours, limit = answers[2 * WARM_UP :: 2], answers[2 * WARM_UP + 1 :: 2]
    times, least = ([_probed(answer)[0] for answer in series] for series in (ours, limit))
    assert {_probed(answer)[1] for answer in limit} == {0}, "the limit reads the database"
    assert elements(ours[-1].body) == elements(limit[-1].body), "the limit is another page"
    queries = max(_probed(answer)[1] for answer in ours)
    return [
        Figure(
            name="Page d’évaluation, temps du serveur",
            unit="ms",
            ours=statistics.median(times) * 1000,
            limit=statistics.median(least) * 1000,
            ratio=paired_ratio(times, least),
            target=Target(2),
            details={"p95_ms": round(p95(times) * 1000, 2), **_weight(ours[-1].body)},
        ),
        Figure(
            name="Page d’évaluation, requêtes SQL",
            unit="",
            ours=queries,
            target=Target(MOST_QUERIES),
        ),
    ]


def _probed(answer: client.Answer) -> tuple[float, int]:
    seconds, queries = json.loads(answer.headers[bare.PROBE.lower()])
    return seconds, queries


def _weight(body: bytes) -> dict[str, int]:
    return {
        "bytes": len(body),
        "gzip_bytes": len(gzip.compress(body, 6)),
        "elements": elements(body),
    }


def elements(body: bytes) -> int:
    """How many elements the page has."""
    counter = _Counter()
    counter.feed(body.decode())
    return counter.count


class _Counter(HTMLParser):
    count = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.count += 1
