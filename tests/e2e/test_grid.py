"""The grid in Chromium: keys, saving, two people, no network, no session, no JavaScript."""

import itertools
import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page, expect

from .conftest import SignIn, Site, expect_saved, fill_sign_in, open_grid
from .people import BUYER, COLLEAGUE, READER

# What each key of the top row writes on an AZERTY keyboard, without Shift.
AZERTY = {"1": "&", "2": "é", "3": '"', "4": "'", "5": "(", "0": "à"}
VALUES = {
    "1": "compliant",
    "2": "partial",
    "3": "non_compliant",
    "4": "not_applicable",
    "5": "to_clarify",
}


class Keyboard:
    """An AZERTY keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0
        self.session = page.context.new_cdp_session(page)

    def digit(self, digit: str) -> None:
        self.count += 1
        key = {
            "code": f"Digit{digit}",
            "key": AZERTY[digit],
            "windowsVirtualKeyCode": 48 + int(digit),
        }
        self.session.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
        self.session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})

    def press(self, key: str) -> None:
        self.count += 1
        self.page.keyboard.press(key)


def row(page: Page, ref: str):
    return page.locator(f'tr[id="{ref}"]')


def radio(page: Page, ref: str, value: str, field: str = "score"):
    return page.locator(f'[name="{ref}.{field}"][value="{value}"]')


def comment(page: Page, ref: str):
    return page.locator(f'[name="{ref}.comment"]')


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


# -- Keys --------------------------------------------------------------------------------------


def test_every_point_is_scored_by_keyboard_alone(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("keyboard"))
    keyboard = Keyboard(page)
    start = time.monotonic()
    page.evaluate("document.body.focus()")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")  # « Aller au premier point non noté »
    wanted = {}
    for ref, digit in zip(site.scores("keyboard"), itertools.cycle("1352214"), strict=False):
        assert focused(page) == ref
        keyboard.digit(digit)
        wanted[ref] = VALUES[digit]
    expect_saved(page)
    elapsed = time.monotonic() - start
    assert {ref: value for ref, (value, _) in site.scores("keyboard").items()} == wanted
    assert len(wanted) == 117 and keyboard.count <= 236 and elapsed <= 60
    expect(page.locator("[data-progress]")).to_contain_text("117 sur 117")
    expect(page.locator(".chapters li:not(.is-done)")).to_have_count(0)


def test_keys_act_in_the_grid_only_and_never_in_a_text(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("keys"))
    keyboard = Keyboard(page)
    keyboard.digit("1")  # the focus is on the page, outside the grid
    row(page, "O-1.1").focus()
    for combination in ("Control+1", "Alt+1", "Meta+1"):
        page.keyboard.press(combination)
    page.keyboard.press("e")
    page.keyboard.type("1 point, 2 pages")
    keyboard.digit("2")
    page.keyboard.press("Escape")
    assert focused(page) == "O-1.1"
    expect_saved(page)
    # The digit of AZERTY was typed into the text, and nothing was scored.
    assert site.scores("keys")["O-1.1"][0] == ""
    assert site.scores("keys")["O-1.1"][1].startswith("1 point, 2 pages")


def test_letters_moves_erasing_and_arrows_of_a_radio(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("keys"))
    row(page, "O-2.1").focus()
    page.keyboard.press("n")
    assert focused(page) == "O-2.2"
    page.keyboard.press("k")
    page.keyboard.press("0")
    expect(page.locator('[name="O-2.1.score"]:checked')).to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    assert focused(page) == "O-2.3"
    radio(page, "O-2.3", "compliant").click()
    page.keyboard.press("ArrowRight")  # the browser's own meaning, in a group of radios
    expect(radio(page, "O-2.3", "partial")).to_be_checked()
    expect_saved(page)
    scores = site.scores("keys")
    assert (scores["O-2.1"][0], scores["O-2.3"][0]) == ("", "partial")


def test_a_score_is_erased_with_the_mouse(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("keys"))
    radio(page, "O-5.1", "partial").check()
    row(page, "O-5.1").get_by_role("button", name="Effacer la note du point O-5.1").click()
    expect(page.locator('[name="O-5.1.score"]:checked')).to_have_count(0)
    expect_saved(page)
    assert site.scores("keys")["O-5.1"][0] == ""
    expect(page.locator(".point-clear")).to_have_count(0)


def test_shortcuts_are_listed_and_can_be_switched_off(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("keys"))
    row(page, "O-3.1").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Noter au clavier")
    page.get_by_label("Raccourcis actifs").uncheck()
    page.keyboard.press("Escape")
    assert focused(page) == "O-3.1"
    page.keyboard.press("1")
    expect(page.locator('[name="O-3.1.score"]:checked')).to_have_count(0)
    page.reload()
    page.wait_for_selector("#grille[data-ready]")
    row(page, "O-3.1").focus()
    page.keyboard.press("1")
    expect(page.locator('[name="O-3.1.score"]:checked')).to_have_count(0)


# -- Two people --------------------------------------------------------------------------------


def two_people(sign_in: SignIn, url: str) -> tuple[Page, Page]:
    mine, theirs = sign_in(BUYER), sign_in(COLLEAGUE)
    open_grid(mine, url)
    open_grid(theirs, url)
    return mine, theirs


def write(page: Page, ref: str, text: str) -> None:
    comment(page, ref).fill(text)
    comment(page, ref).blur()


def test_a_conflict_shows_both_values_and_keeps_what_is_chosen(sign_in: SignIn, site: Site) -> None:
    mine, theirs = two_people(sign_in, site.grid("conflict"))
    write(theirs, "O-7.1", "Vu avec l’éditeur.")
    expect_saved(theirs)
    radio(mine, "O-7.1", "partial").check()  # another field merges
    write(mine, "O-7.1", "À revoir.")
    panel = row(mine, "O-7.1").locator(".conflict")
    expect(panel).to_contain_text("Vu avec l’éditeur.")
    expect(panel).to_contain_text("À revoir.")
    expect(panel).to_contain_text("Paul Durand")
    expect(mine.locator(".save-state")).to_contain_text("À trancher")
    assert site.scores("conflict")["O-7.1"] == ("partial", "Vu avec l’éditeur.")
    assert Axe().run(mine).response["violations"] == []
    panel.get_by_role("button", name="Garder la mienne").click()
    expect_saved(mine)
    expect(panel).to_have_count(0)
    assert focused(mine) == "O-7.1"
    assert site.scores("conflict")["O-7.1"] == ("partial", "À revoir.")


@pytest.mark.long
def test_the_other_value_can_be_taken_and_mine_stays_in_the_history(
    sign_in: SignIn, site: Site
) -> None:
    mine, theirs = two_people(sign_in, site.grid("conflict"))
    radio(theirs, "O-7.2", "compliant").check()
    expect_saved(theirs)
    radio(mine, "O-7.2", "non_compliant").check()
    row(mine, "O-7.2").get_by_role("button", name="Prendre l’autre").click()
    expect(radio(mine, "O-7.2", "compliant")).to_be_checked()
    expect_saved(mine)
    assert site.scores("conflict")["O-7.2"][0] == "compliant"
    mine.goto(site.grid("conflict") + "points/O-7.2/historique/")
    expect(mine.locator("tbody tr").first).to_contain_text("non retenu")
    expect(mine.locator("tbody tr").first).to_contain_text("Non conforme")


@pytest.mark.long
def test_two_texts_can_be_merged(sign_in: SignIn, site: Site) -> None:
    mine, theirs = two_people(sign_in, site.grid("merge"))
    write(theirs, "O-1.1", "Première lecture.")
    expect_saved(theirs)
    write(mine, "O-1.1", "Seconde lecture.")
    row(mine, "O-1.1").get_by_role("button", name="Fusionner le texte").click()
    expect_saved(mine)
    assert site.scores("merge")["O-1.1"][1] == "Première lecture.\nSeconde lecture."


# -- Network and session -----------------------------------------------------------------------


def test_the_hour_of_a_save_is_the_one_of_the_documents(sign_in: SignIn, site: Site) -> None:
    page = sign_in(timezone_id="Indian/Reunion")  # never the hour of Paris, winter or summer
    open_grid(page, site.grid("hour"))
    before = hour_in_paris()
    radio(page, "O-1.1", "compliant").check()
    expect_saved(page)
    said = page.locator(".save-state").inner_text()
    assert said in {f"Enregistré à {before}", f"Enregistré à {hour_in_paris()}"}


def hour_in_paris() -> str:
    return datetime.now(ZoneInfo("Europe/Paris")).strftime("%H:%M")


@pytest.mark.long
def test_a_cut_network_loses_nothing_and_says_so(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("offline"))
    page.context.set_offline(True)
    row(page, "O-1.1").focus()
    for _ in range(20):
        page.keyboard.press("2")
    state = page.locator(".save-state")
    expect(state).to_have_text("Hors connexion – 20 saisies en attente")
    expect(page.locator(".save-alert")).to_contain_text("Aller au point O-1.1")
    expect(row(page, "O-1.1")).to_have_attribute("data-state", "error")
    assert Axe().run(page).response["violations"] == []
    expect(page.get_by_role("button", name="Réessayer")).to_be_visible()
    page.context.set_offline(False)  # the browser says so, and the page tries again by itself
    expect_saved(page)
    expect(page.locator(".save-alert")).to_be_empty()
    expect(page.locator("tr[data-state]")).to_have_count(0)
    values = [value for value, _ in site.scores("offline").values()]
    assert values[:20] == ["partial"] * 20 and set(values[20:]) == {""}


def test_an_expired_session_is_opened_again_and_nothing_is_lost(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in()
    open_grid(page, site.grid("session"))
    page.context.clear_cookies()
    write(page, "O-1.1", "Écrit au mauvais moment.")
    expect(page.locator(".save-state")).to_contain_text("session expirée – 1 saisie en attente")
    with page.context.expect_page() as opening:
        page.get_by_role("button", name="Se reconnecter").click()
        page.get_by_role("link", name="Dans un nouvel onglet").click()
    other = opening.value
    fill_sign_in(other, BUYER)
    page.get_by_role("button", name="Plus tard").click()
    page.get_by_role("button", name="Réessayer").click()
    expect_saved(page)
    assert site.scores("session")["O-1.1"][1] == "Écrit au mauvais moment."


def test_leaving_with_unsaved_text_asks_and_a_reload_brings_it_back(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in()
    open_grid(page, site.grid("reload"))
    page.route("**/points/**", lambda route: route.abort())
    write(page, "O-1.1", "Pas encore parti.")
    expect(page.locator(".save-state")).to_contain_text("Hors connexion")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.reload()
    assert asked == ["beforeunload"]
    page.unroute("**/points/**")
    page.wait_for_selector("#grille[data-ready]")
    expect(comment(page, "O-1.1")).to_have_value("Pas encore parti.")
    # Sent by the page that left or by the one that came: the second then has nothing to tell.
    for _time in range(100):
        if site.scores("reload")["O-1.1"][1]:
            break
        page.wait_for_timeout(100)
    assert site.scores("reload")["O-1.1"][1] == "Pas encore parti."
    expect(page.locator(".save-state")).to_have_attribute("data-state", re.compile("idle|saved"))


def test_a_refused_value_is_said_beside_its_row(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("reload"))
    write(page, "O-2.1", "a" * 10_001)
    expect(row(page, "O-2.1").locator(".row-status")).to_contain_text("la limite est de")
    expect(page.locator(".save-state")).to_contain_text("Échec")
    write(page, "O-2.1", "Court.")
    expect_saved(page)
    assert site.scores("reload")["O-2.1"][1] == "Court."


# -- Without JavaScript ------------------------------------------------------------------------


def test_a_chapter_is_filled_without_javascript(sign_in: SignIn, site: Site) -> None:
    page = sign_in(java_script_enabled=False)
    page.goto(site.grid("plain"))
    chapter = page.locator("tbody", has=row(page, "O-3.1"))
    refs = [r.get_attribute("id") or "" for r in chapter.locator("tr.point").all()]
    for ref in refs:
        radio(page, ref, "compliant").check()
        radio(page, ref, "yes", "claim").check()
    comment(page, "O-3.1").fill("Ligne 1\nLigne 2")
    chapter.get_by_role("button", name="Enregistrer le chapitre 3").click()
    expect(page.locator(".messages")).to_contain_text(f"{2 * len(refs) + 1} modifications")
    scores = site.scores("plain")
    assert {scores[ref][0] for ref in refs} == {"compliant"}
    assert scores["O-3.1"][1] == "Ligne 1\nLigne 2"


@pytest.mark.long
def test_a_conflict_without_javascript_keeps_what_was_typed(sign_in: SignIn, site: Site) -> None:
    page, other = sign_in(java_script_enabled=False), sign_in(COLLEAGUE)
    page.goto(site.grid("plain"))
    open_grid(other, site.grid("plain"))
    write(other, "O-5.1", "Vu avec l’éditeur.")
    expect_saved(other)
    comment(page, "O-5.1").fill("À revoir.")
    radio(page, "O-5.2", "partial").check()
    page.get_by_role("button", name="Enregistrer le chapitre 5").click()
    expect(page.get_by_role("alert")).to_contain_text("1 champ n’est pas enregistré")
    expect(row(page, "O-5.1")).to_contain_text("Vu avec l’éditeur.")
    expect(comment(page, "O-5.1")).to_have_value("À revoir.")
    assert site.scores("plain")["O-5.1"][1] == "Vu avec l’éditeur."
    assert site.scores("plain")["O-5.2"][0] == "partial"
    page.get_by_role("button", name="Enregistrer le chapitre 5").click()
    assert site.scores("plain")["O-5.1"][1] == "À revoir."


# -- What everybody sees -----------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("width", [1440, 1024, 320])
def test_no_violation_and_no_sideways_scroll(sign_in: SignIn, site: Site, width: int) -> None:
    page = sign_in(viewport={"width": width, "height": 800})
    open_grid(page, site.grid("look"))
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.goto(site.grid("look") + "points/O-7.2/historique/")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.long
def test_the_help_and_the_page_of_a_reader_have_no_violation(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("look"))
    page.get_by_role("button", name="Clavier (?)").click()
    assert Axe().run(page).response["violations"] == []
    reader = sign_in(READER)
    reader.goto(site.grid("look"))
    expect(reader.locator(".save-state")).to_contain_text("Lecture seule.")
    expect(reader.locator(".grid input, .grid textarea")).to_have_count(0)
    assert Axe().run(reader).response["violations"] == []


def test_the_guide_unfolds_in_place(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("look"))
    row(page, "O-7.2").focus()
    page.keyboard.press("b")
    expect(row(page, "O-7.2").locator(".guide-lines")).to_contain_text("Conforme")
    expect(row(page, "O-7.2").locator(".erratum")).to_be_visible()


def test_the_focus_is_never_under_the_head_of_the_table(sign_in: SignIn, site: Site) -> None:
    page = sign_in(viewport={"width": 1024, "height": 600})
    open_grid(page, site.grid("look"))
    row(page, "O-1.1").focus()
    for _ in range(30):
        page.keyboard.press("j")
        covered = page.evaluate(
            """() => {
              const head = document.querySelector(".grid thead th").getBoundingClientRect();
              return document.activeElement.getBoundingClientRect().top < head.bottom - 1;
            }"""
        )
        assert not covered
    for _ in range(10):
        page.keyboard.press("k")
        top = page.evaluate("document.activeElement.getBoundingClientRect().top")
        head = page.evaluate(
            "document.querySelector('.grid thead th').getBoundingClientRect().bottom"
        )
        assert top >= head - 1


def test_the_page_stays_light(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    scripts: list[int] = []
    page.on(
        "response",
        lambda r: scripts.append(len(r.body())) if r.url.endswith(".js") else None,
    )
    open_grid(page, site.grid("budget"))
    assert page.evaluate("document.querySelectorAll('*').length") <= 3_500
    assert len(page.content().encode()) <= 250_000
    assert sum(scripts) <= 120_000
