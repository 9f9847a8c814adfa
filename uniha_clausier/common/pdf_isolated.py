"""The renderer in a process of its own: a document can hang or kill that one only.

A helper process is started on first use, loads the renderer once (half a second),
and forks a child a document. The helper has no network (where the kernel allows
it), none of our environment variables (no secret, no database address), and the
child has limits on CPU, memory, file size and open files. The caller keeps the
clock: past the wall-clock limit, helper and child are killed and the next call
starts another helper.

Run as ``python -m uniha_clausier.common.pdf_isolated`` this module is the helper.
"""

import atexit
import contextlib
import ctypes
import gc
import json
import os
import pickle  # nosec B403
import resource
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from uniha_clausier.common import pdf, processes
from uniha_clausier.common.errors import RenderingFailed
from uniha_clausier.common.pdf import Attachment, Metadata, RenderedPdf

_ROOT = Path(__file__).resolve().parents[2]
_SIZE = struct.Struct("!Q")
_LARGE_FRAME = 100_000  # words of 8 bytes

F = TypeVar("F", bound=Callable[..., Any])

_CLONE_NEWUSER, _CLONE_NEWNET, _PR_SET_PDEATHSIG = 0x10000000, 0x40000000, 1

TOO_LONG = (
    "La mise en page a dépassé le temps permis : raccourcissez le texte le plus long, "
    "puis recommencez."
)
TOO_BIG = (
    "La mise en page a dépassé la mémoire permise : raccourcissez le texte le plus long, "
    "puis recommencez."
)
KILLED = "La mise en page a été interrompue : recommencez."
BROKEN = "La mise en page a échoué : signalez-le à l’exploitant, avec la référence {detail}."

# Pango and GLib abort when memory runs out; a kill from outside is none of these.
_SIGNALS: dict[int, str] = {
    signal.SIGXCPU: TOO_LONG,
    signal.SIGABRT: TOO_BIG,
    signal.SIGTRAP: TOO_BIG,
    signal.SIGSEGV: TOO_BIG,
}


@dataclass(frozen=True)
class Limits:
    """What one document may cost. An ordinary one takes 2 CPU seconds and 120 MB."""

    wall_seconds: float = 90
    cpu_seconds: int = 60
    memory_bytes: int = 1_500_000_000
    file_bytes: int = 100_000_000
    open_files: int = 64


def render_pdf_isolated(
    html: str,
    *,
    attachments: Sequence[Attachment] = (),
    metadata: Metadata,
    home: Path,
    limits: Limits = Limits(),
) -> RenderedPdf:
    """Like render_pdf(), in a child process with limits; RenderingFailed says why it failed."""
    job = pickle.dumps(
        {
            "html": html,
            "attachments": tuple(attachments),
            "metadata": metadata,
            "home": home.resolve(),
            "limits": limits,
        }
    )
    header, data = _helper.run(job, limits.wall_seconds)
    if error := header.get("error"):
        raise RenderingFailed(error)
    return RenderedPdf(
        data=data,
        pages=header["pages"],
        signature_fields=tuple(header["signature_fields"]),
        warnings=tuple(header["warnings"]),
        cpu_seconds=header["cpu_seconds"],
        peak_memory_bytes=header["peak_memory_bytes"],
        network_isolated=header["network_isolated"],
    )


class _Helper:
    """The helper process of this process, one document at a time."""

    module = __name__

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def run(self, job: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            deadline = time.monotonic() + seconds
            try:
                return self._exchange(self._running(), job, deadline)
            except TimeoutError:
                self.stop()
                raise RenderingFailed(TOO_LONG) from None
            except (OSError, EOFError) as error:  # the helper itself was killed
                self.stop()
                raise RenderingFailed(KILLED) from error
            except BaseException:  # an interrupted exchange would answer the next one
                self.stop()
                raise

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # forked with us: it answers our parent
            self._process, self._owner = None, os.getpid()
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=_ROOT,
                env=processes.BARE_ENVIRONMENT,
                start_new_session=True,
            )
        return self._process

    def _exchange(
        self, process: subprocess.Popen[bytes], job: bytes, deadline: float
    ) -> tuple[dict[str, Any], bytes]:
        stdin, stdout = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
        stdin.write(_SIZE.pack(len(job)) + job)
        stdin.flush()
        header = _receive(stdout, deadline)
        return json.loads(header), _receive(stdout, deadline)

    def stop(self) -> None:
        """Kill the helper and its child, if they are ours."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


_helper = _Helper()
atexit.register(_helper.stop)


def _receive(stream: BinaryIO, deadline: float) -> bytes:
    [size] = _SIZE.unpack(_read(stream.fileno(), _SIZE.size, deadline))
    return _read(stream.fileno(), size, deadline)


def _read(source: int, size: int, deadline: float) -> bytes:
    """Exactly so many bytes before the deadline. The stream's own buffer is never used."""
    pieces = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        while len(pieces) < size:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            piece = os.read(source, min(1 << 20, size - len(pieces)))
            if not piece:
                raise EOFError
            pieces += piece
    return bytes(pieces)


# The helper's side


def main() -> None:
    """Answer jobs from standard input until it closes."""
    _die_with_parent()
    isolated = _leave_network()
    pdf.preload()
    gc.collect()
    gc.freeze()
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not speak to our caller
    while size := jobs.read(_SIZE.size):
        job = pickle.loads(jobs.read(_SIZE.unpack(size)[0]))  # nosec B301
        header, data = _in_child(job)
        header["network_isolated"] = isolated
        _send(answers, json.dumps(header).encode())
        _send(answers, data)


def _send(stream: BinaryIO, content: bytes) -> None:
    stream.write(_SIZE.pack(len(content)) + content)
    stream.flush()


def _in_child(job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Fork, wait, and read what the child wrote into two files without a name."""
    header_file, data_file = os.memfd_create("header"), os.memfd_create("data")
    try:
        child = os.fork()
        if child == 0:
            _child(job, header_file, data_file)
        _, status, usage = os.wait4(child, 0)
        header = _verdict(status, _content(header_file))
        header["cpu_seconds"] = usage.ru_utime + usage.ru_stime
        header["peak_memory_bytes"] = usage.ru_maxrss * 1024
        return header, _content(data_file) if "error" not in header else b""
    finally:
        os.close(header_file)
        os.close(data_file)


def _verdict(status: int, content: bytes) -> dict[str, Any]:
    """What happened, from the way in which the child ended."""
    if os.WIFSIGNALED(status):
        return {"error": _SIGNALS.get(os.WTERMSIG(status), KILLED)}
    try:
        header: dict[str, Any] = json.loads(content)
    except ValueError:  # the child could not even say why: pango aborts without memory
        return {"error": TOO_BIG}
    return header


def _child(job: dict[str, Any], header_file: int, data_file: int) -> None:
    """Never returns: the child ends here, without running the helper's exit functions."""
    code = 1
    try:
        _die_with_parent()
        limits = job.pop("limits")
        _limit(limits)
        gc.disable()  # one document and the end: 15 % faster for 100 MB, within the limit
        header, data = _rendered(job)
        with os.fdopen(data_file, "wb", closefd=False) as stream:
            stream.write(data)
        os.write(header_file, json.dumps(header).encode())
        code = 0
    except BaseException:  # noqa: BLE001 it must reach os._exit()
        traceback.print_exc()
    finally:
        os._exit(code)


def _with_room(function: F) -> F:
    """Return ``function`` with a frame that leaves room for those of all that it calls.

    CPython keeps its frames in pieces of 16 kB, and gives a piece back the moment it is empty. A
    loop that calls across the edge of a piece asks the kernel for memory at each turn: by bad luck
    of the depth 8,000 times and 0.3 s a document. A frame this large begins a piece of 1 MB.
    """
    own: Any = function
    own.__code__ = own.__code__.replace(co_stacksize=_LARGE_FRAME)
    return function


@_with_room
def _rendered(job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        result = pdf.render_pdf(job.pop("html"), **job)
    except RenderingFailed as error:
        return {"error": str(error)}, b""
    except (MemoryError, RecursionError, SystemError):  # C code says it the third way
        return {"error": TOO_BIG}, b""
    except Exception as error:  # noqa: BLE001 the caller gets a sentence
        traceback.print_exc()
        return {"error": BROKEN.format(detail=type(error).__name__)}, b""
    header = {
        "pages": result.pages,
        "signature_fields": result.signature_fields,
        "warnings": result.warnings,
    }
    return header, result.data


def _limit(limits: Limits) -> None:
    # soft below hard: the signal is then SIGXCPU, which tells us why the child ended
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 5))
    for kind, value in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def _content(file: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    with os.fdopen(file, "rb", closefd=False) as stream:
        return stream.read()


def _die_with_parent() -> None:
    """Nothing is left running when the caller is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _leave_network() -> bool:
    """Into an empty network namespace: as root at once, else through a user namespace."""
    unshare = ctypes.CDLL(None).unshare
    return any(unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


if __name__ == "__main__":
    main()
