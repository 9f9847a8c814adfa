"""Cells copied from a spreadsheet come into the grid, seen before they are written."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid
from .people import BUYER, COLLEAGUE
from .test_grid import comment, radio, row

pytestmark = pytest.mark.long

TABLE = (
    "Point\tRéponse\tNote\tCommentaire\n"
    'O-7.2\tOUI\tPartiel\t"Délai à préciser,\nvoir § 4"\n'
    "7.1\tOUI\tConforme\t=1+1\n"
    "99.9\tOUI\tConforme\t\n"
)


def copy(page: Page, text: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)


def counts(page: Page) -> str:
    return " ".join(page.locator(".paste .paste-counts").inner_text().split())


def test_cells_are_pasted_on_a_row_shown_then_written_and_undone_as_one_act(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in()
    open_grid(page, site.grid("paste"))
    copy(page, TABLE)
    row(page, "O-2.1").focus()
    page.keyboard.press("Control+v")
    dialog = page.get_by_role("dialog", name="Coller depuis un tableur")
    expect(dialog.get_by_role("heading", name="Ce qui changerait")).to_be_focused()
    assert counts(page) == "6 modifiés 0 inchangé 1 invalide 0 conflit"
    assert site.scores("paste")["O-7.1"] == ("", "")
    assert Axe().run(page).response["violations"] == []
    dialog.get_by_role("button", name="Appliquer les 6 modifications").click()
    expect(radio(page, "O-7.2", "partial")).to_be_checked()
    expect(comment(page, "O-7.1")).to_have_value("=1+1")
    expect_saved(page)
    scores = site.scores("paste")
    assert scores["O-7.1"] == ("compliant", "=1+1")
    assert scores["O-7.2"] == ("partial", "Délai à préciser,\nvoir § 4")
    acts = site.rows(
        "SELECT count(DISTINCT json_extract(data, '$.batch')) FROM common_auditevent "
        "WHERE json_extract(data, '$.act') = 'paste' AND subject LIKE ?",
        f"assessment/{site.assessments['paste']}/O-7.%",
    )
    assert acts == [(1,)]
    # One step takes all of it back.
    page.keyboard.press("Control+z")
    expect(comment(page, "O-7.1")).to_have_value("")
    expect_saved(page)
    assert site.scores("paste")["O-7.1"] == ("", "")
    assert site.scores("paste")["O-7.2"] == ("", "")


def test_a_blocked_clipboard_has_a_text_to_fill_and_rows_follow_the_filter(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in()
    open_grid(page, site.grid("paste") + "?q=O-9")
    shown = page.locator("tr.point:not([hidden])").evaluate_all("rows => rows.map(row => row.id)")
    page.get_by_role("link", name="Coller depuis un tableur").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("Cellules copiées du tableur")
    expect(field).to_be_focused()
    field.fill("Sans objet\nSans objet\n")
    dialog.get_by_label("Sans numéros, à partir du point").select_option(shown[0])
    dialog.get_by_role("button", name="Voir ce qui changerait").click()
    dialog.get_by_role("button", name="Appliquer les 2 modifications").click()
    expect_saved(page)
    scores = site.scores("paste")
    assert [scores[ref][0] for ref in shown[:2]] == ["not_applicable"] * 2


def test_keys_typed_in_a_text_are_pasted_there_as_everywhere(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("paste"))
    copy(page, "7.1\tConforme")
    comment(page, "O-3.1").focus()
    page.keyboard.press("Control+v")
    expect(comment(page, "O-3.1")).to_have_value("7.1\tConforme")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_a_colleague_wrote_is_a_conflict_in_the_preview(sign_in: SignIn, site: Site) -> None:
    mine, theirs = sign_in(BUYER), sign_in(COLLEAGUE)
    open_grid(mine, site.grid("paste"))
    open_grid(theirs, site.grid("paste"))
    comment(theirs, "O-5.1").fill("Vu avec l’éditeur.")
    comment(theirs, "O-5.1").blur()
    expect_saved(theirs)
    copy(mine, "Point\tCommentaire\n5.1\tMon avis.\n")
    row(mine, "O-5.1").focus()
    mine.keyboard.press("Control+v")
    dialog = mine.get_by_role("dialog")
    expect(dialog.locator(".paste-counts")).to_contain_text("1 conflit")
    expect(dialog).to_contain_text("Paul Durand")
    expect(dialog.get_by_role("button", name=re.compile("Appliquer"))).to_have_count(0)
    assert site.scores("paste")["O-5.1"][1] == "Vu avec l’éditeur."


def test_an_expired_session_and_a_cut_network_lose_no_text(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_grid(page, site.grid("paste"))
    page.get_by_role("link", name="Coller depuis un tableur").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("Cellules copiées du tableur")
    field.fill("7.3\tConforme\n")
    page.context.set_offline(True)
    dialog.get_by_role("button", name="Voir ce qui changerait").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Hors connexion")
    page.context.set_offline(False)
    page.context.clear_cookies(name="sessionid")
    dialog.get_by_role("button", name="Voir ce qui changerait").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Votre session a expiré")
    expect(field).to_have_value("7.3\tConforme\n")


def test_a_table_is_pasted_without_javascript(sign_in: SignIn, site: Site) -> None:
    page = sign_in(java_script_enabled=False)
    page.goto(site.grid("paste-plain"))
    page.get_by_role("link", name="Coller depuis un tableur").click()
    page.get_by_label("Cellules copiées du tableur").fill(TABLE)
    page.get_by_role("button", name="Voir ce qui changerait").click()
    page.get_by_role("button", name="Appliquer les 6 modifications").click()
    expect(page.get_by_text("6 valeurs collées.")).to_be_visible()
    assert site.scores("paste-plain")["O-7.1"] == ("compliant", "=1+1")
