"""The examination of a PDF in a process of its own: one made by anybody can exhaust that one only.

A file of one megabyte may unfold to a gigabyte, and a long table of objects keeps the library
busy for ten seconds. The child has limits on memory, time and files, and no variable of ours.

Run as ``python -m uniha_clausier.common.signing_isolated`` this module is the child.
"""

import dataclasses
import datetime as dt
import json
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from uniha_clausier.common import processes
from uniha_clausier.common.signing_people import (
    Examination,
    PeopleTrust,
    PersonSignature,
    Point,
    examine_signed_pdf,
)
from uniha_clausier.common.signing_verdict import (
    SignatureReport,
    Verdict,
    VerdictStatus,
    verify_pdf,
)

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


#: Each signature is compared with all that follows it: 1 CPU second each in 44 pages.
SIGNED_LIMITS = Limits(wall_seconds=90, cpu_seconds=60)


def verify_pdf_isolated(
    data: bytes,
    *,
    trusted_roots: Sequence[bytes],
    timestamp_roots: Sequence[bytes] = (),
    limits: Limits = Limits(),
) -> Verdict:
    """Like verify_pdf(), in a child with limits. Raises ExaminationFailed when one is exceeded."""
    given = {
        "data": data,
        "trusted_roots": tuple(trusted_roots),
        "timestamp_roots": tuple(timestamp_roots),
    }
    return _verdict(_in_a_child("verify", given, limits))


def examine_signed_pdf_isolated(
    data: bytes,
    *,
    base: bytes,
    seal_roots: Sequence[bytes],
    trust: PeopleTrust,
    now: dt.datetime,
    limits: Limits = SIGNED_LIMITS,
) -> Examination:
    """Like examine_signed_pdf(), in a child with limits. Raises ExaminationFailed."""
    given = {
        "data": data,
        "base": base,
        "seal_roots": tuple(seal_roots),
        "trust": trust,
        "now": now,
    }
    return _examination(_in_a_child("examine", given, limits))


def _in_a_child(act: str, given: dict[str, Any], limits: Limits) -> dict[str, Any]:
    job = pickle.dumps({"act": act, "given": given, "limits": limits})
    try:
        value: dict[str, Any] = processes.asked_apart(
            __name__, content=job, seconds=limits.wall_seconds
        )
    except (subprocess.SubprocessError, ValueError) as error:
        raise ExaminationFailed(TOO_COSTLY) from error
    return value


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
        carries_proofs=value["carries_proofs"],
    )


def _examination(value: dict[str, Any]) -> Examination:
    signatures = [
        PersonSignature(**one | {"points": tuple(Point(**point) for point in one["points"])})
        for one in value["signatures"]
    ]
    return Examination(
        **value
        | {
            "faults": tuple(value["faults"]),
            "places": tuple(value["places"]),
            "signatures": tuple(signatures),
        }
    )


_ACTS: dict[str, Callable[..., Verdict | Examination]] = {
    "verify": verify_pdf,
    "examine": examine_signed_pdf,
}


def main() -> None:
    """Examine the file of standard input and print what is found as JSON."""
    job = pickle.loads(sys.stdin.buffer.read())  # nosec B301
    limits = job["limits"]
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found = _ACTS[job["act"]](**job["given"])
    sys.stdout.write(json.dumps(found.as_json()))


if __name__ == "__main__":
    main()
