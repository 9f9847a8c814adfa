"""Where the processes of the web server count together. Called before prometheus_client is read."""

import os
from contextlib import suppress
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
KINDS = ("counter", "histogram")
RESERVED = 2 * 1024 * 1024
"""Bytes of each file: some three times what every route, method and status comes to."""


def prepare(folder: Path) -> None:
    """Make ``folder`` empty and have this process, and those it forks, count there.

    Called by the process that forks them: the counts of the server that ran before are gone, as
    Prometheus expects of a restart. On a disk that refuses, each process counts alone.
    """
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.glob("*.db"):
            left.unlink(missing_ok=True)
        os.environ[VARIABLE] = str(folder)


def reserve(pid: int) -> bool:
    """Take the room of the counts of one process, before it counts. False: the disk refuses.

    The files are mapped into memory: on a disk that fills up meanwhile, a page that has no room
    of its own would kill the process.
    """
    folder = os.environ.get(VARIABLE)
    if folder is None:
        return True
    try:
        for kind in KINDS:
            handle = os.open(Path(folder) / f"{kind}_{pid}.db", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, RESERVED)
            finally:
                os.close(handle)
    except OSError:
        return False
    return True
