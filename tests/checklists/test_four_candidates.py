"""From the opening to a dossier proved on an empty machine, by the pages that people use.

Four candidates, three specialists, a demande de précisions, a régularisation, one signature made by
a tool of somebody else, one forgery refused.
"""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from checklists import tasks
from checklists.domain import answer_sets, answering
from checklists.enums import AnswerKind, DocumentState, Reviewer
from checklists.models import Answer, Assessment, Document, Exchange, Finding, SignedFile
from tests import factories
from tests.common.signing_outside import Authority, sign_with_openssl
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import storage

from .checklist_site import text

pytestmark = pytest.mark.long

SPECIALISTS = {
    Role.CISO: Reviewer.CISO,
    Role.DPO: Reviewer.DPO,
    Role.BIOMEDICAL_ENGINEER: Reviewer.BIOMEDICAL_ENGINEER,
}
POINTS: list[dict[str, Any]] = [
    {
        "ref": f"O-{chapter}.1",
        "condition": "ALWAYS",
        "answer_kind": AnswerKind.YES_NO_NC,
        "reviewers": [reviewer],
    }
    for chapter, reviewer in enumerate(SPECIALISTS.values(), start=1)
]
FROM_CISO, FROM_DPO, FROM_BIOMEDICAL = (point["ref"] for point in POINTS)
AUTHORITY = Authority()
FIELD = "sig_acheteur"


def to(name: str, *of: Any) -> str:
    return reverse(f"checklists:{name}", args=of)


def page_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def candidates(buyer: User, facility: Facility) -> list[Assessment]:
    """Opened, received and stopped: the second and the third leave the same gap."""
    checklist = factories.published_checklist(
        buyer, facility, flags=(), on=factories.version(points=POINTS)
    )
    factories.opening(checklist.lot.tender, buyer)
    made = [factories.started(checklist, buyer) for _ in range(4)]
    for number, one in enumerate(made):
        claims = dict.fromkeys((point["ref"] for point in POINTS), "yes")
        if number in (1, 2):
            claims[FROM_DPO] = "no"
        edits = [answering.Edit(ref, "claim", value, 0) for ref, value in claims.items()]
        assert answering.save_fields(assessment_id=one.pk, edits=edits, by=buyer).is_clean
        answer_sets.freeze(assessment=one, by=buyer)
    return made


@pytest.fixture(autouse=True)
def _trust(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "autorites.pem").write_bytes(AUTHORITY.pem)
    (tmp_path / "listes").mkdir()
    (tmp_path / "listes" / "autorite.crl").write_bytes(AUTHORITY.list())
    settings.SIGNATURE_ROOTS = tmp_path / "autorites.pem"
    settings.SIGNATURE_REVOCATION_LISTS = tmp_path / "listes"


def test_four_candidates_from_the_opening_to_a_proved_dossier(
    candidates: list[Assessment], buyer: User, facility: Facility, tmp_path: Path
) -> None:
    for role in SPECIALISTS:
        review(factories.member(facility, role), candidates)
    assert Finding.objects.count() == len(candidates) * len(SPECIALISTS)

    at_desk = page_of(buyer)
    clarify(at_desk, candidates[0])
    regularise(at_desk, candidates)
    for one in candidates:
        score(at_desk, one)
    comparison = text(at_desk.get(to("checklist_comparison", candidates[0].checklist_id)))
    assert all(one.candidacy.vendor.name in comparison for one in candidates)

    sealed = [seal(at_desk, one) for one in candidates]
    sign_outside(at_desk, sealed[0], tmp_path)
    refuse_a_forgery(at_desk, sealed[1], tmp_path)

    dossier = hand_over(candidates[0], tmp_path)
    assert proved_elsewhere(dossier, tmp_path)["intact"] is True
    with zipfile.ZipFile(dossier) as bundle:
        handed = {bundle.read(name) for name in bundle.namelist() if name.endswith(".pdf")}
    signed = SignedFile.objects.get(decision="accepted")
    for name in (*(document.file_name for document in sealed), signed.file_name):
        assert storage.read(name) in handed


def review(person: User, candidates: list[Assessment]) -> None:
    """Say that nothing ties them to a candidate, then give a finding on each of their points."""
    browser = page_of(person)
    declared = browser.post(to("interest_declare", candidates[0].pk), {"value": "clear"})
    assert declared.status_code == 302
    role = Role(person.memberships.get().role)
    (own,) = [point["ref"] for point in POINTS if SPECIALISTS[role] in point["reviewers"]]
    for one in candidates:
        answer = Answer.objects.get(assessment=one, item__point__ref=own)
        value = "favourable" if answer.value == "yes" else "unfavourable"
        sent = {"field": "finding", "value": value, "version": 0, "answer": answer.version}
        found = browser.post(to("finding_save", one.pk, own), sent)
        assert found.status_code == 200, found.content


def clarify(at_desk: Client, of: Assessment) -> None:
    """Ask one candidate what it meant: its answer explains, and its offer stays what it was."""
    before = answer_sets.hash_of(of)
    draft = at_desk.post(to("exchange_list", of.pk), {"points": [FROM_CISO]})
    exchange = Exchange.objects.get()
    assert draft["Location"] == to("exchange_detail", exchange.pk)
    send(at_desk, exchange, "Quelle version du document ?")
    reply(at_desk, exchange, of, "La version 4.2.")
    at_desk.post(to("exchange_close", exchange.pk))
    assert answer_sets.hash_of(of) == before


def regularise(at_desk: Client, candidates: list[Assessment]) -> None:
    """Ask all those who left the gap, in the same words; take one over, refuse the other."""
    checklist = candidates[0].checklist_id
    at_desk.post(to("regularisation_list", checklist), {"points": [FROM_DPO]})
    exchange = Exchange.objects.latest("pk")
    parties = {party.assessment_id: party for party in exchange.parties.all()}
    assert set(parties) == {candidates[1].pk, candidates[2].pk}
    send(at_desk, exchange, "Le registre manque : joignez-le.")
    for one, decision in ((candidates[1], "accepter"), (candidates[2], "refuser")):
        reply(at_desk, exchange, one, "OUI, registre joint.")
        party = parties[one.pk]
        (asked,) = party.replies.all()
        decided = {
            "decision": decision,
            "reason": "Pièce lue.",
            f"valeur-{asked.pk}": "yes",
            f"texte-{asked.pk}": "Registre joint.",
        }
        answered = at_desk.post(to("regularisation_decide", party.pk), decided)
        assert answered.status_code == 302, text(answered)
    at_desk.post(to("exchange_close", exchange.pk))
    values = [
        Answer.objects.get(assessment=one, item__point__ref=FROM_DPO).value
        for one in candidates[1:3]
    ]
    assert values == ["yes", "no"]


def send(at_desk: Client, exchange: Exchange, question: str) -> None:
    points = exchange.points.all()
    sent = {"deadline": "2099-01-05T12:00", "relire": "1"}
    sent |= {f"question-{point.pk}": question for point in points}
    assert at_desk.post(to("exchange_detail", exchange.pk), sent).status_code == 302
    at_desk.post(to("exchange_send", exchange.pk))
    exchange.refresh_from_db()
    assert exchange.state == "sent"
    for party in exchange.parties.all():
        tasks.make_letter.func(party.pk)


def reply(at_desk: Client, exchange: Exchange, of: Assessment, words: str) -> None:
    party = exchange.parties.get(assessment=of)
    said = {f"reponse-{one.pk}": words for one in party.replies.all()}
    assert at_desk.post(to("exchange_reply", party.pk), said).status_code == 302


def score(at_desk: Client, of: Assessment) -> None:
    for point in POINTS:
        answer = Answer.objects.get(assessment=of, item__point__ref=point["ref"])
        value = "compliant" if answer.value == "yes" else "non_compliant"
        sent = {"field": "score", "value": value, "version": 0}
        saved = at_desk.post(to("assessment_point", of.pk, point["ref"]), sent)
        assert saved.status_code == 200, saved.content
    of.refresh_from_db()
    assert of.scored == of.total == len(POINTS)


def seal(at_desk: Client, of: Assessment) -> Document:
    at_desk.post(to("assessment_documents", of.pk))
    document = of.documents.get()
    tasks.produce_document.func(document.pk)
    document.refresh_from_db()
    assert document.state == DocumentState.READY, document.error
    return document


def sign_outside(at_desk: Client, document: Document, folder: Path) -> None:
    """Signed by OpenSSL, deposited back, its signer confirmed by a person."""
    content = downloaded(at_desk, document)
    deposit(at_desk, document, sign_with_openssl(content, AUTHORITY.person(), folder, field=FIELD))
    file = SignedFile.objects.get(document=document)
    ticked = {"identity": "on", "delegation": "on", "name": "Camille Martin, directrice"}
    assert at_desk.post(to("signed_file", file.pk), ticked).status_code == 302
    file.refresh_from_db()
    assert file.is_accepted


def refuse_a_forgery(at_desk: Client, document: Document, folder: Path) -> None:
    """One byte of what was signed is not what it was: kept out, and said."""
    content = downloaded(at_desk, document)
    signed = bytearray(sign_with_openssl(content, AUTHORITY.person(), folder, field=FIELD))
    signed[len(content) // 3] ^= 1
    shown = text(deposit(at_desk, document, bytes(signed)))
    assert "refusé" in shown.lower()
    assert not SignedFile.objects.filter(document=document, decision="accepted").exists()


def downloaded(at_desk: Client, document: Document) -> bytes:
    found = at_desk.get(to("document_download", document.pk))
    return b"".join(found) if found.streaming else found.content


def deposit(at_desk: Client, document: Document, content: bytes) -> Any:
    file = SimpleUploadedFile("évaluation signée.pdf", content, content_type="application/pdf")
    return at_desk.post(to("document_signed", document.pk), {"file": file}, follow=True)


def hand_over(one: Assessment, folder: Path) -> Path:
    out = folder / "dossier.zip"
    call_command("export_dossier", str(one.candidacy.lot.tender_id), out=out)
    return out


def proved_elsewhere(dossier: Path, folder: Path) -> dict[str, Any]:
    """What the command says where there is no database and no key of ours."""
    empty = {
        "CLAUSIER_HOME": str(folder / "vide"),
        "DATABASE_URL": f"sqlite:///{folder / 'rien.sqlite3'}",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_dossier", str(dossier)],
        cwd=settings.BASE_DIR,
        env=os.environ | empty,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    told: dict[str, Any] = json.loads(done.stdout)
    return told
