"""An identity provider that lies on demand: what it signs, and what it says, is set by the test.

It listens on 127.0.0.1 and answers discovery, keys, tokens and userinfo, as the real ones do.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

CLIENT_ID = "clausier"
CLIENT_SECRET = "un secret que seul le fournisseur connaît aussi"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_PEM = RSA_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
Claims = dict[str, Any]


def jwk(key: Any, kid: str, **more: str) -> dict[str, Any]:
    """The public half of a key, as a key set has it."""
    kind = jwt.algorithms.RSAAlgorithm
    if isinstance(key, ec.EllipticCurvePrivateKey):
        kind = jwt.algorithms.ECAlgorithm  # type: ignore[assignment]
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", **more}


def encode_by_hand(header: dict[str, Any], claims: Claims, signature: bytes = b"") -> str:
    """A token that no library would write."""
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def hs256(claims: Claims, secret: bytes, kid: str = "one") -> str:
    """A token signed by a shared secret, whatever the secret is."""
    import hmac

    unsigned = encode_by_hand({"alg": "HS256", "kid": kid}, claims)[:-1]
    mark = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


class ForgingProvider:
    """What the provider answers; each attribute may be changed by the test."""

    def __init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(b"")

            def do_POST(self) -> None:
                self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def answer(self, body: bytes) -> None:
                path = urlsplit(self.path).path
                provider.asked.append((self.command, path, body.decode(), dict(self.headers)))
                status, media, content = provider.pages[path]()
                self.send_response(status)
                self.send_header("Content-Type", media)
                if status == 302:
                    self.send_header("Location", content.decode())
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.asked: list[tuple[str, str, str, dict[str, str]]] = []
        self.pages: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "/.well-known/openid-configuration": lambda: as_json(self.metadata),
            "/keys": lambda: as_json({"keys": self.keys}),
            "/token": lambda: as_json(self.tokens()),
            "/userinfo": self.userinfo,
        }
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
        }
        self.keys = [jwk(RSA_KEY, "one"), jwk(EC_KEY, "two")]
        self.key: Any = RSA_KEY
        self.header: dict[str, Any] = {"kid": "one"}
        self.algorithm = "RS256"
        self.change: Claims = {}
        """What the ID token says otherwise; a value of None takes the claim out."""
        self.nonce = ""
        self.access_token = "jeton-secret-d-acces"
        self.told: Claims = {"sub": "sujet-1", "email": "claire@ailleurs.example"}
        self.sign: Callable[[Claims], str] = self.sign_well
        self.sign_told: Callable[[Claims], str] | None = None

    def __enter__(self) -> "ForgingProvider":
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def claims(self) -> Claims:
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "sub": "sujet-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            **self.change,
        }
        return {name: value for name, value in said.items() if value is not None}

    def sign_well(self, claims: Claims) -> str:
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=self.header)

    def tokens(self) -> dict[str, Any]:
        return {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "id_token": self.sign(self.claims()),
        }

    def userinfo(self) -> tuple[int, str, bytes]:
        if self.sign_told:
            return 200, "application/jwt", self.sign_told(self.told).encode()
        return as_json(self.told)

    def sent(self, path: str) -> dict[str, str]:
        """What the last POST on ``path`` held."""
        body = [body for _, asked, body, _ in self.asked if asked == path][-1]
        return {name: values[0] for name, values in parse_qs(body).items()}

    def count(self, path: str) -> int:
        return [asked for _, asked, _, _ in self.asked].count(path)


def as_json(content: Any) -> tuple[int, str, bytes]:
    return 200, "application/json", json.dumps(content).encode()
