"""A mail server of a test, over real sockets: in clear, by STARTTLS or by TLS, with a password or none."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Server(socketserver.ThreadingTCPServer):
    """Keeps what it was told: the messages, and in which of them the line was encrypted."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *, tls: str, certificate: tuple[Path, Path], password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.tls, self.password = tls, password
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.messages: list[str] = []
        self.commands: list[tuple[str, bool]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that refuses our certificate leaves without a word."""


class _Talk(socketserver.StreamRequestHandler):
    server: Server
    is_encrypted = False
    is_known = False

    def handle(self) -> None:
        if self.server.tls == "ssl":
            self._encrypt()
        self._say("220 essai")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            self.server.commands.append((word, self.is_encrypted))
            if word == "QUIT":
                self._say("221 adieu")
                return
            self._answer(word, line)

    def _answer(self, word: str, line: str) -> None:
        if word == "EHLO":
            self._say("250-essai")
            if self.server.tls == "starttls" and not self.is_encrypted:
                self._say("250-STARTTLS")
            self._say("250 AUTH PLAIN" if self.server.password else "250 8BITMIME")
        elif word == "STARTTLS":
            self._say("220 allez")
            self._encrypt()
        elif word == "AUTH":
            given = base64.b64decode(line.rsplit(maxsplit=1)[-1]).decode().split("\0")
            self.is_known = given[1:] == ["clausier", self.server.password]
            self._say("235 bien" if self.is_known else "535 non")
        elif word == "MAIL" and self.server.password and not self.is_known:
            self._say("530 qui ?")
        elif word == "DATA":
            self._say("354 dites")
            lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
            self.server.messages.append("".join(lines))
            self._say("250 pris")
        else:
            self._say("250 bien")

    def _encrypt(self) -> None:
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)
        self.is_encrypted = True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def finish(self) -> None:
        super().finish()
        self.connection.close()


@contextmanager
def running(*, tls: str, certificate: tuple[Path, Path], password: str = "") -> Iterator[Server]:
    with Server(tls=tls, certificate=certificate, password=password) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
