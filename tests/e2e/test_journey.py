"""The main job from the sign-in to a verified PDF: by keyboard alone, then without JavaScript."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Download, FileChooser, FilePayload, Locator, Page, expect

from .conftest import OpenBrowser, Site, expect_saved
from .people import BUYER, PASSWORD

MOBILE = "Des équipements mobiles sont fournis"
"""The one question that is ticked: few points, all of them scored."""

WAITED = ("Périodicité d’extraction des données", "Délai pour signaler un incident de sécurité")
"""The values of the CCTP that these points wait for."""

SECONDS_TO_SEAL = 40
DONE = re.compile(r"(\d+) sur \1")
"""As many points scored as there are."""


class Keys:
    """A person without a mouse: what they want to use, they reach with Tab."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, target: Locator) -> None:
        """Press Tab until ``target`` has the focus; give up when the walk is longer than long."""
        for _ in range(150):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached with Tab")

    def use(self, target: Locator, key: str = "Enter") -> None:
        self.reach(target)
        self.page.keyboard.press(key)

    def follow(self, target: Locator, title: str | re.Pattern[str]) -> None:
        """Use a link or a button that leads to the page named ``title``."""
        self.use(target)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def write(self, target: Locator, text: str) -> None:
        self.reach(target)
        self.page.keyboard.type(text)


# -- What is true of the file, whoever made it ------------------------------------------------


def bytes_of(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def altered(sealed: bytes) -> bytes:
    """The same file with one bit turned, in the middle of its text."""
    middle = len(sealed) // 2
    return sealed[:middle] + bytes([sealed[middle] ^ 1]) + sealed[middle + 1 :]


def opinion_of_pdfsig(content: bytes, folder: Path) -> str:
    """What an independent reader says of the signature."""
    file = folder / "document.pdf"
    file.write_bytes(content)
    done = subprocess.run(
        ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False
    )
    return done.stdout


def deposit(content: bytes) -> FilePayload:
    return {"name": "document.pdf", "mimeType": "application/pdf", "buffer": content}


def expect_verdict(page: Page, words: str) -> None:
    verdict = page.get_by_role("heading", level=2, name="Verdict")
    expect(verdict).to_contain_text(words, timeout=SECONDS_TO_SEAL * 1000)


# -- By keyboard alone ------------------------------------------------------------------------


def test_the_whole_job_by_keyboard_alone(
    open_browser: OpenBrowser, site: Site, tmp_path: Path
) -> None:
    page = open_browser().new_page()
    keys = Keys(page)
    page.goto(site.url)
    keys.write(page.get_by_label("Adresse"), BUYER[0])
    keys.write(page.get_by_label("Mot de passe"), PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Consultations")
    create_tender(keys, "2026-CLAVIER", "Tablettes des soins à domicile")
    prepare_checklist(keys)
    add_candidate(keys, "Mobilité du Ponant", "99911003400017")
    score_every_point(keys)
    sealed = produce_and_download(keys)
    verify(keys, sealed, "Intact")
    verify(keys, altered(sealed), "Altéré")
    if shutil.which("pdfsig"):
        assert "Signature is Valid" in opinion_of_pdfsig(sealed, tmp_path)
        assert "Signature is Valid" not in opinion_of_pdfsig(altered(sealed), tmp_path)


def create_tender(keys: Keys, reference: str, title: str) -> None:
    page = keys.page
    keys.follow(page.get_by_role("link", name="Créer une consultation"), "Créer une consultation")
    keys.write(page.get_by_label("Référence"), reference)
    keys.write(page.get_by_label("Objet"), title)
    keys.reach(page.get_by_label("Procédure"))
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("Procédure").input_value() != ""
    keys.follow(page.get_by_role("button", name="Créer la consultation"), title)


def prepare_checklist(keys: Keys) -> None:
    page = keys.page
    keys.follow(main_action(page, "check-list"), "Commencer la check-list")
    keys.use(page.get_by_role("radio", name="Clausier de sécurité numérique").first, "Space")
    keys.follow(
        page.get_by_role("button", name="Commencer avec cette version"), "Profil de l’achat"
    )
    before = asked(page)
    keys.use(page.get_by_label(MOBILE), "Space")
    expect(page.get_by_label(MOBILE)).to_be_checked()
    expect(page.locator("[data-change]")).to_contain_text("Pas encore enregistré.")
    assert asked(page) > before
    keys.follow(page.get_by_role("button", name="Enregistrer et relire"), "Points de contrôle")
    keys.follow(page.get_by_role("link", name="Paramètres du CCTP"), "Paramètres du CCTP")
    for label in WAITED:
        keys.write(page.get_by_label(label).first, "24")
    keys.use(page.get_by_role("button", name="Enregistrer"))
    expect(page.get_by_role("status")).to_contain_text("aucun ne manque")
    keys.follow(page.get_by_role("link", name="Publication"), "Publier la check-list")
    keys.use(page.get_by_role("button", name="Publier la check-list"))
    expect(page.get_by_role("status").first).to_contain_text("La check-list est publiée")
    expect(page.locator(".fingerprint")).to_have_text(re.compile(r"^[0-9a-f\s]{64,}$"))
    keys.use(page.locator(".breadcrumb-bar").get_by_role("link", name="2026-CLAVIER"))


def asked(page: Page) -> int:
    return int(page.locator("[data-count]").inner_text())


def main_action(page: Page, words: str) -> Locator:
    """The one action that a page proposes first."""
    return page.locator(".page-action .btn", has_text=words)


def add_candidate(keys: Keys, name: str, siret: str) -> None:
    page = keys.page
    keys.follow(main_action(page, "candidat"), "Ajouter un candidat")
    keys.use(page.get_by_role("link", name="Ajouter un fournisseur"))
    keys.write(page.get_by_label("Raison sociale"), name)
    keys.write(page.get_by_label("SIRET"), siret)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Ajouter {name} comme candidat")
    keys.write(page.get_by_label("Nom de la nouvelle solution"), "Tournée")
    keys.use(page.get_by_role("button", name="Ajouter le candidat"))
    expect(page.get_by_role("status")).to_contain_text(f"{name} est candidat.")


def score_every_point(keys: Keys) -> None:
    page = keys.page
    keys.use(main_action(page, "valu"))
    page.wait_for_selector("#grille[data-ready]")
    keys.use(page.get_by_role("link", name="Aller au premier point non noté"))
    first = page.evaluate("document.activeElement.id")
    claim_and_comment(keys, str(first))
    refs = [row.get_attribute("id") for row in page.locator("tr.point:not(.is-excluded)").all()]
    for ref in refs:
        assert page.evaluate("document.activeElement.id") == ref
        page.keyboard.press("2" if ref == first else "1")
    expect(page.locator("[data-progress]")).to_contain_text(f"{len(refs)} sur {len(refs)}")
    expect_saved(page)
    keys.follow(page.get_by_role("link", name="Synthèse", exact=True), re.compile("^Synthèse"))
    # One point is half held, all the others are held.
    expect(page.locator(".figure")).to_have_text(rate(len(refs) - 0.5, len(refs)))
    expect(page.get_by_role("heading", name="Il manque")).to_have_count(0)


def rate(held: float, total: int) -> str:
    return f"{100 * held / total:.1f}".replace(".", ",") + "\u202f%"


def claim_and_comment(keys: Keys, ref: str) -> None:
    """Copy what the candidate claims, and say why the score is what it is."""
    page, row = keys.page, keys.page.locator(f'tr[id="{ref}"]')
    claim = row.locator('[name$=".claim"][value="yes"]')
    keys.use(claim, "Space")
    expect(claim).to_be_checked()
    keys.write(row.locator(".claims textarea"), "Voir le mémoire, page 12.")
    keys.write(row.locator(".scores textarea"), "La page 12 ne dit pas qui décide.")
    page.keyboard.press("Escape")  # back to the row


def produce_and_download(keys: Keys) -> bytes:
    page = keys.page
    keys.follow(page.get_by_role("link", name="Documents", exact=True), re.compile("^Documents"))
    keys.use(page.get_by_role("button", name="Produire le PDF scellé"))
    link = page.get_by_role("link", name="Télécharger l’édition 1")
    expect(link).to_be_visible(timeout=SECONDS_TO_SEAL * 1000)  # the page follows by itself
    with page.expect_download() as downloading:
        keys.use(link)
    assert downloading.value.suggested_filename.endswith(".pdf")
    return bytes_of(downloading.value)


def verify(keys: Keys, content: bytes, words: str) -> None:
    page = keys.page
    keys.follow(
        page.locator(".site-nav").get_by_role("link", name="Vérifier un PDF"), "Vérifier un PDF"
    )
    with page.expect_file_chooser() as choosing:
        keys.use(page.locator("input[type=file]"))
    chooser: FileChooser = choosing.value
    chooser.set_files(deposit(content))  # the window of the system is not ours
    keys.use(page.get_by_role("button", name="Vérifier ce fichier"))
    expect_verdict(page, words)


# -- Without JavaScript -----------------------------------------------------------------------


@pytest.mark.long
def test_the_whole_job_without_javascript(open_browser: OpenBrowser, site: Site) -> None:
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(site.url)
    page.get_by_label("Adresse").fill(BUYER[0])
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.get_by_role("link", name="Créer une consultation").click()
    page.get_by_label("Référence").fill("2026-SANS-JS")
    page.get_by_label("Objet").fill("Téléphones des équipes mobiles")
    page.get_by_role("button", name="Créer la consultation").click()
    prepare_plainly(page)
    add_candidate_plainly(page)
    score_plainly(page)
    sealed = produce_plainly(page)
    for content, words in ((sealed, "Intact"), (altered(sealed), "Altéré")):
        page.locator(".site-nav").get_by_role("link", name="Vérifier un PDF").click()
        page.set_input_files("input[type=file]", deposit(content))
        page.get_by_role("button", name="Vérifier ce fichier").click()
        expect_verdict(page, words)


def prepare_plainly(page: Page) -> None:
    main_action(page, "check-list").click()
    page.get_by_role("radio", name="Clausier de sécurité numérique").first.check()
    page.get_by_role("button", name="Commencer avec cette version").click()
    before = asked(page)
    page.get_by_label(MOBILE).check()
    page.get_by_role("button", name="Voir l’effet").click()
    expect(page.locator("[data-change]")).to_contain_text("Pas encore enregistré.")
    assert asked(page) > before
    page.get_by_role("button", name="Enregistrer et relire").click()
    page.get_by_role("link", name="Paramètres du CCTP").click()
    for label in WAITED:
        page.get_by_label(label).first.fill("24")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("aucun ne manque")
    page.get_by_role("link", name="Publication").click()
    page.get_by_role("button", name="Publier la check-list").click()
    expect(page.get_by_role("status").first).to_contain_text("La check-list est publiée")
    page.locator(".breadcrumb-bar").get_by_role("link", name="2026-SANS-JS").click()


def add_candidate_plainly(page: Page) -> None:
    main_action(page, "candidat").click()
    page.get_by_role("link", name="Ajouter un fournisseur").click()
    page.get_by_label("Raison sociale").fill("Téléphonie du Levant")
    page.get_by_label("Pays où").select_option("BE")
    page.get_by_label("Identifiant dans le pays").fill("BE 0123.456.789")
    page.locator("main .btn-primary").click()
    page.get_by_label("Solution proposée").select_option(label="Pas encore connue")
    page.get_by_role("button", name="Ajouter le candidat").click()


def score_plainly(page: Page) -> None:
    main_action(page, "valu").click()
    for number in chapters_of(page):
        chapter = page.locator(f"#chapitre-{number}")
        for row in chapter.locator("tr.point:not(.is-excluded)").all():
            row.locator('[name$=".score"][value="compliant"]').check()
            row.locator('[name$=".claim"][value="yes"]').check()
        chapter.get_by_role("button", name="Enregistrer le chapitre").click()
        expect(page.get_by_role("status").first).to_contain_text("modification")
        page.wait_for_load_state()
    expect(page.locator("[data-progress]")).to_have_text(DONE)
    page.get_by_role("link", name="Synthèse", exact=True).click()
    expect(page.locator(".figure")).to_have_text(rate(1, 1))


def chapters_of(page: Page) -> Iterator[str]:
    page.wait_for_load_state()  # a page half read has half of its chapters
    identifiers = page.locator("tbody[id^=chapitre-]").evaluate_all("all => all.map(e => e.id)")
    return (str(identifier).removeprefix("chapitre-") for identifier in identifiers)


def produce_plainly(page: Page) -> bytes:
    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_role("button", name="Produire le PDF scellé").click()
    page.wait_for_load_state()
    link = page.get_by_role("link", name="Télécharger l’édition 1")
    deadline = time.monotonic() + SECONDS_TO_SEAL
    while not link.count():
        if time.monotonic() > deadline:
            pytest.fail("the document is not ready")
        page.get_by_role("link", name="Actualiser").click()
        page.wait_for_load_state()
    with page.expect_download() as downloading:
        link.click()
    return bytes_of(downloading.value)
