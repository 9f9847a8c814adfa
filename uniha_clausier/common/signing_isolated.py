"""verify_pdf() in a process of its own: a PDF made by anybody can exhaust that one only.

A file of one megabyte may unfold to a gigabyte, and a long table of objects keeps the library
busy for ten seconds. The child has limits on memory, time and files, and no variable of ours.

Run as ``python -m uniha_clausier.common.signing_isolated`` this module is the child.
"""

import dataclasses
import json
import pickle
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from uniha_clausier.common.signing import SignatureReport, Verdict, VerdictStatus, verify_pdf

_ROOT = Path(__file__).resolve().parents[2]

TOO_COSTLY = (
    "Ce fichier demande trop de temps ou de mémoire pour être examiné : ce n’est pas un document "
    "produit par Clausier, ou il est endommagé."
)


class ExaminationFailed(RuntimeError):
    """The file could not be examined within the limits; the message is a French sentence."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one file may cost. A document of 118 points takes 1 CPU second and 150 MB."""

    wall_seconds: float = 40
    cpu_seconds: int = 25
    memory_bytes: int = 1_000_000_000


def verify_pdf_isolated(
    data: bytes,
    *,
    trusted_roots: Sequence[bytes],
    limits: Limits = Limits(),
) -> Verdict:
    """Like verify_pdf(), in a child with limits. Raises ExaminationFailed when one is exceeded."""
    job = pickle.dumps({"data": data, "roots": tuple(trusted_roots), "limits": limits})
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=job,
            capture_output=True,
            check=True,
            timeout=limits.wall_seconds,
            cwd=_ROOT,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return _verdict(json.loads(done.stdout))
    except (subprocess.SubprocessError, ValueError) as error:
        raise ExaminationFailed(TOO_COSTLY) from error


def _verdict(value: dict[str, Any]) -> Verdict:
    reports = [
        SignatureReport(**report | {"reasons": tuple(report["reasons"])})
        for report in value["signatures"]
    ]
    return Verdict(
        status=VerdictStatus(value["status"]),
        sha256=value["sha256"],
        size=value["size"],
        reasons=tuple(value["reasons"]),
        signatures=tuple(reports),
    )


def main() -> None:
    """Examine the file of standard input and print the verdict as JSON."""
    job = pickle.loads(sys.stdin.buffer.read())  # nosec B301
    limits = job["limits"]
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    verdict = verify_pdf(job["data"], trusted_roots=job["roots"])
    sys.stdout.write(json.dumps(verdict.as_json()))


if __name__ == "__main__":
    main()
