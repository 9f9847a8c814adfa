"""A proxy of Debian in front of the product in production mode, over TLS, on ports of the test."""

import datetime as dt
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from uniha_clausier.common import processes

ROOT = Path(__file__).resolve().parents[2]
NAME = "clausier.exemple.fr"
HOST = "localhost"
SECONDS_TO_START = 20
SECONDS_TO_LOG = 10


class Front:
    """A proxy that runs: its addresses, the certificate to trust, what it logged."""

    def __init__(self, port: int, plain: int, folder: Path) -> None:
        self.port, self.plain, self.folder = port, plain, folder
        self.origin = f"https://{HOST}:{port}"

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "certificat.pem"))

    def logs(self) -> str:
        """Its files, and its standard output, which the log of the machine keeps."""
        files = [self.folder / "sortie.txt", *sorted((self.folder / "logs").iterdir())]
        return "".join(path.read_text(encoding="utf-8") for path in files)

    def logs_with(self, words: str) -> str:
        """What is logged once ``words`` are: a proxy writes its line after the answer has left."""
        deadline = time.monotonic() + SECONDS_TO_LOG
        while words not in (logs := self.logs()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return logs


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[Front]:
    text = (ROOT / "deploy/nginx/clausier.conf").read_text(encoding="utf-8")
    front = _prepare(folder)
    site = _changed(
        text,
        {
            NAME: HOST,
            "listen 80;": f"listen 127.0.0.1:{front.plain};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{front.port} ssl http2;",
            "127.0.0.1:8000": f"127.0.0.1:{upstream}",
            "/etc/ssl/clausier": str(folder),
            "/var/log/nginx": str(folder / "logs"),
            "/opt/clausier": str(ROOT),
        },
    )
    (folder / "site.conf").write_text(site, encoding="utf-8")
    kinds = "client_body proxy fastcgi uwsgi scgi"
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds.split())
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/logs/start.log;\n"
        f"events {{}}\nhttp {{ {temporary} types {{ text/html html; }} "
        f"include {folder}/site.conf; }}\n",
        encoding="utf-8",
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with _running([program, "-c", f"{folder}/nginx.conf", "-p", str(folder)], front):
        yield front


@contextmanager
def caddy(folder: Path, upstream: int) -> Iterator[Front]:
    text = (ROOT / "deploy/caddy/Caddyfile").read_text(encoding="utf-8")
    front = _prepare(folder)
    site = _changed(
        text,
        {
            "\tauto_https": f"\tadmin off\n\thttp_port {front.plain}\n\tauto_https",
            f"{NAME} {{": f"{front.origin} {{\n\tbind 127.0.0.1\n"
            f"\ttls {folder}/certificat.pem {folder}/cle.pem",
            "127.0.0.1:8000": f"127.0.0.1:{upstream}",
            "http:// {": "http:// {\n\tbind 127.0.0.1",
            "/var/log/caddy": str(folder / "logs"),
            "/opt/clausier": str(ROOT),
        },
    )
    (folder / "Caddyfile").write_text(site, encoding="utf-8")
    command = ["caddy", "run", "--config", f"{folder}/Caddyfile", "--adapter", "caddyfile"]
    with _running(command, front):
        yield front


def _changed(text: str, changes: dict[str, str]) -> str:
    """The file as it is deployed, but for what belongs to one machine."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def _prepare(folder: Path) -> Front:
    (folder / "logs").mkdir(parents=True)
    _certificate(folder)
    return Front(_free_port(), _free_port(), folder)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificat.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "cle.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@contextmanager
def _running(command: list[str], front: Front) -> Iterator[None]:
    output = (front.folder / "sortie.txt").open("ab")
    process = subprocess.Popen(
        command,
        cwd=front.folder,
        env=os.environ | {"HOME": str(front.folder)},
        stdout=output,
        stderr=output,
        preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - before any thread of ours
    )
    output.close()
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                socket.create_connection(("127.0.0.1", front.port), timeout=1).close()
                break
            except OSError:
                told = (front.folder / "sortie.txt").read_text(encoding="utf-8")
                assert process.poll() is None and time.monotonic() < deadline, told
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)
