"""A real server and its worker, on their own database and port, and a real Chromium.

Every browser of the tests is opened by ``open_browser``, which watches it: a script that fails, a
request that leaves the site or a page without its Content-Security-Policy fails the test.
"""

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    WebError,
    expect,
    sync_playwright,
)

from tests import migrated
from uniha_clausier.common import processes

from .people import ASSESSMENTS, BUYER, PASSWORD

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SECONDS_TO_START = 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            # One server and one Chromium, whatever the number of processes of the run.
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass(frozen=True)
class Site:
    """The server under test, and a door to its database that the pages know nothing of."""

    url: str
    database: Path
    assessments: dict[str, int]
    things: dict[str, Any]
    """What the other stories are about: identifiers, by a name (see seed.py)."""

    def grid(self, name: str) -> str:
        return f"{self.url}/evaluations/{self.assessments[name]}/"

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def scores(self, name: str) -> dict[str, tuple[str, str]]:
        """The score and comment of each point, by its number, in official order."""
        rows = self.rows(
            "SELECT p.ref, s.value, s.comment FROM checklists_score s "
            "JOIN checklists_checklistitem i ON i.id = s.item_id "
            "JOIN checklists_controlpoint p ON p.id = i.point_id "
            "WHERE s.assessment_id = ? ORDER BY i.position",
            self.assessments[name],
        )
        return {ref: (value, comment) for ref, value, comment in rows}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    environment, made = seeded(home)
    with Server(environment) as url:
        yield Site(url, home / "site.sqlite3", **made)


def seeded(home: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """Write the data of the tests in a folder; return the environment of a server, and what is there."""
    environment = {
        **os.environ,
        "CLAUSIER_HOME": str(home),
        "DATABASE_URL": f"sqlite:///{home / 'site.sqlite3'}",
        "OPENID_PROVIDERS": str(declare_provider(home)),
        "PYTHONWARNINGS": "default",
        "WEB_WORKERS": "1",
    }
    install(home / "site.sqlite3", environment)
    made = json.loads(run(["-m", "tests.e2e.seed"], environment).splitlines()[-1])
    assert set(made["assessments"]) == set(ASSESSMENTS)
    return environment, made


def install(database: Path, environment: dict[str, str], *more: str) -> None:
    """Make the database of a server that is about to start; ``more``: commands run after."""
    migrated.copy_to(database)
    for command in ("createcachetable", "load_clausiers", *more):
        run(["manage.py", command], environment)


def declare_provider(
    home: Path, issuer: str = "http://127.0.0.1:9", secret: str = "secret", **more: Any
) -> Path:
    """Declare an identity provider, as an operator does; return the file."""
    (home / "secret-du-client").write_text(secret, encoding="utf-8")
    entry = {
        "id": "annuaire",
        "name": "Annuaire de Valmont",
        "issuer": issuer,
        "client_id": "clausier",
        "client_secret_file": "secret-du-client",
    }
    file = home / "fournisseurs.json"
    file.write_text(json.dumps([entry | more]), encoding="utf-8")
    return file


def run(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Server:
    """The web server and the worker that makes the documents, from their start to their end."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __enter__(self) -> str:
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        number = self.listener.fileno()
        web = [
            *("-m", "gunicorn"),
            *("--config", "python:uniha_clausier.webserver", "--bind", f"fd://{number}"),
        ]
        self.processes = [
            self.start(web, pass_fds=(number,)),
            self.start(["manage.py", "work"]),
        ]
        url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        wait_until_answering(url)
        return url

    def start(self, arguments: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - nothing is left running
            **options,
        )

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=20)
        self.listener.close()


def wait_until_answering(url: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/connexion/", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the server doesn't answer")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


# -- Browsers, watched -------------------------------------------------------------------------

STRICT = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
STRICTEST = {"sandbox", "default-src 'none'"}
"""The policy of a downloaded document: nothing in it may act."""


class Watch:
    """Notes what no page of the product may do, whatever the test is about."""

    def __init__(self, url: str) -> None:
        self.url, self.problems = url, list[str]()

    def over(self, context: BrowserContext) -> BrowserContext:
        context.on("weberror", self.on_error)
        context.on("console", self.on_console)
        context.on("request", self.on_request)
        context.on("response", self.on_response)
        return context

    def on_error(self, error: WebError) -> None:
        self.problems.append(f"script: {error.error}")

    def on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.problems.append(f"policy: {message.text}")

    def on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:")):
            self.problems.append(f"leaves the site: {request.url}")

    def on_response(self, response: Response) -> None:
        # The files of static/ hold no data and run nothing by themselves.
        if response.url.startswith((f"{self.url}/static/", "data:")):
            return
        given = response.headers.get("content-security-policy", "")
        policy = {part.strip() for part in given.split(";")}
        if policy not in (STRICT, STRICTEST):
            self.problems.append(f"policy of {response.status} {response.url}: {given!r}")

    def take(self) -> list[str]:
        taken, self.problems = self.problems, []
        return taken


@pytest.fixture(scope="session")
def watch(site: Site) -> Watch:
    return Watch(site.url)


@pytest.fixture(autouse=True)
def _nothing_forbidden_happens(watch: Watch) -> Iterator[None]:
    yield
    assert watch.take() == []


OpenBrowser = Callable[..., BrowserContext]


@pytest.fixture
def open_browser(browser: Browser, watch: Watch) -> Iterator[OpenBrowser]:
    """Open a French browser of its own, watched, without a session unless one is given."""
    opened: list[BrowserContext] = []

    def opener(**options: Any) -> BrowserContext:
        settings = {"locale": "fr-FR", "timezone_id": "Europe/Paris"}
        opened.append(watch.over(browser.new_context(**settings | options)))
        return opened[-1]

    yield opener
    for context in opened:
        context.close()


SignIn = Callable[..., Page]


Cookies = Callable[[tuple[str, str]], Any]


@pytest.fixture(scope="session")
def cookies(browser: Browser, site: Site, watch: Watch) -> Cookies:
    """Sign a person in through the page, once for all the tests."""
    known: dict[tuple[str, str], Any] = {}

    def of(person: tuple[str, str]) -> Any:
        if person not in known:
            context = watch.over(browser.new_context())
            page = context.new_page()
            page.goto(f"{site.url}/connexion/")
            fill_sign_in(page, person)
            known[person] = context.storage_state()
            context.close()
        return known[person]

    return of


def fill_sign_in(page: Page, person: tuple[str, str]) -> None:
    page.fill("[name=login]", person[0])
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/connexion/" not in url)


@pytest.fixture
def sign_in(open_browser: OpenBrowser, cookies: Cookies) -> SignIn:
    """Open a browser of its own, signed in."""

    def opener(person: tuple[str, str] = BUYER, **options: Any) -> Page:
        return open_browser(storage_state=cookies(person), **options).new_page()

    return opener


SAVED = re.compile(r"^Enregistré à \d\d:\d\d$")


def expect_saved(page: Page) -> None:
    """No row waits any more, and the line says so: the line alone may still tell the save before."""
    expect(page.locator('tr[data-state="saving"]')).to_have_count(0)
    expect(page.locator(".save-state")).to_have_text(SAVED)
    expect(page.locator(".save-state")).to_have_attribute("data-state", "saved")


def open_grid(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("#grille[data-ready]")
