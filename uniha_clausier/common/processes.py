"""What the kernel tells and does about processes (Linux). Knows nothing of Django."""

import ctypes
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1

BARE_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
"""All that a process which reads or draws what others wrote inherits: no secret of ours."""

_ROOT = Path(__file__).resolve().parents[2]


def asked_apart(module: str, *arguments: str, content: bytes, seconds: float) -> Any:
    """Return what a module of ours answers in JSON about ``content``, in a process of its own.

    It is given ``seconds`` and nothing of ours; its other limits are for itself to set. Raises
    subprocess.TimeoutExpired, CalledProcessError, and ValueError for what is no JSON.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=content,
        capture_output=True,
        cwd=_ROOT,
        env=BARE_ENVIRONMENT,
        timeout=seconds,
        check=True,
    )
    return json.loads(done.stdout)


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask the kernel to send this process a signal when its parent dies, even by SIGKILL.

    Call it in the child, after any change of user, which cancels the request.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def catches(pid: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal; False once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    mask = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask.split()[1], 16) >> (number - 1) & 1)
