"""The certificates of a vendor feed the points that ask for them, and stay as they were that day."""

import datetime as dt
import json
from pathlib import Path

import pytest
import yaml
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from jsonschema import Draft202012Validator

from checklists.documents import exports, report
from checklists.domain import certificates
from checklists.domain.answering import SignedForEver
from checklists.models import Assessment, JoinedCertificate
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.common.models import AuditEvent
from vendors.domain import certificates as of_vendors
from vendors.models import Certificate

from .checklist_site import text

USUAL = {"condition": "ALWAYS", "answer_kind": "document"}
FIXTURE = Path(__file__).resolve().parents[2] / "fixtures/clausiers/securite-numerique-2.yaml"


@pytest.fixture
def assessment(buyer, facility) -> Assessment:
    version = factories.version(
        points=[
            {"ref": "O-12.3.3", "title": "Certification HDS", **USUAL},
            {"ref": "O-12.3.4", "title": "Preuve du niveau", **USUAL},
        ]
    )
    return factories.informal_assessment(buyer, facility, flags=(), on=version)


@pytest.fixture
def certificate(assessment, buyer) -> Certificate:
    return factories.certificate(
        assessment.candidacy.vendor,
        buyer,
        valid_until=timezone.localdate() + dt.timedelta(days=400),
    )


def join(assessment: Assessment, certificate: Certificate, buyer) -> JoinedCertificate:
    return certificates.join(
        assessment=assessment, ref="O-12.3.3", certificate_id=certificate.pk, by=buyer
    )


def address_of(assessment: Assessment, ref: str = "O-12.3.3") -> str:
    return reverse("checklists:assessment_history", args=[assessment.pk, ref])


def test_the_points_of_the_clausier_say_which_certificates_they_ask_for():
    points = {}

    def walk(node) -> None:
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            if "requirement" in node:
                labels = [str(one.get("label", "")) for one in node.get("references") or ()]
                points[node["ref"]] = certificates.asked_kinds(
                    title=node["title"], expected=node.get("expected") or "", references=labels
                )
            for each in node.values():
                walk(each)

    walk(yaml.safe_load(FIXTURE.read_text(encoding="utf-8")))
    asked = {ref: kinds for ref, kinds in points.items() if kinds}
    assert len(points) == 118
    assert asked["O-12.3.2"] == {"hds"}
    assert asked["O-12.3.3"] == {"hds", "iso_27001"}
    assert {"hds", "iso_27001", "secnumcloud"} <= asked["O-12.3.4"]
    assert asked["O-12.2.3.2"] == {"mds2"}
    assert "O-7.1" not in asked


def test_a_certificate_is_proposed_then_joined_in_one_click(signed_in, assessment, certificate):
    page = text(signed_in.get(address_of(assessment)))
    assert "HDS-2026-117" in page
    assert "ne complètent pas l’offre" in page
    assert "HDS-2026-117" not in text(signed_in.get(address_of(assessment, "O-12.3.4")))
    post = reverse("checklists:point_certificates", args=[assessment.pk, "O-12.3.3"])
    answer = signed_in.post(post, {"joindre": certificate.pk}, follow=True)
    assert "tel qu’il est aujourd’hui" in text(answer)
    assert JoinedCertificate.objects.get().data["scope"] == "HDS v2 · activités 1, 2, 5"
    again = signed_in.post(post, {"joindre": certificate.pk}, follow=True)
    assert "n’est pas proposé pour ce point" in text(again)
    joined = JoinedCertificate.objects.get()
    signed_in.post(post, {"retirer": joined.pk})
    assert not JoinedCertificate.objects.exists()
    actions = AuditEvent.objects.filter(action__startswith="certificate.").values_list("action")
    assert {action for (action,) in actions} >= {"certificate.joined", "certificate.withdrawn"}


def test_a_certificate_makes_an_older_edition_out_of_date(assessment, certificate, buyer):
    before = assessment.changed_at
    certificates.join(
        assessment=assessment, ref="O-12.3.3", certificate_id=certificate.pk, by=buyer
    )
    assessment.refresh_from_db()
    assert assessment.changed_at > before


def test_what_was_joined_stays_as_it_was_when_the_vendor_changes_it(
    signed_in, assessment, certificate, buyer
):
    join(assessment, certificate, buyer)
    told = of_vendors.Told(kind="hds", number="AUTRE-1", issuer="Bureau", hds_version="2")
    of_vendors.change(certificate=certificate, told=told, paper=None, by=buyer)
    page = text(signed_in.get(address_of(assessment)))
    assert "HDS-2026-117" in page
    assert "AUTRE-1" not in page
    with pytest.raises(of_vendors.CertificateUsed, match="remplacez-le"):
        of_vendors.remove(certificate=certificate, by=buyer)
    with pytest.raises(IntegrityError, match="stays as it was joined"), transaction.atomic():
        JoinedCertificate.objects.update(data={})


def test_the_report_tells_it_and_keeps_to_its_schema(assessment, certificate, buyer):
    before = report.gather(assessment.pk)
    assert all("certificates" not in point for point in before["points"])
    join(assessment, certificate, buyer)
    data = report.gather(assessment.pk)
    point = next(one for one in data["points"] if one["ref"] == "O-12.3.3")
    (told,) = point["certificates"]
    assert (told["number"], told["standing"]) == ("HDS-2026-117", "En cours")
    assert told["sha256"] == certificate.file_sha256
    html = render_to_string("pdf/_evidence.html", {"point": point}).replace("\u200b", "")
    assert "HDS-2026-117" in html
    schema = json.loads(exports.schema_file().read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(exports.current(data))


def test_a_certificate_of_another_vendor_is_never_proposed(assessment, buyer, facility):
    other = factories.certificate(factories.vendor(facility, buyer), buyer)
    with pytest.raises(certificates.NotProposed):
        join(assessment, other, buyer)


def test_a_replaced_certificate_is_no_longer_proposed(assessment, certificate, buyer):
    told = of_vendors.Told(kind="hds", number="N2", issuer="Bureau", hds_version="2")
    of_vendors.replace(certificate=certificate, told=told, paper=None, by=buyer)
    with pytest.raises(certificates.NotProposed):
        join(assessment, certificate, buyer)


def test_a_signed_assessment_keeps_its_certificates(assessment, certificate, buyer):
    joined = join(assessment, certificate, buyer)
    Assessment.objects.filter(pk=assessment.pk).update(signed_at=timezone.now())
    with pytest.raises(SignedForEver):
        certificates.withdraw(assessment=assessment, ref="O-12.3.3", joined_id=joined.pk, by=buyer)
    with pytest.raises(IntegrityError, match="read-only"), transaction.atomic():
        joined.delete()


def test_a_reviewer_sees_what_is_joined_and_joins_nothing(
    client, facility, assessment, certificate, buyer
):
    join(assessment, certificate, buyer)
    client.force_login(factories.member(facility, Role.CISO))
    assert "HDS-2026-117" in text(client.get(address_of(assessment)))
    post = reverse("checklists:point_certificates", args=[assessment.pk, "O-12.3.3"])
    assert client.post(post, {"joindre": certificate.pk}).status_code == 403
