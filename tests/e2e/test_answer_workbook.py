"""The answer workbook goes out, is filled in by a candidate, and comes back into the grid."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from .conftest import SignIn, Site, open_grid
from .test_grid import radio, row

pytestmark = pytest.mark.long

ANSWERS = {
    "O-7.1": ("Oui", "Antivirus géré par nos soins.", "PAS.pdf"),
    "O-7.2": ("X", "À confirmer."),
    "O-3.1": ("NON", ""),
}


def candidate_fills(blank: Path, answers: dict[str, tuple[str, ...]]) -> bytes:
    """Fill in the workbook as a spreadsheet does, and save it."""
    book: Any = openpyxl.load_workbook(blank)
    book["Candidat"]["B2"] = "Ombre SA"
    for cells in book["Réponses"].iter_rows():
        for cell, text in zip(cells[5:], answers.get(cells[0].value, ()), strict=False):
            cell.value = text
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def import_file(page: Page, content: bytes) -> None:
    page.get_by_role("link", name="Importer un classeur de réponse").click()
    page.get_by_label("Classeur de réponse du candidat").set_input_files(
        {"name": "réponse.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="Lire ce classeur").click()


def counts(page: Page) -> str:
    page.wait_for_load_state()
    return " ".join(page.locator(".paste-counts").inner_text().split())


def test_a_workbook_goes_out_is_filled_in_and_comes_back_into_the_grid(
    sign_in: SignIn, site: Site, tmp_path: Path
) -> None:
    page = sign_in()
    page.goto(site.grid("import"))
    page.get_by_role("link", name="Importer un classeur de réponse").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX", exact=True).click()
    download.value.save_as(tmp_path / "classeur.xlsx")
    content = candidate_fills(tmp_path / "classeur.xlsx", ANSWERS)
    page.goto(site.grid("import"))
    import_file(page, content)
    expect(page.get_by_role("heading", name="Ce qui changerait dans la grille")).to_be_visible()
    expect(page.get_by_text("Celle de ce lot")).to_be_visible()
    expect(page.get_by_text("Ombre SA")).to_be_visible()
    assert counts(page).startswith("4 modifiés 0 inchangé")
    assert "1 à trancher" in counts(page)
    taken = (
        "SELECT count(*) FROM checklists_takeover t "
        "JOIN checklists_reception r ON r.id = t.reception_id WHERE r.assessment_id = ?"
    )
    assert site.rows(taken, site.assessments["import"]) == [(0,)]
    page.get_by_label("Décision pour O-7.2").select_option("OUI")
    page.get_by_role("button", name="Reprendre les 4 valeurs").click()
    expect(page.get_by_text("5 valeurs reprises du classeur.")).to_be_visible()
    open_grid(page, site.grid("import"))
    for ref, value in (("O-7.1", "yes"), ("O-7.2", "yes"), ("O-3.1", "no")):
        expect(page.locator(f'[name="{ref}.claim"][value="{value}"]')).to_be_checked()
    expect(row(page, "O-7.1")).to_contain_text("PAS.pdf")
    expect(radio(page, "O-7.1", "compliant")).not_to_be_checked()


def test_the_same_file_again_has_nothing_left_to_say_without_javascript(
    sign_in: SignIn, site: Site, tmp_path: Path
) -> None:
    page = sign_in(java_script_enabled=False)
    page.goto(site.grid("import") + "classeurs/")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX", exact=True).click()
    download.value.save_as(tmp_path / "export.xlsx")
    page.goto(site.grid("import"))
    import_file(page, (tmp_path / "export.xlsx").read_bytes())
    assert counts(page).startswith("0 modifié")
    expect(page.get_by_text("Rien à reprendre")).to_be_visible()
    page.goto(site.grid("import"))
    import_file(page, (tmp_path / "export.xlsx").read_bytes())
    expect(page.get_by_text("Ce fichier est déjà reçu")).to_be_visible()
