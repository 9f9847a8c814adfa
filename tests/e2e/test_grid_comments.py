"""The comments kept ready are inserted by a key, and a past value of a point is put back."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid
from .people import COLLEAGUE
from .test_grid import Keyboard, comment, focused, radio, row, write

pytestmark = pytest.mark.long

TITLES = ("Délai à dater", "Preuve absente", "Conforme après lecture")


def add_templates(page: Page, site: Site) -> None:
    """Keep three comments ready, once for all the tests."""
    page.goto(site.grid("templates"))
    page.get_by_role("link", name="Modèles de commentaires").click()
    for title in TITLES:
        page.wait_for_load_state()
        if page.get_by_role("rowheader", name=title).count():
            continue
        page.get_by_role("link", name="Ajouter un modèle").click()
        page.get_by_label("Titre").fill(title)
        page.get_by_label("Texte").fill(f"{title} : à reprendre.")
        if title.startswith("Conforme"):
            page.get_by_label("Note concernée").select_option("compliant")
        page.get_by_role("button", name="Ajouter le modèle").click()
        expect(page.get_by_role("rowheader", name=title)).to_be_visible()


def test_a_comment_kept_ready_is_inserted_by_two_keys_saved_and_undone(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in()
    add_templates(page, site)
    assert Axe().run(page).response["violations"] == []
    open_grid(page, site.grid("templates"))
    row(page, "O-7.1").focus()
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name="Insérer un modèle de commentaire")
    expect(dialog.get_by_label("Chercher un modèle")).to_be_focused()
    assert Axe().run(page).response["violations"] == []
    item = dialog.locator(".template-choice li", has_text="Preuve absente")
    Keyboard(page).digit(item.locator("kbd").inner_text())
    expect(comment(page, "O-7.1")).to_have_value("Preuve absente : à reprendre.")
    expect(comment(page, "O-7.1")).to_be_focused()
    expect_saved(page)
    assert site.scores("templates")["O-7.1"][1] == "Preuve absente : à reprendre."
    page.keyboard.press("Escape")
    assert focused(page) == "O-7.1"
    page.keyboard.press("Control+z")
    expect(comment(page, "O-7.1")).to_have_value("")
    expect_saved(page)


def test_the_search_finds_and_the_text_goes_to_the_caret(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    add_templates(page, site)
    open_grid(page, site.grid("templates"))
    comment(page, "O-7.2").fill("Avant. Après.")
    comment(page, "O-7.2").evaluate("field => field.setSelectionRange(6, 6)")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    search = page.get_by_label("Chercher un modèle")
    search.fill("introuvable")
    expect(page.get_by_text("Aucun modèle ne correspond")).to_be_visible()
    search.fill("delai")
    expect(page.locator(".template-choice li:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(comment(page, "O-7.2")).to_have_value("Avant. Délai à dater : à reprendre. Après.")
    expect_saved(page)


def test_the_comments_of_the_score_come_first(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    add_templates(page, site)
    open_grid(page, site.grid("templates"))
    radio(page, "O-5.1", "compliant").check()
    row(page, "O-5.1").focus()
    page.keyboard.press("t")
    first = page.locator(".template-choice li").first
    expect(first).to_contain_text("Conforme après lecture")
    expect(first.locator("kbd")).to_have_text("1")
    page.keyboard.press("ArrowDown")
    expect(first.get_by_role("button")).to_be_focused()
    page.keyboard.press("Escape")
    assert focused(page) == "O-5.1"


# -- A past value ------------------------------------------------------------------------------


def history(page: Page, site: Site, ref: str) -> None:
    page.goto(site.grid("restore") + f"points/{ref}/historique/")


def test_a_past_value_comes_back_from_the_history_without_javascript(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in()
    open_grid(page, site.grid("restore"))
    for value in ("partial", "non_compliant"):
        radio(page, "O-7.1", value).check()
        expect_saved(page)
    plain = sign_in(java_script_enabled=False)
    history(plain, site, "O-7.1")
    expect(plain.get_by_role("button", name="Rétablir cette valeur")).to_have_count(2)
    plain.get_by_role("button", name="Partiel").click()
    expect(plain.get_by_text("est rétabli.")).to_be_visible()
    expect(plain.get_by_text("valeur rétablie")).to_be_visible()
    assert site.scores("restore")["O-7.1"][0] == "partial"


def test_a_restoring_that_comes_too_late_shows_the_newer_value_and_keeps_it(
    sign_in: SignIn, site: Site
) -> None:
    mine, theirs = sign_in(), sign_in(COLLEAGUE)
    open_grid(mine, site.grid("restore"))
    for text in ("Première lecture.", "Seconde lecture."):
        write(mine, "O-7.2", text)
        expect_saved(mine)
    history(mine, site, "O-7.2")
    open_grid(theirs, site.grid("restore"))
    write(theirs, "O-7.2", "Vu avec l’éditeur.")
    expect_saved(theirs)
    mine.get_by_role("button", name="Première lecture").click()
    alert = mine.get_by_role("alert")
    expect(alert).to_contain_text("rien n’a été rétabli")
    expect(alert).to_contain_text("Vu avec l’éditeur.")
    expect(alert).to_be_focused()
    assert Axe().run(mine).response["violations"] == []
    assert site.scores("restore")["O-7.2"][1] == "Vu avec l’éditeur."
