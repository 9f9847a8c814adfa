"""The comparison by keyboard: head and first column stay in sight, filters and print included."""

import io
import re

import pypdf
from playwright.sync_api import Locator, Page, expect

from .conftest import SignIn, Site

INTO_VIEW = """link => {
    const cell = link.closest("td").getBoundingClientRect();
    const region = document.getElementById("tableau");
    const frame = region.getBoundingClientRect();
    const corner = region.querySelector("thead th").getBoundingClientRect();
    return {
        head: Math.abs(corner.top - frame.top) < 2 && corner.top >= -1,
        column: Math.abs(corner.left - frame.left) < 2,
        below: cell.top >= corner.bottom - 1 && cell.bottom <= Math.min(innerHeight, frame.bottom) + 1,
        beside: cell.left >= corner.right - 1,
    };
}"""
A4_LANDSCAPE, A3_LANDSCAPE = (842, 595), (1191, 842)


def open_comparison(page: Page, site: Site, query: str = "") -> None:
    page.goto(f"{site.url}/check-lists/{site.things['compared']}/comparaison/{query}")
    page.locator("#tableau[data-ready]").wait_for()


def focused(page: Page) -> Locator:
    return page.locator("#tableau td a:focus")


def place(page: Page) -> tuple[str, str]:
    """The point and the candidate's grid that the focused cell leads to."""
    href = focused(page).get_attribute("href") or ""
    grid, _, ref = href.partition("#")
    return ref, grid


def test_arrows_go_from_cell_to_cell_under_a_head_that_stays(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    for width, height in ((1280, 500), (320, 640)):
        page.set_viewport_size({"width": width, "height": height})
        open_comparison(page, site)
        rows = page.locator("#tableau tr:has(td[class] > a)")
        first = rows.first.locator("td a").first
        first.focus()
        start = place(page)
        page.keyboard.press("ArrowRight")
        assert place(page)[0] == start[0] and place(page)[1] != start[1]
        for _ in range(rows.count()):  # one more than there are: the last row holds
            page.keyboard.press("ArrowDown")
        assert focused(page).evaluate(INTO_VIEW) == dict.fromkeys(
            ("head", "column", "below", "beside"), True
        )
        page.keyboard.press("Control+Home")
        assert place(page) == start
        page.keyboard.press("End")
        assert place(page)[1] != start[1]
    # One stop of Tab for the whole table, kept where one left it.
    assert page.locator("#tableau td[class] > a:not([tabindex='-1'])").count() == 1
    ref, grid = place(page)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(re.escape(f"{grid}#{ref}")))


def test_a_filter_is_an_address(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_comparison(page, site)
    points = page.locator(".point-name")
    everything = points.count()
    page.get_by_label("Points", exact=True).select_option(label="Points éliminatoires")
    page.get_by_role("button", name="Filtrer").click()
    page.wait_for_url(re.compile(r"voir=eliminatoires"))
    assert points.all_inner_texts()[0].startswith("O-7.1") and points.count() == 1
    expect(page.get_by_role("status").filter(has_text="sur")).to_contain_text("1 point sur")
    page.get_by_role("link", name="Tout effacer").click()
    expect(points).to_have_count(everything)


def test_the_table_fits_a_sheet_of_the_format_that_is_chosen(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_comparison(page, site)
    for name, size in (("A4", A4_LANDSCAPE), ("A3", A3_LANDSCAPE)):
        sheets = pypdf.PdfReader(io.BytesIO(page.pdf(format=name))).pages
        box = sheets[0].mediabox
        assert (abs(box.width - size[0]) < 3, abs(box.height - size[1]) < 3) == (True, True)
        assert all("Éditeur" in sheet.extract_text() for sheet in sheets[:-1])  # the head again
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1046, "height": 700})  # the width of an A4 between its margins
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
