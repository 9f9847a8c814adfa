"""The answer files and the signed PDFs of candidates, while the antivirus has not spoken and after."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from checklists.documents import answer_files, answers_child, dossier_missing, dossier_parts
from checklists.domain import deposits, receptions, signed_files
from checklists.domain.deposits import Told
from checklists.domain.receptions import Change
from checklists.domain.signed_files import Confirmation
from checklists.models import Deposit, LongTermCopy, Reception, SignedFile
from tests.access.world import World
from tests.common import clamd
from uniha_clausier.common import scanning, storage
from uniha_clausier.common.enums import ScanState
from uniha_clausier.common.models import AuditEvent, FileScan

from .checklist_site import text
from .deposit_worker import worked

pytestmark = pytest.mark.django_db

TABLE = "Point;Réponse;Commentaire\r\nO-7.1;OUI;Antivirus géré.\r\n".encode()
INFECTED_TABLE = TABLE + b"O-7.2;NON;" + clamd.EICAR + b"\r\n"
INFECTED_PDF = b"%PDF-1.7 " + clamd.EICAR
WAITS, CLOSED = "n’a pas encore analysé ce fichier", "a trouvé un logiciel malveillant"

Kept = Deposit | Reception | SignedFile


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read without a process of its own; test_hostile_workbooks.py has the real one."""
    monkeypatch.setattr(answer_files, "_ask_child", answers_child.answer)


@pytest.fixture
def world() -> World:
    """A facility with an assessment whose offers are opened."""
    return World()


@pytest.fixture
def antivirus(settings: Any, tmp_path: Path) -> Iterator[Any]:
    with clamd.running(tmp_path) as address:
        settings.CLAMD_ADDRESS = address
        yield settings


def reception(world: World, content: bytes = INFECTED_TABLE) -> Reception:
    return receptions.receive(
        assessment=world.assessment,
        content=content,
        kind="csv",
        sent_as="offre.csv",
        by=world.buyer,
    )[0]


def deposit(world: World) -> Deposit:
    sent = deposits.Sent(INFECTED_TABLE, "csv", "classeur.csv")
    checklist, told = world.assessment.checklist, Told(understood=1)
    file = deposits.lay(checklist=checklist, sent=sent)
    return deposits.keep(checklist=checklist, file=file, told=told, by=world.buyer)[0]


def signed_file(world: World) -> SignedFile:
    sha256 = hashlib.sha256(INFECTED_PDF).hexdigest()
    report = {"base_sha256": world.document.file_sha256, "signatures": []}
    sent = signed_files.Sent(INFECTED_PDF, "signé.pdf", sha256)
    return signed_files.receive(document=world.document, sent=sent, report=report, by=world.buyer)


def addresses(file: Kept) -> list[str]:
    """Where the site and the API give a file back."""
    routes = {
        Deposit: ("checklists:deposit_file", "api:deposit_file"),
        Reception: ("checklists:reception_file", "api:reception_file"),
        SignedFile: ("checklists:signed_file_download", "api:signed_file"),
    }[type(file)]
    return [reverse(route, args=[file.pk]) for route in routes]


def asked(world: World, address: str) -> Any:
    client = Client(headers={"Authorization": f"Bearer {world.bearers['buyer']}"})
    if not address.startswith("/api/"):
        client.force_login(world.buyer)
    return client.get(address)


def sentence(refused: Any) -> str:
    is_of_the_api = refused["Content-Type"].startswith("application/problem")
    return refused.json()["detail"] if is_of_the_api else text(refused)


def page(world: World, route: str, pk: int) -> str:
    return text(asked(world, reverse(f"checklists:{route}", args=[pk])))


def scan(file: Kept) -> str:
    return str(scanning.scan_file.func(file.file_name))


def queued() -> list[str]:
    rows = DBTaskResult.objects.filter(task_path=scanning.scan_file.module_path)
    return [row.args_kwargs["args"][0] for row in rows]


MADE = pytest.mark.parametrize("made", [deposit, reception, signed_file])


@MADE
def test_a_file_is_closed_while_it_waits_and_once_it_is_found_infected(
    antivirus: Any, world: World, made: Callable[[World], Kept]
) -> None:
    file = made(world)
    assert queued() == [file.file_name]
    for address in addresses(file):
        refused = asked(world, address)
        assert refused.status_code == 403 and WAITS in sentence(refused)
    assert scan(file) == ScanState.INFECTED
    antivirus.CLAMD_ADDRESS = ""  # what it found stays, even when it is turned off
    for address in addresses(file):
        refused = asked(world, address)
        assert refused.status_code == 403 and CLOSED in sentence(refused)
        assert clamd.EICAR not in refused.content
    event = AuditEvent.objects.get(action="file.infected")
    where = "checklist" if isinstance(file, Deposit) else "assessment"
    owner = world.assessment.checklist_id if isinstance(file, Deposit) else world.assessment.pk
    assert (event.subject, event.tenant) == (f"{where}/{owner}", world.facility.pk)
    assert clamd.EICAR in storage.read(file.file_name)  # kept: an offer is never thrown away


@MADE
def test_without_an_antivirus_a_file_is_given_back_as_before(
    world: World, made: Callable[[World], Kept]
) -> None:
    file = made(world)
    assert queued() == []
    for address in addresses(file):
        given = asked(world, address)
        assert given.status_code == 200
        assert clamd.EICAR in b"".join(given) if given.streaming else given.content
    for route in ("deposit_list", "reception_list"):
        owner = world.assessment.checklist_id if route == "deposit_list" else world.assessment.pk
        assert "analys" not in page(world, route, owner)


def test_the_pages_say_what_waits_and_what_is_infected(antivirus: Any, world: World) -> None:
    checklist, assessment = world.assessment.checklist_id, world.assessment.pk
    waiting, received, signed = deposit(world), reception(world), signed_file(world)
    pages = [
        ("deposit_list", checklist),
        ("reception_list", assessment),
        ("reception_detail", received.pk),
        ("document_signed", world.document.pk),
        ("signed_file", signed.pk),
    ]
    for route, pk in pages:
        assert WAITS in page(world, route, pk), route
    for file in (waiting, received, signed):
        scan(file)
    for route, pk in pages:
        assert CLOSED in page(world, route, pk), route


def test_a_workbook_that_waits_is_read_and_taken_over(antivirus: Any, world: World) -> None:
    """Only plain text is taken, read apart: an antivirus that is away stops nobody's work."""
    received = reception(world, TABLE)
    shown = page(world, "reception_detail", received.pk)
    assert WAITS in shown and "Reprendre les 2 valeurs" in shown
    client = Client()
    client.force_login(world.buyer)
    client.post(reverse("checklists:reception_detail", args=[received.pk]))
    assert received.takeovers.count() == 1


def test_nothing_is_read_nor_taken_over_of_an_infected_workbook(
    antivirus: Any, world: World
) -> None:
    received = reception(world)
    scan(received)
    shown = page(world, "reception_detail", received.pk)
    assert "Antivirus géré" not in shown and "Reprendre" not in shown
    client = Client()
    client.force_login(world.buyer)
    refused = client.post(reverse("checklists:reception_detail", args=[received.pk]))
    assert refused.status_code == 422 and CLOSED in text(refused)
    change = Change("O-7.1", "claim", "", "yes", "B2", 0)
    with pytest.raises(scanning.NotServed):
        receptions.take_over(reception=received, changes=[change], decisions=[], by=world.buyer)
    assert not received.takeovers.exists()


def test_an_infected_workbook_stays_when_the_others_are_taken_over(
    antivirus: Any, world: World
) -> None:
    kept = deposit(world)
    deposits.give(deposit=kept, candidacy=world.assessment.candidacy, clue="buyer", by=world.buyer)
    scan(kept)
    shown = page(world, "deposit_list", world.assessment.checklist_id)
    assert "rien n’en est repris" in shown and "où rien n’est à trancher" not in shown
    client = Client()
    client.force_login(world.buyer)
    client.post(reverse("checklists:deposit_take_over", args=[world.assessment.checklist_id]))
    assert worked() == ["SUCCESSFUL"]
    assert not Reception.objects.get().takeovers.exists()


@pytest.mark.parametrize("is_scanned", [False, True], ids=["waiting", "infected"])
def test_a_signed_file_that_nobody_may_open_is_not_accepted(
    antivirus: Any, world: World, is_scanned: bool
) -> None:
    """It would be for ever, and the next signer could not sign it."""
    file = signed_file(world)
    if is_scanned:
        scan(file)
    confirmation = Confirmation("Camille Martin", identity=True, delegation=True)
    with pytest.raises(scanning.NotServed, match=CLOSED if is_scanned else WAITS):
        signed_files.accept(
            file=file,
            confirmation=confirmation,
            data_hash=lambda document: document.content_sha256,
            by=world.buyer,
        )
    signed_files.set_aside(file=file, by=world.buyer)


def test_a_copy_made_to_last_is_closed_with_the_file_that_it_extends(
    antivirus: Any, world: World
) -> None:
    file = signed_file(world)
    copy = LongTermCopy.objects.create(
        document=world.document,
        signed_file=file,
        number=1,
        made_at=timezone.now(),
        good_until=timezone.now() + dt.timedelta(days=9),
        extends_sha256=file.file_sha256,
        file_name=file.file_name,
        file_sha256="3" * 64,
        file_size=14,
    )
    scan(file)
    for route in ("checklists:long_term_copy", "api:copy_file"):
        assert asked(world, reverse(route, args=[copy.pk])).status_code == 403
    paths = [part.path for part in dossier_parts.parts(world.assessment.candidacy.lot.tender)]
    assert not any("prolonge" in path for path in paths)


def test_the_dossier_names_what_is_held_back_and_does_not_hold_it(
    antivirus: Any, world: World
) -> None:
    for file in (deposit(world), reception(world)):
        scan(file)
    answered = world.exchange_file  # waits
    held = [
        part
        for part in dossier_parts.parts(world.assessment.candidacy.lot.tender)
        if part.kind == "notice"
    ]
    assert {part.make().decode().splitlines()[0] for part in held} == {
        "classeur.csv", "offre.csv", answered.name,
    }  # fmt: skip
    assert all("retenu par l’antivirus" in part.title for part in held)
    assert all(clamd.EICAR not in part.make() for part in held)
    missing = [
        line
        for line in dossier_missing.missing(world.assessment.candidacy.lot.tender)
        if "L’antivirus" in line
    ]
    assert {line.partition("\xa0:")[0] for line in missing} == {
        "classeur.csv", "offre.csv", answered.name,
    }  # fmt: skip


def test_the_files_of_before_are_scanned_on_demand(
    settings: Any, tmp_path: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    files: list[Kept] = [deposit(world), reception(world), signed_file(world)]
    settings.CLAMD_ADDRESS = str(tmp_path / "clamd.sock")
    for expected in (3, 0):
        call_command("scan_files")
        assert capsys.readouterr().out.startswith(str(expected))
    assert sorted(queued()) == sorted(file.file_name for file in files)


@MADE
def test_a_file_is_tried_again_when_the_antivirus_comes_back(
    settings: Any, tmp_path: Path, world: World, made: Callable[[World], Kept]
) -> None:
    settings.CLAMD_ADDRESS = str(tmp_path / "clamd.sock")
    file = made(world)
    assert scan(file) == ScanState.WAITING
    FileScan.objects.update(due_at=timezone.now() - dt.timedelta(seconds=1))
    assert scanning.retry() == 1
    with clamd.running(tmp_path):
        assert scan(file) == ScanState.INFECTED
