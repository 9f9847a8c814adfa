"""Second factors in a real browser: an application of codes, then a key of the browser itself."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.accounts.codes import PERIOD, code_of

from .conftest import Site
from .people import CAREFUL, PASSWORD

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""What WebDriver calls a virtual authenticator: a key that says yes."""


@pytest.fixture
def url(site: Site) -> str:
    """A key belongs to the name of a site: an address made of numbers has none."""
    return site.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(locale="fr-FR")
    problems: list[str] = []
    context.on("weberror", lambda error: problems.append(str(error.error)))
    context.on(
        "console",
        lambda said: problems.append(said.text) if "Security Policy" in said.text else None,
    )
    yield context.new_page()
    context.close()
    assert problems == []


def give_password(page: Page, url: str) -> None:
    page.goto(f"{url}/connexion/")
    page.fill("[name=login]", CAREFUL[0])
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")


def prove(page: Page) -> None:
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Continuer").click()


def fresh_code(secret: str) -> str:
    """A code opens once: wait for the next one."""
    time.sleep(PERIOD - time.time() % PERIOD + 0.2)
    return code_of(secret)


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()


@pytest.mark.long
def test_from_no_factor_to_a_key_that_opens_alone(page: Page, url: str) -> None:
    give_password(page, url)
    page.goto(f"{url}/compte/securite/")
    expect(page.get_by_text("celle-ci")).to_be_visible()

    page.get_by_role("link", name="Ajouter une application").click()
    prove(page)
    secret = page.locator("ol code").inner_text()
    expect(page.get_by_role("img", name="Code à viser")).to_be_visible()
    page.fill("[name=code]", code_of(secret))
    page.get_by_role("button", name="Activer").click()
    shown = page.locator("#codes-de-secours").input_value().split()
    assert len(set(shown)) == 10

    sign_out(page)
    give_password(page, url)
    expect(page.get_by_role("heading", name="Second facteur")).to_be_visible()
    page.fill("[name=code]", "123456")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator("#id_code_error")).to_be_visible()
    page.fill("[name=code]", fresh_code(secret))
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.get_by_role("heading", name="Consultations")).to_be_visible()

    keys: CDPSession = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.goto(f"{url}/compte/securite/cles/ajouter/")
    prove(page)
    page.fill("[name=name]", "Ordinateur du bureau")
    page.check("[name=passwordless]")
    page.get_by_role("button", name="Présenter la clé").click()
    row = page.get_by_role("row", name="Ordinateur du bureau")
    expect(row.get_by_text("sans mot de passe")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(page.get_by_role("heading", name="Consultations")).to_be_visible()

    sign_out(page)
    give_password(page, url)
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page.get_by_role("heading", name="Consultations")).to_be_visible()

    page.goto(f"{url}/compte/securite/")
    page.get_by_role("link", name="Retirer «\u00a0Ordinateur du bureau\u00a0»").click()
    prove(page)
    page.get_by_role("button", name="Retirer la clé").click()
    expect(page.get_by_text("La clé d’accès est retirée.")).to_be_visible()
    expect(page.get_by_role("row", name="Ordinateur du bureau")).to_have_count(0)


def test_without_a_key_the_page_says_what_to_do(page: Page, url: str) -> None:
    """A browser without any: nothing answers, and the password remains."""
    page.goto(f"{url}/connexion/")
    page.evaluate(
        "() => { navigator.credentials.get = () =>"
        " Promise.reject(new DOMException('', 'NotAllowedError')) }"
    )
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(page.get_by_text("La clé n’a pas répondu")).to_be_visible()
    expect(page.locator("[name=password]")).to_be_editable()
