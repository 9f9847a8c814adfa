"""The chapters of an assessment: given to people, declared finished, taken up again."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid

pytestmark = pytest.mark.long


def radio(page: Page, ref: str, value: str):
    return page.locator(f'[name="{ref}.score"][value="{value}"]')


def chapter(page: Page, number: str):
    return page.locator(".chapters li").filter(
        has=page.locator(".chapter-number", has_text=re.compile(rf"^{number}$"))
    )


def assert_accessible(page: Page) -> None:
    assert Axe().run(page).response["violations"] == []


def test_a_chapter_is_declared_finished_and_follows_the_scores(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("people"))
    item = chapter(page, "1")
    state, button = item.locator(".chapter-state"), item.locator("button")
    expect(state).to_have_text("À commencer")
    expect(button).to_be_hidden()
    radio(page, "O-1.1", "compliant").check()
    expect(state).to_have_text("En cours")
    expect_saved(page)
    button.focus()
    page.keyboard.press("Enter")
    total = int(item.locator(".chapter-count").inner_text().split("/")[1])
    expect(state).to_have_text("Terminé" if total == 1 else "À corriger")
    expect(button).to_have_accessible_name("Rouvrir le chapitre 1")
    for element in page.locator('tbody[id="chapitre-1"] tr.point:not(.is-excluded)').all():
        ref = element.get_attribute("id") or ""
        radio(page, ref, "partial").check()
    expect(state).to_have_text("Terminé")
    expect_saved(page)
    assert_accessible(page)
    page.reload()
    expect(state).to_have_text("Terminé")
    button.click()
    expect(state).to_have_text("En cours")


def test_chapters_are_shared_and_finished_without_a_script(sign_in: SignIn, site: Site) -> None:
    page = sign_in(java_script_enabled=False)
    page.goto(site.grid("people"))
    page.get_by_role("link", name="Chapitres").click()
    line = page.locator("tr", has=page.get_by_role("link", name=re.compile(r"^2\. ")))
    line.get_by_role("combobox").select_option(label="Anne Petit (RSSI)")
    line.get_by_role("button", name=re.compile("^Confier")).click()
    expect(page.get_by_role("status")).to_contain_text("est confié à Anne Petit.")
    line.get_by_role("button", name=re.compile("^J’ai terminé")).click()
    expect(line).to_contain_text("À corriger")
    page.get_by_role("link", name="Grille").click()
    item = chapter(page, "2")
    expect(item.locator(".chapter-who")).to_have_text("Anne Petit")
    item.get_by_role("button", name="Rouvrir le chapitre 2").click()
    expect(page.get_by_role("status").first).to_contain_text("est rouvert.")
    expect(item.locator(".chapter-state")).to_have_text("À commencer")


def test_the_page_of_the_chapters_is_accessible_at_each_width(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    for width in (1440, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site.grid('people')}chapitres/")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
