"""A real server in a process of its own, on its own database and port, and a real Chromium."""

import json
import os
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
from playwright.sync_api import Browser, Page, sync_playwright

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
    environment = {
        **os.environ,
        "CLAUSIER_HOME": str(home),
        "DATABASE_URL": f"sqlite:///{home / 'site.sqlite3'}",
        "PYTHONWARNINGS": "default",
        "WEB_WORKERS": "1",
    }
    for command in (["migrate", "-v0"], ["createcachetable"], ["load_clausiers"]):
        run(["manage.py", *command], environment)
    made = json.loads(run(["-m", "tests.e2e.seed"], environment).splitlines()[-1])
    assert set(made) == set(ASSESSMENTS)
    with Server(environment) as url:
        yield Site(url, home / "site.sqlite3", made)


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
    """The server, from its start to its end."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __enter__(self) -> str:
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        number = self.listener.fileno()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--config", "python:uniha_clausier.webserver", "--bind", f"fd://{number}"),
            ],
            cwd=ROOT,
            env=self.environment,
            pass_fds=(number,),
            preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - nothing is left running
        )
        url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        wait_until_answering(url)
        return url

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
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


SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def cookies(browser: Browser, site: Site) -> Callable[[tuple[str, str]], Any]:
    """Sign a person in through the page, once for all the tests."""
    known: dict[tuple[str, str], Any] = {}

    def of(person: tuple[str, str]) -> Any:
        if person not in known:
            page = browser.new_page()
            page.goto(f"{site.url}/connexion/")
            fill_sign_in(page, person)
            known[person] = page.context.storage_state()
            page.context.close()
        return known[person]

    return of


def fill_sign_in(page: Page, person: tuple[str, str]) -> None:
    page.fill("[name=login]", person[0])
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/connexion/" not in url)


@pytest.fixture
def sign_in(browser: Browser, cookies: Callable[[tuple[str, str]], Any]) -> Iterator[SignIn]:
    """Open a browser of its own, signed in; its errors fail the test."""
    opened = []
    problems: list[str] = []

    def opener(person: tuple[str, str] = BUYER, **options: Any) -> Page:
        context = browser.new_context(
            locale="fr-FR",
            timezone_id="Europe/Paris",
            storage_state=cookies(person),
            **options,
        )
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield opener
    for context in opened:
        context.close()
    assert problems == []


def open_grid(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("#grille[data-ready]")
