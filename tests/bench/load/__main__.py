"""``make bench-load``: USERS people at work for MINUTES, by Locust, on an installation of SIZE.

Writes ``var/bench-load.json`` and ``.md``. The web server has the two processes of its default, and
one worker makes the documents. Exit 1 when a target is missed, or when an answer is an error.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.figures import number, p95
from tests.bench.scale.__main__ import Instance, running

from . import watch

ROOT = Path(__file__).resolve().parents[3]
RESULT, TABLE = ROOT / "var/bench-load.json", ROOT / "var/bench-load.md"
LOCUSTFILE = Path(__file__).with_name("locustfile.py")
SAVES = ("note", "constat")
TARGETS = {"saves": 300, "pages": 800, "connexion": 800}
"""Milliseconds that 95 % of the answers don't exceed."""
A_LOOK = 10
"""Seconds between two looks at the processes."""
ENOUGH_LOOKS = 3
"""Looks of which a slope is told: fewer say nothing."""


def main() -> int:
    users, minutes = int(os.environ.get("USERS", "200")), float(os.environ.get("MINUTES", "10"))
    size = int(os.environ.get("SIZE", "2000"))
    RESULT.parent.mkdir(exist_ok=True)
    before = os.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory(dir=RESULT.parent) as folder,
        running(size, Path(folder)) as instance,
    ):
        times, looks = _worked(instance, Path(folder), users, minutes)
    found = {
        "users": users,
        "minutes": minutes,
        "assessments": size,
        "cores": os.cpu_count(),
        "load_average": [before, os.getloadavg()[0]],
        "requests": dict(_requests(times)),
        "errors": [error for _name, _ms, error in times if error][:20],
        "count": len(times),
        "failed": sum(bool(error) for _name, _ms, error in times),
        "looks": looks,
    }
    found["missed"] = list(_missed(found))
    RESULT.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    TABLE.write_text("\n".join(_lines(found)) + "\n", encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))
    return 1 if found["missed"] else 0


def _worked(
    instance: Instance, folder: Path, users: int, minutes: float
) -> tuple[list[tuple[str, float, str]], list[dict[str, Any]]]:
    """Let Locust run to its end; return each answer, and what the processes took meanwhile."""
    crowd, times = folder / "crowd.json", folder / "times.json"
    people = instance.ask("crowd")
    if len(people) < users:
        raise RuntimeError(f"there is work for {len(people)} people: fewer USERS, or a larger SIZE")
    worker = instance.ask("worker")
    crowd.write_text(json.dumps(people), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--headless"),
        *("--users", str(users), "--spawn-rate", str(max(1, math.ceil(users / 30)))),
        *("--run-time", f"{round(minutes * 60)}s", "--only-summary", "--skip-log"),
        *("--host", f"http://127.0.0.1:{instance.port}", "--exit-code-on-error", "0"),
    ]
    environment = os.environ | {"CROWD": str(crowd), "TIMES": str(times)}
    looks = []
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as locust:
        while locust.poll() is None:
            looks.append(_look(instance.told["pid"], worker))
            time.sleep(A_LOOK)
    instance.ask("rest")
    return [tuple(one) for one in json.loads(times.read_text(encoding="utf-8"))], looks


def _look(pid: int, worker: int) -> dict[str, Any]:
    """What each process of the web server holds, in MB, and the seconds of the cores so far."""
    found = [one for one in watch.family(pid) if one not in {worker, *watch.family(worker)}]
    return {
        "at": time.time(),
        "rss_mb": [round(watch.memory(one), 1) for one in found],
        "cpu_seconds": sum(map(watch.seconds, found)),
        "load": os.getloadavg()[0],
    }


def _requests(times: list[tuple[str, float, str]]) -> Iterator[tuple[str, dict[str, float]]]:
    by_name = defaultdict(list)
    for name, milliseconds, _error in times:
        by_name[name].append(milliseconds)
        if name in SAVES or name.startswith("page : "):
            by_name["saves" if name in SAVES else "pages"].append(milliseconds)
    for name in sorted(by_name):
        found = by_name[name]
        yield (
            name,
            {"count": len(found), "p50_ms": statistics.median(found), "p95_ms": p95(found)},
        )


def _missed(found: dict[str, Any]) -> Iterator[str]:
    """The targets that are not held; one of which nothing was measured is not."""
    for name, limit in TARGETS.items():
        told = found["requests"].get(name)
        if told is None or told["p95_ms"] > limit:
            yield name
    if found["failed"]:
        yield "errors"


def _memory(looks: list[dict[str, Any]]) -> Iterator[str]:
    """What the web processes hold together, minute by minute, and whether it still grows at the end."""
    began = looks[0]["at"]
    at = [(look["at"] - began) / 60 for look in looks]
    held = [sum(look["rss_mb"]) for look in looks]
    minutes = {
        int(minute): round(mb) for minute, mb in zip(reversed(at), reversed(held), strict=True)
    }
    told = ", ".join(str(minutes[minute]) for minute in sorted(minutes))
    yield f"Mémoire des processus web ensemble, Mo, à chaque minute : {told} ; {round(held[-1])} à la fin."
    half = len(looks) // 2
    if len(looks) - half >= ENOUGH_LOOKS:
        slope = statistics.linear_regression(at[half:], held[half:]).slope
        yield f"Seconde moitié : {number(slope)} Mo de plus par minute."


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield "| Demande | Nombre | p50, ms | p95, ms | Cible | |"
    yield "|---|---|---|---|---|---|"
    for name, told in found["requests"].items():
        target = TARGETS.get(name)
        held = "" if target is None else "tenu" if told["p95_ms"] <= target else "manqué"
        limit = "" if target is None else f"≤ {target}"
        label = {"saves": "Toutes les écritures", "pages": "Toutes les pages"}.get(name, name)
        figures = f"{number(told['p50_ms'])} | {number(told['p95_ms'])}"
        yield f"| {label} | {told['count']} | {figures} | {limit} | {held} |"
    first, last = found["looks"][0], found["looks"][-1]
    spent = last["cpu_seconds"] - first["cpu_seconds"]
    share = spent / max(1, last["at"] - first["at"])
    yield ""
    yield (
        f"{found['users']} personnes, {number(found['minutes'])} min, {found['assessments']} évaluations"
        f" : {found['count']} demandes, {found['failed']} erreurs."
    )
    yield from _memory(found["looks"])
    yield (
        f"Serveur web : {number(share)} cœur ; machine de {found['cores']} cœurs, charge"
        f" {number(found['load_average'][0])} au début, {number(found['load_average'][1])} à la fin."
    )


if __name__ == "__main__":
    sys.exit(main())
