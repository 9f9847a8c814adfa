"""How a page comes to its state, for the pages about oneself."""

from playwright.sync_api import Page

from .conftest import Site


def make_token(page: Page, site: Site) -> None:
    page.fill("[name=name]", "Tableau de bord")
    page.get_by_role("button", name="Créer le jeton").click()
    page.wait_for_load_state()


def refuse_token(page: Page, site: Site) -> None:
    page.fill("[name=expires_on]", "2020-01-01")
    page.get_by_role("button", name="Créer le jeton").click()
    page.wait_for_load_state()
