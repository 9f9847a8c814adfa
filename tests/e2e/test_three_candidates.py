"""A purchase answered by three candidates: a workbook of LibreOffice, a CSV, and a personal link.

What a buyer does with the guide alone, from the empty consultation to three grids ready to score.
"""

import csv
import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import FilePayload, Page, expect

from .conftest import OpenBrowser, Site, expect_saved
from .people import BUYER, PASSWORD
from .test_journey import MOBILE, WAITED, bytes_of, main_action

REFERENCE = "2026-TROIS"
CANDIDATES = {
    "Atlas Mobilité": "99922200300017",
    "Boréale Santé": "99922201100010",
    "Corail Médical": "99922202900012",
}
pytestmark = pytest.mark.long
needs_office = pytest.mark.skipif(
    not shutil.which("soffice"), reason="LibreOffice is not installed"
)


@needs_office
def test_three_candidates_answer_and_are_ready_to_score(
    open_browser: OpenBrowser, site: Site, tmp_path: Path
) -> None:
    page = open_browser().new_page()
    sign_in(page, site)
    prepare(page)
    blank = {kind: download(page, label) for kind, label in FORMATS.items()}
    for name, siret in CANDIDATES.items():
        add_candidate(page, name, siret)
    receive(
        page,
        {
            "réponse.xlsx": saved_by_office(filled_workbook(blank["xlsx"]), tmp_path),
            "Boréale Santé.csv": filled_csv(blank["csv"]),
        },
    )
    answer_by_link(page, open_browser().new_page())
    for name in CANDIDATES:
        open_grid_of(page, name)
        expect(page.locator('[name$=".claim"][value="yes"]:checked')).not_to_have_count(0)
        expect(page.locator('[name$=".score"]:checked')).to_have_count(0)
        page.locator(".breadcrumb-bar").get_by_role("link", name=REFERENCE).click()


FORMATS = {"xlsx": "Classeur de réponse (XLSX)", "csv": "Classeur de réponse (CSV)"}


def sign_in(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.get_by_label("Adresse").fill(BUYER[0])
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def prepare(page: Page) -> None:
    page.get_by_role("link", name="Créer une consultation").click()
    page.get_by_label("Référence").fill(REFERENCE)
    page.get_by_label("Objet").fill("Tablettes de trois services")
    page.get_by_label("Procédure").select_option(
        label="Sans publicité ni mise en concurrence préalables"
    )
    page.get_by_role("button", name="Créer la consultation").click()
    main_action(page, "check-list").click()
    page.get_by_role("radio", name="Clausier de sécurité numérique").first.check()
    page.get_by_role("button", name="Commencer avec cette version").click()
    page.get_by_label(MOBILE).check()
    page.get_by_role("button", name="Enregistrer et relire").click()
    page.get_by_role("link", name="Paramètres du CCTP").click()
    for label in WAITED:
        page.get_by_label(label).first.fill("24")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Publication").click()
    page.get_by_role("button", name="Publier la check-list").click()
    expect(page.get_by_role("status").first).to_contain_text("La check-list est publiée")
    to_tender(page)


def to_tender(page: Page) -> None:
    page.locator(".breadcrumb-bar").get_by_role("link", name=REFERENCE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tablettes de trois services")


def download(page: Page, label: str) -> bytes:
    with page.expect_download() as downloading:
        page.get_by_role("link", name=label).click()
    return bytes_of(downloading.value)


def add_candidate(page: Page, name: str, siret: str) -> None:
    page.get_by_role("link", name="Ajouter un candidat").click()
    page.get_by_role("link", name="Ajouter un fournisseur").click()
    page.get_by_label("Raison sociale").fill(name)
    page.get_by_label("SIRET").fill(siret)
    page.locator("main .btn-primary").click()
    page.get_by_label("Nom de la nouvelle solution").fill(f"{name} Pro")
    page.get_by_role("button", name="Ajouter le candidat").click()
    expect(page.get_by_role("status")).to_contain_text(f"{name} est candidat.")


# -- What the candidates send ------------------------------------------------------------------


def filled_workbook(blank: bytes) -> bytes:
    """The workbook, filled in: who answers, OUI everywhere, and why on the first point."""
    book: Any = openpyxl.load_workbook(io.BytesIO(blank))
    book["Candidat"]["B2"], book["Candidat"]["B3"] = "Atlas Mobilité", CANDIDATES["Atlas Mobilité"]
    head, *rows = book["Réponses"].iter_rows()
    at = {cell.value: cell.column - 1 for cell in head}
    points = [cells for cells in rows if cells[at["Titre"]].value]
    for cells in points:
        cells[at["Réponse"]].value = "Oui"
    points[0][at["Précisions et justification"]].value = "Voir le mémoire technique, page 4."
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def saved_by_office(content: bytes, folder: Path) -> bytes:
    """The same, opened and saved by LibreOffice."""
    (folder / "envoi.xlsx").write_bytes(content)
    subprocess.run(
        [
            "soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "retour"),
            str(folder / "envoi.xlsx"),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return (folder / "retour/envoi.xlsx").read_bytes()


def filled_csv(blank: bytes) -> bytes:
    """The CSV, filled in by an old spreadsheet: semicolons, Windows-1252."""
    head, *rows = csv.reader(io.StringIO(blank.decode("utf-8-sig")), delimiter=";")
    at = head.index("Réponse")
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";")
    writer.writerow(head)
    for row in rows:
        writer.writerow([*row[:at], "O", *row[at + 1 :]])
    return target.getvalue().encode("cp1252", errors="replace")


def receive(page: Page, files: dict[str, bytes]) -> None:
    """Drop both files at once, read what they would change, take both over."""
    page.get_by_role("link", name="Recevoir les classeurs").click()
    payloads: list[FilePayload] = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        for name, content in files.items()
    ]
    page.get_by_label("Classeurs de réponse des candidats").set_input_files(payloads)
    page.get_by_role("button", name="Lire ces fichiers").click()
    page.get_by_role("button", name="Reprendre les 2 classeurs où rien n’est à trancher").click(
        timeout=30_000
    )
    expect(page.get_by_text("pour 2 candidats.")).to_be_visible(timeout=30_000)
    to_tender(page)


def answer_by_link(buyer: Page, candidate: Page) -> None:
    """Give a link; the candidate answers OUI everywhere, sends, and gets a receipt."""
    buyer.get_by_role("button", name="Évaluer Corail Médical").click()
    buyer.get_by_role("link", name="Formulaire du candidat").click()
    buyer.get_by_role("button", name="Créer le lien").click()
    candidate.goto(buyer.get_by_label("Adresse du formulaire").input_value())
    candidate.get_by_role("button", name="Commencer").click()
    expect(candidate.locator("form#reponses")).to_be_visible()
    while candidate.locator("form#reponses").count():
        for point in candidate.locator(".answer-point").all():
            point.locator('[value="yes"]').check()
        expect_saved(candidate)
        with candidate.expect_navigation():  # a click alone may leave the page before on screen
            candidate.locator("a[data-scripted]").click()
    candidate.get_by_role("link", name="Vérifier et envoyer").click()
    candidate.get_by_label("J’envoie mes réponses").check()
    candidate.get_by_role("button", name="Envoyer définitivement").click()
    expect(candidate.get_by_role("heading", level=1)).to_have_text("Vos réponses sont envoyées")
    to_tender(buyer)


def open_grid_of(page: Page, name: str) -> None:
    page.get_by_role("link", name=f"Grille – {name}").click()
    page.wait_for_selector("#grille[data-ready]")
