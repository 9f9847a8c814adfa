"""Every change of the grid can be taken back, and taking back never overwrites a colleague."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid
from .people import COLLEAGUE
from .test_grid import comment, focused, radio, row

pytestmark = pytest.mark.long

STEPS = 52


@pytest.fixture
def page(sign_in: SignIn, site: Site) -> Page:
    page = sign_in()
    open_grid(page, site.grid("undo"))
    return page


def undo(page: Page) -> Locator:
    return page.get_by_role("button", name="Annuler", exact=False)


def redo(page: Page) -> Locator:
    return page.get_by_role("button", name="Rétablir", exact=False)


def scores(site: Site) -> dict[str, str]:
    return {ref: value for ref, (value, _) in site.scores("undo").items() if value}


def test_fifty_two_scores_are_taken_back_one_by_one_and_made_again(page: Page, site: Site) -> None:
    before = scores(site)
    row(page, "O-1.1").focus()
    for _ in range(STEPS):
        page.keyboard.press("2")
    expect_saved(page)
    done = scores(site)
    assert len(done) == len(before) + STEPS
    for _ in range(STEPS):
        page.keyboard.press("Control+z")
    expect(page.locator('[name$=".score"]:checked')).to_have_count(len(before))
    expect(undo(page)).to_have_attribute("aria-disabled", "true")
    assert focused(page) == "O-1.1"
    expect_saved(page)
    assert scores(site) == before
    for _ in range(STEPS):
        page.keyboard.press("Control+Shift+z")
    expect_saved(page)
    assert scores(site) == done
    for _ in range(STEPS):
        page.keyboard.press("Control+z")
    expect_saved(page)


def test_the_buttons_name_the_act_and_what_was_done_is_announced(page: Page) -> None:
    radio(page, "O-7.1", "compliant").check()
    expect(undo(page)).to_have_text("Annuler\u00a0: O-7.1, note Conforme")
    undo(page).click()
    expect(radio(page, "O-7.1", "compliant")).not_to_be_checked()
    expect(page.get_by_role("status")).to_contain_text("Annulé\u00a0: O-7.1, note Conforme")
    expect(undo(page)).to_be_focused()
    expect(redo(page)).to_have_text("Rétablir\u00a0: O-7.1, note Conforme")
    assert Axe().run(page).response["violations"] == []
    redo(page).click()
    expect(radio(page, "O-7.1", "compliant")).to_be_checked()
    undo(page).click()
    expect_saved(page)


@pytest.mark.parametrize("width", [1900, 1440, 1024])
def test_the_name_of_the_act_never_moves_the_page(sign_in: SignIn, site: Site, width: int) -> None:
    page = sign_in(viewport={"width": width, "height": 800})
    open_grid(page, site.grid("undo"))
    row(page, "O-9.1").focus()
    height = "document.querySelector('.grid-bar').offsetHeight"
    before = page.evaluate(height)
    page.keyboard.press("3")
    expect(undo(page)).to_contain_text("note Non conforme")
    expect_saved(page)
    assert page.evaluate(height) == before
    page.keyboard.press("Control+z")
    expect(redo(page)).to_contain_text("note Non conforme")
    expect_saved(page)
    assert page.evaluate(height) == before


def test_a_text_is_one_step_and_its_own_ctrl_z_stays_the_browser_s(page: Page, site: Site) -> None:
    comment(page, "O-2.1").focus()
    page.keyboard.type("Vu avec")
    page.keyboard.press("Control+z")  # inside the text: the browser's
    expect(comment(page, "O-2.1")).not_to_have_value("Vu avec")
    comment(page, "O-2.1").fill("Vu avec l’éditeur.")
    page.keyboard.press("Escape")
    expect_saved(page)
    page.keyboard.press("Control+z")
    expect(comment(page, "O-2.1")).to_have_value("")
    page.keyboard.press("Control+y")
    expect(comment(page, "O-2.1")).to_have_value("Vu avec l’éditeur.")
    page.keyboard.press("Control+z")
    expect_saved(page)
    assert site.scores("undo")["O-2.1"][1] == ""


def test_what_a_colleague_changed_since_becomes_a_conflict(
    page: Page, sign_in: SignIn, site: Site
) -> None:
    radio(page, "O-5.1", "compliant").check()
    expect_saved(page)
    other = sign_in(COLLEAGUE)
    open_grid(other, site.grid("undo"))
    radio(other, "O-5.1", "non_compliant").check()
    expect_saved(other)
    row(page, "O-5.1").focus()
    page.keyboard.press("Control+z")
    panel = row(page, "O-5.1").locator(".conflict")
    expect(panel).to_contain_text("Paul Durand")
    expect(panel).to_contain_text("Non conforme")
    assert scores(site)["O-5.1"] == "non_compliant"
    panel.get_by_role("button", name="Prendre l’autre").click()
    expect_saved(page)
    assert scores(site)["O-5.1"] == "non_compliant"


def test_what_the_page_already_shows_of_a_colleague_is_not_undone_silently(
    page: Page, sign_in: SignIn, site: Site
) -> None:
    radio(page, "O-5.2", "compliant").check()
    expect_saved(page)
    row(page, "O-9.1").focus()
    other = sign_in(COLLEAGUE)
    open_grid(other, site.grid("undo"))
    radio(other, "O-5.2", "partial").check()
    expect_saved(other)
    page.evaluate("dispatchEvent(new Event('online'))")  # the page asks what changed
    expect(radio(page, "O-5.2", "partial")).to_be_checked()
    page.keyboard.press("Control+z")
    panel = row(page, "O-5.2").locator(".conflict")
    expect(panel).to_contain_text("Paul Durand")
    assert scores(site)["O-5.2"] == "partial"
    panel.get_by_role("button", name="Prendre l’autre").click()
    expect_saved(page)


def test_an_undo_is_a_new_version_in_the_history(page: Page, site: Site) -> None:
    radio(page, "O-6.1", "partial").check()
    row(page, "O-6.1").focus()
    page.keyboard.press("Control+z")
    expect_saved(page)
    (undone, after), (scored, before) = site.rows(
        "SELECT json_extract(data, '$.version'), json_extract(data, '$.after')"
        " FROM common_auditevent WHERE subject = ? AND action = 'score.changed'"
        " ORDER BY seq DESC LIMIT 2",
        f"assessment/{site.assessments['undo']}/O-6.1",
    )
    assert (before, after) == ("partial", "") and undone == scored + 1
