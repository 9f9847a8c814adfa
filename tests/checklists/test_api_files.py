"""The API: the vendors and their certificates, joined files, and what is kept for good."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from checklists.documents import analysis_files, report
from checklists.domain import analysis, certificates, documents, dossiers, evidence
from checklists.domain.documents import SealedFile
from checklists.enums import AnswerKind
from checklists.models import Assessment, Document, LongTermCopy, SignedFile
from tests import factories
from tests.checklists.api_site import Caller, infected, queries_of
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import canonical


@pytest.fixture(autouse=True)
def _no_calls_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def caller(buyer: User) -> Caller:
    return Caller(buyer)


def content_of(response: Any) -> bytes:
    assert response.headers["Content-Disposition"].startswith("attachment")
    return b"".join(response.streaming_content)


# -- Vendors


def test_vendors_are_found_by_their_words_in_ones_facilities_alone(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    for name in ("Armor Logiciels", "Ponant Santé"):
        factories.vendor(facility, buyer, name=name)
    elsewhere = factories.facility()
    stranger = factories.member(elsewhere, Role.BUYER)
    factories.vendor(elsewhere, stranger, name="Armor Ailleurs")
    page = caller.read("vendors")
    assert [one["name"] for one in page["items"]] == ["Armor Logiciels", "Ponant Santé"]
    assert [one["name"] for one in caller.read("vendors?q=ponant sante")["items"]] == [
        "Ponant Santé"
    ]
    one = queries_of(caller, "vendors")
    factories.vendor(facility, buyer)
    assert queries_of(caller, "vendors") == one


def test_a_vendor_is_read_with_what_it_proves_and_answers(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    assessment = factories.assessment(buyer, facility)
    vendor = assessment.candidacy.vendor
    certificate = factories.certificate(vendor, buyer, hds_version="1.1")
    told = caller.read(f"vendors/{vendor.pk}")
    assert [one["tender"] for one in told["candidacies"]] == [assessment.candidacy.lot.tender_id]
    [proof] = told["certificates"]
    assert (proof["number"], proof["last_day"], proof["standing"]) == (
        "HDS-2026-117",
        "2026-05-15",
        "expired",
    )
    assert proof["remark"].startswith("HDS v1.1")
    path = f"certificates/{certificate.pk}/file"
    assert content_of(caller.get(path)) == b"%PDF-1.7 certificat"
    infected(certificate.file_name, facility)
    assert caller.get(path).status_code == 403


def test_a_certificate_beside_a_point_stays_as_it_was(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    point = {"ref": "O-7.1", "title": "Certification HDS", "condition": "ALWAYS"}
    point["answer_kind"] = AnswerKind.YES_NO
    assessment = factories.assessment(buyer, facility, on=factories.version(points=[point]))
    path = f"assessments/{assessment.pk}/certificates"
    assert caller.read(path) == []
    proof = factories.certificate(assessment.candidacy.vendor, buyer)
    certificates.join(assessment=assessment, ref="O-7.1", certificate_id=proof.pk, by=buyer)
    proof.number = "AUTRE"
    proof.save(update_fields=["number"])
    [told] = caller.read(path)
    assert (told["ref"], told["number"], told["joined_by"]) == ("O-7.1", "HDS-2026-117", str(buyer))


# -- Joined files


def test_a_replaced_file_is_kept_in_the_list_without_a_point(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    assessment = factories.assessment(buyer, facility)
    first = evidence.attach(
        assessment=assessment,
        ref="O-7.1",
        file=evidence.SentFile(b"%PDF-1.7 un", "pdf", "Schéma des flux.pdf"),
        by=buyer,
    )
    second = evidence.replace(
        assessment=assessment,
        evidence_id=first.pk,
        file=evidence.SentFile(b"%PDF-1.7 deux", "pdf", "Plan.pdf"),
        by=buyer,
    )
    past = dt.date(2020, 1, 5)
    evidence.qualify(evidence=second, valid_until=past, disclosure="communicable", by=buyer)
    former, now = caller.read(f"assessments/{assessment.pk}/evidence")
    assert (former["replaced_by"], former["points"], former["secrecy"]) == (
        second.pk,
        [],
        "proposed",
    )
    assert (now["replaced_by"], now["points"], now["secrecy"]) == (None, ["O-7.1"], "communicable")
    assert (now["validity"], now["added_by"]) == ("expired", str(buyer))


# -- What is kept for good


@pytest.fixture
def sealed(buyer: User, facility: Facility) -> Document:
    assessment = factories.assessment(buyer, facility)
    asked = documents.request_document(
        assessment=assessment, freeze=report.freeze, alone=False, by=buyer
    )
    worker = documents.claim(asked.pk)
    assert worker is not None
    name = default_storage.save("documents/e.pdf", ContentFile(b"%PDF-1.7 scelle"))
    documents.finish(worker, SealedFile(name, "f" * 64, 15, 3))
    return Document.objects.get(pk=asked.pk)


def test_what_came_back_signed_and_its_last_copy_are_read(
    caller: Caller, sealed: Document, buyer: User
) -> None:
    name = default_storage.save("signed/s.pdf", ContentFile(b"%PDF-1.7 signe"))
    signed = SignedFile.objects.create(
        document=sealed,
        received_at=timezone.now(),
        received_by=buyer,
        sent_as="signé.pdf",
        file_name=name,
        file_sha256="e" * 64,
        file_size=14,
        report={"base_sha256": sealed.file_sha256, "signatures": []},
    )
    [told] = caller.read(f"documents/{sealed.pk}/signed-files")
    assert (told["name"], told["decision"]) == ("signé.pdf", "")
    assert told["report"]["document"]["sha256"] == "f" * 64
    assert content_of(caller.get(f"signed-files/{signed.pk}/file")) == b"%PDF-1.7 signe"

    path = f"assessments/{sealed.assessment_id}/long-term-copies"
    assert caller.read(path) == []
    copies = [copied(sealed, number) for number in (1, 2)]
    [last] = caller.read(path)
    assert (last["id"], last["number"], last["document"]) == (copies[1].pk, 2, sealed.pk)
    given = caller.get(f"long-term-copies/{last['id']}/file")
    assert content_of(given) == b"%PDF-1.7 copie 2"


def copied(sealed: Document, number: int) -> LongTermCopy:
    """A copy, as the daily command keeps it."""
    content = f"%PDF-1.7 copie {number}".encode()
    return LongTermCopy.objects.create(
        document=sealed,
        number=number,
        made_at=timezone.now(),
        good_until=timezone.now() + dt.timedelta(days=9),
        extends_sha256=sealed.file_sha256,
        file_name=default_storage.save("copies/c.pdf", ContentFile(content)),
        file_sha256=str(number) * 64,
        file_size=len(content),
    )


def test_the_editions_of_a_dossier_are_listed_then_downloaded(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    tender = factories.tender(facility, buyer)
    for content in (b"PK un", b"PK deux"):
        name = default_storage.save("dossiers/d.zip", ContentFile(content))
        dossiers.register(
            tender=tender,
            file=SealedFile(name, content.hex().ljust(64, "0"), len(content), 0),
            file_count=3,
            manifest_sha256="b" * 64,
            at=timezone.now(),
            by=buyer,
        )
    last, first = caller.read(f"tenders/{tender.pk}/dossiers")
    assert (last["number"], first["number"], last["file_count"]) == (2, 1, 3)
    assert content_of(caller.get(f"dossiers/{last['id']}/file")) == b"PK deux"


def test_what_is_kept_comes_with_its_dates_by_state(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    assessment = factories.assessment(buyer, facility)
    tender = assessment.candidacy.lot.tender
    factories.dated(tender, buyer, assessment.candidacy, signed=2015, executed=2018)
    factories.tender(facility, buyer, reference="SANS-DATE")
    first, second = caller.read("retention")["items"]
    assert (first["tender"], second["reference"]) == (tender.pk, "SANS-DATE")
    assert [(one["scope"], one["until"], one["state"]) for one in first["parts"]] == [
        ("procedure", "2020-03-01", "due"),
        ("contract", "2028-03-01", "kept"),
    ]
    assert [one["tender"] for one in caller.read("retention?state=due")["items"]] == [tender.pk]
    assert caller.read("retention?q=sans-date")["count"] == 1
    assert caller.get("retention?state=autre").status_code == 422


# -- The rapport d'analyse


def test_the_section_is_read_as_it_stands_and_as_it_was_frozen(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    checklist = factories.assessment(buyer, facility).checklist
    edition = factories.analysis_report(buyer, checklist)
    analysis.write(
        checklist=checklist,
        key="conclusion",
        text="Retenu.",
        proposed_sha256="0" * 64,
        base_version=0,
        by=buyer,
    )
    told = caller.read(f"checklists/{checklist.pk}/analysis")
    part = {one["key"]: one for one in told["parts"]}["conclusion"]
    assert (part["text"], part["author"], part["version"]) == ("Retenu.", str(buyer), 1)
    assert part["proposed"] != "Retenu." and part["is_outdated"]
    assert told["missing"] != []
    [frozen] = told["editions"]
    assert (frozen["id"], frozen["sha256"]) == (edition.pk, edition.content_sha256)
    path = f"analysis-reports/{edition.pk}"
    content = caller.read(path)
    assert canonical.sha256_of(content) == edition.content_sha256
    assert "Retenu." not in str(content)
    assert caller.get(f"{path}/file").status_code == 404
    default_storage.save(analysis_files.stored_name(edition), ContentFile(b"%PDF-1.7 rapport"))
    assert content_of(caller.get(f"{path}/file")) == b"%PDF-1.7 rapport"


def test_the_section_stays_closed_until_the_opening(
    caller: Caller, buyer: User, facility: Facility
) -> None:
    checklist = factories.published_checklist(buyer, facility)
    assert caller.get(f"checklists/{checklist.pk}/analysis").status_code == 403


def test_nothing_of_another_facility_is_there(caller: Caller, sealed: Document) -> None:
    stranger = Caller(factories.member(factories.facility(), Role.BUYER))
    assessment: Assessment = sealed.assessment
    paths = [
        f"vendors/{assessment.candidacy.vendor_id}",
        f"assessments/{assessment.pk}/certificates",
        f"documents/{sealed.pk}/signed-files",
        f"tenders/{assessment.candidacy.lot.tender_id}/dossiers",
    ]
    assert [caller.get(path).status_code for path in paths] == [200] * 4
    assert [stranger.get(path).status_code for path in paths] == [404] * 4
