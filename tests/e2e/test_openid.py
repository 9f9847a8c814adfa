"""The whole journey through a real OpenID provider: link, leave, come back, unlink."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

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


@pytest.fixture(scope="module")
def linked_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The product and a real provider, each in its own processes, which know each other."""
    home = tmp_path_factory.mktemp("openid")
    issuer = f"http://127.0.0.1:{free_port()}/o"
    environment = {
        **os.environ,
        "CLAUSIER_HOME": str(home),
        "DATABASE_URL": f"sqlite:///{home / 'site.sqlite3'}",
        "OPENID_PROVIDERS": str(declare_provider(home, issuer, userinfo="json")),
        "WEB_WORKERS": "1",
    }
    install(home / "site.sqlite3", environment)
    made = (
        "import django; django.setup(); from tests import factories; "
        f"factories.user(email={BUYER[0]!r}, password={PASSWORD!r})"
    )
    run(["-c", made], environment | {"DJANGO_SETTINGS_MODULE": "uniha_clausier.settings"})
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
        yield url
        provider.terminate()
        provider.wait(timeout=20)


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
