"""What is sealed or signed lasts: a copy is extended every day that needs it, and nothing is lost."""

import datetime as dt
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from checklists import tasks
from checklists.documents import dossier_parts, long_term
from checklists.documents.seal_keys import seal_settings
from checklists.domain.queries import long_term as queries
from checklists.models import Assessment, Document, LongTermCopy, SignedFile
from tests import factories
from tests.common.pdf_sample import METADATA, sample_html
from tests.common.signing_outside import Authority, sign
from tests.common.time_stamps import TimeStampServer, time_stamp_server
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import storage
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.pdf import render_pdf
from uniha_clausier.common.signing import load_signer, seal_pdf
from uniha_clausier.common.signing_long_term import LongTermServer

from .test_signed_files import TICKED, ready

AUTHORITY = Authority()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    home = tmp_path_factory.mktemp("fonts")
    return render_pdf(sample_html(1), attachments=(), metadata=METADATA, home=home).data


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[TimeStampServer]:
    """The operator has a time-stamp server, and trusts one authority for the people who sign."""
    (tmp_path / "autorites.pem").write_bytes(AUTHORITY.pem)
    (tmp_path / "listes").mkdir()
    (tmp_path / "listes" / "autorite.crl").write_bytes(AUTHORITY.list())
    settings.SIGNATURE_ROOTS = tmp_path / "autorites.pem"
    settings.SIGNATURE_REVOCATION_LISTS = tmp_path / "listes"
    with time_stamp_server(tmp_path) as running:
        settings.TSA_URL, settings.TSA_CERTIFICATES = running.url, running.file
        yield running


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def sealed(plain: bytes, server: TimeStampServer) -> bytes:
    return seal_pdf(plain, signer=load_signer(seal_settings("CHU")), reason="Scellement")


@pytest.fixture
def document(assessment: Assessment, sealed: bytes, buyer: User) -> Document:
    return ready(assessment, sealed, buyer)


def run(*options: str) -> tuple[int, list[str]]:
    said = StringIO()
    try:
        call_command("extend_signatures", *options, stdout=said)
    except SystemExit as stop:
        return int(stop.code or 0), said.getvalue().splitlines()
    return 0, said.getvalue().splitlines()


def verdict_of(content: bytes, tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "copie.pdf").write_bytes(content)
    said = StringIO()
    call_command("verify_document", str(tmp_path / "copie.pdf"), stdout=said)
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


def test_a_sealed_document_is_extended_once_and_stays_as_it_is(
    document: Document, sealed: bytes, tmp_path: Path
) -> None:
    code, lines = run()
    copy = LongTermCopy.objects.get()
    assert (code, lines[-1]) == (0, "1 prolongés, 0 en échec")
    assert lines[0].startswith("prolongé\t")
    assert lines[0].endswith(f"jusqu’au {copy.good_until:%d/%m/%Y}")
    assert storage.read(document.file_name) == sealed
    content = storage.read(copy.file_name)
    assert content.startswith(sealed)
    assert (copy.extends_sha256, copy.file_size) == (document.file_sha256, len(content))
    found = verdict_of(content, tmp_path)
    assert (found["status"], found["level"]) == ("intact", "B-LTA")
    assert found["document"]["assessment"] == document.assessment_id
    assert "la copie prolongée 1" in found["reasons"][0]
    assert run() == (0, ["0 prolongés, 0 en échec"])
    events = AuditEvent.objects.filter(action="document.extended")
    assert [event.data["file_sha256"] for event in events] == [copy.file_sha256]


def test_a_signed_file_is_extended_once_a_person_accepted_it(
    signed_in: Client, document: Document, sealed: bytes, tmp_path: Path
) -> None:
    signed = sign(sealed, AUTHORITY.person())
    page = reverse("checklists:document_signed", args=[document.pk])
    signed_in.post(page, {"file": SimpleUploadedFile("signe.pdf", signed)})
    file = SignedFile.objects.get()
    assert run()[1][-1] == "1 prolongés, 0 en échec"
    signed_in.post(reverse("checklists:signed_file", args=[file.pk]), TICKED)
    assert run()[1][-1] == "1 prolongés, 0 en échec"
    copy = LongTermCopy.objects.get(signed_file=file)
    assert storage.read(copy.file_name).startswith(signed)
    assert verdict_of(storage.read(copy.file_name), tmp_path)["level"] == "B-LTA"


def test_a_server_that_is_down_is_said_and_tried_again(document: Document, settings: Any) -> None:
    there, settings.TSA_URL = settings.TSA_URL, "http://127.0.0.1:9/"
    with pytest.raises(CommandError, match="ne répond pas"):
        run()
    assert not LongTermCopy.objects.exists()
    settings.TSA_URL = there
    assert run()[1][-1] == "1 prolongés, 0 en échec"


def test_without_a_server_the_command_says_what_to_set(document: Document, settings: Any) -> None:
    settings.TSA_URL = ""
    with pytest.raises(CommandError, match="TSA_URL"):
        run()


def test_a_file_that_fails_stops_no_other(
    document: Document, assessment: Assessment, plain: bytes, buyer: User
) -> None:
    other = seal_pdf(plain, signer=load_signer(seal_settings("CHU")), reason="Autre")
    ready(assessment, other, buyer)
    damaged = bytearray(storage.read(document.file_name))
    damaged[100] ^= 1
    storage.store(document.file_name, bytes(damaged))
    code, lines = run()
    assert (code, lines[-1]) == (1, "1 prolongés, 1 en échec")
    assert lines[0].startswith("échec\t")
    assert "n’est plus celui du registre" in lines[0]
    assert LongTermCopy.objects.get().document_id != document.pk
    storage.discard(document.file_name)
    assert "ne se lit pas" in run()[1][0]


def test_a_missing_revocation_list_is_named(document: Document, settings: Any) -> None:
    """A promise that the file cannot keep is not made."""
    settings.TSA_CERTIFICATES = None
    code, lines = run()
    assert code == 1
    assert "TSA_CERTIFICATES" in lines[0]


def test_a_copy_is_renewed_before_its_end_by_a_stamp_that_lasts_longer(
    document: Document, server: TimeStampServer
) -> None:
    run()
    first = LongTermCopy.objects.get()
    near = first.good_until - dt.timedelta(days=2)
    with time_machine.travel(near, tick=True):
        assert run()[1] == ["0 prolongés, 0 en échec"]  # the same certificate gains nothing
        server.renew(400)
        assert run()[1][-1] == "1 prolongés, 0 en échec"
    second = LongTermCopy.objects.get(number=2)
    assert second.extends_sha256 == first.file_sha256
    assert storage.read(second.file_name).startswith(storage.read(first.file_name))
    assert second.good_until > first.good_until + dt.timedelta(days=300)


def test_of_two_commands_at_once_one_keeps_its_copy(
    document: Document, server: TimeStampServer
) -> None:
    running = long_term.extend_all()
    waiting = queries.due(now=dt.datetime.now(dt.UTC), until=dt.datetime.max.replace(tzinfo=dt.UTC))
    assert next(running).copy
    late = long_term._extended(waiting[0], LongTermServer(server.url))
    copy = LongTermCopy.objects.get()
    assert late is None
    folder = Path(default_storage.path(copy.file_name)).parent
    assert [path.name for path in folder.iterdir()] == [Path(copy.file_name).name]


def test_the_worker_does_the_same(document: Document) -> None:
    assert run("--file-d-attente") == (0, ["demandé au processus de fond"])
    assert tasks.extend_signatures.call() == {"extended": 1, "failed": 0}


@pytest.mark.parametrize(
    "change",
    ["UPDATE checklists_longtermcopy SET number = 2", "DELETE FROM checklists_longtermcopy"],
)
def test_the_database_keeps_a_copy(change: str, document: Document) -> None:
    run()
    with pytest.raises(DatabaseError, match="made once"), transaction.atomic():
        connection.cursor().execute(change)
    assert LongTermCopy.objects.get().number == 1


def test_the_page_says_the_level_and_gives_the_copy(
    signed_in: Client, document: Document, assessment: Assessment
) -> None:
    run()
    copy = LongTermCopy.objects.get()
    page = reverse("checklists:assessment_documents", args=[assessment.pk])
    shown = " ".join(signed_in.get(page).content.decode().split())
    assert "Ce que vaut le sceau" in shown
    assert "PAdES B-LTA" in shown
    assert copy.file_sha256 in shown
    given = signed_in.get(reverse("checklists:long_term_copy", args=[copy.pk]))
    assert b"".join(given.streaming_content) == storage.read(copy.file_name)  # type: ignore[attr-defined]
    assert "attachment" in given["Content-Disposition"]


def test_the_dossier_holds_the_copy(document: Document, assessment: Assessment) -> None:
    run()
    copy = LongTermCopy.objects.get()
    tender = assessment.candidacy.lot.tender
    [part] = [one for one in dossier_parts.parts(tender) if "prolongee" in one.path]
    assert part.make() == storage.read(copy.file_name)
    assert date_format(copy.good_until, "j F Y") in part.title
