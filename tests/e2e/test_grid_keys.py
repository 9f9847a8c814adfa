"""Every point, column and chapter of the grid is reached, and filled, without the mouse."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid
from .test_grid import AZERTY, Keyboard, comment, focused, radio, row

CHAPTERS = """() => [...document.querySelectorAll("tbody[data-chapter]")]
  .map((body) => body.querySelector("tr.point:not(.is-excluded)")?.id).filter(Boolean)"""


@pytest.fixture
def page(sign_in: SignIn, site: Site) -> Page:
    page = sign_in()
    open_grid(page, site.grid("moves"))
    row(page, "O-1.1").focus()
    return page


def column(page: Page) -> str:
    """Where the focus is: the point, and its column."""
    return str(
        page.evaluate(
            """() => {
              const row = document.activeElement.closest("tr.point");
              return `${row.id} ${document.activeElement.className}`;
            }"""
        )
    )


def test_first_and_last_point_and_chapters(page: Page) -> None:
    starts = page.evaluate(CHAPTERS)
    page.keyboard.press("End")
    last = focused(page)
    expect(row(page, last)).to_be_in_viewport()
    page.keyboard.press("Home")
    assert focused(page) == starts[0] == "O-1.1"
    for start in starts[1:]:
        page.keyboard.press("PageDown")
        assert focused(page) == start
    for start in reversed(starts[:-1]):
        page.keyboard.press("PageUp")
        assert focused(page) == start


def test_the_column_of_the_answer_is_filled_like_a_column_of_a_spreadsheet(
    page: Page, site: Site
) -> None:
    keyboard = Keyboard(page)
    page.keyboard.press("ArrowRight")
    assert column(page) == "O-1.1 claims"
    for digit in AZERTY.keys() & {"1", "2"}:
        keyboard.digit(digit)
    keyboard.press("j")
    keyboard.press("o")
    expect(page.locator('[name$=".claim"]:checked')).to_have_count(3)
    expect(page.locator('[name$=".score"]:checked')).to_have_count(0)
    page.keyboard.press("Home")
    assert column(page) == "O-1.1 claims"
    keyboard.digit("0")
    expect(page.locator('[name$=".claim"]:checked')).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator('[name="O-1.1.claim_text"]')).to_be_focused()
    page.keyboard.type("Voir page 12")
    page.keyboard.press("Control+Enter")
    assert focused(page) == "O-1.1"
    expect_saved(page)
    texts = site.rows(
        "SELECT text FROM checklists_answer WHERE assessment_id = ? AND text <> ''",
        site.assessments["moves"],
    )
    assert texts == [("Voir page 12",)]


def test_an_answer_that_the_point_does_not_offer_is_not_written(page: Page) -> None:
    ref = page.evaluate(
        """() => [...document.querySelectorAll("fieldset.claims")]
          .find((group) => !group.querySelector("[value=not_concerned]")).closest("tr").id"""
    )
    row(page, ref).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    expect(page.get_by_role("status")).to_contain_text("n’est pas prévue pour ce point")
    expect(page.locator(f'[name="{ref}.claim"]:checked')).to_have_count(0)


def test_columns_stop_at_both_ends(page: Page) -> None:
    seen = []
    for key in ("ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
        seen.append(column(page))
    assert seen == [
        "O-1.1 point",
        "O-1.1 claims",
        "O-1.1 scores",
        "O-1.1 scores",
        "O-2.1 scores",
        "O-2.1 claims",
    ]


def test_enter_writes_the_comment_and_follows_a_link(page: Page, site: Site) -> None:
    page.keyboard.press("Enter")
    expect(comment(page, "O-1.1")).to_be_focused()
    page.keyboard.type("Ligne 1")
    page.keyboard.press("Enter")
    page.keyboard.type("Ligne 2")
    page.keyboard.press("Escape")
    assert focused(page) == "O-1.1"
    expect_saved(page)
    assert site.scores("moves")["O-1.1"][1] == "Ligne 1\nLigne 2"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/points/O-1.1/historique/$"))


def test_going_to_a_point_by_its_number(page: Page) -> None:
    page.keyboard.press("g")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Aller au point")
    assert Axe().run(page).response["violations"] == []
    page.keyboard.type("99.9")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("99.9")
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Numéro du point").fill("7.1")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert focused(page) == "O-7.1"
    page.keyboard.press("g")
    page.keyboard.press("Escape")
    assert focused(page) == "O-7.1"


def test_every_key_of_the_help_is_one_that_acts(page: Page) -> None:
    page.keyboard.press("?")
    listed = page.locator(".keys kbd").all_inner_texts()
    for key in ("Début", "Fin", "G", "F", "E", "R", "D", "U", "→", "Entrée", "Échap"):
        assert key in listed
    assert Axe().run(page).response["violations"] == []


def test_a_combination_of_the_browser_is_left_to_it(page: Page) -> None:
    taken = page.evaluate(
        """() => ["c", "f", "p", "s", "r", "1", "Home", "PageDown"].filter((key) => {
          const event = new KeyboardEvent("keydown", {
            key, code: key === "1" ? "Digit1" : "", ctrlKey: true, bubbles: true, cancelable: true,
          });
          document.activeElement.dispatchEvent(event);
          return event.defaultPrevented;
        })"""
    )
    assert taken == [] and focused(page) == "O-1.1"
    expect(radio(page, "O-1.1", "compliant")).not_to_be_checked()
