"""A document signed elsewhere: what comes back, what a person confirms, what is refused and told."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from checklists.documents import report
from checklists.domain import answering, documents, signed_files
from checklists.domain.documents import SealedFile
from checklists.domain.signed_files import Confirmation, NotAcceptable, Sent
from checklists.models import Assessment, Document, SignedFile
from tests import factories
from tests.common.pdf_sample import ATTACHMENTS, METADATA, sample_html
from tests.common.signing_outside import Authority, sign
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import storage
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.pdf import render_pdf
from uniha_clausier.common.signing import SealSettings, load_signer, seal_pdf

AUTHORITY = Authority()


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sealed file with empty fields, rendered once for all the tests."""
    home = tmp_path_factory.mktemp("home")
    plain = render_pdf(sample_html(1), attachments=ATTACHMENTS, metadata=METADATA, home=home)
    signer = load_signer(SealSettings(home=home, organisation="CHU"))
    return seal_pdf(plain.data, signer=signer, reason="Scellement d’intégrité")


@pytest.fixture(scope="module")
def signed(sealed: bytes) -> bytes:
    return sign(sealed, AUTHORITY.person())


@pytest.fixture(autouse=True)
def _trust(settings: Any, tmp_path: Path) -> None:
    """The operator trusts one authority, and keeps its list."""
    (tmp_path / "autorites.pem").write_bytes(AUTHORITY.pem)
    (tmp_path / "listes").mkdir()
    (tmp_path / "listes" / "autorite.crl").write_bytes(AUTHORITY.list())
    settings.SIGNATURE_ROOTS = tmp_path / "autorites.pem"
    settings.SIGNATURE_REVOCATION_LISTS = tmp_path / "listes"


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def ready(assessment: Assessment, content: bytes, by: User) -> Document:
    """An edition that is ready, made of ``content``."""
    asked = documents.request_document(
        assessment=assessment, freeze=report.freeze, alone=False, by=by
    )
    worker = documents.claim(asked.pk)
    assert worker is not None
    name = storage.store(f"documents/{asked.pk}.pdf", content)
    sha256 = hashlib.sha256(content).hexdigest()
    documents.finish(worker, SealedFile(name, sha256, len(content), 3))
    asked.refresh_from_db()
    return asked


@pytest.fixture
def document(assessment: Assessment, sealed: bytes, buyer: User) -> Document:
    return ready(assessment, sealed, buyer)


def page_of(document: Document) -> str:
    return reverse("checklists:document_signed", args=[document.pk])


def deposit(client: Client, document: Document, content: bytes) -> Any:
    file = SimpleUploadedFile("évaluation signée.pdf", content, content_type="application/pdf")
    return client.post(page_of(document), {"file": file})


def sent_file(content: bytes) -> Sent:
    return Sent(content, "a.pdf", hashlib.sha256(content).hexdigest())


def actions() -> list[str]:
    events = AuditEvent.objects.filter(action__startswith="signature.").order_by("seq")
    return list(events.values_list("action", flat=True))


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


TICKED = {"identity": "on", "delegation": "on", "name": "Camille Martin, directrice"}


# -- Accepted


def test_a_signed_file_is_kept_as_received_then_accepted_by_a_person(
    signed_in: Client, document: Document, signed: bytes, buyer: User
) -> None:
    response = deposit(signed_in, document, signed)
    file = SignedFile.objects.get()
    page = reverse("checklists:signed_file", args=[file.pk])
    assert (response.status_code, response.headers["Location"]) == (302, page)
    assert storage.read(file.file_name) == signed
    shown = words(signed_in.get(page))
    assert "À confirmer par une personne" in shown
    assert "Certificat en cours de validité et non révoqué" in shown

    assert signed_in.post(page, TICKED).status_code == 302
    file.refresh_from_db()
    assert (file.is_accepted, file.decided_by) == (True, buyer)
    assert file.confirmed_name == "Camille Martin, directrice"
    assert "qui a confirmé l’identité et la délégation" in words(signed_in.get(page))
    assert actions() == ["signature.received", "signature.accepted"]
    assert AuditEvent.objects.get(action="signature.accepted").data == {
        "document": document.pk,
        "number": document.number,
        "sha256": file.file_sha256,
    }


def test_the_file_and_its_report_are_given_back(
    signed_in: Client, document: Document, signed: bytes
) -> None:
    deposit(signed_in, document, signed)
    file = SignedFile.objects.get()
    given = signed_in.get(reverse("checklists:signed_file_download", args=[file.pk]))
    assert given.content == signed
    assert given.headers["Content-Disposition"].startswith("attachment")
    found = signed_in.get(reverse("checklists:signed_file_report", args=[file.pk])).json()
    assert found["sha256"] == hashlib.sha256(signed).hexdigest()
    assert found["document"]["sha256"] == document.file_sha256
    [signature] = found["signatures"]
    assert {point["key"] for point in signature["points"]} == {
        "identity", "category", "format", "validity", "integrity",
    }  # fmt: skip


@pytest.mark.parametrize("missing", list(TICKED))
def test_nothing_is_accepted_without_the_two_ticks_and_the_name(
    missing: str, signed_in: Client, document: Document, signed: bytes
) -> None:
    deposit(signed_in, document, signed)
    file = SignedFile.objects.get()
    answers = {name: value for name, value in TICKED.items() if name != missing}
    response = signed_in.post(reverse("checklists:signed_file", args=[file.pk]), answers)
    assert response.status_code == 422
    file.refresh_from_db()
    assert not file.decision


@pytest.mark.parametrize(
    "confirmation",
    [
        Confirmation(" ", identity=True, delegation=True),
        Confirmation("Camille Martin", identity=False, delegation=True),
        Confirmation("Camille Martin", identity=True, delegation=False),
    ],
)
def test_whatever_the_form_says_a_file_needs_its_name_and_both_ticks(
    confirmation: Confirmation, document: Document, signed: bytes, buyer: User
) -> None:
    sent = sent_file(signed)
    file = signed_files.receive(document=document, sent=sent, report={}, by=buyer)
    with pytest.raises(NotAcceptable, match="Confirmez l’identité"):
        signed_files.accept(
            file=file, confirmation=confirmation, data_hash=lambda _pk: "0" * 64, by=buyer
        )


def test_a_file_that_two_people_send_at_once_is_kept_once(
    document: Document, signed: bytes, buyer: User
) -> None:
    sent = sent_file(signed)
    first = signed_files.receive(document=document, sent=sent, report={}, by=buyer)
    assert signed_files.receive(document=document, sent=sent, report={}, by=buyer) == first
    assert actions() == ["signature.received"]


def test_a_second_person_signs_the_accepted_file(
    signed_in: Client, document: Document, sealed: bytes, signed: bytes
) -> None:
    deposit(signed_in, document, signed)
    signed_in.post(reverse("checklists:signed_file", args=[SignedFile.objects.get().pk]), TICKED)
    both = sign(signed, AUTHORITY.person("Sacha Petit"), field="sig_ciso")
    assert deposit(signed_in, document, both).status_code == 302
    rolled_back = deposit(signed_in, document, sealed)
    assert "des signatures en ont été retirées" in words(rolled_back)


def test_of_two_files_signed_apart_only_one_is_accepted(
    document: Document, buyer: User, signed: bytes
) -> None:
    first, second = [
        signed_files.receive(
            document=document,
            sent=Sent(b"%d" % n, "a.pdf", str(n) * 64),
            report={"base_sha256": document.file_sha256, "signatures": []},
            by=buyer,
        )
        for n in (1, 2)
    ]
    accept(first, buyer)
    with pytest.raises(NotAcceptable, match="Un autre fichier signé"):
        accept(second, buyer)


def accept(file: SignedFile, by: User) -> SignedFile:
    return signed_files.accept(
        file=file,
        confirmation=Confirmation("Camille Martin", True, True),
        data_hash=lambda document: report.hash_of(report.gather(document.assessment_id)),
        by=by,
    )


def test_an_evaluation_that_changed_since_asks_for_another_edition(
    signed_in: Client, document: Document, signed: bytes, buyer: User
) -> None:
    deposit(signed_in, document, signed)
    answering.save_field(
        assessment_id=document.assessment_id,
        ref="O-7.1",
        field="score",
        value="compliant",
        base_version=0,
        by=buyer,
    )
    file = SignedFile.objects.get()
    response = signed_in.post(reverse("checklists:signed_file", args=[file.pk]), TICKED)
    assert response.status_code == 409
    assert "L’évaluation a changé depuis l’édition 1" in words(response)


def test_a_file_set_aside_counts_for_nothing_and_stays(
    signed_in: Client, document: Document, signed: bytes
) -> None:
    deposit(signed_in, document, signed)
    file = SignedFile.objects.get()
    aside = reverse("checklists:signed_file_set_aside", args=[file.pk])
    assert signed_in.post(aside).status_code == 302
    assert "déjà prise" in words(signed_in.post(aside, follow=True))
    response = signed_in.post(reverse("checklists:signed_file", args=[file.pk]), TICKED)
    assert (response.status_code, actions()[-1]) == (409, "signature.set_aside")
    assert storage.read(file.file_name) == signed


def test_the_same_file_is_kept_once(signed_in: Client, document: Document, signed: bytes) -> None:
    deposit(signed_in, document, signed)
    assert "déjà reçu" in words(
        signed_in.get(deposit(signed_in, document, signed).headers["Location"])
    )
    assert SignedFile.objects.count() == 1


# -- Refused


def refused(client: Client, document: Document, content: bytes) -> str:
    """Deposit a file that is refused: nothing is kept but the event, with the reasons."""
    response = deposit(client, document, content)
    assert response.status_code == 422
    assert not SignedFile.objects.exists()
    event = AuditEvent.objects.get(action="signature.refused")
    assert event.data["sha256"] == hashlib.sha256(content).hexdigest()
    assert event.data["reasons"]
    return words(response)


def test_a_touched_content_is_refused_and_its_place_said(
    signed_in: Client, document: Document, signed: bytes
) -> None:
    altered = bytearray(signed)
    altered[2000] ^= 1
    shown = refused(signed_in, document, bytes(altered))
    assert "n’est pas, octet pour octet, celle que Clausier a produite" in shown
    assert "premier octet différent : n° 2001" in shown


def test_the_document_that_nobody_signed_is_refused(
    signed_in: Client, document: Document, sealed: bytes
) -> None:
    assert "personne ne l’a encore signé" in refused(signed_in, document, sealed)


def test_the_file_of_another_assessment_is_refused_and_named(
    signed_in: Client, document: Document, sealed: bytes, buyer: User, facility: Facility
) -> None:
    elsewhere = sealed.replace(b"%PDF-1.7", b"%PDF-1.6")
    other = ready(factories.assessment(buyer, facility), elsewhere, buyer)
    shown = refused(signed_in, document, sign(elsewhere, AUTHORITY.person()))
    assert "le document d’une autre évaluation" in shown
    assert other.assessment.candidacy.vendor.name in shown


def test_the_file_of_a_strange_facility_is_not_named(
    signed_in: Client, document: Document, sealed: bytes, stranger: User
) -> None:
    elsewhere = sealed.replace(b"%PDF-1.7", b"%PDF-1.6")
    facility = stranger.memberships.get().facility
    ready(factories.assessment(stranger, facility), elsewhere, stranger)
    shown = refused(signed_in, document, sign(elsewhere, AUTHORITY.person()))
    assert "autre évaluation" not in shown


def test_an_unknown_authority_is_refused_and_told_to_the_operator(
    signed_in: Client, document: Document, signed: bytes, settings: Any
) -> None:
    settings.SIGNATURE_ROOTS = None
    assert "n’est pas reconnue par cette installation" in refused(signed_in, document, signed)


def test_authorities_that_cannot_be_read_are_told(
    signed_in: Client, document: Document, signed: bytes, settings: Any
) -> None:
    settings.SIGNATURE_ROOTS.write_text("rien")
    response = deposit(signed_in, document, signed)
    assert (response.status_code, SignedFile.objects.count()) == (422, 0)
    assert "SIGNATURE_ROOTS" in words(response)


def test_a_facility_may_ask_for_qualified_certificates_only(
    signed_in: Client, document: Document, sealed: bytes, settings: Any
) -> None:
    ordinary = sign(sealed, AUTHORITY.person(statements=None))
    settings.SIGNATURE_QUALIFIED_ONLY = True
    assert "Le certificat n’est pas qualifié" in refused(signed_in, document, ordinary)


def test_a_reader_reads_and_deposits_nothing(
    client: Client, document: Document, signed: bytes, facility: Facility
) -> None:
    client.force_login(factories.member(facility, Role.READER))
    assert "Réservé au rôle acheteur." in words(client.get(page_of(document)))
    assert deposit(client, document, signed).status_code == 403


# -- Kept


@pytest.mark.parametrize(
    ("column", "value"), [("report", "{}"), ("file_sha256", "0" * 64), ("sent_as", "autre.pdf")]
)
def test_the_database_keeps_a_signed_file_as_it_came(
    column: str, value: str, signed_in: Client, document: Document, signed: bytes
) -> None:
    deposit(signed_in, document, signed)
    with pytest.raises(DatabaseError, match="kept as it was received"), transaction.atomic():
        SignedFile.objects.update(**{column: json.loads(value) if column == "report" else value})
    with pytest.raises(DatabaseError, match="kept as it was received"), transaction.atomic():
        connection.cursor().execute("DELETE FROM checklists_signedfile")


def test_the_database_keeps_a_decision(
    signed_in: Client, document: Document, signed: bytes, buyer: User
) -> None:
    deposit(signed_in, document, signed)
    accept(SignedFile.objects.get(), buyer)
    with pytest.raises(DatabaseError, match="decided once"), transaction.atomic():
        SignedFile.objects.update(confirmed_name="Quelqu’un d’autre")


def test_the_database_asks_for_a_person_behind_an_acceptance(
    signed_in: Client, document: Document, signed: bytes
) -> None:
    deposit(signed_in, document, signed)
    with pytest.raises(DatabaseError, match="signed_file_accepted_by_a_person"):
        SignedFile.objects.update(decision="accepted", decided_at=dt.datetime.now(dt.UTC))
