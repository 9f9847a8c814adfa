"""What the kernel does about orphans, with real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from uniha_clausier.common import processes

ORPHAN = """
import subprocess, sys, time
from uniha_clausier.common.processes import die_with_parent
child = subprocess.Popen(["sleep", "60"], preexec_fn=die_with_parent)
print(child.pid, flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for_end(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


def test_a_child_ends_when_its_parent_is_killed_outright() -> None:
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    assert wait_for_end(child)


def test_a_handler_is_seen_from_outside() -> None:
    before = signal.signal(signal.SIGUSR1, lambda number, frame: None)
    try:
        assert processes.catches(os.getpid(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not processes.catches(os.getpid(), signal.SIGUSR1)


def test_a_process_that_is_gone_catches_nothing() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert not processes.catches(gone.pid, signal.SIGTERM)
