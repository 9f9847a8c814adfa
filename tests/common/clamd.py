"""A clamd of our own: it speaks INSTREAM as ClamAV documents it, and answers what a test wants."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file of the trade: every antivirus calls it infected, and it does nothing."""

Verdict = Callable[[bytes], bytes]


def by_content(content: bytes) -> bytes:
    """Answer as clamd does: infected when the test file is in ``content``."""
    return b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@contextmanager
def running(folder: Path, verdict: Verdict = by_content, *, most: int = 10**9) -> Iterator[str]:
    """Run it on a socket of ``folder`` and give its address. ``most`` is its StreamMaxLength."""
    address = str(folder / "clamd.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(address)
        door.listen()
        thread = threading.Thread(target=_serve, args=(door, verdict, most), daemon=True)
        thread.start()
        try:
            yield address
        finally:
            # Closing a socket does not wake the thread that waits on it: a last visit does.
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as last:
                last.connect(address)
            thread.join(timeout=5)
            Path(address).unlink()


def _serve(door: socket.socket, verdict: Verdict, most: int) -> None:
    while True:
        line, _peer = door.accept()
        with line, line.makefile("rb") as words:
            command = words.read(len(b"zINSTREAM\0"))
            if command != b"zINSTREAM\0":
                return
            content = _content(words.read, most)
            answer = b"INSTREAM size limit exceeded. ERROR\0" if content is None else b""
            line.sendall(answer or verdict(content or b""))


def _content(read: Callable[[int], bytes], most: int) -> bytes | None:
    content = b""
    while size := struct.unpack("!L", read(4))[0]:
        content += read(size)
        if len(content) > most:
            return None
    return content
