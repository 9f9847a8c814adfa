"""Several people on one assessment: who is here, and what others change."""

import json
import random
import sqlite3

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid
from .people import BUYER, COLLEAGUE, READER

pytestmark = pytest.mark.long

BEAT = 15_000


def row(page: Page, ref: str):
    return page.locator(f'tr[id="{ref}"]')


def comment(page: Page, ref: str):
    return page.locator(f'[name="{ref}.comment"]')


def radio(page: Page, ref: str, value: str):
    return page.locator(f'[name="{ref}.score"][value="{value}"]')


def open_with_clock(page: Page, url: str, ready: str = "#grille[data-ready]") -> None:
    """The page lives by a clock that the test moves."""
    page.clock.install()
    page.goto(url)
    page.wait_for_selector(ready)


def beat(page: Page) -> None:
    """15 seconds pass, and the sign of life is answered."""
    with page.expect_response("**/presence/"):
        page.clock.fast_forward(BEAT)


def fifteen_seconds_later(site: Site) -> None:
    """For the server, which writes where a person is no more often."""
    with sqlite3.connect(site.database, timeout=20) as connection:
        connection.execute(
            "UPDATE checklists_presence SET seen_at = datetime(seen_at, '-15 seconds')"
        )
    connection.close()


def assert_accessible(page: Page) -> None:
    assert Axe().run(page).response["violations"] == []


def test_who_is_here_and_what_others_change_come_by_themselves(sign_in: SignIn, site: Site) -> None:
    mine, theirs = sign_in(BUYER), sign_in(COLLEAGUE)
    open_with_clock(mine, site.grid("presence"))
    open_grid(theirs, site.grid("presence"))
    theirs.locator('[name="O-7.1.comment"]').focus()
    fifteen_seconds_later(site)
    with theirs.expect_response("**/presence/"):
        theirs.evaluate("dispatchEvent(new Event('online'))")
    comment(mine, "O-7.2").fill("Je suis en train d’écrire")
    expect_saved(mine)
    radio(theirs, "O-7.1", "partial").check()
    comment(theirs, "O-7.1").fill("Vu avec l’éditeur.")
    comment(theirs, "O-7.1").blur()
    radio(theirs, "O-7.2", "non_compliant").check()
    expect_saved(theirs)
    scored = mine.locator("[data-progress]")
    before = scored.inner_text()
    beat(mine)
    expect(mine.locator(".presence")).to_have_text("Paul Durand travaille sur le chapitre 7")
    expect(radio(mine, "O-7.1", "partial")).to_be_checked()
    expect(comment(mine, "O-7.1")).to_have_value("Vu avec l’éditeur.")
    expect(row(mine, "O-7.1").locator(".row-news")).to_contain_text("Paul Durand, ")
    assert scored.inner_text() != before
    # Never into the row that is worked on, until it is left.
    expect(radio(mine, "O-7.2", "non_compliant")).not_to_be_checked()
    assert_accessible(mine)
    row(mine, "O-8.1").focus()
    expect(radio(mine, "O-7.2", "non_compliant")).to_be_checked()
    expect(comment(mine, "O-7.2")).to_have_value("Je suis en train d’écrire")
    # What came is the base of the next edit: no quarrel with what was seen.
    radio(mine, "O-7.1", "compliant").check()
    expect_saved(mine)
    assert site.scores("presence")["O-7.1"] == ("compliant", "Vu avec l’éditeur.")


def test_who_reads_is_told_that_points_changed(sign_in: SignIn, site: Site) -> None:
    reader, buyer = sign_in(READER), sign_in(BUYER)
    open_with_clock(reader, site.grid("together"), "#lecture[data-ready]")
    open_grid(buyer, site.grid("together"))
    comment(buyer, "O-8.1").fill("Écrit pendant la lecture.")
    expect_saved(buyer)
    beat(reader)
    expect(reader.get_by_text("1 point a changé.")).to_be_visible()
    reader.get_by_role("link", name="Actualiser").click()
    expect(row(reader, "O-8.1")).to_contain_text("Écrit pendant la lecture.")


def test_two_browsers_never_overwrite_each_other_silently(sign_in: SignIn, site: Site) -> None:
    pages = {name: sign_in(who) for name, who in (("mine", BUYER), ("theirs", COLLEAGUE))}
    for page in pages.values():
        open_with_clock(page, site.grid("together"))
    chance, sent = random.Random(2026), []
    for number in range(24):
        name = chance.choice(["mine", "theirs"])
        page, ref = pages[name], chance.choice(["O-9.1", "O-9.2"])
        text = f"{name} {number}"
        with page.expect_response("**/points/**"):
            comment(page, ref).fill(text)
            comment(page, ref).blur()
        sent.append((ref, text))
        panel = row(page, ref).locator(".conflict")
        expect(row(page, ref)).not_to_have_attribute("data-state", "saving")
        if panel.count():
            choice = chance.choice(["Garder la mienne", "Prendre l’autre"])
            panel.get_by_role("button", name=choice).click()
            expect(panel).to_have_count(0)
        expect_saved(page)
        if chance.random() < 0.3:
            beat(chance.choice(list(pages.values())))
    for ref, text in sent:
        assert text in history(site, "together", ref)
    assert any("conflict" in action for action in actions(site, "together"))


def history(site: Site, name: str, ref: str) -> set[str]:
    """Each value of the comment that the journal holds: written, or refused."""
    rows = site.rows(
        "SELECT data FROM common_auditevent WHERE subject = ?",
        f"assessment/{site.assessments[name]}/{ref}",
    )
    events = [json.loads(data) for (data,) in rows]
    return {event.get(key, "") for event in events for key in ("after", "refused")}


def actions(site: Site, name: str) -> list[str]:
    rows = site.rows(
        "SELECT action FROM common_auditevent WHERE subject LIKE ?",
        f"assessment/{site.assessments[name]}/%",
    )
    return [action for (action,) in rows]
