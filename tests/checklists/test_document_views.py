"""The pages of documents: produce once, follow, download, verify; a stranger sees nothing."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from checklists import tasks
from checklists.documents import production, report, verification
from checklists.domain import answering, documents
from checklists.domain.documents import SealedFile
from checklists.enums import DocumentState
from checklists.models import Assessment, Document
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import storage
from uniha_clausier.common.signing_isolated import TOO_COSTLY, ExaminationFailed

QUERIES = 17
"""Session, person, evaluation, roles, editions, copies, five of the report, hash, facilities."""


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def ready(assessment: Assessment, buyer: User) -> Callable[[], Document]:
    """Make one ready edition more, without rendering anything."""

    def make() -> Document:
        asked = documents.request_document(
            assessment=assessment, freeze=report.freeze, alone=False, by=buyer
        )
        worker = documents.claim(asked.pk)
        assert worker is not None
        name = storage.store(f"documents/{asked.pk}.pdf", b"%PDF-1.7 essai")
        documents.finish(worker, SealedFile(name, f"{asked.pk:064}", 14, 3))
        asked.refresh_from_db()
        return asked

    return make


def page_of(assessment: Assessment) -> str:
    return reverse("checklists:assessment_documents", args=[assessment.pk])


def get(client: Client, assessment: Assessment, **headers: str) -> str:
    response = client.get(page_of(assessment), headers=headers or None)
    assert response.status_code == 200
    return response.content.decode()


# -- Producing


def test_the_page_says_what_is_missing_and_links_to_it(
    signed_in: Client, assessment: Assessment
) -> None:
    html = get(signed_in, assessment)
    assert "évaluation incomplète" in html
    assert "4 points sans note" in " ".join(html.split())
    assert f'href="/evaluations/{assessment.pk}/#O-1.1"' in html
    assert "L’édition" not in html


def test_a_request_freezes_and_queues(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    response = signed_in.post(page_of(assessment))
    assert (response.status_code, response.headers["Location"]) == (302, page_of(assessment))
    [document] = Document.objects.all()
    assert (document.state, document.requested_by) == (DocumentState.QUEUED, buyer)
    assert DBTaskResult.objects.count() == 1


def test_a_repeated_click_makes_one_document(signed_in: Client, assessment: Assessment) -> None:
    signed_in.post(page_of(assessment))
    response = signed_in.post(page_of(assessment), follow=True)
    assert "déjà en cours de production" in response.content.decode()
    assert Document.objects.count() == 1


def test_while_it_runs_the_page_follows_and_the_button_waits(
    signed_in: Client, assessment: Assessment
) -> None:
    signed_in.post(page_of(assessment))
    html = get(signed_in, assessment)
    assert 'hx-trigger="every 1500ms"' in html
    assert "Un document est en cours de production." in html
    assert ">Actualiser</a>" in html


def test_the_polling_gets_the_list_alone_then_the_whole_page(
    signed_in: Client, assessment: Assessment, ready: Callable[[], Document]
) -> None:
    signed_in.post(page_of(assessment))
    response = signed_in.get(page_of(assessment), headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert "HX-Refresh" not in response.headers
    document = Document.objects.get()
    worker = documents.claim(document.pk)
    assert worker is not None
    documents.fail(worker, "Raison.")
    response = signed_in.get(page_of(assessment), headers={"HX-Request": "true"})
    assert response.headers["HX-Refresh"] == "true"


def test_an_evaluation_that_did_not_change_is_said(
    signed_in: Client, assessment: Assessment, ready: Callable[[], Document], buyer: User
) -> None:
    ready()
    assert "Rien n’a changé depuis l’édition 1" in get(signed_in, assessment)
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="score",
        value="compliant",
        base_version=0,
        by=buyer,
    )
    assert "Rien n’a changé" not in get(signed_in, assessment)


def test_a_failure_is_told_and_tried_again(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    document = tasks.request_document(assessment=assessment, by=buyer)
    worker = documents.claim(document.pk)
    assert worker is not None
    documents.fail(worker, "Le disque est plein.")
    html = get(signed_in, assessment)
    assert "Le disque est plein." in html
    url = reverse("checklists:document_retry", args=[document.pk])
    assert f'action="{url}"' in html
    assert signed_in.post(url).status_code == 302
    document.refresh_from_db()
    assert document.state == DocumentState.QUEUED
    assert "n’est pas en échec" in signed_in.post(url, follow=True).content.decode()
    assert signed_in.get(url).status_code == 405


def test_a_reader_sees_and_may_not_produce(
    client: Client, assessment: Assessment, facility: Facility
) -> None:
    client.force_login(factories.member(facility, Role.READER))
    assert "Réservé au rôle acheteur." in get(client, assessment)
    assert client.post(page_of(assessment)).status_code == 403
    assert Document.objects.count() == 0


@pytest.mark.parametrize("editions", [1, 3])
def test_the_number_of_queries_does_not_follow_the_editions(
    editions: int,
    signed_in: Client,
    assessment: Assessment,
    ready: Callable[[], Document],
    django_assert_num_queries: Any,
) -> None:
    for _ in range(editions):
        ready()
    with django_assert_num_queries(QUERIES):
        get(signed_in, assessment)


# -- Downloading


def test_a_member_downloads_the_file_as_an_attachment(
    signed_in: Client, ready: Callable[[], Document]
) -> None:
    document = ready()
    response = signed_in.get(reverse("checklists:document_download", args=[document.pk]))
    assert response.getvalue() == b"%PDF-1.7 essai"
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    name = production.download_name(document)
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_the_name_of_the_file_says_the_tender_the_candidate_and_the_edition(
    assessment: Assessment, ready: Callable[[], Document]
) -> None:
    tender, vendor = assessment.candidacy.lot.tender, assessment.candidacy.vendor
    tender.reference, vendor.name = '2026/"014"\r\nX: y', "Éditeur – 株式会社"
    tender.save()
    vendor.save()
    document = Document.objects.get(pk=ready().pk)
    assert production.download_name(document) == "clausier-2026014-x-y-editeur-e1.pdf"


def test_a_file_that_is_gone_or_not_ready_is_not_found(
    signed_in: Client, assessment: Assessment, ready: Callable[[], Document], buyer: User
) -> None:
    document = ready()
    storage.discard(document.file_name)
    url = reverse("checklists:document_download", args=[document.pk])
    assert signed_in.get(url).status_code == 404
    waiting = tasks.request_document(assessment=assessment, by=buyer)
    url = reverse("checklists:document_download", args=[waiting.pk])
    assert signed_in.get(url).status_code == 404


def test_a_stranger_finds_nothing(
    client: Client, stranger: User, assessment: Assessment, ready: Callable[[], Document]
) -> None:
    document = ready()
    client.force_login(stranger)
    assert client.get(page_of(assessment)).status_code == 404
    assert client.post(page_of(assessment)).status_code == 404
    for name in ("document_download", "document_retry"):
        url = reverse(f"checklists:{name}", args=[document.pk])
        assert (client.get(url).status_code, client.post(url).status_code) in {
            (404, 405),
            (405, 404),
        }


# -- Verifying


@pytest.fixture
def sealed(assessment: Assessment, tmp_path: Path) -> bytes:
    document = tasks.export_now(assessment=assessment)
    assert document.state == DocumentState.READY, document.error
    return storage.read(document.file_name)


def verify(client: Client, content: bytes, name: str = "document.pdf") -> Any:
    file = SimpleUploadedFile(name, content, content_type="application/pdf")
    return client.post(reverse("checklists:verify_document"), {"file": file})


def test_our_file_is_intact_and_leads_to_its_evaluation(
    signed_in: Client, sealed: bytes, assessment: Assessment
) -> None:
    html = verify(signed_in, sealed).content.decode()
    assert "Intact" in html
    assert "octet pour octet" in html
    assert f'href="{page_of(assessment)}"' in html


def test_one_flipped_byte_is_seen_and_the_reason_told(signed_in: Client, sealed: bytes) -> None:
    bad = bytearray(sealed)
    bad[len(bad) // 2] ^= 1
    html = verify(signed_in, bytes(bad)).content.decode()
    assert "Altéré" in html
    assert "Ne vous fiez pas à ce fichier" in html
    assert "Intact" not in html


def test_something_added_after_the_seal_is_seen(signed_in: Client, sealed: bytes) -> None:
    html = verify(signed_in, sealed + b"\n% de plus\n").content.decode()
    assert "Altéré" in html
    assert "Édition 1" in html


def test_to_a_stranger_our_file_is_unknown(
    client: Client, stranger: User, sealed: bytes, assessment: Assessment
) -> None:
    client.force_login(stranger)
    html = verify(client, sealed).content.decode()
    assert "Inconnu" in html
    assert page_of(assessment) not in html
    assert assessment.candidacy.vendor.name not in html


def test_a_pdf_of_somebody_else_is_not_ours(signed_in: Client) -> None:
    import pypdf

    target = io.BytesIO()
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(target)
    html = verify(signed_in, target.getvalue()).content.decode()
    assert "Non scellé" in html
    assert "n’a pas été produit par cette installation" in html


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Le fichier est vide"),
        (b"PK\x03\x04 un classeur", "n’est pas un PDF"),
    ],
)
def test_what_is_no_pdf_is_refused_beside_the_field(
    content: bytes, sentence: str, signed_in: Client
) -> None:
    response = verify(signed_in, content)
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_a_file_of_more_than_50_megabytes_is_refused(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checklists.forms.documents.MAX_SIZE", 10)
    response = verify(signed_in, b"%PDF-1.7 plus de dix octets")
    assert response.status_code == 422
    assert "dépasse 50 Mo" in response.content.decode()


def test_nothing_deposited_is_told(signed_in: Client) -> None:
    url = reverse("checklists:verify_document")
    assert signed_in.get(url).status_code == 200
    response = signed_in.post(url)
    assert response.status_code == 422
    assert "Choisissez un fichier PDF." in response.content.decode()


def test_a_file_too_costly_to_examine_is_told_beside_the_field(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def costly(*args: object, **options: object) -> None:
        raise ExaminationFailed(TOO_COSTLY)

    monkeypatch.setattr(verification, "verify_pdf_isolated", costly)
    response = verify(signed_in, b"%PDF-1.7 bombe")
    assert response.status_code == 422
    assert "trop de temps ou de mémoire" in response.content.decode()
