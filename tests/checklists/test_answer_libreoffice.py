"""What LibreOffice saves is read as what we wrote. Left out where LibreOffice is not installed."""

import io
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from checklists.documents import answer_workbook, answers_child
from checklists.domain import answer_reading
from checklists.domain.answer_reading import Sheet

from .test_answer_workbook import form_of, question

OFFICE = shutil.which("soffice")
ASKED = {"O-1.1": ("yes", "no"), "O-7.2": ("yes", "no", "not_concerned")}
TEXT = "Déjà vu :\n  • « A » ;  deux espaces\n=1+1"
needs_office = pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")


def saved_by_office(folder: Path, content: bytes, sent: str, saved: str) -> bytes:
    """Open a workbook in LibreOffice and save it as another."""
    (folder / f"envoi.{sent}").write_bytes(content)
    subprocess.run(
        [
            str(OFFICE), f"-env:UserInstallation=file://{folder}/profile", "--headless",
            "--convert-to", saved, "--outdir", str(folder / "retour"), str(folder / f"envoi.{sent}"),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return (folder / f"retour/envoi.{saved}").read_bytes()


@needs_office
def test_the_lists_and_the_protection_of_an_opendocument_workbook_hold(tmp_path: Path) -> None:
    form = form_of(question("O-1.1"), question("O-7.2", choices=("OUI", "NON", "NC")))
    content = answer_workbook.written(form, "ods")
    book = openpyxl.load_workbook(io.BytesIO(saved_by_office(tmp_path, content, "ods", "xlsx")))
    sheet = book["Réponses"]
    lists = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    assert lists == {"F3": '"OUI,NON"', "F4": '"OUI,NON,NC"'}
    assert all(each.protection.sheet for each in book)
    free = [
        cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked
    ]
    assert free == ["F3", "G3", "H3", "F4", "G4", "H4"]
    assert book["Clausier"].sheet_state == "hidden" and sheet.print_title_rows == "$1:$1"


@needs_office
@pytest.mark.parametrize(
    ("sent", "saved"), [("xlsx", "xlsx"), ("xlsx", "ods"), ("ods", "xlsx"), ("ods", "ods")]
)
def test_a_workbook_saved_by_libreoffice_is_read(tmp_path: Path, sent: str, saved: str) -> None:
    form = form_of(
        question("O-1.1", claim="NON", text=TEXT, choices=("OUI", "NON")),
        question("O-7.2", claim="NC", text="=2+2", choices=("OUI", "NON", "NC")),
    )
    content = saved_by_office(tmp_path, answer_workbook.written(form, sent), sent, saved)
    told = answers_child.answer(saved, content)
    sheets = [Sheet.of(**sheet) for sheet in told["sheets"]]
    reading = answer_reading.read(sheets, asked=ASKED)
    assert {(each.ref, each.field): each.value for each in reading.found} == {
        ("O-1.1", "claim"): "no",
        ("O-1.1", "claim_text"): TEXT,
        ("O-7.2", "claim"): "not_concerned",
        ("O-7.2", "claim_text"): "=2+2",
    }
    assert reading.seals == [form.sha256]
    assert (reading.doubts, reading.refused, reading.foreign) == ([], [], [])
