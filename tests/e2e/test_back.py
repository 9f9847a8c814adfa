"""The « back » of a browser: nothing of a facility after signing out, nothing lost before."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from .conftest import (
    ARGUMENTS,
    CHROMIUM,
    SignIn,
    Site,
    Watch,
    expect_saved,
    fill_sign_in,
    open_grid,
)
from .people import BUYER

pytestmark = pytest.mark.long

HERE = "CHU de Valmont"


@pytest.fixture
def usual(browser: Browser, watch: Watch) -> Iterator[BrowserContext]:
    """A browser that keeps whole pages for « back », as people's do and those of tests don't."""
    keeping = browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=ARGUMENTS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield watch.over(keeping.new_context(locale="fr-FR"))
    keeping.close()


def sign_out(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/deconnexion/")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("body")).not_to_contain_text(HERE)


def test_after_signing_out_back_shows_nothing(usual: BrowserContext, site: Site) -> None:
    """A session of its own: that of the other tests stays open."""
    page = usual.new_page()
    page.goto(f"{site.url}/connexion/")
    fill_sign_in(page, BUYER)
    for url in (f"{site.url}/consultations/", site.grid("reload")):
        page.goto(url)
        expect(page.locator("body")).to_contain_text(HERE)
    sign_out(page, site)
    for _step in range(4):
        page.go_back()
        page.wait_for_load_state()
        expect(page.locator("body")).not_to_contain_text(HERE)
        expect(page.locator("body")).not_to_contain_text("Claire Martin")
    expect(page.locator("[name=password]")).to_be_visible()


def test_a_page_that_a_browser_may_keep_would_be_seen(usual: BrowserContext, site: Site) -> None:
    """The same page, without what forbids to keep it: « back » shows it after signing out."""

    def may_be_kept(route: Route) -> None:
        given = route.fetch()
        headers = {k: v for k, v in given.headers.items() if k not in {"cache-control", "expires"}}
        route.fulfill(response=given, headers=headers)

    page = usual.new_page()
    page.goto(f"{site.url}/connexion/")
    fill_sign_in(page, BUYER)
    page.route("**/consultations/", may_be_kept, times=1)
    page.goto(f"{site.url}/consultations/")
    sign_out(page, site)
    for _step in range(2):
        page.go_back(wait_until="commit")  # a kept page is not loaded again
    expect(page).to_have_url(f"{site.url}/consultations/")
    expect(page.locator("body")).to_contain_text(HERE)


def test_back_and_forward_lose_nothing_of_the_grid(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("back"))
    comment = page.locator('[name="O-3.1.comment"]')
    comment.fill("Écrit juste avant de partir.")
    comment.blur()
    expect_saved(page)
    page.goto(f"{site.url}/consultations/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.go_back()
    page.wait_for_selector("#grille[data-ready]")
    expect(comment).to_have_value("Écrit juste avant de partir.")
    page.locator('[name="O-3.2.comment"]').fill("Et ceci, au retour.")
    page.locator('[name="O-3.2.comment"]').blur()
    expect_saved(page)
    page.go_forward()
    expect(page).to_have_url(f"{site.url}/consultations/")
    page.go_back()
    page.wait_for_selector("#grille[data-ready]")
    expect(comment).to_have_value("Écrit juste avant de partir.")
    expect(page.locator('[name="O-3.2.comment"]')).to_have_value("Et ceci, au retour.")
    assert site.scores("back")["O-3.2"][1] == "Et ceci, au retour."
