"""The web server of the product, with its own configuration, on a free port of this machine."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from uniha_clausier.common import processes

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 60
SECONDS_TO_STOP = 10


@contextmanager
def running(**environment: str) -> Iterator[int]:
    """Give the port of a running server; it stops at the end, or with this process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        number, port = listener.fileno(), int(listener.getsockname()[1])
        command = [
            *(sys.executable, "-m", "gunicorn", "--config", "python:uniha_clausier.webserver"),
            *("--bind", f"fd://{number}"),
        ]
        server = subprocess.Popen(
            command,
            pass_fds=(number,),
            cwd=ROOT,
            env=os.environ | environment,
            preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - no thread yet
        )
        try:
            _wait(server, port)
            yield port
        finally:
            server.terminate()
            try:
                server.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/connexion/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError("the server of the bench doesn't answer")
