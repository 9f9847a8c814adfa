"""The form of a candidate behind a personal link, at the keyboard, in a browser without an account."""

import re

import pytest
from playwright.sync_api import Dialog, FilePayload, Page, expect

from .conftest import OpenBrowser, Site


def chapter(site: Site, number: int = 7) -> str:
    return f"{site.url}/repondre/{site.things['filled_secret']}/chapitres/{number}/"


def answers(site: Site) -> dict[str, tuple[str, str]]:
    rows = site.rows(
        "SELECT p.ref, a.value, a.text FROM checklists_answer a "
        "JOIN checklists_checklistitem i ON i.id = a.item_id "
        "JOIN checklists_controlpoint p ON p.id = i.point_id WHERE a.assessment_id = ?",
        site.things["filled_assessment"],
    )
    return {ref: (value, text) for ref, value, text in rows}


@pytest.fixture
def page(open_browser: OpenBrowser, site: Site) -> Page:
    return open_browser(viewport={"width": 320, "height": 640}).new_page()


def open_form(page: Page, site: Site) -> None:
    page.goto(chapter(site))
    page.wait_for_selector("#reponses[data-ready]")


def expect_saved(page: Page) -> None:
    expect(page.locator(".save-state")).to_have_attribute("data-state", "saved")
    expect(page.locator('.answer-point[data-state="saving"]')).to_have_count(0)


def test_a_candidate_answers_at_the_keyboard_and_everything_saves_itself(page, site):
    page.goto(f"{site.url}/repondre/{site.things['filled_secret']}/")
    page.get_by_role("button", name=re.compile("Commencer|Continuer")).press("Enter")
    page.wait_for_selector("#reponses[data-ready]")
    open_form(page, site)
    first = page.locator(".answer-point").first
    ref = first.get_attribute("id")
    assert ref
    first.locator("textarea").fill("")  # another story may have written here
    first.locator("input[type=radio]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")  # to NON, as any group of radio buttons
    page.keyboard.press("ArrowLeft")
    expect_saved(page)
    assert answers(site)[ref] == ("yes", "")
    done = sum(1 for answer in answers(site).values() if any(answer))
    expect(page.locator(".grid-bar .progress-line > span")).to_have_text(
        f"Points répondus\u00a0: {done} sur 15"
    )
    page.keyboard.press("Tab")
    expect(first.locator(".answer-clear")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Voir le PAS, chapitre 2.")
    page.keyboard.press("Tab")
    expect_saved(page)
    assert answers(site)[ref] == ("yes", "Voir le PAS, chapitre 2.")
    page.reload()
    expect(first.locator("textarea")).to_have_value("Voir le PAS, chapitre 2.")
    expect(first.get_by_role("radio", name="OUI")).to_be_checked()


def test_an_answer_is_taken_back(page, site):
    open_form(page, site)
    last = page.locator(".answer-point").last
    ref = last.get_attribute("id")
    assert ref
    last.get_by_role("radio", name="NON").check()
    expect_saved(page)
    assert answers(site)[ref][0] == "no"
    last.get_by_role("button", name=f"Effacer la réponse au point {ref}").press("Enter")
    expect_saved(page)
    assert answers(site)[ref][0] == ""


@pytest.mark.long
def test_two_windows_at_once_show_both_texts(page, site):
    open_form(page, site)
    other = page.context.new_page()
    open_form(other, site)
    for window, text in ((other, "L’autre fenêtre."), (page, "Cette fenêtre.")):
        window.locator("textarea").last.fill(text)
        window.locator("textarea").last.blur()
        window.wait_for_selector(".conflict, .save-state[data-state=saved]")
    conflict = page.locator(".conflict")
    expect(conflict).to_contain_text("Modifié ailleurs")
    expect(conflict).to_contain_text("L’autre fenêtre.")
    conflict.get_by_role("button", name="Fusionner le texte").click()
    expect(conflict).to_have_count(0)
    expect_saved(page)
    ref = page.locator(".answer-point").last.get_attribute("id") or ""
    assert answers(site)[ref][1] == "L’autre fenêtre.\nCette fenêtre."


def test_whoever_goes_on_at_once_loses_no_word_and_is_asked_nothing(page, site):
    asked: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", on_dialog)
    open_form(page, site)
    field = page.locator("textarea").first
    ref = page.locator(".answer-point").first.get_attribute("id") or ""
    field.fill("")
    field.press_sequentially("Écrit à l’instant.")
    page.get_by_role("link", name="Chapitre suivant").click()
    page.wait_for_url(lambda url: not url.endswith("/7/"))
    assert asked == []
    assert answers(site)[ref][1] == "Écrit à l’instant."


def test_a_cut_network_loses_nothing(page, site):
    open_form(page, site)
    page.context.set_offline(True)
    page.locator("textarea").last.fill("Écrit hors connexion.")
    page.locator("textarea").last.blur()
    expect(page.locator(".save-state")).to_have_attribute("data-state", "offline")
    page.context.set_offline(False)
    expect_saved(page)
    ref = page.locator(".answer-point").last.get_attribute("id") or ""
    assert answers(site)[ref][1] == "Écrit hors connexion."


def test_a_document_is_joined_and_taken_back(page, site):
    open_form(page, site)
    point = page.locator(".answer-point").first
    files = point.locator(".answer-files")
    sound: FilePayload = {
        "name": "Plan d’assurance.pdf",
        "mimeType": "application/pdf",
        "buffer": b"%PDF-1.7 essai",
    }
    point.locator("input[type=file]").set_input_files(sound | {"buffer": b"MZ"})
    expect(files.locator(".answer-files-said")).to_contain_text("Ce format n’est pas accepté.")
    point.locator("input[type=file]").set_input_files(sound)
    joined = files.get_by_role("link", name="Plan d’assurance.pdf", exact=True)
    expect(joined).to_be_visible()
    expect(page.locator(".said")).to_have_text("Document joint.")
    with page.expect_download() as waiting:
        joined.click()
    assert waiting.value.suggested_filename == "Plan d’assurance.pdf"
    files.get_by_role("button", name="Retirer Plan d’assurance.pdf").press("Enter")
    expect(files.get_by_role("link")).to_have_count(0)
    expect(point.locator("input[type=file]")).to_be_focused()


def test_the_answers_are_sent_once_with_a_receipt(page, site):
    home = f"{site.url}/repondre/{site.things['sending_secret']}/"
    page.goto(home)
    page.get_by_role("link", name="Vérifier et envoyer").press("Enter")
    page.get_by_role("button", name="Envoyer définitivement").press("Enter")
    expect(page.locator("#erreur-definitif")).to_be_visible()
    expect(page.locator("#definitif")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Envoyer définitivement").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos réponses sont envoyées")
    download = page.get_by_role("link", name="Télécharger le récépissé (PDF)")
    expect(download).to_be_visible(timeout=15_000)
    with page.expect_download() as waiting:
        download.click()
    assert waiting.value.suggested_filename.startswith("recepisse-")
    page.goto(home)
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos réponses sont envoyées")


def test_a_letter_is_answered_at_the_keyboard_and_sent_once(page, site):
    page.goto(f"{site.url}/repondre-a-la-lettre/{site.things['writing_secret']}/")
    page.wait_for_selector("#reponses[data-ready]")
    field = page.get_by_label(re.compile("Votre explication.*O-7.1", re.DOTALL))
    field.fill("La version 4.2.")
    field.press("Tab")
    expect_saved(page)
    expect(page.locator(".grid-bar .progress-line > span")).to_contain_text("1 sur 2")
    page.get_by_role("link", name="Relire et envoyer").press("Enter")
    expect(page.get_by_role("heading", name="Envoyer votre réponse")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("O-7.1"))).to_contain_text("La version 4.2.")
    page.get_by_label(re.compile("J’envoie ma réponse")).check()
    page.get_by_role("button", name="Envoyer définitivement").press("Enter")
    expect(page.get_by_role("heading", name="Récépissé")).to_be_visible()
    page.goto(f"{site.url}/repondre-a-la-lettre/{site.things['writing_secret']}/")
    expect(page.get_by_role("heading", name="Vos réponses sont envoyées")).to_be_visible()
