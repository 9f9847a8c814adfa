"""The certificates of a vendor: what is kept of each, how long it is good, what is never lost."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.common import storage
from uniha_clausier.common.enums import ScanState
from uniha_clausier.common.models import AuditEvent, FileScan
from vendors.domain import certificates
from vendors.domain.certificates import Told
from vendors.models import Certificate, Vendor

PDF = b"%PDF-1.7 certificat"
TODAY = dt.date(2026, 11, 26)


@pytest.fixture
def vendor(buyer, facility) -> Vendor:
    return factories.vendor(facility, buyer)


def hds(**changes: Any) -> dict[str, Any]:
    told = {
        "kind": "hds",
        "number": "HDS-2026-117",
        "issuer": "Organisme Certificateur du Ponant",
        "scope": "Hébergement de la solution",
        "hds_version": "2",
        "hds_activities": ["1", "2", "5"],
        "issued_on": "2026-01-15",
        "valid_until": "2029-01-14",
    }
    return {key: value for key, value in (told | changes).items() if value != ""}


def page_of(client, vendor: Vendor) -> str:
    address = reverse("vendors:vendor_detail", args=[vendor.pk])
    return str(client.get(address).content.decode())


def add(client, vendor: Vendor, **told: Any):
    return client.post(reverse("vendors:certificate_add", args=[vendor.pk]), told)


def test_a_certificate_is_kept_with_its_file_and_shown_on_the_page_of_the_vendor(signed_in, vendor):
    assert "Aucun certificat" in page_of(signed_in, vendor)
    answer = add(signed_in, vendor, **hds(file=SimpleUploadedFile("HDS.pdf", PDF)))
    assert answer.status_code == 302
    found = Certificate.objects.get()
    assert (found.hds_activities, found.file_kind) == ("1,2,5", "pdf")
    shown = page_of(signed_in, vendor)
    assert "HDS v2 · activités 1, 2, 5 · Hébergement de la solution" in shown
    assert "En cours" in shown
    given = signed_in.get(reverse("vendors:certificate_file", args=[found.pk]))
    assert given.content == PDF
    assert given["Content-Disposition"].startswith("attachment")
    event = AuditEvent.objects.get(action="certificate.added")
    assert (event.subject, event.data["number"]) == (f"vendor/{vendor.pk}", "HDS-2026-117")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": ""}, "Donnez le numéro"),
        ({"issuer": ""}, "Dites qui a délivré"),
        ({"hds_version": ""}, "Dites sous quelle version"),
        ({"valid_until": "2025-01-01"}, "précède la délivrance"),
        ({"valid_until": "bientôt"}, "Écrivez une date"),
        ({"file": SimpleUploadedFile("c.pdf", b"MZ un programme")}, "n’est pas accepté"),
    ],
    ids=["number", "issuer", "version", "order", "date", "file"],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(signed_in, vendor, changes, sentence):
    answer = add(signed_in, vendor, **hds(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "Hébergement de la solution" in page
    assert not Certificate.objects.exists()


@pytest.mark.parametrize(
    ("version", "until", "standing"),
    [
        ("2", dt.date(2029, 1, 1), "valid"),
        ("2", TODAY + dt.timedelta(days=91), "valid"),
        ("2", TODAY + dt.timedelta(days=90), "soon"),
        ("2", TODAY, "soon"),
        ("2", TODAY - dt.timedelta(days=1), "expired"),
        ("2", None, ""),
        ("1.1", dt.date(2029, 1, 1), "expired"),
        ("1.1", None, "expired"),
    ],
)
def test_how_long_a_certificate_is_good(version, until, standing):
    found = Certificate(kind="hds", hds_version=version, valid_until=until)
    assert certificates.standing(found, TODAY) == standing


def test_hds_1_1_was_good_until_its_last_day():
    found = Certificate(kind="hds", hds_version="1.1", valid_until=dt.date(2029, 1, 1))
    assert certificates.standing(found, dt.date(2026, 5, 15)) == "soon"
    assert certificates.standing(found, dt.date(2026, 5, 16)) == "expired"


def test_the_page_says_why_an_old_hds_certificate_is_out(signed_in, vendor):
    add(signed_in, vendor, **hds(hds_version="1.1"))
    shown = page_of(signed_in, vendor)
    assert "Expiré" in shown
    assert "plus valable depuis le 16 mai 2026" in shown


def test_a_new_certificate_takes_the_place_of_one_that_stays_known(signed_in, vendor):
    add(signed_in, vendor, **hds(file=SimpleUploadedFile("HDS.pdf", PDF)))
    old = Certificate.objects.get()
    address = reverse("vendors:certificate_replace", args=[old.pk])
    assert "HDS-2026-117" in signed_in.get(address).content.decode()
    signed_in.post(address, hds(number="HDS-2029-001", valid_until="2032-01-14"))
    old.refresh_from_db()
    assert old.replaced_by is not None
    assert storage.read(old.file_name) == PDF
    shown = page_of(signed_in, vendor)
    assert "HDS-2029-001" in shown
    assert "HDS-2026-117" not in shown
    again = signed_in.post(address, hds(number="HDS-2029-002"))
    assert "déjà remplacé" in again.content.decode()
    remove = reverse("vendors:certificate_remove", args=[old.replaced_by.pk])
    assert "remplacez-le" in signed_in.post(remove, follow=True).content.decode()
    assert Certificate.objects.count() == 2


def test_a_certificate_is_corrected_and_the_journal_keeps_both(signed_in, vendor):
    add(signed_in, vendor, **hds(file=SimpleUploadedFile("HDS.pdf", PDF)))
    found = Certificate.objects.get()
    address = reverse("vendors:certificate_edit", args=[found.pk])
    signed_in.post(address, hds(issuer="Bureau du Ponant"))
    found.refresh_from_db()
    assert found.issuer == "Bureau du Ponant"
    assert storage.read(found.file_name) == PDF  # without a new file, the one that is there
    data = AuditEvent.objects.get(action="certificate.changed").data
    assert data["before"]["issuer"] == "Organisme Certificateur du Ponant"
    assert data["after"]["issuer"] == "Bureau du Ponant"


def test_a_certificate_on_which_nothing_rests_is_removed(signed_in, vendor):
    add(signed_in, vendor, **hds())
    found = Certificate.objects.get()
    signed_in.post(reverse("vendors:certificate_remove", args=[found.pk]))
    assert not Certificate.objects.exists()
    assert AuditEvent.objects.filter(action="certificate.removed").exists()


def test_an_infected_certificate_is_given_to_nobody(signed_in, vendor):
    add(signed_in, vendor, **hds(file=SimpleUploadedFile("HDS.pdf", PDF)))
    found = Certificate.objects.get()
    FileScan.objects.create(
        file_name=found.file_name,
        state=ScanState.INFECTED,
        signature="Eicar-Test",
        scanned_at=timezone.now(),
        due_at=timezone.now(),
        tenant=vendor.facility_id,
        subject=f"vendor/{vendor.pk}",
    )
    assert signed_in.get(reverse("vendors:certificate_file", args=[found.pk])).status_code == 403
    assert "Infecté" in page_of(signed_in, vendor)


def test_what_belongs_to_another_nature_is_left_out(signed_in, vendor):
    add(signed_in, vendor, **hds(kind="ce", device_class="IIb"))
    found = Certificate.objects.get()
    assert (found.hds_version, found.hds_activities, found.device_class) == ("", "", "IIb")
    assert "classe IIb" in page_of(signed_in, vendor)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("certificate_kind_known", {"kind": "iso", "hds_version": ""}),
        ("certificate_is_identified", {"number": ""}),
        ("certificate_hds_says_its_version", {"hds_version": ""}),
        ("certificate_class_is_of_a_device", {"device_class": "I"}),
        (
            "certificate_ends_after_it_begins",
            {"issued_on": "2026-02-01", "valid_until": "2026-01-01"},
        ),
        ("certificate_file_whole_or_none", {"sent_as": "x.pdf"}),
    ],
)
def test_the_database_holds_the_rules_of_a_certificate(vendor, buyer, name, values):
    told = Told(kind="hds", number="1", issuer="OC", hds_version="2")
    found = certificates.add(vendor=vendor, told=told, paper=None, by=buyer)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Certificate.objects.filter(pk=found.pk).update(**values)


def test_strangers_and_readers(client, stranger, facility, vendor, buyer):
    told = Told(kind="iso_27001", number="1", issuer="OC")
    found = certificates.add(vendor=vendor, told=told, paper=None, by=buyer)
    address = reverse("vendors:certificate_edit", args=[found.pk])
    client.force_login(stranger)
    assert client.post(address, hds()).status_code == 404
    client.force_login(factories.member(facility, Role.CISO))
    assert client.post(address, hds()).status_code == 403
    assert "Remplacer" not in page_of(client, vendor)


def test_three_certificates_cost_the_queries_of_one(
    signed_in, vendor, buyer, django_assert_num_queries
):
    address = reverse("vendors:vendor_detail", args=[vendor.pk])
    for number in ("1", "2", "3"):
        told = Told(kind="iso_27001", number=number, issuer="OC")
        certificates.add(vendor=vendor, told=told, paper=None, by=buyer)
        with django_assert_num_queries(7):
            signed_in.get(address)
