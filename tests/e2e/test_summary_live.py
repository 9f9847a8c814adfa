"""The open summary follows the scoring, and nothing moves under its reader."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid
from .people import BUYER, COLLEAGUE

NAME = "live"
UPDATED = re.compile(r"^Synthèse mise à jour à \d\d:\d\d$")


def open_summary(page: Page, site: Site) -> None:
    page.goto(site.grid(NAME) + "synthese/")
    expect(page.locator("#chiffres")).to_be_visible()


def score(page: Page, ref: str, value: str) -> None:
    page.locator(f'[name="{ref}.score"][value="{value}"]').check()
    expect_saved(page)


def test_scoring_in_another_tab_changes_the_summary_at_once(sign_in: SignIn, site: Site) -> None:
    summary = sign_in()
    grid = summary.context.new_page()
    open_summary(summary, site)
    # A reader is at a link far down the page.
    link = summary.locator("#manque ~ .missing-list a").last
    where = link.evaluate(
        """link => {
            link.scrollIntoView({ block: "center", behavior: "instant" });
            link.focus({ preventScroll: true });
            return link.getBoundingClientRect().top;
        }"""
    )
    open_grid(grid, site.grid(NAME))
    score(grid, "O-1.1", "non_compliant")
    section = summary.locator("section", has=summary.locator("#non-conformites"))
    summary.bring_to_front()
    expect(section.get_by_role("link", name="O-1.1", exact=True)).to_be_visible()
    left = [value for value, _ in site.scores(NAME).values()].count("")
    head = summary.locator("#entete-synthese")
    expect(head).to_contain_text(f"Noter les {left} points manquants")
    expect(summary.locator("#fraicheur")).to_have_text(UPDATED)
    assert Axe().run(summary).response["violations"] == []
    # The same link has the focus, at the same height of the window.
    href = summary.evaluate("document.activeElement.getAttribute('href')")
    assert href == link.get_attribute("href")
    now = summary.evaluate("document.activeElement.getBoundingClientRect().top")
    assert abs(now - where) < 30, (where, now)


def test_what_a_colleague_scores_arrives_by_itself(sign_in: SignIn, site: Site) -> None:
    summary, grid = sign_in(BUYER), sign_in(COLLEAGUE)
    summary.clock.install()
    open_summary(summary, site)
    open_grid(grid, site.grid(NAME))
    score(grid, "O-2.1", "to_clarify")
    score(grid, "O-4.1", "compliant")  # the only point of its chapter
    summary.clock.run_for(16_000)
    section = summary.locator("section", has=summary.locator("#a-preciser"))
    expect(section.get_by_role("link", name="O-2.1", exact=True)).to_be_visible()
    chart = summary.locator("figure.chart svg").first
    expect(chart).to_contain_text(re.compile(r"100,0\s%"))
    rates = summary.get_by_role("row", name=re.compile(r"^4 "))
    expect(rates).to_contain_text("1 / 1")


def test_an_expired_session_never_puts_a_sign_in_page_into_the_summary(
    sign_in: SignIn, site: Site
) -> None:
    summary = sign_in()
    summary.clock.install()
    open_summary(summary, site)
    before = summary.locator("#chiffres").inner_text()
    summary.context.clear_cookies()
    summary.clock.run_for(16_000)
    expect(summary.locator("#fraicheur")).to_contain_text("Votre session a expiré")
    assert summary.locator("#chiffres").inner_text() == before


def test_a_cut_network_is_said_and_the_figures_stay(sign_in: SignIn, site: Site) -> None:
    summary = sign_in()
    summary.clock.install()
    open_summary(summary, site)
    summary.context.set_offline(True)
    summary.clock.run_for(16_000)
    expect(summary.locator("#fraicheur")).to_contain_text("Le serveur ne répond pas")
    expect(summary.locator("#chiffres")).to_contain_text("de conformité")
