"""Every page, in every state and for whoever sees it otherwise: names, axe, contrast, width."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.access.matrix import RULES
from uniha_clausier.accounts.enums import Role

from .conftest import Cookies, Site, Watch
from .not_pages import NOT_PAGES
from .pages import VISITS
from .people import BUYER, DPO, ENGINEER, ONLOOKER
from .visits import NOBODY, Person, Visit

WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 640}
AXE = Axe().axe_script
STATUS = "performance.getEntriesByType('navigation')[0].responseStatus"
RUN = "options => axe.run(document, options).then(results => results.violations)"


def test_every_page_is_visited() -> None:
    """A route that answers a GET is looked at, or it says why not."""
    routes = {name for name, rule in RULES.items() if rule.get}
    known = {visit.route for visit in VISITS} | set(NOT_PAGES)
    assert sorted(routes ^ known) == []


def test_every_visit_has_its_name() -> None:
    names = [str(visit) for visit in VISITS]
    assert sorted(names) == sorted(set(names))


@pytest.fixture(scope="module")
def look(browser: Browser, watch: Watch, cookies: Cookies) -> Iterator[Callable[[Person], Page]]:
    """Open a page as somebody, in the one browser of that person."""
    browsers: dict[Person, BrowserContext] = {}

    def opener(who: Person) -> Page:
        if who not in browsers:
            state = None if who == NOBODY else cookies(who)
            browsers[who] = watch.over(browser.new_context(locale="fr-FR", storage_state=state))
        page = browsers[who].new_page()
        page.set_viewport_size(WIDE)
        return page

    yield opener
    for context in browsers.values():
        context.close()


def first_states() -> list[Any]:
    """Each page as it opens first; its other states are visited by make test-long."""
    return [
        pytest.param(visit, id=str(visit), marks=[pytest.mark.long] if visit.state else [])
        for visit in VISITS
    ]


@pytest.mark.parametrize("visit", first_states())
def test_page(visit: Visit, look: Callable[[Person], Page], site: Site) -> None:
    page = look(visit.who)
    visit.open(page, site)
    page.evaluate(AXE)
    problems = {
        "frame": frame(page, visit),
        "axe, wide": violations(page, contrast=False),
        "light": contrasts(page, "light"),
    }
    page.set_viewport_size(NARROW)
    problems["sideways"] = page.evaluate("inspection.overflow()")
    page.close()
    assert {what: found for what, found in problems.items() if found} == {}


@pytest.mark.long
@pytest.mark.parametrize("visit", VISITS, ids=str)
def test_page_in_the_dark_and_on_a_phone(
    visit: Visit, look: Callable[[Person], Page], site: Site
) -> None:
    page = look(visit.who)
    visit.open(page, site)
    page.evaluate(AXE)
    problems = {"dark": contrasts(page, "dark")}
    page.emulate_media(color_scheme="light")
    if not visit.is_long:
        problems["axe, contrast"] = violations(page, contrast=True)
    page.set_viewport_size(NARROW)
    problems["axe, narrow"] = violations(page, contrast=False)
    page.close()
    assert {what: found for what, found in problems.items() if found} == {}


OTHERS = {
    Role.DPO: DPO,
    Role.BIOMEDICAL_ENGINEER: ENGINEER,
    Role.READER: ONLOOKER,
}
"""Those who make no visit of their own, in the hospital whose buyer makes most of them."""


def by_others() -> list[Any]:
    """The visits of the buyer that are only looked at, by each other role that may."""
    return [
        pytest.param(visit, person, id=f"{visit}-by-{role}")
        for visit in VISITS
        if visit.who == BUYER and visit.then is None and visit.state != "unknown"  # a 404
        for role, person in OTHERS.items()
        if role in RULES[visit.route].get.people  # type: ignore[union-attr]
    ]


@pytest.mark.long
@pytest.mark.parametrize(("visit", "person"), by_others())
def test_page_of_the_buyer_by_another_role(
    visit: Visit, person: Person, look: Callable[[Person], Page], site: Site
) -> None:
    """What a role sees less, or otherwise: buttons that are not there, reasons why."""
    page = look(person)
    visit.open(page, site)
    page.evaluate(AXE)
    problems = {
        "status": page.evaluate(STATUS) - 200,
        "frame": frame(page, replace(visit, title="")),
        "axe": violations(page, contrast=False),
        "light": contrasts(page, "light"),
        "dark": contrasts(page, "dark"),
    }
    page.close()
    assert {what: found for what, found in problems.items() if found} == {}


def frame(page: Page, visit: Visit) -> list[str]:
    """The name of the page says where one is; one title stands above all; the text is French."""
    given = page.evaluate("inspection.frame()")
    name, _, product = given["title"].rpartition(" – ")
    right = {
        "title": product == "Clausier" and name.strip() != "" and visit.title in name,
        "headings": given["headings"] == 1,
        "language": given["language"] == "fr",
    }
    return [f"{what}: {given[what]}" for what, holds in right.items() if not holds]


def violations(page: Page, *, contrast: bool) -> list[str]:
    """What axe finds. Its rule of contrast is slow, and weaker than ``contrasts`` below."""
    options = {
        "resultTypes": ["violations"],
        "rules": {"color-contrast": {"enabled": contrast}},
    }
    return [
        f"{found['id']}: {node['html'][:160]}"
        for found in page.evaluate(RUN, options)
        for node in found["nodes"]
    ]


def contrasts(page: Page, scheme: str) -> list[str]:
    """What is too pale in one colour scheme: texts under 4.5, borders and parts under 3."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found: list[str] = page.evaluate("[...inspection.textProblems(), ...inspection.partProblems()]")
    return found
