"""A reviewer works by keyboard, and meets a colleague and the buyer on one point."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid
from .people import BUYER, READER

READY = "#constats[data-ready]"


def open_findings(page: Page, site: Site, query: str = "") -> None:
    page.goto(f"{site.grid('findings')}constats/{query}")
    page.wait_for_selector(READY)


def choice(page: Page, ref: str, value: str):
    return page.locator(f'[name="{ref}.finding"][value="{value}"]')


def refs(page: Page) -> list[str]:
    rows = page.locator("tr.point").all()
    return [row.get_attribute("id") or "" for row in rows]


def test_a_reviewer_finds_by_two_keystrokes_and_the_page_counts_what_is_left(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in(READER)
    open_findings(page, site)
    first, second, third = refs(page)[:3]
    left = page.get_by_text(f"Constats à donner\u00a0: {len(refs(page)) - 2} sur")
    page.locator(f'tr[id="{first}"]').focus()
    page.keyboard.press("Digit1")
    expect(page.locator(f'tr[id="{second}"]')).to_be_focused()
    page.keyboard.press("Digit3")
    expect(page.locator(f'tr[id="{third}"]')).to_be_focused()
    expect(left).to_be_visible()
    page.keyboard.press("e")
    page.keyboard.type("Quel délai, et qui le tient")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect_saved(page)
    page.reload()
    page.wait_for_selector(READY)
    assert refs(page)[0] == third
    expect(page.locator(f'[name="{third}.comment"]')).to_have_value("Quel délai, et qui le tient")
    expect(page.locator(f'[name="{third}.sharing"]')).to_be_checked()
    open_findings(page, site, "?afficher=tous")
    expect(choice(page, first, "favourable")).to_be_checked()
    expect(choice(page, second, "unfavourable")).to_be_checked()
    page.locator(f'tr[id="{first}"]').get_by_role("button", name="Effacer").click()
    expect(choice(page, first, "favourable")).not_to_be_checked()
    expect_saved(page)


@pytest.mark.long
def test_two_people_meet_on_one_point_and_nothing_is_lost(sign_in: SignIn, site: Site) -> None:
    here, there, buyer = sign_in(READER), sign_in(READER), sign_in(BUYER)
    for page in (here, there):
        open_findings(page, site, "?afficher=tous")
    ref = refs(here)[-1]
    here.locator(f'tr[id="{ref}"]').focus()
    here.keyboard.press("Digit3")
    expect_saved(here)
    there.locator(f'tr[id="{ref}"]').focus()
    there.keyboard.press("Digit1")
    conflict = there.get_by_role("group", name=f"Conflit sur le point {ref}")
    expect(conflict).to_contain_text("Défavorable")
    expect(conflict).to_contain_text("Anne Petit")
    conflict.get_by_role("button", name="Prendre l’autre").click()
    expect(choice(there, ref, "unfavourable")).to_be_checked()
    open_grid(buyer, site.grid("findings"))
    row = buyer.locator(f'tr[id="{ref}"]')
    expect(row.locator(".found")).to_contain_text("Défavorable RSSI, Anne Petit")
    departs = row.get_by_text("La note s’écarte d’un constat")
    expect(departs).to_be_hidden()
    row.locator('.scores input[value="compliant"]').check()
    expect(departs).to_be_visible()
    row.locator('[name$=".comment"]').fill("La preuve est en annexe.")
    expect(departs).to_be_hidden()
    expect_saved(buyer)
