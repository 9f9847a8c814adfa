"""``make mutants``: how many mistakes in the policies and in the journal the tests would see.

Each mistake of ``tests.bench.mutations`` is put in the code that runs, in a fork of one process
where everything is ready: the tests collected, the database migrated. The tests that go through the
line run, the shortest first, until one fails. MODULES=vendors/permissions.py measures less.

The tools that start pytest for each mistake would pay its migrations, fifteen seconds, every time.
TESTS= names other tests.
"""

import ast
import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import coverage
import pytest

from .equivalent import EQUIVALENT
from .mutations import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
MODULES = (
    "uniha_clausier/accounts/permissions.py",
    "vendors/permissions.py",
    "checklists/permissions.py",
    "uniha_clausier/common/journal.py",
)
TESTS = (
    "tests/accounts/test_delegations.py",
    "tests/accounts/test_operations.py",
    "tests/accounts/test_permissions.py",
    "tests/accounts/test_refusals.py",
    "tests/checklists/test_group_purchases.py",
    "tests/checklists/test_permissions.py",
    "tests/common/test_anchors.py",
    "tests/common/test_journal.py",
    "tests/common/test_logs.py",
    "tests/vendors/test_openings.py",
    "tests/vendors/test_views.py",
)
"""Those that hold the policies and the journal: the others take minutes and see the same."""

ENOUGH = 0.80
JOBS = 2
BUDGET = 40.0
"""Seconds of tests tried against one mistake."""

CONTROL = "the code as it is"
"""No test may fail on it: else what the tests see is the way it is put in."""

KILLED, SURVIVED = 1, 0
PACKAGES = ("uniha_clausier", "vendors", "checklists")


class Outcome(NamedTuple):
    path: str
    mutant: Mutant
    is_killed: bool

    @property
    def reason(self) -> str:
        """Why no test could see the mistake; empty when one could."""
        return EQUIVALENT.get((self.path, self.mutant.what), "")


class Runner:
    """The plugin that measures the tests once, then runs those that a mistake concerns."""

    def __init__(self, paths: Iterable[str], out: Any) -> None:
        self.paths = tuple(paths)
        self.out = out
        self.failed = False
        self.took: dict[pytest.Item, float] = {}
        self.tests: dict[str, dict[int, set[str]]] = {}
        self.outcomes: list[Outcome] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._measure(session.items)
        gc.freeze()
        running: dict[int, tuple[str, Mutant, float]] = {}
        for path in self.paths:
            source = (ROOT / path).read_text(encoding="utf-8")
            control = Mutant(0, CONTROL, range(0), ast.parse(source))
            for mutant in [control, *sorted(mutants(source), key=lambda one: one.line)]:
                while len(running) >= JOBS:
                    self._wait(running)
                tests = self._concerned(path, mutant)
                limit = time.monotonic() + 20 + 5 * sum(self.took[test] for test in tests)
                child = os.fork()
                if not child:
                    session.config.pluginmanager.unregister(name="terminalreporter")
                    self._try(path, mutant, tests)
                running[child] = (path, mutant, limit)
        while running:
            self._wait(running)
        return True

    def _measure(self, items: list[pytest.Item]) -> None:
        """Run every test on the code as it is: how long, through which lines."""
        files = [str(ROOT / path) for path in self.paths]
        meter = coverage.Coverage(data_file=None, config_file=False, include=files)
        meter.start()
        for place, item in enumerate(items):
            self.failed, began = False, time.monotonic()
            meter.switch_context(item.nodeid)
            # The last one is followed by the first: what the session holds must not be taken down.
            self._run(item, items[(place + 1) % len(items)])
            self.took[item] = time.monotonic() - began
            if self.failed:
                print(f"left out, it fails: {item.nodeid}", file=self.out)
                del self.took[item]
        meter.stop()
        for path in self.paths:
            by_line = meter.get_data().contexts_by_lineno(str(ROOT / path))
            self.tests[path] = {line: set(names) for line, names in by_line.items()}

    def _run(self, item: pytest.Item, following: pytest.Item) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)

    def _concerned(self, path: str, mutant: Mutant) -> list[pytest.Item]:
        """The tests that go through the lines; through the module, for what it holds."""
        by_line = self.tests[path]
        names = set().union(*(by_line.get(line, set()) for line in mutant.lines))
        if mutant.is_of_module or not names - {""}:
            names = set().union(*by_line.values())
        found = [test for test in self.took if test.nodeid in names]
        chosen, total = [], 0.0
        for test in sorted(found, key=self.took.__getitem__):
            total += self.took[test]
            if total > BUDGET:
                break
            chosen.append(test)
        return chosen

    def _try(self, path: str, mutant: Mutant, tests: list[pytest.Item]) -> None:
        """In the child: leave by KILLED at the first test that fails."""
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        code = KILLED
        try:
            _install(path, mutant)
            self.failed = False
            for place, test in enumerate(tests):
                self._run(test, tests[(place + 1) % len(tests)])
                if self.failed:
                    break
            else:
                code = SURVIVED
        finally:
            os._exit(code)

    def _wait(self, running: dict[int, tuple[str, Mutant, float]]) -> None:
        """Take back one child, or end one that takes too long: a loop without end is seen."""
        child, status = os.waitpid(-1, os.WNOHANG)
        if child in running:
            path, mutant, _limit = running.pop(child)
            self._tell(Outcome(path, mutant, os.waitstatus_to_exitcode(status) != SURVIVED))
            return
        for pid, (_path, _mutant, limit) in running.items():
            if time.monotonic() > limit:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)

    def _tell(self, outcome: Outcome) -> None:
        if outcome.mutant.what == CONTROL:
            if outcome.is_killed:
                pytest.exit(f"{outcome.path}: a test fails on {CONTROL}", returncode=2)
            return
        self.outcomes.append(outcome)
        if not outcome.is_killed:
            mark = f"same ({outcome.reason})" if outcome.reason else "SURVIVES"
            where = f"{outcome.path}:{outcome.mutant.line}"
            print(f"{where}: {outcome.mutant.what}: {mark}", file=self.out, flush=True)


def _install(path: str, mutant: Mutant) -> None:
    """Put the code of ``mutant`` into the functions that the other modules hold already."""
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    code: CodeType = compile(mutant.tree, str(ROOT / path), "exec")
    made = {"__name__": module.__name__, "__package__": module.__package__, "__file__": path}
    exec(code, made)
    values = {
        target.id
        for node in mutant.tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for name, old in list(vars(module).items()):
        new = made.get(name)
        if name in values:
            if repr(old) != repr(new):
                _rename(name, old, new)
        elif getattr(old, "__module__", None) != module.__name__:
            continue
        elif isinstance(old, type):
            for attribute, function in vars(old).items():
                _take(function, vars(new).get(attribute))
        else:
            _take(old, new)


def _take(old: Any, new: Any) -> None:
    if isinstance(old, property) and isinstance(new, property):
        old, new = old.fget, new.fget
    if isinstance(old, FunctionType) and isinstance(new, FunctionType):
        old.__code__, old.__defaults__ = new.__code__, new.__defaults__
        old.__kwdefaults__ = new.__kwdefaults__


def _rename(name: str, old: object, new: object) -> None:
    """Put ``new`` for a constant in every module that took it by its name."""
    for module in list(sys.modules.values()):
        if module.__name__.startswith(PACKAGES) and vars(module).get(name) is old:
            setattr(module, name, new)


def main() -> int:
    paths = os.environ.get("MODULES", "").split() or MODULES
    with os.fdopen(os.dup(1), "w", buffering=1) as out:
        runner = Runner(paths, out)
        options = ["-q", "-m", "not long", "-p", "no:randomly", "-p", "no:cacheprovider"]
        pytest.main([*options, *(os.environ.get("TESTS", "").split() or TESTS)], plugins=[runner])
        return _report(runner, out)


def _report(runner: Runner, out: Any) -> int:
    is_enough = True
    for path in runner.paths:
        told = [one for one in runner.outcomes if one.path == path]
        killed = sum(one.is_killed for one in told)
        same = sum(not one.is_killed and bool(one.reason) for one in told)
        score = killed / max(len(told) - same, 1)
        is_enough &= score >= ENOUGH
        print(f"{path}: {killed} of {len(told)}, {same} the same, {score:.1%}", file=out)
    return 0 if is_enough and runner.outcomes else 1


if __name__ == "__main__":
    sys.exit(main())
