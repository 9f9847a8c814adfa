"""The profile of a purchase: what one tick changes, at once and in words."""

import re

from playwright.sync_api import Page, Route, expect

from .conftest import SignIn, Site

HEALTH = "Des données de santé sont traitées"
PERSONAL = "Le titulaire traite des données personnelles pour l’établissement"
MOBILE = "Des équipements mobiles sont fournis"
WEB = "La solution a une interface web"


def open_profile(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/check-lists/{site.things['profile_checklist']}/")


def asked(page: Page) -> int:
    return int(page.locator("[data-count]").inner_text())


def by_chapter(page: Page) -> int:
    return sum(int(text) for text in page.locator("[data-section] [data-asked]").all_inner_texts())


def test_the_lists_follow_each_tick(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_profile(page, site)
    before = asked(page)
    effect, change = page.locator(".effect"), page.locator("[data-change]")
    assert by_chapter(page) == before
    expect(effect).to_contain_text("Rien ne diffère de ce qui est enregistré.")
    page.get_by_label(MOBILE).uncheck()
    expect(change).to_contain_text("Pas encore enregistré.")
    without = asked(page)
    assert without < before and by_chapter(page) == without
    expect(change).to_contain_text(f"−{before - without} point")
    expect(page.locator("[data-asked-total]")).to_have_text(str(without))
    expect(effect.get_by_role("heading")).to_have_text(re.compile("sorti"))
    expect(effect.get_by_role("link")).to_have_count(before - without)
    expect(effect.get_by_role("link").first).to_have_attribute("href", re.compile("/points/O-"))
    page.get_by_label(MOBILE).check()
    expect(effect).to_contain_text("Rien ne diffère de ce qui est enregistré.")
    expect(change).to_be_empty()
    assert asked(page) == before


def test_the_keyboard_alone_ticks_and_follows_a_point(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_profile(page, site)
    box = page.get_by_label(WEB)
    box.focus()
    page.keyboard.press("Space")
    first = page.locator(".effect a").first
    expect(first).to_be_visible()
    expect(box).to_be_focused()  # the answer of the server takes the focus from nobody
    page.get_by_role("button", name="Enregistrer", exact=True).focus()
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    ref = first.inner_text()
    page.on("dialog", lambda dialog: dialog.accept())  # what is ticked is not saved
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(ref)


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


def test_a_lost_network_is_said_and_the_next_tick_mends_it(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_profile(page, site)

    def lose(route: Route) -> None:
        route.abort()

    page.route("**/profil/effet/*", lose)
    page.get_by_label(MOBILE).uncheck()
    expect(page.locator("[data-change]")).to_contain_text("vérifiez la connexion")
    page.unroute("**/profil/effet/*", lose)
    page.get_by_label(HEALTH).check()
    expect(page.locator("[data-change]")).to_contain_text("Pas encore enregistré.")
    expect(page.get_by_label(PERSONAL)).to_be_checked()


def test_the_server_keeps_what_the_page_counted(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_profile(page, site)
    page.get_by_label(HEALTH).check()
    expect(page.locator("[data-change]")).to_contain_text("Pas encore enregistré.")
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
