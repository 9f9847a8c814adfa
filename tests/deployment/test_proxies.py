"""deploy/nginx and deploy/caddy as they are, before gunicorn in production mode, over TLS."""

import http.client
import os
import re
import secrets
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.factories import PASSWORD
from tests.faults.site import Installation, Prepared

from . import proxies
from .proxies import HOST, Front

pytestmark = pytest.mark.long

EMAIL = "acheteuse@exemple.fr"
SECRET = "un-secret-que-le-journal-ne-doit-pas-lire"
SECRET_PAGES = (
    f"/repondre/{SECRET}/",
    f"/repondre-a-la-lettre/{SECRET}/",
    f"/invitation/{SECRET}/",
    f"/compte/oubli/1-{SECRET}/",
    f"/connexion/?next=/invitation/{SECRET}/",
    f"/connexion/fournisseur/annuaire/retour/?code={SECRET}&state={SECRET}",
)
MEGABYTE = 1024 * 1024
BOUNDARY = "une-limite"
TOO_MUCH = 126 * MEGABYTE
HAS_HTTP2 = (
    bool(shutil.which("curl"))
    and "HTTP2"
    in subprocess.run(
        ["curl", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()
)

Start = Callable[[Path, int], AbstractContextManager[Front]]
FRONTS: dict[str, Start] = {"nginx": proxies.nginx, "caddy": proxies.caddy}


class Browser:
    """Cookies and the token of the forms, over TLS with the certificate checked."""

    def __init__(self, front: Front) -> None:
        self.front, self.cookies = front, SimpleCookie()
        self.raw: list[str] = []

    def jar(self) -> str:
        told = {name: one.value for name, one in self.cookies.items() if one.value}
        return "; ".join(f"{name}={value}" for name, value in told.items())

    def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "", **headers: str
    ) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPSConnection(
            HOST, self.front.port, timeout=60, context=self.front.context()
        )
        headers |= {"Cookie": self.jar(), "Origin": self.front.origin}
        if kind:
            headers |= {"Content-Type": kind}
        try:
            connection.request(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass  # the proxy answers before it has read everything
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.raw.append(line)
            self.cookies.load(line)
        return answer, page

    def ask_without_tls(self, path: str) -> http.client.HTTPResponse:
        """What a person gets who types the address, or a link that lost its « s »."""
        connection = http.client.HTTPConnection(HOST, self.front.plain, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        connection.close()
        return answer

    def open(self, path: str) -> tuple[int, str]:
        """Return the status of a page, and the ``Referer`` of what a browser asks from it."""
        answer, page = self.ask("GET", path)
        told = re.search(r'<meta name="referrer" content="([^"]+)"', page)
        policy = told[1] if told else answer.headers.get("Referrer-Policy")
        whole = f"{self.front.origin}{path}"
        referers = {"no-referrer": "", "strict-origin": f"{self.front.origin}/"}
        return answer.status, referers.get(policy or "", whole)

    def token(self, path: str) -> str:
        _answer, page = self.ask("GET", path)
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found is not None, page[:300]
        return found[1]

    def submit(self, path: str, **fields: str) -> tuple[http.client.HTTPResponse, str]:
        fields |= {"csrfmiddlewaretoken": self.token(path)}
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(fields).encode(), kind)

    def send_file(self, path: str, size: int) -> tuple[http.client.HTTPResponse, str]:
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
            f"{self.token(path)}\r\n"
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="grand.pdf"\r\n'
            "Content-Type: application/pdf\r\n\r\n%PDF-1.7\n"
        )
        body = head.encode() + b"x" * size + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self.ask("POST", path, body, f"multipart/form-data; boundary={BOUNDARY}")

    def send_file_by_http2(self, path: str, size: int) -> tuple[int, str]:
        """Send a PDF as browsers do. Return the status and the page."""
        pdf, page = self.front.folder / "envoi.pdf", self.front.folder / "page.html"
        pdf.write_bytes(b"%PDF-1.7\n")
        os.truncate(pdf, size)
        page.unlink(missing_ok=True)
        command = [
            *("curl", "--http2", "--silent", "--cacert", f"{self.front.folder}/certificat.pem"),
            *("--header", f"Cookie: {self.jar()}", "--header", f"Origin: {self.front.origin}"),
            *("--form", f"csrfmiddlewaretoken={self.token(path)}", "--form", f"file=@{pdf}"),
            *("--output", str(page), "--write-out", "%{http_version} %{http_code}"),
            f"{self.front.origin}{path}",
        ]
        for _time in range(20):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            # A proxy that answers early ends the stream; curl then at times drops the page.
            if page.exists():
                break
        version, status = done.stdout.split()
        assert version == "2"
        return int(status), page.read_text(encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path / "donnees")
    (tmp_path / "donnees").mkdir()
    del made.environment["DEMO"]
    made.environment |= {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": HOST,
        "BEHIND_PROXY": "1",
        "STATIC_MANIFEST": "1",
    }
    yield made
    made.stop()


@pytest.fixture
def prepared(site: Installation) -> Prepared:
    found = site.prepare(1)
    site.run("manage.py", "collectstatic", "--noinput", "-v0")
    site.start()
    site.wait_for_web_processes()
    return found


@pytest.fixture(params=sorted(FRONTS))
def front(
    request: pytest.FixtureRequest, site: Installation, prepared: Prepared, tmp_path: Path
) -> Iterator[Front]:
    name = str(request.param)
    if not shutil.which(name) and not Path(f"/usr/sbin/{name}").exists():
        pytest.skip(f"{name} is not installed: bin/setup long")
    with FRONTS[name](tmp_path / name, site.port) as made:
        yield made


def sign_in(browser: Browser, site: Installation) -> None:
    told = site.run(
        *("manage.py", "add_member", EMAIL, "--name", "Anne Morvan"),
        *("--facility", "Hôpital des pannes", "--role", "buyer"),
    )
    password = told.strip().rsplit(" ", 1)[1]
    answer, page = browser.submit("/connexion/", login=EMAIL, password=password)
    assert answer.status == 302, page
    own = {"password1": PASSWORD, "password2": PASSWORD}
    answer, page = browser.submit("/compte/mot-de-passe/", oldpassword=password, **own)
    assert answer.status == 302, page


def test_the_product_behind_a_proxy(front: Front, site: Installation, prepared: Prepared) -> None:
    browser = Browser(front)
    answer, page = browser.ask("GET", "/connexion/")
    assert answer.status == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert answer.headers["Content-Security-Policy"]
    style = re.search(r'href="(/static/[^"]+\.css)"', page)
    assert style is not None
    assert browser.ask("GET", style[1])[0].status == 200
    for folder in ("/static/", f"{style[1].rsplit('/', 1)[0]}/"):  # no list of a folder
        assert browser.ask("GET", folder)[0].status in {403, 404}

    sign_in(browser, site)
    for name in ("__Host-session", "__Host-csrf"):
        line = next(one for one in browser.raw if one.startswith(f"{name}="))
        assert "Secure" in line and "HttpOnly" in line and "Path=/" in line
    assert browser.ask("GET", "/consultations/")[0].status == 200

    path = f"/fournisseurs/{prepared.vendor}/certificats/ajouter/"
    answer, page = browser.send_file(path, 20 * MEGABYTE)
    assert answer.status == 422  # read by the product: the other fields are missing
    assert "Ajouter" in page
    answer, page = browser.send_file("/verifier/", 51 * MEGABYTE)
    assert answer.status == 422  # as the page says: « 50 Mo au plus »
    assert "Ce fichier dépasse 50\u00a0Mo" in page
    answer, page = browser.send_file("/verifier/", TOO_MUCH)
    assert answer.status == 413
    assert "dépasse 125\u00a0Mo" in page

    assert browser.ask("GET", "/aide/")[0].status == 200
    assert browser.cookies["__Host-session"].value not in front.logs_with("/aide/")


def test_no_log_holds_what_is_secret_in_an_address(front: Front, site: Installation) -> None:
    browser = Browser(front)
    for path in SECRET_PAGES:
        answer = browser.ask_without_tls(path)
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}{path}")
    opened = [browser.open(path) for path in SECRET_PAGES]
    assert [status for status, _referer in opened] == [404, 404, 404, 200, 200, 404]
    of_htmx = {"HX-Current-URL": f"{front.origin}{SECRET_PAGES[-1]}"}
    assert browser.ask("GET", f"/aide/?state={SECRET}", b"", "", **of_htmx)[0].status == 200
    logs = front.logs_with("/aide/")
    assert "/aide/" in logs
    assert SECRET not in logs

    site.kill_everything()
    site.door.close()
    answer, page = browser.ask("GET", SECRET_PAGES[0])
    assert answer.status == 502
    assert "Réessayez dans un instant" in page
    opened += [browser.open(path) for path in SECRET_PAGES]
    for _status, referer in opened:  # the icon of the site, the sheets of a page just opened
        assert browser.ask("GET", "/apres-l-arret/", Referer=referer)[0].status == 502
    assert browser.ask("GET", "/fin/")[0].status == 502
    logs = front.logs_with("/fin/")
    assert "/fin/" in logs
    assert SECRET not in logs


@pytest.mark.skipif(not HAS_HTTP2, reason="no curl that speaks HTTP/2 here")
def test_a_file_sent_by_http2_is_refused_in_french(front: Front, site: Installation) -> None:
    browser = Browser(front)
    sign_in(browser, site)
    status, page = browser.send_file_by_http2("/verifier/", 51 * MEGABYTE)
    assert status == 422
    assert "Ce fichier dépasse 50\u00a0Mo" in page
    status, page = browser.send_file_by_http2("/verifier/", TOO_MUCH)
    assert status == 413
    assert "dépasse 125\u00a0Mo" in page
