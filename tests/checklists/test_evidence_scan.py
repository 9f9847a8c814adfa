"""What becomes of a joined file while the antivirus has not spoken, and after it has."""

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from checklists import tasks
from checklists.documents import dossier_missing, dossier_parts
from checklists.domain import evidence
from checklists.models import AnswerLink, Evidence
from tests import factories
from tests.common import clamd
from uniha_clausier.common import scanning, storage
from uniha_clausier.common.enums import ScanState
from uniha_clausier.common.models import AuditEvent, FileScan
from uniha_clausier.common.scanning import with_scan

from .checklist_site import text
from .evidence_site import PDF

INFECTED = PDF + clamd.EICAR


@pytest.fixture
def given(buyer, facility) -> tuple[AnswerLink, str]:
    return factories.answer_link(buyer, factories.informal_assessment(buyer, facility))


@pytest.fixture
def antivirus(settings: Any, tmp_path: Path) -> Any:
    with clamd.running(tmp_path) as address:
        settings.CLAMD_ADDRESS = address
        yield settings


def attach(link: AnswerLink, content: bytes = PDF) -> Evidence:
    sent = evidence.SentFile(content, "pdf", "Plan d’assurance.pdf")
    return evidence.attach(assessment=link.assessment, ref="O-7.1", file=sent, by=link)


def queued() -> list[str]:
    rows = DBTaskResult.objects.filter(task_path=scanning.scan_file.module_path)
    return [row.args_kwargs["args"][0] for row in rows]


def test_without_an_antivirus_a_file_is_said_not_scanned_and_is_given(signed_in, given):
    file = attach(given[0])
    assert (scanning.state_of(file.file_name), queued()) == (ScanState.NOT_SCANNED, [])
    assert signed_in.get(reverse("checklists:evidence_file", args=[file.pk])).content == PDF
    page = reverse("checklists:assessment_history", args=[file.assessment_id, "O-7.1"])
    assert "Non analysé" in text(signed_in.get(page))


def test_a_file_is_closed_until_the_antivirus_found_nothing(client, signed_in, antivirus, given):
    link, token = given
    file = attach(link)
    addresses = [
        reverse("checklists:evidence_file", args=[file.pk]),
        reverse("checklists:answer_file", args=[token, file.pk]),
    ]
    assert queued() == [file.file_name]
    for address in addresses:
        refused = signed_in.get(address)
        assert refused.status_code == 403
        assert "n’a pas encore analysé ce fichier" in text(refused)
    assert scanning.scan_file.func(file.file_name) == ScanState.CLEAN
    for address in addresses:
        assert signed_in.get(address).content == PDF
    page = reverse("checklists:assessment_history", args=[file.assessment_id, "O-7.1"])
    assert "Sain" in text(signed_in.get(page))
    assert "Sain" in text(client.get(reverse("checklists:answer_chapter", args=[token, 4])))


def test_an_infected_file_is_given_to_nobody_and_the_screens_say_so(signed_in, antivirus, given):
    link, token = given
    file = attach(link, INFECTED)
    assert scanning.scan_file.func(file.file_name) == ScanState.INFECTED
    antivirus.CLAMD_ADDRESS = ""  # what it found stays, even when it is turned off
    for route, args in (("evidence_file", [file.pk]), ("answer_file", [token, file.pk])):
        refused = signed_in.get(reverse(f"checklists:{route}", args=args))
        assert refused.status_code == 403
        assert clamd.EICAR not in refused.content
    page = reverse("checklists:assessment_history", args=[file.assessment_id, "O-7.1"])
    shown = text(signed_in.get(page))
    assert "Infecté" in shown
    assert "Eicar-Signature" in shown
    event = AuditEvent.objects.get(action="file.infected")
    assert event.subject == f"assessment/{file.assessment_id}"
    assert event.data["signature"] == "Eicar-Signature"
    assert storage.read(file.file_name) == INFECTED  # kept: an offer is never thrown away


@pytest.mark.parametrize("is_scanned", [True, False], ids=["infected", "waiting"])
def test_the_dossier_names_a_file_held_back_and_does_not_hold_it(antivirus, given, is_scanned):
    file = attach(given[0], INFECTED)
    if is_scanned:
        scanning.scan_file.func(file.file_name)
    tender = file.assessment.candidacy.lot.tender
    parts = [part for part in dossier_parts.parts(tender) if "/pieces/" in part.path]
    assert [part.kind for part in parts] == ["notice"]
    assert "retenu par l’antivirus" in parts[0].title
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as bundle:
        for part in parts:
            bundle.writestr(part.path, part.make())
    assert clamd.EICAR not in written.getvalue()
    assert file.file_sha256 in parts[0].make().decode()
    assert any("Plan d’assurance.pdf" in line for line in dossier_missing.missing(tender))


def test_a_file_is_tried_again_when_clamd_comes_back(settings, tmp_path, given):
    settings.CLAMD_ADDRESS = str(tmp_path / "clamd.sock")
    file = attach(given[0])
    assert scanning.scan_file.func(file.file_name) == ScanState.WAITING
    assert scanning.retry() == 0  # not before its time
    FileScan.objects.update(due_at=timezone.now() - dt.timedelta(seconds=1))
    tasks.take_over()
    assert queued() == [file.file_name] * 2
    with clamd.running(tmp_path):
        scanning.scan_file.func(file.file_name)
    assert scanning.state_of(file.file_name) == ScanState.CLEAN


def test_the_pause_between_two_tries_grows_and_has_an_end(settings, tmp_path, given):
    settings.CLAMD_ADDRESS = str(tmp_path / "nobody.sock")
    file = attach(given[0])
    pauses = []
    for _try in range(9):
        before = timezone.now()
        scanning.scan_file.func(file.file_name)
        pauses.append(round((FileScan.objects.get().due_at - before).total_seconds()))
    assert pauses == [15, 30, 60, 120, 240, 480, 900, 900, 900]


def test_a_file_taken_back_meanwhile_is_forgotten(antivirus, given):
    file = attach(given[0])
    storage.discard(file.file_name)
    scanning.scan_file.func(file.file_name)
    assert not FileScan.objects.exists()


def test_a_file_too_large_for_clamd_is_said_not_scanned(settings, tmp_path, given):
    with clamd.running(tmp_path, most=10) as address:
        settings.CLAMD_ADDRESS = address
        file = attach(given[0])
        assert scanning.scan_file.func(file.file_name) == ScanState.NOT_SCANNED
    (shown,) = with_scan(Evidence.objects.all())
    assert shown.scan_state == ScanState.NOT_SCANNED


def test_the_files_of_before_are_scanned_on_demand(settings, tmp_path, given, capsys):
    file = attach(given[0])
    with pytest.raises(CommandError, match="CLAMD_ADDRESS"):
        call_command("scan_files")
    settings.CLAMD_ADDRESS = str(tmp_path / "clamd.sock")
    for expected in ("1 fichier", "0 fichier"):
        call_command("scan_files")
        assert capsys.readouterr().out.startswith(expected)
    assert queued() == [file.file_name]
