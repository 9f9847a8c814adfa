"""Many points are selected, changed and taken back as one act, by the keys or by the mouse."""

import itertools
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid
from .people import COLLEAGUE
from .test_grid import comment, focused, radio, row

pytestmark = pytest.mark.long

REFS = """() => [...document.querySelectorAll("tr.point:not(.is-excluded)")].map((row) => row.id)"""


@pytest.fixture
def page(sign_in: SignIn, site: Site) -> Iterator[Page]:
    """The grid, blank again at the end: each test begins with nothing written."""
    page = sign_in()
    open_grid(page, site.grid("bulk"))
    yield page
    button = page.get_by_role("button", name=re.compile("^Annuler"))
    while button.get_attribute("aria-disabled") is None:
        button.click()
    expect(page.locator("tr[data-state]")).to_have_count(0)


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="Points sélectionnés")


def selected(page: Page) -> list[str]:
    return [str(one.get_attribute("id")) for one in page.locator("tr[aria-selected=true]").all()]


def batches(site: Site) -> list[tuple[str, int]]:
    """The acts of the journal on this assessment, in order, and how many values each wrote."""
    rows = site.rows(
        "SELECT json_extract(data, '$.batch'), json_extract(data, '$.act') FROM common_auditevent"
        " WHERE subject LIKE ? AND action LIKE '%.changed' ORDER BY seq",
        f"assessment/{site.assessments['bulk']}/%",
    )
    return [
        (next(acts)[1], 1 + sum(1 for _ in acts))
        for batch, acts in itertools.groupby(rows, key=lambda one: one[0])
        if batch
    ]


def change(page: Page, option: str) -> None:
    bar(page).get_by_label("Modifier", exact=True).select_option(label=option)


def test_a_chapter_is_one_request_one_batch_and_one_undo(page: Page, site: Site) -> None:
    requests: list[str] = []
    page.on("request", lambda r: requests.append(r.url) if r.method == "POST" else None)
    row(page, "O-3.2").focus()
    page.keyboard.press("Shift+Space")
    chapter = selected(page)
    assert len(chapter) > 10 and "O-3.1" in chapter
    page.keyboard.press("m")
    change(page, "Partiel")
    number = len(chapter)
    expect(bar(page)).to_contain_text(f"{number} points\u00a0: {number} à modifier")
    page.get_by_role("button", name=f"Modifier {number} points").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Modifier {number} points")
    assert Axe().run(page).response["violations"] == []
    dialog.get_by_role("button", name=f"Modifier les {number} points").click()
    expect(page.get_by_role("status")).to_contain_text(f"{number} points modifiés")
    expect_saved(page)
    assert {site.scores("bulk")[ref][0] for ref in chapter} == {"partial"}
    assert batches(site)[-1] == ("bulk", number)
    assert len(requests) == 1
    undo = page.get_by_role("button", name=f"Annuler\u00a0: {number} points, note Partiel")
    undo.click()
    expect_saved(page)
    assert {value for value, _ in site.scores("bulk").values()} == {""}
    assert batches(site)[-1] == ("undo", number)
    assert len(requests) == 2


def test_nothing_changes_when_the_question_is_refused(page: Page, site: Site) -> None:
    row(page, "O-3.1").focus()
    page.keyboard.press("Shift+Space")
    change(page, "Conforme")
    page.get_by_role("button", name=re.compile(r"^Modifier \d+ points")).click()
    page.get_by_role("button", name="Ne rien modifier").click()
    expect(page.locator('[name$=".score"]:checked')).to_have_count(0)
    assert {value for value, _ in site.scores("bulk").values()} == {""}


def test_the_selection_follows_the_keys(page: Page) -> None:
    refs = page.evaluate(REFS)
    row(page, refs[0]).focus()
    page.keyboard.press("Space")
    assert selected(page) == refs[:1]
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    assert selected(page) == refs[:4] and focused(page) == refs[3]
    page.keyboard.press("Shift+ArrowUp")
    assert selected(page) == refs[:3]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    assert selected(page) == [*refs[:3], refs[4]]
    expect(page.get_by_role("status")).to_contain_text("4 points sélectionnés")
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    assert selected(page) == [] and focused(page) == refs[4]
    expect(bar(page)).to_be_hidden()


def test_the_selection_follows_the_mouse(page: Page) -> None:
    refs = page.evaluate(REFS)

    def click(ref: str, *modifiers: str) -> None:
        cell = row(page, ref).locator("th")
        box = cell.bounding_box()
        assert box
        cell.click(modifiers=modifiers, position={"x": 60, "y": box["height"] - 8})

    click(refs[1], "Control")
    click(refs[4], "Shift")
    assert selected(page) == refs[1:5]
    click(refs[2], "Control")
    assert selected(page) == [refs[1], *refs[3:5]]
    bar(page).get_by_role("button", name="Désélectionner").click()
    assert selected(page) == []


def test_boxes_come_on_demand_and_take_what_is_shown(page: Page) -> None:
    boxes = page.get_by_role("checkbox", name="Sélectionner le point")
    expect(boxes).to_have_count(0)
    opener = page.get_by_role("button", name="Sélectionner", exact=True)
    opener.click()
    expect(boxes).to_have_count(117)
    page.get_by_role("checkbox", name="Sélectionner le point O-1.1").check()
    assert selected(page) == ["O-1.1"]
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Chercher").fill("chiffrement")
    expect(page.locator("tr[aria-selected=true]")).to_have_count(0)  # no longer in sight
    number = page.locator("tr.point:not(.is-excluded):not([hidden])").count()
    assert 0 < number < 117
    bar(page).get_by_role("button", name=f"Tous les points affichés ({number})").click()
    assert len(selected(page)) == number
    opener.click()
    expect(boxes).to_have_count(0)
    assert selected(page) == []


def test_what_cannot_change_is_counted_and_left(page: Page, site: Site) -> None:
    ref = page.evaluate(
        """() => [...document.querySelectorAll("fieldset.claims")]
          .find((group) => !group.querySelector("[value=not_concerned]")).closest("tr").id"""
    )
    row(page, ref).focus()
    page.keyboard.press("Space")
    change(page, "NC")
    expect(bar(page)).to_contain_text("1 point\u00a0: 1 sans cette réponse possible")
    button = bar(page).get_by_role("button", name="Modifier", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    button.dispatch_event("click")
    expect(page.locator('[name$=".claim"]:checked')).to_have_count(0)


def test_a_text_is_added_to_each_comment(page: Page, site: Site) -> None:
    comment(page, "O-1.1").fill("Vu.")
    row(page, "O-1.1").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    second = focused(page)
    change(page, "Ajouter un texte")
    bar(page).get_by_label("Texte à ajouter à chaque commentaire").fill("Preuve à fournir.")
    page.keyboard.press("Enter")
    expect_saved(page)
    scores = site.scores("bulk")
    assert scores["O-1.1"][1] == "Vu.\nPreuve à fournir."
    assert scores[second][1] == "Preuve à fournir."


def test_without_a_network_the_values_wait_and_none_is_lost(page: Page, site: Site) -> None:
    row(page, "O-3.1").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    refs = selected(page)
    change(page, "Sans objet")
    page.context.set_offline(True)
    page.get_by_role("button", name="Modifier 2 points").click()
    expect(page.locator(".save-state")).to_have_text("Hors connexion – 2 saisies en attente")
    page.context.set_offline(False)
    expect_saved(page)
    assert {site.scores("bulk")[ref][0] for ref in refs} == {"not_applicable"}


def test_one_conflict_among_many_is_shown_and_the_rest_is_written(
    page: Page, sign_in: SignIn, site: Site
) -> None:
    other = sign_in(COLLEAGUE)
    open_grid(other, site.grid("bulk"))
    radio(other, "O-4.1", "compliant").check()
    expect_saved(other)
    row(page, "O-4.1").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    second = focused(page)
    change(page, "Non conforme")
    page.get_by_role("button", name="Modifier 2 points").click()
    panel = row(page, "O-4.1").locator(".conflict")
    expect(panel).to_contain_text("Paul Durand")
    expect(page.get_by_role("status")).to_contain_text("1 point modifié, 1 en conflit")
    scores = site.scores("bulk")
    assert (scores["O-4.1"][0], scores[second][0]) == ("compliant", "non_compliant")
    panel.get_by_role("button", name="Garder la mienne").click()
    expect_saved(page)


def test_ctrl_d_copies_the_point_above_as_one_act(page: Page, site: Site) -> None:
    refs = page.evaluate(REFS)
    above, below = refs[10], refs[11]
    row(page, below).focus()
    assert not page.evaluate(
        """() => {
          const event = new KeyboardEvent("keydown", { key: "d", ctrlKey: true, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(event);
          return event.defaultPrevented;
        }"""
    )  # nothing above: the browser keeps its key
    radio(page, above, "to_clarify").check()
    comment(page, above).fill("À demander.")
    row(page, below).focus()
    page.keyboard.press("Control+d")
    expect_saved(page)
    assert site.scores("bulk")[below] == ("to_clarify", "À demander.")
    assert batches(site)[-1] == ("copy", 2)
    page.keyboard.press("Control+z")
    expect_saved(page)
    assert site.scores("bulk")[below] == ("", "")
