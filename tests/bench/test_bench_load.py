"""The figures of the benches of scale and load: what is counted, and what is said of it."""

import os
import subprocess
import sys

import pytest

from .load import __main__ as load
from .load import watch
from .scale import __main__ as scale


def test_a_ratio_is_the_median_of_the_rounds_and_not_of_the_sizes() -> None:
    """A round in which the machine was slow is slow for both, and says nothing."""
    rounds = [[[0.010], [0.011]], [[0.100], [0.110]], [[0.010], [0.011]]]
    told = scale._figure(rounds, True)
    assert told["ratio"] == pytest.approx(1.1)
    assert (told["p50_ms"], told["target"]) == (pytest.approx(11), 1.2)
    assert scale._figure(rounds, False)["target"] == 2


def test_saves_and_pages_are_counted_apart() -> None:
    times = [("note", 10.0, ""), ("constat", 30.0, ""), ("page : grille", 200.0, "500")]
    told = dict(load._requests([*times, ("export : classeur, XLSX", 900.0, "")]))
    assert told["saves"] == {"count": 2, "p50_ms": 20, "p95_ms": 30}
    assert told["pages"] == {"count": 1, "p50_ms": 200, "p95_ms": 200}


def test_a_target_that_is_missed_is_told() -> None:
    look = {"at": 0.0, "rss_mb": [1.0], "cpu_seconds": 0.0}
    found = {
        "requests": dict(load._requests([("note", 301.0, ""), ("page : grille", 9.0, "")])),
        "looks": [look, look],
        "users": 1,
        "minutes": 1,
        "assessments": 9,
        "count": 2,
        "failed": 0,
        "cores": 2,
        "load_average": [0.0, 0.0],
    }
    lines = list(load._lines(found))
    assert "| Toutes les écritures | 1 | 301 | 301 | ≤ 300 | manqué |" in lines
    assert "| Toutes les pages | 1 | 9 | 9 | ≤ 800 | tenu |" in lines
    assert list(load._missed(found)) == ["saves", "connexion"]  # nobody signed in
    found |= {"requests": {name: {"p95_ms": 9} for name in load.TARGETS}, "failed": 1}
    assert list(load._missed(found)) == ["errors"]
    found["failed"] = 0
    assert list(load._missed(found)) == []


def test_the_memory_is_told_by_the_minute_with_its_slope_at_the_end() -> None:
    """It grows by 60 MB while the programs are read, then by two a minute."""
    held = [40.0, 80, 100, 101, 102, 103]
    looks = [{"at": 30.0 * n, "rss_mb": [mb / 2, mb / 2]} for n, mb in enumerate(held)]
    assert list(load._memory(looks)) == [
        "Mémoire des processus web ensemble, Mo, à chaque minute : 40, 100, 102 ; 103 à la fin.",
        "Seconde moitié : 2 Mo de plus par minute.",
    ]
    assert len(list(load._memory(looks[:3]))) == 1


def test_the_family_of_a_process_is_seen_with_its_memory() -> None:
    code = "import subprocess, sys; subprocess.run(['cat'])"
    command, pipe = [sys.executable, "-c", code], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(b"said back\n")
        child.stdin.flush()
        assert (
            child.stdout.readline() == b"said back\n"
        )  # so cat has begun: it is no copy of Python
        [grandchild] = watch.family(child.pid)
        assert {child.pid, grandchild} <= set(watch.family(os.getpid()))
        assert 0.1 < watch.memory(grandchild) < watch.memory(child.pid)
        assert watch.seconds(child.pid) >= 0
        child.stdin.close()
