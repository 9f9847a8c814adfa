"""Without JavaScript, the end of the session does not lose what was typed."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from .acts import lasts
from .conftest import OpenBrowser, Site, fill_sign_in
from .people import BUYER, COLLEAGUE, PASSWORD

TYPED = "Première ligne.\nLe candidat <b>décrit</b> sa procédure."


@pytest.mark.long
def test_a_chapter_sent_too_late_is_shown_and_sent_again(
    open_browser: OpenBrowser, site: Site
) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{site.url}/connexion/")
    fill_sign_in(page, BUYER)
    page.goto(site.grid("plain"))
    page.locator('[name="O-6.1.comment"]').fill(TYPED)
    lasts(page, site, -1)
    page.get_by_role("button", name="Enregistrer le chapitre 6").click()
    expect(page.locator(".messages")).to_contain_text("est gardé trente minutes")
    fill_sign_in_again(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Reprendre ma saisie")
    shown = page.locator("dd", has_text="Première ligne.")
    expect(shown).to_contain_text("Le candidat <b>décrit</b> sa procédure.")
    assert site.scores("plain")["O-6.1"][1] != TYPED
    page.get_by_role("button", name="Envoyer de nouveau").click()
    expect(page.locator(".messages")).to_contain_text("1 modification")
    assert site.scores("plain")["O-6.1"][1] == TYPED


@pytest.mark.parametrize("width", [320, 1440])
def test_the_page_is_accessible_and_fits(open_browser: OpenBrowser, site: Site, width: int) -> None:
    page = open_browser(viewport={"width": width, "height": 800}).new_page()
    page.goto(f"{site.url}/connexion/")
    fill_sign_in(page, BUYER)
    page.goto(
        site.url + reverse("checklists:comment_template_create", args=[site.things["facility"]])
    )
    page.get_by_label("Texte").fill(TYPED)
    lasts(page, site, -1)
    page.locator("main form button[type=submit]").click()
    fill_sign_in_again(page)
    expect(page.get_by_role("button", name="Envoyer de nouveau")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.long
def test_a_colleague_at_the_same_computer_sees_nothing(
    open_browser: OpenBrowser, site: Site
) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{site.url}/connexion/")
    fill_sign_in(page, BUYER)
    page.goto(site.grid("plain"))
    page.locator('[name="O-6.2.comment"]').fill("Tapé par Claire.")
    lasts(page, site, -1)
    page.get_by_role("button", name="Enregistrer le chapitre 6").click()
    fill_sign_in_again(page, COLLEAGUE)
    expect(page.get_by_role("heading", name="Aucune saisie à reprendre")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("Tapé par Claire.")


def fill_sign_in_again(page: Page, person: tuple[str, str] = BUYER) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    page.fill("[name=login]", person[0])
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
