"""The commands of the operator: export, verify, list, check."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from checklists.domain import answering
from checklists.enums import DocumentState
from checklists.models import Assessment, Document
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import storage
from uniha_clausier.common.models import JournalHead


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def run(*command: object) -> tuple[int, str]:
    """The exit code and what is printed."""
    output = StringIO()
    try:
        call_command(*map(str, command), stdout=output)
    except SystemExit as stop:
        return int(stop.code or 0), output.getvalue()
    return 0, output.getvalue()


def score(assessment: Assessment, ref: str, value: str, by: User) -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref=ref, field="score", value=value, base_version=9, by=by
    )


def test_a_document_is_exported_and_verified(assessment: Assessment, tmp_path: Path) -> None:
    out = tmp_path / "évaluation.pdf"
    code, printed = run("export_assessment", assessment.pk, "--out", out)
    document = Document.objects.get()
    assert (code, document.state, document.requested_by) == (0, DocumentState.READY, None)
    assert document.file_sha256 in printed
    code, printed = run("verify_document", out)
    verdict = json.loads(printed)
    assert (code, verdict["status"], verdict["intact"]) == (0, "intact", True)
    assert verdict["document"]["assessment"] == assessment.pk
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_one_flipped_byte_is_detected(assessment: Assessment, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    run("export_assessment", assessment.pk, "--out", out)
    sound = out.read_bytes()
    for place in (100, len(sound) // 3, len(sound) // 2, len(sound) - 10):
        bad = bytearray(sound)
        bad[place] ^= 1
        out.write_bytes(bytes(bad))
        code, printed = run("verify_document", out)
        assert (code, json.loads(printed)["intact"]) == (1, False), place


def test_a_file_that_is_not_ours_is_not_intact(db: None, tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(b"pas un pdf")
    code, printed = run("verify_document", path)
    assert (code, json.loads(printed)["status"]) == (1, "unknown")
    with pytest.raises(CommandError, match="illisible"):
        run("verify_document", tmp_path / "absent.pdf")


def test_a_failed_export_leaves_no_file_and_says_why(
    assessment: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> str:
        raise OSError("no space left")

    monkeypatch.setattr(storage, "store", full)
    with pytest.raises(CommandError, match="disque"):
        run("export_assessment", assessment.pk, "--out", tmp_path / "out.pdf")
    assert not (tmp_path / "out.pdf").exists()


def test_an_unknown_assessment_or_folder_is_told(assessment: Assessment, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Aucune évaluation 987654"):
        run("export_assessment", 987654, "--out", tmp_path / "out.pdf")
    with pytest.raises(CommandError, match="n’existe pas"):
        run("export_assessment", assessment.pk, "--out", tmp_path / "absent" / "out.pdf")
    assert Document.objects.count() == 0


def test_the_journal_is_verified_and_the_first_bad_event_told(
    assessment: Assessment, facility: Facility
) -> None:
    assert run("verify_journal")[0] == 0
    told = StringIO()
    call_command("verify_journal", stdout=StringIO(), stderr=told)
    assert re.fullmatch(r"\d+ événements vérifiés en \d+,\d s\n", told.getvalue())
    JournalHead.objects.filter(pk=facility.pk).update(hash="f" * 64)
    code, printed = run("verify_journal")
    seq = JournalHead.objects.get(pk=facility.pk).seq
    assert code == 1
    assert printed.startswith(f"FAUX\tétablissement {facility.pk}\tévénement {seq + 1}\t")


def test_complete_assessments_are_listed_first(facility: Facility, buyer: User) -> None:
    started = factories.assessment(buyer, facility)
    finished = factories.assessment(buyer, facility)
    for ref in ("O-1.1", "O-2.1", "O-7.1", "O-7.2"):
        score(finished, ref, "compliant", buyer)
    lines = [line.split("\t") for line in run("list_assessments")[1].splitlines()]
    assert [int(line[0]) for line in lines] == [finished.pk, started.pk]
    tender, vendor = finished.candidacy.lot.tender, finished.candidacy.vendor
    assert lines[0][1:] == [facility.name, tender.reference, vendor.name, "4/4", "100,0\u202f%"]
    assert lines[1][4:] == ["0/4", "0,0\u202f%"]


def test_counters_are_recomputed_and_mended(assessment: Assessment) -> None:
    assert run("check_counters") == (0, "1 évaluations, 0 à corriger\n")
    Assessment.objects.update(answered=1)
    code, printed = run("check_counters")
    assert (code, printed.splitlines()[0]) == (1, f"{assessment.pk}\tanswered")
    assert Assessment.objects.get().answered == 1
    assert run("check_counters", "--fix")[0] == 0
    assert Assessment.objects.get().answered == 0
    assert run("check_counters")[0] == 0
