"""People who score without rest and remember what the server acknowledged.

Each has an assessment of their own. A request that gets no answer, or 502 to 504, is sent again
with the same bytes until it gets one: what the script of the grid does. Others read pages meanwhile.
"""

import http
import http.client
import itertools
import json
import re
import threading
import time
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .site import Prepared

VALUES = ("compliant", "partial")
AGAIN = {502, 503, 504}
SETTLED = {http.HTTPStatus.OK, http.HTTPStatus.CONFLICT}
SECONDS_BETWEEN_TRIES = 0.05
SECONDS_BETWEEN_PAGES = 0.2
LONGEST_OUTAGE = 60.0


@dataclass
class Saver:
    """One person at work; ``versions`` and ``values`` are what was acknowledged, by point."""

    port: int
    headers: dict[str, str]
    assessment: int
    refs: list[str]
    saves: int
    versions: dict[str, int] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    acknowledged: int = 0
    statuses: set[int] = field(default_factory=set)
    longest: float = 0.0
    """Seconds of the longest save, its repetitions included."""

    is_done: bool = False
    """Set by the test: stop before all the saves."""

    def work(self) -> None:
        for number in range(self.saves):
            if self.is_done:
                return
            ref = self.refs[number % len(self.refs)]
            value = VALUES[number // len(self.refs) % 2]
            began = time.monotonic()
            self.save(ref, value)
            self.longest = max(self.longest, time.monotonic() - began)

    def save(self, ref: str, value: str) -> None:
        version = self.versions.get(ref, 0)
        body = urllib.parse.urlencode({"field": "score", "value": value, "version": version})
        status, told = self.ask(f"/evaluations/{self.assessment}/points/{ref}/", body)
        assert (status, told["value"]) == (http.HTTPStatus.OK, value), told
        self.versions[ref], self.values[ref] = told["version"], value
        self.acknowledged += 1

    def ask(self, path: str, body: str) -> tuple[int, dict[str, Any]]:
        """Send until an answer says what became of it: written, or changed by somebody meanwhile."""
        deadline = time.monotonic() + LONGEST_OUTAGE
        while time.monotonic() < deadline:
            try:
                status, content = self._post(path, body)
            except (OSError, http.client.HTTPException):
                status, content = 0, b""
            self.statuses.add(status)
            if status in SETTLED:
                return status, dict(json.loads(content))
            if status and status not in AGAIN:
                raise AssertionError(f"{status} {content[:500]!r}")
            time.sleep(SECONDS_BETWEEN_TRIES)
        raise AssertionError(f"no answer to {path} in {LONGEST_OUTAGE} s")

    def _post(self, path: str, body: str) -> tuple[int, bytes]:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return _sent(self.port, "POST", path, body, self.headers | kind)


@dataclass
class Reader:
    """One person who opens pages in turn, and opens again the one that was not given."""

    port: int
    headers: dict[str, str]
    pages: list[str]
    statuses: set[int] = field(default_factory=set)
    refusals: set[str] = field(default_factory=set)
    """The title and the sentence of each page that was given instead."""

    longest: float = 0.0
    """Seconds of the page that was waited for the longest."""

    is_done: bool = False

    def work(self) -> None:
        for page in itertools.cycle(self.pages):
            if self.is_done:
                return
            began = time.monotonic()
            self.open(page)
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(SECONDS_BETWEEN_PAGES)

    def open(self, page: str) -> None:
        deadline = time.monotonic() + LONGEST_OUTAGE
        while time.monotonic() < deadline:
            status, content = 0, b""
            with suppress(OSError, http.client.HTTPException):
                status, content = _sent(self.port, "GET", page, "", self.headers)
            self.statuses.add(status)
            if status == http.HTTPStatus.OK:
                return
            told = re.findall(r"<(?:h1|p)>(.*?)</", content.decode(), re.DOTALL)
            self.refusals.add(" / ".join(told[:2]))
            time.sleep(SECONDS_BETWEEN_TRIES)
        raise AssertionError(f"{page} is not given in {LONGEST_OUTAGE} s")


def _sent(
    port: int, method: str, path: str, body: str, headers: dict[str, str]
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Crowd:
    """All of them at once, each in a thread; what goes wrong in one is raised at the end."""

    def __init__(self, savers: list[Saver], readers: list[Reader] | None = None) -> None:
        self.savers, self.readers = savers, readers or []
        self.problems: list[BaseException] = []
        self.threads = [
            threading.Thread(target=self._run, args=(one,), daemon=True)
            for one in [*self.savers, *self.readers]
        ]

    @classmethod
    def each_alone(cls, port: int, prepared: Prepared, *, saves: int) -> "Crowd":
        """One person an assessment."""
        assessments = prepared.assessments.items()
        return cls([Saver(port, prepared.headers, pk, refs, saves) for pk, refs in assessments])

    @classmethod
    def with_readers(cls, port: int, prepared: Prepared, *, saves: int, readers: int) -> "Crowd":
        """As many of them as is said only read, what they have and what the others write."""
        lone = cls.each_alone(port, prepared, saves=saves).savers
        savers, others = lone[readers:], lone[:readers]
        pages = [f"/evaluations/{one.assessment}/" for one in (savers[0], others[0])]
        pages += ["/consultations/", "/fournisseurs/", "/mes-points/"]
        return cls(savers, [Reader(port, prepared.headers, pages) for _ in others])

    def _run(self, one: Saver | Reader) -> None:
        try:
            one.work()
        except BaseException as problem:  # noqa: BLE001 told by finish()
            self.problems.append(problem)

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    @property
    def acknowledged(self) -> int:
        return sum(saver.acknowledged for saver in self.savers)

    def wait_for(self, acknowledged: int) -> None:
        """Return once so many saves were acknowledged, all together."""
        deadline = time.monotonic() + LONGEST_OUTAGE
        while self.acknowledged < acknowledged and time.monotonic() < deadline:
            if self.problems:
                break
            time.sleep(0.01)
        assert self.acknowledged >= acknowledged, self.problems

    def finish(self) -> None:
        """Wait for every save; who reads then stops."""
        for thread in self.threads[: len(self.savers)]:
            thread.join()
        for reader in self.readers:
            reader.is_done = True
        for thread in self.threads:
            thread.join()
        assert self.problems == []
