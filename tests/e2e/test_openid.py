"""The whole journey through a real OpenID provider: link, leave, come back, unlink."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from uniha_clausier.common import processes

from .conftest import ROOT, Server, declare_provider, install, run
from .people import BUYER, PASSWORD

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def _nothing_forbidden_happens() -> None:
    """This journey leaves the site, on purpose: the site of the other tests is not watched."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


@contextmanager
def known_to_each_other(home: Path, *arguments: str, **more: str) -> Iterator[tuple[str, str]]:
    """The product and a real provider, each in its own processes; with what one command prints."""
    issuer = f"http://127.0.0.1:{free_port()}/o"
    environment = {
        **os.environ,
        "CLAUSIER_HOME": str(home),
        "DATABASE_URL": f"sqlite:///{home / 'site.sqlite3'}",
        "OPENID_PROVIDERS": str(declare_provider(home, issuer, userinfo="json")),
        "WEB_WORKERS": "1",
        **more,
    }
    install(home / "site.sqlite3", environment)
    told = run(list(arguments), environment | {"DJANGO_SETTINGS_MODULE": "uniha_clausier.settings"})
    with Server(environment) as url:
        provider = subprocess.Popen(
            [sys.executable, "-m", "tests.accounts.openid_provider"],
            cwd=ROOT,
            env={
                **{k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
                "PROVIDER_HOME": str(home),
                "PROVIDER_ISSUER": issuer,
                "PROVIDER_CLIENT": url,
            },
            preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - nothing is left running
        )
        wait_for(f"{issuer}/.well-known/openid-configuration")
        yield url, told
        provider.terminate()
        provider.wait(timeout=20)


@pytest.fixture
def linked_site(tmp_path: Path) -> Iterator[str]:
    """With an account that is linked to nothing yet."""
    made = (
        "import django; django.setup(); from tests import factories; "
        f"factories.user(email={BUYER[0]!r}, password={PASSWORD!r})"
    )
    with known_to_each_other(tmp_path, "-c", made) as (url, _told):
        yield url


@pytest.fixture
def invited(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Where no password opens, somebody who was invited by the command; the site, and their link."""
    told = ("--name", "Claire Martin", "--facility", "Hôpital de Valmont", "--role", "buyer")
    command = ("manage.py", "add_member", BUYER[0], *told)
    with known_to_each_other(tmp_path, *command, OPENID_ONLY="1") as (url, printed):
        yield url, f"{url}{printed.split()[-1]}"


def enter_there(page: Page) -> None:
    """Sign in at the provider."""
    page.fill("[name=username]", "claire")
    page.fill("[name=password]", "mot de passe annuaire")
    page.get_by_role("button", name="Entrer").click()


def test_link_leave_come_back_unlink(browser: Browser, linked_site: str) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{linked_site}/connexion/")
    page.fill("[name=login]", BUYER[0])
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/connexion/" not in url)
    page.goto(f"{linked_site}/compte/identites/")
    page.get_by_role("button", name="Relier").click()
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/login/**")
    enter_there(page)
    expect(page.get_by_text("Votre compte est relié")).to_be_visible()
    page.goto(f"{linked_site}/deconnexion/")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    # The provider has its own session, and asks nothing again.
    page.get_by_role("button", name="Se connecter par").click()
    page.wait_for_url(f"{linked_site}/consultations/")
    page.goto(f"{linked_site}/compte/identites/")
    page.get_by_role("button", name="Délier").click()
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.get_by_text("Aucune identité reliée")).to_be_visible()
    page.context.close()


def test_invited_where_no_password_opens(browser: Browser, invited: tuple[str, str]) -> None:
    site, link = invited
    page = browser.new_context().new_page()
    page.goto(link)
    expect(page.locator("[name=password]")).to_have_count(0)
    page.get_by_role("button", name="Continuer avec « Annuaire de Valmont »").click()
    page.wait_for_url("**/login/**")
    enter_there(page)
    expect(
        page.get_by_text("Vous êtes maintenant membre de cet établissement : Hôpital de Valmont.")
    ).to_be_visible()
    page.goto(f"{site}/compte/")
    expect(page.get_by_text(BUYER[0])).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Acheteur")
    page.goto(f"{site}/deconnexion/")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    # The provider, by which they came in, has closed its own session too.
    page.get_by_role("button", name="Se connecter par").click()
    page.wait_for_url("**/login/**")
    enter_there(page)
    page.wait_for_url(f"{site}/consultations/")
    page.goto(link)
    expect(page.get_by_text("Elle a déjà été acceptée")).to_be_visible()
    page.context.close()
