"""What LibreOffice saves is read as what we wrote. Left out where LibreOffice is not installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from checklists.documents import answer_workbook, answers_child
from checklists.domain import answer_reading
from checklists.domain.answer_reading import Sheet

from .test_answer_workbook import form_of, question

OFFICE = shutil.which("soffice")
ASKED = {"O-1.1": ("yes", "no"), "O-7.2": ("yes", "no", "not_concerned")}
TEXT = "Déjà vu :\n  • « A » ;  deux espaces\n=1+1"


@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize(
    ("sent", "saved"), [("xlsx", "xlsx"), ("xlsx", "ods"), ("ods", "xlsx"), ("ods", "ods")]
)
def test_a_workbook_saved_by_libreoffice_is_read(tmp_path: Path, sent: str, saved: str) -> None:
    form = form_of(
        question("O-1.1", claim="NON", text=TEXT, choices=("OUI", "NON")),
        question("O-7.2", claim="NC", text="=2+2", choices=("OUI", "NON", "NC")),
    )
    (tmp_path / f"envoi.{sent}").write_bytes(answer_workbook.written(form, sent))
    subprocess.run(
        [
            str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
            "--convert-to", saved, "--outdir", str(tmp_path / "retour"), str(tmp_path / f"envoi.{sent}"),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    told = answers_child.answer(saved, (tmp_path / f"retour/envoi.{saved}").read_bytes())
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
