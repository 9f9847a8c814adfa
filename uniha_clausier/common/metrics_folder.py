"""Where the processes of a web server count together. Called before prometheus_client is read."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
KINDS = ("counter", "histogram")
RESERVED = 2 * 1024 * 1024
"""Bytes of each file: some three times what every route, method and status comes to."""
MOST_SERVERS = 64
"""Servers that share one folder of data; the next ones would count in each process alone."""


def prepare(folder: Path) -> None:
    """Have this process, and those it forks, count in a place of ``folder`` that is theirs alone.

    Called by the process that forks them. The places are numbered: a server takes the first that
    no living server holds, and empties it, as Prometheus expects of a restart. On a disk that
    refuses, each process counts alone.
    """
    with suppress(OSError):
        for number in range(1, MOST_SERVERS + 1):
            place = folder / str(number)
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _hold(place):
                for left in place.glob("*.db"):
                    left.unlink(missing_ok=True)
                os.environ[VARIABLE] = str(place)
                return


def _hold(place: Path) -> bool:
    """Hold a place as long as this process, or one that it forked, lives. False: another does.

    A lock rather than a process number: it ends with the last process however that one ends, and
    two containers see each other's locks, not each other's processes.
    """
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    return True


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
