"""Asking clamd (ClamAV) about one file, by its INSTREAM command."""

import socket
import struct
import time
from contextlib import closing, suppress

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
"""For the whole exchange: a scan of 20 MB takes 2 seconds, an unpacked archive some more."""

CHUNK = 64 * 1024
LONGEST_ANSWER = 4096


class Unreachable(Exception):
    """clamd did not answer, or not in its own words: the same question may succeed later."""


class TooLarge(Exception):
    """The file is over the limit of clamd (StreamMaxLength): it will never be scanned."""


def scan(content: bytes, *, address: str) -> str:
    """Return the name of what clamd found in ``content``; empty when it found nothing.

    ``address`` is ``host:port`` or the absolute path of a socket. Raises Unreachable or TooLarge.
    """
    until = time.monotonic() + ANSWER_SECONDS
    try:
        with closing(_connected(address)) as line:
            # Past its limit clamd answers and hangs up in the middle of a chunk.
            with suppress(BrokenPipeError, ConnectionResetError):
                _send(line, content, until)
            return _read(_answer(line, until))
    except OSError as error:
        raise Unreachable(str(error)) from error


def _connected(address: str) -> socket.socket:
    if not address.startswith("/"):
        host, _colon, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(CONNECT_SECONDS)
        line.connect(address)
    except BaseException:
        line.close()
        raise
    return line


def _send(line: socket.socket, content: bytes, until: float) -> None:
    """The command, then chunks with their length before them; a length of 0 ends them."""
    line.settimeout(_left(until))
    line.sendall(b"zINSTREAM\0")
    for start in range(0, len(content), CHUNK):
        chunk = content[start : start + CHUNK]
        line.settimeout(_left(until))
        line.sendall(struct.pack("!L", len(chunk)) + chunk)
    line.sendall(struct.pack("!L", 0))


def _answer(line: socket.socket, until: float) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        line.settimeout(_left(until))
        more = line.recv(LONGEST_ANSWER)
        if not more:
            break
        answer += more
    return answer.rstrip(b"\0\n").decode(errors="replace")


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _read(answer: str) -> str:
    words = answer.removeprefix("stream: ")
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND")
    if "size limit exceeded" in words:
        raise TooLarge(words)
    raise Unreachable(words or "an empty answer")
