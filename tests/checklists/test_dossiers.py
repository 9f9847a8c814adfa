"""The dossier of a tender: everything in one ZIP, checked without a database, tampering seen."""

import datetime as dt
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists import tasks
from checklists.documents import (
    answer_form,
    answer_workbook,
    dossier_checks,
    dossier_missing,
    dossier_parts,
    letters,
)
from checklists.domain import (
    assessments,
    deposits,
    evidence,
    exchanges,
    late_files,
    receptions,
)
from checklists.domain.deposits import Sent, Told
from checklists.enums import LateDecision
from checklists.models import Assessment, Dossier, LateFile
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal, storage
from uniha_clausier.common.models import AuditEvent, TaskTrace

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def assessment(facility: Facility, buyer: User) -> Assessment:
    """A candidate assessed, whose workbook was received."""
    found = factories.assessment(buyer, facility)
    content = answer_workbook.written(answer_form.blank(found.checklist), "xlsx")
    receptions.receive(
        assessment=found, content=content, kind="xlsx", sent_as="réponse.xlsx", by=buyer
    )
    return found


@pytest.fixture
def made(assessment: Assessment, buyer: User) -> Dossier:
    return tasks.make_dossier(tender=assessment.candidacy.lot.tender, by=buyer)


@pytest.fixture
def file(made: Dossier, tmp_path: Path) -> Path:
    path = tmp_path / "dossier.zip"
    path.write_bytes(storage.read(made.file_name))
    return path


def names(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as bundle:
        return bundle.namelist()


def tampered(file: Path, **changed: bytes | None) -> Path:
    """The same ZIP with entries replaced, added, or taken out (None)."""
    target = io.BytesIO()
    told = {name.replace("__", "/").replace("_DOT_", "."): it for name, it in changed.items()}
    with zipfile.ZipFile(file) as bundle, zipfile.ZipFile(target, "w") as copy:
        for name in bundle.namelist():
            if name not in told:
                copy.writestr(name, bundle.read(name))
        for name, content in told.items():
            if content is not None:
                copy.writestr(name, content)
    path = file.with_name("altéré.zip")
    path.write_bytes(target.getvalue())
    return path


def read(file: Path, name: str) -> bytes:
    with zipfile.ZipFile(file) as bundle:
        return bundle.read(name)


def test_the_dossier_holds_what_was_published_received_and_decided(
    file: Path, assessment: Assessment
) -> None:
    code = assessment.checklist.version.clausier.code
    found = names(file)
    assert found[0] == "LISEZMOI.txt"
    for name in ("consultation.json", "journal.jsonl", "manifeste.json", "bordereau.pdf"):
        assert name in found
    assert f"{code}/1-check-list/edition-1/1-clausier-applicable.pdf" in found
    received = [name for name in found if name.endswith("/1-recu/classeur-1.xlsx")]
    reception = assessment.receptions.get()
    assert len(received) == 1 and received[0].startswith(f"{code}/2-candidats/")
    assert read(file, received[0]) == storage.read(reception.file_name)
    assert any(name.startswith(f"{code}/3-comparaison/") for name in found)
    told = json.loads(read(file, "consultation.json"))
    assert told["lots"][0]["candidates"][0]["name"] == assessment.candidacy.vendor.name


def test_the_files_that_a_candidate_joined_are_in_the_dossier(
    facility: Facility, buyer: User, tmp_path: Path
) -> None:
    assessment = factories.informal_assessment(buyer, facility)
    link, _secret = factories.answer_link(buyer, assessment)
    content = b"%PDF-1.7 plan"
    for ref in ("O-7.1", "O-7.2"):
        sent = evidence.SentFile(content, "pdf", "Plan été.pdf")
        evidence.attach(assessment=assessment, ref=ref, file=sent, by=link)
    made = tasks.make_dossier(tender=assessment.candidacy.lot.tender, by=buyer)
    path = tmp_path / "dossier.zip"
    path.write_bytes(storage.read(made.file_name))
    (kept,) = [name for name in names(path) if "/1-recu/pieces/" in name]
    assert kept.endswith("-plan-ete.pdf")
    assert read(path, kept) == content
    listed = {one["path"]: one for one in json.loads(read(path, "manifeste.json"))["files"]}
    assert "Plan été.pdf" in listed[kept]["title"] and "O-7.1, O-7.2" in listed[kept]["title"]


def test_what_candidates_were_asked_and_answered_is_in_the_dossier(
    facility: Facility, buyer: User
) -> None:
    assessment = factories.assessment(buyer, facility)
    tender = assessment.candidacy.lot.tender
    party = factories.asked(buyer, assessment, "O-7.1")
    storage.store(letters.stored_name(party), b"%PDF-1.7 lettre")
    file = exchanges.Sent(b"%PDF-1.7 reponse", "pdf", "réponse.pdf")
    texts = {party.replies.get().pk: "La version 4.2."}
    exchanges.register(party=party, texts=texts, file=file, by=buyer)
    found = {
        part.path.partition("/3-demandes/clarification-1/")[2]: part.make()
        for part in dossier_parts.parts(tender)
        if "/3-demandes/" in part.path
    }
    told = json.loads(found.pop("echange.json"))
    assert found == {"lettre.pdf": b"%PDF-1.7 lettre", "fichier-1.pdf": b"%PDF-1.7 reponse"}
    assert [(reply["ref"], reply["text"]) for reply in told["replies"]] == [
        ("O-7.1", "La version 4.2.")
    ]
    open_one = "Demande de précisions n° 1\u00a0: cette demande n’est pas close."
    assert open_one in dossier_missing.missing(tender)
    exchanges.close(exchange=party.exchange, by=buyer)
    assert open_one not in dossier_missing.missing(tender)


def test_it_is_proved_without_the_database(file: Path, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        report = dossier_checks.check(file)
    assert report.faults == []
    assert report.files == len(names(file)) - 3  # the manifest, the list and the sums
    assert report.seals == 3  # the list and the two annexes
    assert report.events > 0
    # Who sealed is not known on another machine, unless its authority is given.
    assert report.doubts and report.signer


def test_it_is_proved_on_an_empty_machine(file: Path, tmp_path: Path) -> None:
    database = tmp_path / "rien.sqlite3"
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_dossier", str(file)],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {"CLAUSIER_HOME": str(tmp_path / "vide"), "DATABASE_URL": f"sqlite:///{database}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["intact"] is True
    assert not database.exists()


def test_the_sums_are_those_of_the_standard_tool(file: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(file) as bundle:
        bundle.extractall(tmp_path / "pieces")
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "empreintes-sha256.txt"],
        cwd=tmp_path / "pieces",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"consultation_DOT_json": b"{}"}, "consultation.json a été modifié"),
        ({"consultation_DOT_json": None}, "consultation.json manque"),
        ({"ajout_DOT_txt": b"x"}, "ajout.txt n’est pas sur le bordereau"),
        ({"bordereau_DOT_pdf": None}, "bordereau.pdf manque"),
        ({"bordereau_DOT_pdf": b"%PDF-1.7 rien"}, "bordereau.pdf"),
        ({"manifeste_DOT_json": None}, "manifeste.json manque"),
        ({"manifeste_DOT_json": b"[]"}, "n’est pas la liste d’un dossier"),
        ({"empreintes-sha256_DOT_txt": None}, "empreintes-sha256.txt manque"),
        ({"empreintes-sha256_DOT_txt": b"x"}, "empreintes-sha256.txt a été modifié"),
    ],
)
def test_a_dossier_that_was_touched_says_where(
    file: Path, changed: dict[str, bytes | None], sentence: str
) -> None:
    report = dossier_checks.check(tampered(file, **changed))
    assert not report.is_intact
    assert any(sentence in fault for fault in report.faults), report.faults


def test_a_manifest_made_anew_for_a_changed_file_is_not_the_sealed_one(file: Path) -> None:
    manifest = json.loads(read(file, "manifeste.json"))
    content = b"{}"
    for one in manifest["files"]:
        if one["path"] == "consultation.json":
            one["sha256"] = hashlib.sha256(content).hexdigest()
    again = tampered(
        file,
        consultation_DOT_json=content,
        manifeste_DOT_json=json.dumps(manifest, separators=(",", ":"), sort_keys=True).encode(),
    )
    report = dossier_checks.check(again)
    assert "manifeste.json n’est pas celui que bordereau.pdf scelle." in report.faults


def test_an_event_of_the_journal_that_was_changed_is_seen(file: Path) -> None:
    lines = read(file, "journal.jsonl").decode().splitlines()
    event = json.loads(lines[0])
    event["action"] = "autre"
    changed = "\n".join([json.dumps(event), *lines[1:]]) + "\n"
    report = dossier_checks.check(tampered(file, journal_DOT_jsonl=changed.encode()))
    assert any("ligne 1" in fault for fault in report.faults)


def test_events_out_of_their_place_or_after_the_list_are_seen(file: Path) -> None:
    lines = read(file, "journal.jsonl").splitlines(keepends=True)
    shuffled = tampered(file, journal_DOT_jsonl=b"".join([lines[1], lines[0], *lines[2:]]))
    told = "journal.jsonl, ligne 2 : l’événement n’est pas à sa place."
    assert told in dossier_checks.check(shuffled).faults
    later = manifest_with(file, journal={"seq": 1, "head": ""})
    told = "journal.jsonl contient des événements d’après le bordereau."
    assert told in dossier_checks.check(later).faults


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_or_too_many_of_them_are_no_dossier(file: Path) -> None:
    with zipfile.ZipFile(file, "a") as bundle:
        bundle.writestr("consultation.json", b"{}")
    assert dossier_checks.check(file).faults == ["consultation.json est deux fois dans le ZIP."]
    with mock.patch.object(dossier_checks, "MOST_FILES", 2):
        [fault] = dossier_checks.check(file).faults
    assert fault.startswith("Le ZIP est démesuré")


def test_a_dossier_without_its_journal_says_so_and_a_piece_that_is_due_is_named(
    file: Path,
) -> None:
    faults = dossier_checks.check(tampered(file, journal_DOT_jsonl=None)).faults
    assert "journal.jsonl manque : il a été retiré." in faults
    due = {"folder": "lot-9", "kind": "data", "title": "Une pièce"}
    report = dossier_checks.check(manifest_with(file, due=[due]))
    assert "Une pièce : cette pièce n’est pas au bordereau (lot-9/)." in report.faults


def manifest_with(file: Path, **changed: Any) -> Path:
    manifest = json.loads(read(file, "manifeste.json")) | changed
    return tampered(file, manifeste_DOT_json=json.dumps(manifest).encode())


@pytest.mark.parametrize(
    "changed",
    [
        {"journal": None},
        {"journal": {"seq": "9"}},
        {"missing": None},
        {"due": [None]},
        {"files": 3},
    ],
    ids=str,
)
def test_a_manifest_that_was_bent_is_said_to_be_none(file: Path, changed: dict[str, Any]) -> None:
    report = dossier_checks.check(manifest_with(file, **changed))
    assert report.faults == ["manifeste.json n’est pas la liste d’un dossier de Clausier."]


@pytest.mark.parametrize("line", [b"[" * 100_000, b"[]", b"null", b"{}", b'{"seq": NaN}'])
def test_a_line_that_is_no_event_is_named(file: Path, line: bytes) -> None:
    report = dossier_checks.check(tampered(file, journal_DOT_jsonl=line + b"\n"))
    assert "journal.jsonl, ligne 1 : l’événement a été modifié." in report.faults


def test_an_event_whose_place_is_a_text_is_named(file: Path) -> None:
    told = json.loads(read(file, "journal.jsonl").decode().splitlines()[0]) | {"seq": "1"}
    at = dt.datetime.fromisoformat(told["occurred_at"])
    told["hash"] = journal.hash_of(AuditEvent(**told | {"occurred_at": at}))
    line = json.dumps(told).encode()
    report = dossier_checks.check(tampered(file, journal_DOT_jsonl=line + b"\n"))
    assert "journal.jsonl, ligne 1 : l’événement a été modifié." in report.faults


def test_a_damaged_disk_makes_sentences_and_no_failure(file: Path) -> None:
    """Every hundredth byte, or so, is turned round in a copy of its own."""
    whole = file.read_bytes()
    path = file.with_name("abîmé.zip")
    with mock.patch.object(dossier_checks, "_sealed", return_value=None):  # slow, tried elsewhere
        for place in range(0, len(whole), max(1, len(whole) // 150)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
            report = dossier_checks.check(path)
            assert all(isinstance(fault, str) for fault in report.faults)


def test_a_name_that_is_no_text_is_said(file: Path) -> None:
    path = tampered(file, é_DOT_txt=b"x")
    path.write_bytes(path.read_bytes().replace("é.txt".encode(), b"\xff\xff.txt"))
    assert not dossier_checks.check(path).is_intact


def test_what_is_no_zip_is_said(tmp_path: Path) -> None:
    path = tmp_path / "rien.zip"
    path.write_bytes(b"rien")
    assert not dossier_checks.check(path).is_intact


def test_what_a_complete_dossier_would_need_is_listed(assessment: Assessment, buyer: User) -> None:
    tender = assessment.candidacy.lot.tender
    told = dossier_missing.missing(tender)
    assert any("n’est pas complète" in sentence for sentence in told)
    assert any("pas de PDF scellé" in sentence for sentence in told)


def test_an_edition_never_changes(made: Dossier) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Dossier.objects.filter(pk=made.pk).update(file_sha256="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        made.delete()


def test_the_page_lists_the_editions_and_gives_the_file(signed_in: Client, made: Dossier) -> None:
    page = signed_in.get(reverse("checklists:tender_dossier", args=[made.tender_id]))
    assert "Télécharger l’édition 1" in page.content.decode()
    assert "Il manque encore" in page.content.decode()
    response = signed_in.get(reverse("checklists:dossier_download", args=[made.pk]))
    assert response["Content-Type"] == "application/zip"
    assert response.content == storage.read(made.file_name)


def test_a_buyer_asks_for_it_once_at_a_time(signed_in: Client, assessment: Assessment) -> None:
    url = reverse("checklists:tender_dossier", args=[assessment.candidacy.lot.tender_id])
    assert signed_in.post(url).status_code == 302
    assert "Le dossier est en préparation." in signed_in.get(url).content.decode()


def test_the_page_says_how_far_it_is(signed_in: Client, assessment: Assessment) -> None:
    url = reverse("checklists:tender_dossier", args=[assessment.candidacy.lot.tender_id])
    signed_in.post(url)
    TaskTrace.objects.update(step="Pièces", done=4, total=20)
    page = signed_in.get(url)
    assert "Pièces\u00a0: 4 sur 20" in page.content.decode()
    assert b'hx-select="#dossier"' in page.content


def test_the_commands_write_it_and_prove_it(
    assessment: Assessment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "dossier.zip"
    call_command("export_dossier", str(assessment.candidacy.lot.tender_id), out=out)
    capsys.readouterr()
    call_command("verify_dossier", str(out))
    assert json.loads(capsys.readouterr().out)["intact"] is True
    with pytest.raises(SystemExit):
        call_command("verify_dossier", str(tampered(out, consultation_DOT_json=None)))


def test_events_of_other_tenders_stay_out(
    assessment: Assessment, facility: Facility, buyer: User
) -> None:
    other = factories.published_checklist(buyer, facility)
    tender = assessment.candidacy.lot.tender
    subjects = {event.subject.split("/")[0:2][0] for event in dossier_parts.events(tender)}
    assert subjects <= {"tender", "checklist", "assessment"}
    told = {event.subject for event in dossier_parts.events(tender)}
    assert f"checklist/{other.pk}" not in told and f"tender/{other.lot.tender_id}" not in told
    assert assessments.subject_of(assessment.pk) in told


def test_a_file_without_its_candidate_is_there_and_an_undecided_late_one_is_told(
    assessment: Assessment, buyer: User
) -> None:
    tender = assessment.candidacy.lot.tender
    sent = Sent("Point;Réponse\r\nO-7.1;OUI\r\n".encode(), "csv", "reponse.csv")
    file = deposits.lay(checklist=assessment.checklist, sent=sent)
    deposit, _is_new = deposits.keep(
        checklist=assessment.checklist, file=file, told=Told(), by=buyer
    )
    moment = timezone.now()
    late = LateFile.objects.create(
        reception=assessment.receptions.get(),
        deposited_at=moment,
        deadline=moment - dt.timedelta(hours=1),
    )
    told = dossier_missing.missing(tender)
    assert "reponse.csv\u00a0: ce fichier attend son candidat." in told
    assert any("hors délai attend une décision" in sentence for sentence in told)
    found = {part.path.rpartition("/")[2]: part for part in dossier_parts.parts(tender)}
    assert found[f"fichier-{deposit.pk}.csv"].make() == sent.content
    assert "hors délai (décision attendue)" in found["classeur-1.xlsx"].title
    late_files.decide(late=late, decision=LateDecision.KEPT_OUT, reason="Trop tard.", by=buyer)
    found = {part.path.rpartition("/")[2]: part for part in dossier_parts.parts(tender)}
    assert "hors délai (écarté)" in found["classeur-1.xlsx"].title
