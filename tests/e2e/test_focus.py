"""Where Tab goes: each stop is in sight, uncovered and ringed, and nothing is left out."""

import pytest
from playwright.sync_api import Page

from .acts import submit
from .conftest import OpenBrowser, SignIn, Site
from .pages import DONE, DRAFT, PUBLISHED, RULED, STARTED, TENDER, VENDOR, ready
from .visits import NOBODY, Visit

pytestmark = pytest.mark.long

MOST = 600
"""Stops after which a walk is a trap."""

WIDE, NARROW = {"width": 1280, "height": 720}, {"width": 320, "height": 640}
MAIN = (
    Visit("account_login", who=NOBODY),
    Visit("checklists:tender_list"),
    Visit("checklists:tender_detail", of=TENDER),
    Visit("checklists:tender_detail", "assessed", of={"pk": "published_tender"}),
    Visit("vendors:tender_create", "refused", then=submit),
    Visit("vendors:candidate_add", of=TENDER),
    Visit("vendors:vendor_detail", of=VENDOR),
    Visit("checklists:checklist_edit", of=DRAFT),
    Visit("checklists:checklist_points", of=DRAFT, query="?voir=demandes"),
    Visit("checklists:checklist_point", of=RULED),
    Visit("checklists:checklist_publish", of=DRAFT),
    Visit("checklists:checklist_publish", "published", of=PUBLISHED),
    Visit("checklists:assessment_grid", of=STARTED, then=ready),
    Visit("checklists:assessment_summary", of=STARTED),
    Visit("checklists:assessment_documents", of=DONE),
    Visit("checklists:verify_document"),
    Visit("help"),
)


@pytest.mark.parametrize("visit", MAIN, ids=str)
@pytest.mark.parametrize(
    "size",
    [pytest.param(WIDE, id="wide", marks=pytest.mark.long), pytest.param(NARROW, id="narrow")],
)
def test_tab_walks_through_the_page(
    visit: Visit,
    size: dict[str, int],
    sign_in: SignIn,
    open_browser: OpenBrowser,
    site: Site,
) -> None:
    scheme = "dark" if size == NARROW else "light"
    options = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    page = (
        open_browser(**options).new_page() if visit.who == NOBODY else sign_in(visit.who, **options)
    )
    visit.open(page, site)
    stops, problems = walk(page)
    assert problems == []
    assert stops > 5
    assert page.evaluate("inspection.missed()") == []


def walk(page: Page) -> tuple[int, list[str]]:
    """Press Tab until the page is over; return how many stops, and what is wrong at each."""
    page.evaluate("inspection.startWalk()")
    problems: list[str] = []
    for count in range(MOST):
        page.keyboard.press("Tab")
        stop = page.evaluate("inspection.stop()")
        if stop is None:
            return count, problems
        problems += [f"{stop['name']} {problem}" for problem in stop["problems"]]
    raise AssertionError(f"a trap: {MOST} stops and no end")
