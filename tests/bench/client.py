"""The clients, in one process of their own: requests that were written before, a connection each.

``python -m tests.bench.client`` reads a job on its standard input (pickle, from our own parent)
and answers the same way. Standard library only: it must cost little beside the server.
"""

import gc
import pickle
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    """One answer, and the seconds from the first byte sent to the last one received."""

    seconds: float
    status: int
    headers: dict[str, str]
    body: bytes


def ask(port: int, requests: list[bytes], *, keep_body: bool = False) -> list[Answer]:
    """Send ``requests`` one after the other from another process; return the answers in order."""
    [answers], _seconds = ask_together(port, [requests], keep_body=keep_body)
    return answers


def ask_together(
    port: int, series: list[list[bytes]], *, keep_body: bool = False
) -> tuple[list[list[Answer]], float]:
    """Let one client a series send it, all at once; return the answers and the seconds of all."""
    job = pickle.dumps((port, series, keep_body))
    command = [sys.executable, "-m", "tests.bench.client"]
    done = subprocess.run(command, input=job, capture_output=True, check=True, cwd=ROOT)
    answers, seconds = pickle.loads(done.stdout)
    return [[Answer(*answer) for answer in one] for one in answers], seconds


def request(
    method: str, path: str, *, port: int, headers: dict[str, str], body: bytes = b""
) -> bytes:
    """Write one request of HTTP/1.1."""
    fields = {"Host": f"127.0.0.1:{port}", "Accept-Language": "fr", **headers}
    if method == "POST":
        fields["Content-Type"] = "application/x-www-form-urlencoded"
        fields["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def main() -> None:
    port, series, keep_body = pickle.load(sys.stdin.buffer)
    gc.disable()
    start = threading.Barrier(len(series) + 1)
    with ThreadPoolExecutor(len(series)) as clients:
        running = [clients.submit(send, port, one, keep_body, start) for one in series]
        start.wait()
        began = time.perf_counter()
        answers = [client.result() for client in running]
        seconds = time.perf_counter() - began
    pickle.dump((answers, seconds), sys.stdout.buffer)


def send(
    port: int, requests: list[bytes], keep_body: bool, start: threading.Barrier
) -> list[tuple[float, int, dict[str, str], bytes]]:
    connection = _connect(port)
    start.wait()
    answers = []
    for content in requests:
        began = time.perf_counter()
        connection.sendall(content)
        status, headers, body = _receive(connection)
        answers.append((time.perf_counter() - began, status, headers, body if keep_body else b""))
        if headers.get("connection", "").lower() == "close":
            connection.close()
            connection = _connect(port)
    connection.close()
    return answers


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _receive(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _colon, value in pairs}
    pieces, missing = [body], int(headers["content-length"]) - len(body)
    while missing > 0:
        pieces.append(_some(connection))
        missing -= len(pieces[-1])
    return int(first.split()[1]), headers, b"".join(pieces)


def _some(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 20)
    if not piece:
        raise ConnectionError("the server closed the connection in the middle of an answer")
    return piece


if __name__ == "__main__":
    main()
