"""How a page comes to its state, for the pages about oneself."""

import datetime as dt
import sqlite3

from playwright.sync_api import Locator, Page

from .conftest import Site
from .people import PASSWORD


def follow(button: Locator) -> None:
    """Press what leads to another page, and wait for it: looked at in between, it may never answer."""
    with button.page.expect_navigation():
        button.click()


def prove(page: Page, site: Site) -> None:
    """Give the password again, when the page asks for it."""
    if page.locator("[name=password]").count():
        page.fill("[name=password]", PASSWORD)
        submit(page, site)


def make_token(page: Page, site: Site) -> None:
    page.fill("[name=name]", "Tableau de bord")
    follow(page.get_by_role("button", name="Créer le jeton"))
    prove(page, site)


def refuse_token(page: Page, site: Site) -> None:
    page.fill("[name=expires_on]", "2020-01-01")
    follow(page.get_by_role("button", name="Créer le jeton"))


def compare(page: Page, site: Site) -> None:
    """Choose the first and the last version that are offered."""
    for name, place in (("avant", 1), ("apres", -1)):
        field = page.locator(f"[name={name}]")
        field.select_option(field.locator("option").nth(place).get_attribute("value"))
    follow(page.get_by_role("button", name="Comparer"))


def late_profile(page: Page, site: Site) -> None:
    """Save the profile that was read before somebody else saved another one."""
    other = page.context.new_page()
    other.goto(page.url)
    for window, what in (
        (other, "La solution a une interface web"),
        (page, "Un équipement se raccorde au Wi-Fi"),
    ):
        window.get_by_label(what).click()
        follow(window.get_by_role("button", name="Enregistrer", exact=True))
    other.close()


def form_ready(page: Page, site: Site) -> None:
    page.wait_for_selector("#reponses[data-ready]")


def two_windows(page: Page, site: Site) -> None:
    """Write in one window what another one has just written otherwise."""
    form_ready(page, site)
    other = page.context.new_page()
    other.goto(page.url)
    form_ready(other, site)
    for window in (other, page):
        field = window.locator("textarea").first
        field.fill(f"Écrit {'ici' if window is page else 'ailleurs'} : {window.viewport_size}")
        field.blur()
        window.wait_for_selector(".conflict, .save-state[data-state=saved]")
    other.close()


def submit(page: Page, site: Site) -> None:
    """Send the main form of the page as it is."""
    follow(page.locator("main form[method=post] button[type=submit]").first)


def lasts(page: Page, site: Site, seconds: int) -> None:
    """Let the session of this browser end in so many seconds."""
    [key] = [c["value"] for c in page.context.cookies() if c["name"] == "sessionid"]
    end = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(seconds=seconds)
    with sqlite3.connect(site.database, timeout=20) as connection:
        done = connection.execute(
            "UPDATE django_session SET expire_date = ? WHERE session_key = ?",
            (end.isoformat(sep=" "), key),
        )
    assert done.rowcount == 1
    connection.close()
