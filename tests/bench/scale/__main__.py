"""``make bench-scale``: the same requests to installations of several sizes, in turn.

``SIZES=2000,72000`` names the sizes, the first one being the reference; ``TURNS`` how often each
page is asked. Writes ``var/bench-scale.json`` and ``.md``. A target that is missed is told, and is
no error.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench import client
from uniha_clausier.common import processes

from ..figures import number, p95
from .cluster import SETTINGS, Production

ROOT = Path(__file__).resolve().parents[3]
RESULT, TABLE = ROOT / "var/bench-scale.json", ROOT / "var/bench-scale.md"
A_ROUND = 5
MOST_OF_A_TENDER, MOST_OF_A_LIST = 1.2, 2.0
"""How much slower than at the first size: the pages of one tender and the saves; the lists."""
VALUES = ("partial", "compliant"), ("reserved", "favourable")
SMALL_ENOUGH = 5_000
"""The sizes of which everything is restored too."""


class Instance:
    """A running installation: what it said of itself, and how it answers."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.told: dict[str, Any] = self._line()
        self.port: int = self.told["port"]
        self.turns = {"scores": 0, "findings": 0}

    def _line(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the installation stopped: see its message above")
        return json.loads(line)

    def ask(self, what: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self._line()

    def page(self, address: str, who: str) -> list[float]:
        """Ask for one page a few times; return the seconds of each."""
        headers = self.told["headers"][who]
        request = client.request("GET", address, port=self.port, headers=headers)
        answers = client.ask(self.port, [request] * A_ROUND)
        found = {(answer.status, answer.headers.get("location", "")) for answer in answers}
        outside = {
            one for one in found if one[0] != 200 and not one[1].startswith("/consultations")
        }
        assert not outside, f"{address}: {outside}"
        return [answer.seconds for answer in answers]

    def save(self, kind: str) -> list[float]:
        """Save a few scores or findings, each one a change of the row as it stands."""
        answers = client.ask(self.port, [self._saving(kind) for _ in range(A_ROUND)])
        found = {answer.status for answer in answers}
        assert found == {200}, f"{kind}: {found}"
        return [answer.seconds for answer in answers]

    def _saving(self, kind: str) -> bytes:
        told = self.told[kind]
        turn, place = divmod(self.turns[kind], len(told["rows"]))
        self.turns[kind] += 1
        ref, version, *answer = told["rows"][place]
        if kind == "scores":
            values, who, form = VALUES[0], "buyer", "field=score"
        else:
            values, who, form = VALUES[1], "ciso", f"role=ciso&field=finding&answer={answer[0]}"
        body = f"{form}&value={values[turn % 2]}&version={version + 1_000 * turn}".encode()
        headers = self.told["headers"][who] | {"Origin": f"http://127.0.0.1:{self.port}"}
        path = f"{told['path']}{ref}/"
        return client.request("POST", path, port=self.port, headers=headers, body=body)


@contextmanager
def running(assessments: int, folder: Path, **environment: str) -> Iterator[Instance]:
    """A PostgreSQL of its own, loaded, with the web server before it."""
    with Production() as cluster:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.scale.instance", str(assessments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ
            | environment
            | {"DATABASE_URL": cluster.url, "SCALE_FOLDER": str(folder)},
            preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - no thread yet
        )
        try:
            yield Instance(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)


def main() -> int:
    sizes = [int(size) for size in os.environ.get("SIZES", "2000").split(",")]
    rounds = int(os.environ.get("TURNS", "8"))
    found: dict[str, Any] = {"machine": _machine(), "settings": SETTINGS, "sizes": {}}
    RESULT.parent.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=RESULT.parent) as folder,
        running(sizes[0], Path(folder)) as small,
    ):
        for size in sizes:
            if size == sizes[0]:
                found["sizes"][size] = _measured([small], rounds)
            else:
                with running(size, Path(folder)) as large:
                    found["sizes"][size] = _measured([small, large], rounds)
            _write(found)
        if sizes[0] <= SMALL_ENOUGH:
            found["restored"] = small.ask("restored")
    found["machine"]["load_average_after"] = os.getloadavg()[0]
    _write(found)
    print(TABLE.read_text(encoding="utf-8"))
    return 0


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average_before": os.getloadavg()[0],
    }


def _measured(instances: list[Instance], rounds: int) -> dict[str, Any]:
    """Ask the reference and the last one in turn; a round warms up. Then what is made beside."""
    last = instances[-1]
    for one in instances:  # the sessions of before may have ended while the last one was loaded
        one.told["headers"] = one.ask("headers")
    requests: dict[str, Any] = {}
    for name, address, who, is_of_a_tender in last.told["asked"]:
        addresses = {
            id(one): next(a for n, a, *_ in one.told["asked"] if n == name) for one in instances
        }
        times = [
            [one.page(addresses[id(one)], who) for one in instances] for _ in range(rounds + 1)
        ]
        requests[name] = _figure(times[1:], is_of_a_tender) | {"address": address}
    for name, kind in (("Une note enregistrée", "scores"), ("Un constat enregistré", "findings")):
        times = [[one.save(kind) for one in instances] for _ in range(rounds + 1)]
        requests[name] = _figure(times[1:], True)
    return {
        "load": last.told["load"],
        "requests": requests,
        "documents": last.ask("documents"),
        "sizes": last.ask("sizes"),
        "migrations": last.ask("migrations"),
        "backup": last.ask("backup"),
        "journal": last.ask("journal"),
    }


def _figure(rounds: list[list[list[float]]], is_of_a_tender: bool) -> dict[str, Any]:
    """Milliseconds at this size; the ratio of each round to the reference, their median."""
    every = [seconds for times in rounds for seconds in times[-1]]
    ratios = [statistics.median(times[-1]) / statistics.median(times[0]) for times in rounds]
    return {
        "p50_ms": statistics.median(every) * 1000,
        "p95_ms": p95(every) * 1000,
        "ratio": statistics.median(ratios),
        "target": MOST_OF_A_TENDER if is_of_a_tender else MOST_OF_A_LIST,
    }


# -- What is written -------------------------------------------------------------------------


def _write(found: dict[str, Any]) -> None:
    RESULT.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    TABLE.write_text("\n".join(_lines(found)) + "\n", encoding="utf-8")


def _lines(found: dict[str, Any]) -> Iterator[str]:
    sizes = found["sizes"]
    yield (
        "| Requête, p50 / p95 en ms | " + " | ".join(f"{size:_}" for size in sizes) + " | Cible | |"
    )
    yield "|---" * (len(sizes) + 3) + "|"
    last = list(sizes)[-1]
    for name, told in sizes[last]["requests"].items():
        cells = [_cell(sizes[size]["requests"][name]) for size in sizes]
        held = "tenu" if told["ratio"] <= told["target"] else "manqué"
        yield f"| {name} | {' | '.join(cells)} | ≤ × {number(told['target'])} | {held} |"
    for name in sizes[last]["documents"]:
        cells = [f"{number(sizes[size]['documents'][name])} s" for size in sizes]
        yield f"| {name} | {' | '.join(cells)} | | |"
    yield from _others(sizes)
    if "restored" in found:
        told = found["restored"]
        yield ""
        yield (
            f"Sauvegarde, perte, restauration de {next(iter(sizes))} évaluations : "
            f"{number(told['ensemble'])} s (cible : 120 s)."
        )


def _others(sizes: dict[int, Any]) -> Iterator[str]:
    for name, cell in (
        ("Chargement", lambda one: f"{number(sum(one['load']['seconds'].values()))} s"),
        ("Lignes chargées par seconde", lambda one: number(one["load"]["rate"])),
        ("Lignes", lambda one: f"{one['load']['rows']:_}"),
        ("Base, en Go", lambda one: number(one["sizes"]["bytes"] / 1e9)),
        ("Colonne ajoutée (migration)", lambda one: f"{number(one['migrations']['colonne'])} s"),
        ("Index CONCURRENTLY", lambda one: f"{number(one['migrations']['index'])} s"),
        ("Sauvegarde", lambda one: f"{number(one['backup']['seconds'])} s"),
        ("Taille de la sauvegarde, en Go", lambda one: number(one["backup"]["bytes"] / 1e9)),
        ("Journal vérifié, 100 000 événements", lambda one: f"{number(one['journal']['par 100000'])} s"),
    ):  # fmt: skip
        yield f"| {name} | {' | '.join(cell(one) for one in sizes.values())} | | |"
    yield ""
    last = list(sizes)[-1]
    yield f"| Table, à {last} évaluations | Données, Mo | Index, Mo |"
    yield "|---|---|---|"
    for table, data, indexes in sizes[last]["sizes"]["tables"]:
        yield f"| {table} | {number(data / 1e6)} | {number(indexes / 1e6)} |"


def _cell(told: dict[str, Any]) -> str:
    ratio = f" (× {number(told['ratio'])})" if told["ratio"] != 1 else ""
    return f"{number(told['p50_ms'])} / {number(told['p95_ms'])}{ratio}"


if __name__ == "__main__":
    sys.exit(main())
