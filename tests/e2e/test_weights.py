"""The weights of a checklist: what is typed is counted at once, and a chapter sets its points."""

from playwright.sync_api import Page, expect

from .conftest import SignIn, Site


def open_weights(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/check-lists/{site.things['weights_checklist']}/ponderation/")


def test_the_sum_and_the_shares_follow_what_is_typed(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_weights(page, site)
    points = page.locator("[data-point]").count()
    total, row = page.locator("[data-total]"), page.locator("[id='O-7.1']")
    expect(total).to_have_text(str(points))
    page.get_by_label("Poids de O-7.1").fill("1,5")
    expect(total).to_have_text(f"{points},5")
    page.get_by_label("Total annoncé des poids").fill("100")
    expect(page.locator("[data-complaint]")).to_have_text(
        f"Les poids font {points},5, au lieu des 100 annoncés."
    )
    page.get_by_label("Poids de O-7.1").fill(str(100 - points + 1))
    expect(page.locator("[data-complaint]")).to_have_text("")
    expect(row.locator("[data-share]")).to_have_text(str(100 - points + 1))
    expect(page.locator("[data-unsaved]")).to_have_text("Pas encore enregistré.")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator(".notice").first).to_contain_text("sont enregistrés")
    expect(total).to_have_text("100")
    expect(page.locator("[data-unsaved]")).to_have_text("")


def test_what_is_given_to_a_chapter_goes_to_its_points(sign_in: SignIn, site: Site) -> None:
    page = sign_in()
    open_weights(page, site)
    chapter = page.locator("[data-section]").filter(has=page.locator("[id='O-7.1']"))
    chapter.locator(".section-row select").select_option("information")
    effects = chapter.locator("[data-point] select")
    values = effects.evaluate_all("found => found.map((one) => one.value)")
    assert set(values) == {"information"}
    expect(chapter.locator("[data-sum]")).to_have_text("0")
    expect(chapter.locator(".section-row select")).to_have_value("")
