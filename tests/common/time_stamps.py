"""A time-stamp authority on the loopback address (RFC 3161): it stands for the server of others."""

import datetime as dt
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from uniha_clausier.common.certificates import as_asn1

NOW = dt.datetime.now(dt.UTC)


@dataclass
class TimeStampServer:
    """Where it answers, and the file of its certificate. ``renew`` gives it a later one."""

    url: str
    file: Path
    stamper: DummyTimeStamper

    def renew(self, days: int) -> None:
        self.stamper = _stamper(days, self.file)


@contextmanager
def time_stamp_server(folder: Path, *, days: int = 9) -> Iterator[TimeStampServer]:
    """Answer until the end of the block, with a certificate that ends in ``days``."""
    file = folder / "tsa.pem"
    server = TimeStampServer("", file, _stamper(days, file))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = server.stamper.request_tsa_response(request).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        server.url = f"http://127.0.0.1:{listening.server_port}/"
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


def _stamper(days: int, file: Path) -> DummyTimeStamper:
    """With a certificate of its own; the file keeps those before, as an operator would."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Horodatage {days}")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=days))
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    with file.open("ab") as known:
        known.write(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return DummyTimeStamper(
        as_asn1(certificate),
        asn1_keys.PrivateKeyInfo.load(private),
        SimpleCertificateStore(),
    )
