"""The profile of a purchase: what one tick changes, at once and in words."""

from playwright.sync_api import Page, expect

from .conftest import SignIn, Site

HEALTH = "Des données de santé sont traitées"
PERSONAL = "Le titulaire traite des données personnelles pour l’établissement"
MOBILE = "Des équipements mobiles sont fournis"


def open_profile(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/check-lists/{site.things['profile_checklist']}/")


def asked(page: Page) -> int:
    return int(page.locator("[data-count]").inner_text())


def by_chapter(page: Page) -> int:
    return sum(int(text) for text in page.locator("[data-section] [data-asked]").all_inner_texts())


def test_the_count_follows_each_tick_and_says_what_changes(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_profile(page, site)
    before = asked(page)
    assert by_chapter(page) == before
    page.get_by_label(MOBILE).uncheck()
    without = asked(page)
    assert without < before
    expect(page.locator("[data-change]")).to_contain_text(f"−{before - without} point")
    expect(page.locator("[data-change]")).to_contain_text("Pas encore enregistré.")
    assert by_chapter(page) == without
    expect(page.locator("[data-asked-total]")).to_have_text(str(without))
    page.get_by_label(MOBILE).check()
    assert asked(page) == before
    expect(page.locator("[data-change]")).to_contain_text(f"+{before - without} point")
    expect(page.locator("[data-change]")).not_to_contain_text("Pas encore enregistré.")


def test_what_a_tick_implies_is_ticked_and_explained(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_profile(page, site)
    personal, note = page.get_by_label(PERSONAL), page.locator("#office-DP")
    expect(personal).not_to_be_checked()
    expect(note).to_be_hidden()
    page.get_by_label(HEALTH).check()
    expect(personal).to_be_checked()
    expect(note).to_contain_text("Coché d’office, parce que")
    expect(personal).to_have_attribute("aria-disabled", "true")
    personal.press("Space")  # what is implied is not taken away by hand
    expect(personal).to_be_checked()
    page.get_by_label(HEALTH).uncheck()  # it goes with its reason
    expect(personal).not_to_be_checked()
    expect(note).to_be_hidden()


def test_the_server_keeps_what_the_page_counted(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_profile(page, site)
    page.get_by_label(HEALTH).check()
    counted = asked(page)
    page.get_by_role("button", name="Enregistrer et relire").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Points de contrôle")
    expect(page.locator(".page-state")).to_contain_text(f"{counted} points demandés sur 118")
    page.go_back()
    open_profile(page, site)
    assert asked(page) == counted
    expect(page.get_by_label(PERSONAL)).to_be_checked()
    page.get_by_label(HEALTH).uncheck()  # leave the lot as the other tests expect it
    page.get_by_label(PERSONAL).uncheck()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Le profil est enregistré.")
