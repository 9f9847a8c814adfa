"""Several files received at once, given, taken over; then the answers are stopped."""

from typing import NamedTuple

import pytest
from playwright.sync_api import FilePayload, Page, expect

from .conftest import SignIn, Site, expect_saved, open_grid
from .test_grid import radio, row

LONG_NAME = f"{'reponse_de_la_societe_' * 4}.csv"
CLAIM = '[name="O-7.1.claim"][value="yes"]'


class Story(NamedTuple):
    """Who answers, on which checklist."""

    assessment: int
    checklist: int
    vendor: str


@pytest.fixture
def story(site: Site) -> Story:
    pk = site.things["story_assessment"]
    found = site.rows(
        "SELECT a.checklist_id, v.name FROM checklists_assessment a "
        "JOIN vendors_candidacy c ON c.id = a.candidacy_id "
        "JOIN vendors_vendor v ON v.id = c.vendor_id WHERE a.id = ?",
        pk,
    )
    return Story(pk, *found[0])


def sheet(name: str, *lines: str) -> FilePayload:
    content = "\r\n".join(("Point;Réponse;Commentaire", *lines)).encode()
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def receive(page: Page, *files: FilePayload) -> None:
    page.get_by_label("Classeurs de réponse des candidats").set_input_files(list(files))
    page.get_by_role("button", name="Lire ces fichiers").click()


def expect_done(page: Page) -> None:
    """Without JavaScript the page says how to look again."""
    again = page.get_by_role("link", name="Actualiser la page")
    for _try in range(80):
        if not again.count():
            return
        page.wait_for_timeout(250)
        again.click()
    raise AssertionError("still being read, or taken over")


def expect_no_sideways_scroll(page: Page) -> None:
    """A long name has no space to break at, and breaks on a narrow screen all the same."""
    wide = page.viewport_size
    assert wide is not None
    page.set_viewport_size({"width": 320, "height": 640})
    wrap = page.locator(".table-wrap", has=page.get_by_role("table", name="Fichiers à attribuer"))
    assert wrap.evaluate("wrap => wrap.scrollWidth <= wrap.clientWidth")
    page.set_viewport_size(wide)


def test_files_received_together_are_given_taken_over_then_the_answers_are_stopped(
    sign_in: SignIn, site: Site, story: Story
) -> None:
    plain = sign_in(java_script_enabled=False)
    plain.goto(f"{site.url}/check-lists/{story.checklist}/classeurs/")
    receive(
        plain,
        sheet(LONG_NAME, "O-7.1;OUI;Antivirus géré."),
        sheet("plaquette.pdf"),
    )
    expect(plain.get_by_text("1 à lire, 1 refusé")).to_be_visible()
    expect_done(plain)
    expect(plain.get_by_text("Ni le classeur ni le nom du fichier")).to_be_visible()
    expect_no_sideways_scroll(plain)
    plain.get_by_label(f"Candidat du fichier {LONG_NAME}").select_option(story.vendor)
    plain.get_by_role("button", name="Attribuer aux candidats choisis").click()
    expect(plain.get_by_text("1 fichier attribué.")).to_be_visible()
    plain.get_by_role("button", name="Reprendre le classeur où rien n’est à trancher").click()
    expect(plain.get_by_text("La reprise est en cours")).to_be_visible()
    expect_done(plain)
    expect(plain.get_by_text("2 valeurs, pour 1 candidat.")).to_be_visible()
    plain.get_by_role("link", name="Arrêter les réponses").click()
    expect(plain.get_by_role("heading", name=story.vendor)).to_have_count(0)
    expect(plain.get_by_text(f"{story.vendor}. L’offre")).to_be_visible()
    plain.get_by_role("button", name="Arrêter les réponses").click()
    expect(plain.get_by_text("Réponses arrêtées pour 1 candidat.")).to_be_visible()

    # The grid: what the candidate said is read, the buyer scores on.
    page = sign_in()
    open_grid(page, f"{site.url}/evaluations/{story.assessment}/")
    expect(page.get_by_text("Réponses arrêtées le")).to_be_visible()
    expect(page.locator(CLAIM)).to_be_checked()
    expect(page.locator(CLAIM)).to_be_disabled()
    expect(row(page, "O-7.1").locator("textarea").first).not_to_be_editable()
    row(page, "O-7.1").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("n")
    expect(page.get_by_text("Les réponses du candidat sont arrêtées")).to_be_attached()
    expect(page.locator(CLAIM)).to_be_checked()
    row(page, "O-7.1").focus()
    page.keyboard.press("1")
    expect(radio(page, "O-7.1", "compliant")).to_be_checked()
    expect_saved(page)


def test_the_page_shows_by_itself_what_was_read_and_keeps_what_was_chosen(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in()
    page.goto(f"{site.url}/check-lists/{site.things['ready_checklist']}/classeurs/")
    files = [sheet(f"offre-{number}.csv", f"O-7.1;OUI;{number}") for number in range(12)]
    receive(page, *files)
    chosen = page.get_by_label("Classeurs de réponse des candidats")
    chosen.set_input_files([sheet("plus-tard.csv", "O-7.1;NON")])
    expect(page.get_by_text("12 à lire")).to_be_visible()
    expect(page.get_by_label("Candidat du fichier offre-11.csv")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("link", name="Actualiser la page")).to_have_count(0)
    assert chosen.evaluate("field => field.files.length") == 1


def test_a_register_is_shown_line_by_line_then_written_whole(
    sign_in: SignIn, site: Site, story: Story
) -> None:
    [(tender,)] = site.rows(
        "SELECT l.tender_id FROM checklists_checklist c JOIN vendors_lot l ON l.id = c.lot_id "
        "WHERE c.id = ?",
        story.checklist,
    )
    page = sign_in()
    page.goto(f"{site.url}/consultations/{tender}/candidats/ajouter/")
    page.get_by_role("link", name="Candidats par un registre").click()
    register = "Entreprise;SIREN\nMidi Logiciels;732829320\nSans numéro;\n".encode("cp1252")
    page.get_by_label("Registre des retraits ou des dépôts").set_input_files(
        {"name": "retraits.csv", "mimeType": "text/csv", "buffer": register}
    )
    page.get_by_role("button", name="Lire ce registre").click()
    expect(page.get_by_text("Nouveau fournisseur", exact=True)).to_be_visible()
    expect(page.get_by_text("ajoutez-la à la main")).to_be_visible()
    page.get_by_role("button", name="Ajouter ces candidats").click()
    expect(page.get_by_text("1 candidat ajouté.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Midi Logiciels")).to_be_visible()
