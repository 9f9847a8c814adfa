"""People who score without rest and remember what the server acknowledged.

Each has an assessment of their own. A request that gets no answer, or 502 to 504, is sent again
with the same bytes until it gets one: what the script of the grid does.
"""

import http
import http.client
import json
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from .site import Prepared

VALUES = ("compliant", "partial")
AGAIN = {502, 503, 504}
SETTLED = {http.HTTPStatus.OK, http.HTTPStatus.CONFLICT}
SECONDS_BETWEEN_TRIES = 0.05
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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, body, self.headers | kind)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class Crowd:
    """All of them at once, each in a thread; what goes wrong in one is raised at the end."""

    def __init__(self, savers: list[Saver]) -> None:
        self.savers = savers
        self.problems: list[BaseException] = []
        self.threads = [
            threading.Thread(target=self._run, args=(one,), daemon=True) for one in savers
        ]

    @classmethod
    def each_alone(cls, port: int, prepared: Prepared, *, saves: int) -> "Crowd":
        """One person an assessment."""
        assessments = prepared.assessments.items()
        return cls([Saver(port, prepared.headers, pk, refs, saves) for pk, refs in assessments])

    def _run(self, saver: Saver) -> None:
        try:
            saver.work()
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
        for thread in self.threads:
            thread.join()
        assert self.problems == []
