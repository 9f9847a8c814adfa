"""What a person writes while the script of the page is still on its way is saved with the rest."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import OpenBrowser, SignIn, Site
from .people import BUYER, READER

pytestmark = pytest.mark.long  # each waits for a page twice

SCRIPT = re.compile(r"/static/js/(answers|findings|grid)/main[^/]*\.js")


@contextmanager
def slow_script(page: Page, address: str) -> Iterator[None]:
    """Open a page whose script comes only after the block."""
    held: list[Route] = []
    page.route(SCRIPT, lambda route: held.append(route))  # noqa: PLW0108 - it marks the function
    page.goto(address, wait_until="commit")
    yield
    while not held:
        page.wait_for_timeout(20)
    for route in held:
        route.continue_()
    page.unroute(SCRIPT)


def read_again(page: Page, control: str, text: str, said: str) -> None:
    expect(page.locator(".save-state")).to_have_attribute("data-state", "saved")
    page.reload()
    expect(page.locator(control)).to_be_checked()
    expect(page.locator(text)).to_have_value(said)


def test_the_answer_of_a_candidate(open_browser: OpenBrowser, site: Site) -> None:
    page = open_browser().new_page()
    address = f"{site.url}/repondre/{site.things['filled_secret']}/chapitres/1/"
    page.goto(address)
    ref = page.locator(".answer-point").first.get_attribute("id")
    control, text = f'[name="{ref}.claim"][value="no"]', f'[name="{ref}.claim_text"]'
    with slow_script(page, address):
        page.locator(control).check()
        page.locator(text).fill("Avant le script.")
    read_again(page, control, text, "Avant le script.")


@pytest.mark.parametrize(
    ("who", "path", "field", "value"),
    [(BUYER, "", "score", "partial"), (READER, "constats/?afficher=tous", "finding", "reserved")],
)
def test_a_score_and_a_finding(
    who: str, path: str, field: str, value: str, sign_in: SignIn, site: Site
) -> None:
    page = sign_in(who)
    address = site.grid("findings") + path
    page.goto(address)
    ref = page.locator("tr.point:visible").nth(20).get_attribute("id")
    control, text = f'[name="{ref}.{field}"][value="{value}"]', f'[name="{ref}.comment"]'
    with slow_script(page, address):
        page.locator(control).check(force=True)
        page.locator(text).fill("Avant le script.")
    read_again(page, control, text, "Avant le script.")
