"""No network, the end of the session, another person in the same browser: nothing is lost."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page, expect

from .acts import lasts
from .conftest import OpenBrowser, SignIn, Site, expect_saved, fill_sign_in
from .people import BUYER, COLLEAGUE, PASSWORD

pytestmark = pytest.mark.long

BEAT = 15_000


@pytest.fixture
def page(open_browser: OpenBrowser, site: Site) -> Page:
    """A session of its own: the tests end it."""
    opened = open_browser().new_page()
    opened.clock.install()
    opened.goto(f"{site.url}/connexion/")
    fill_sign_in(opened, BUYER)
    return opened


def open_grid(page: Page, url: str) -> None:
    with page.expect_response("**/presence/"):
        page.goto(url)
    page.wait_for_selector("#grille[data-ready]")


def comment(page: Page, ref: str):
    return page.locator(f'[name="{ref}.comment"]')


def state(page: Page):
    return page.locator(".save-state")


def beat(page: Page) -> None:
    with page.expect_event(
        "requestfinished", lambda r: r.url.endswith("/presence/"), timeout=10_000
    ):
        page.clock.fast_forward(BEAT)


def assert_accessible(page: Page) -> None:
    assert Axe().run(page).response["violations"] == []


# -- The session -------------------------------------------------------------------------------


def test_the_end_of_the_session_is_told_before_and_put_off(page: Page, site: Site) -> None:
    open_grid(page, site.grid("sessions"))
    expect(page.locator(".session-notice")).to_have_count(0)
    lasts(page, site, 240)
    beat(page)
    notice = page.locator(".session-notice")
    expect(notice).to_contain_text(re.compile(r"Votre session se termine à \d\d:\d\d\."))
    expect(page.locator(".said")).to_contain_text("Votre session se termine à")
    assert_accessible(page)
    page.get_by_role("button", name="Prolonger la session").click()
    expect(notice).to_have_count(0)
    expect(page.locator(".said")).to_have_text("Session prolongée.")
    beat(page)
    expect(notice).to_have_count(0)


def test_a_session_that_ends_in_mid_sentence_is_opened_again_in_place(
    page: Page, site: Site
) -> None:
    open_grid(page, site.grid("sessions"))
    comment(page, "O-1.1").click()
    page.keyboard.type("Le candidat décrit ")
    page.clock.run_for(600)
    expect_saved(page)
    lasts(page, site, -1)
    page.keyboard.type("sa procédure")
    page.clock.run_for(600)
    expect(state(page)).to_have_text("Échec\u00a0: session expirée – 1 saisie en attente")
    page.keyboard.type(" de sauvegarde.")  # writing goes on: nothing took the focus away
    page.clock.run_for(600)
    page.get_by_role("button", name="Se reconnecter").click()
    dialog = page.get_by_role("dialog", name="Se reconnecter")
    expect(dialog.get_by_label("Adresse électronique")).to_have_value(BUYER[0])
    expect(dialog.get_by_label("Mot de passe")).to_be_focused()
    assert_accessible(page)
    page.keyboard.type("pas le bon mot de passe")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text(re.compile("^L’adresse ou le mot de passe"))
    dialog.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect_saved(page)
    expect(page.locator(".save-alert")).to_be_empty()
    expect(comment(page, "O-1.1")).to_be_focused()
    whole = "Le candidat décrit sa procédure de sauvegarde."
    assert site.scores("sessions")["O-1.1"][1] == whole


def test_nobody_writes_under_a_name_what_another_person_typed(page: Page, site: Site) -> None:
    open_grid(page, site.grid("sessions"))
    lasts(page, site, -1)
    comment(page, "O-2.1").fill("Tapé par Claire.")
    page.clock.run_for(600)
    expect(state(page)).to_contain_text("session expirée – 1 saisie en attente")
    other = page.context.new_page()
    other.goto(f"{site.url}/connexion/")
    fill_sign_in(other, COLLEAGUE)
    other.close()
    page.get_by_role("button", name="Réessayer").click()
    expect(state(page)).to_have_text(
        "Échec\u00a0: une autre personne est connectée – 1 saisie en attente"
    )
    page.get_by_role("button", name="Se reconnecter").click()
    dialog = page.get_by_role("dialog", name="Se reconnecter")
    dialog.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("Une autre personne est connectée")
    assert site.scores("sessions")["O-2.1"][1] == ""
    assert comment(page, "O-2.1").input_value() == "Tapé par Claire."


# -- The network -------------------------------------------------------------------------------


def test_five_minutes_without_a_network_lose_none_of_twenty_edits(page: Page, site: Site) -> None:
    open_grid(page, site.grid("cut"))
    page.context.set_offline(True)
    expect(state(page)).to_have_text("Hors connexion – aucune saisie en attente")
    assert_accessible(page)
    refs = list(site.scores("cut"))[:20]
    page.locator(f'tr[id="{refs[0]}"]').focus()
    for number, ref in enumerate(refs, start=1):
        assert page.evaluate("document.activeElement.id") == ref
        page.keyboard.press("3")
        page.clock.fast_forward(BEAT)  # 20 × 15 seconds: five minutes
        waiting = "1 saisie en attente" if number == 1 else f"{number} saisies en attente"
        expect(state(page)).to_have_text(f"Hors connexion – {waiting}")
    page.context.set_offline(False)
    page.clock.run_for(31_000)
    expect_saved(page)
    expect(page.locator("tr[data-state]")).to_have_count(0)
    scores = [value for value, _ in site.scores("cut").values()]
    assert scores[:20] == ["non_compliant"] * 20 and set(scores[20:]) == {""}


def test_a_network_that_is_lost_and_found_without_a_word_of_the_browser_is_noticed(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in()
    page.clock.install()
    open_grid(page, site.grid("cut"))
    page.route("**/presence/", lambda route: route.abort())
    page.clock.fast_forward(BEAT)
    expect(state(page)).to_have_text("Hors connexion – aucune saisie en attente")
    page.unroute("**/presence/")
    beat(page)
    expect(state(page)).to_have_text("")


def test_closing_the_tab_with_unsaved_text_asks(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("cut"))
    page.context.set_offline(True)
    comment(page, "O-5.1").fill("Pas encore parti.")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert asked == ["beforeunload"]
