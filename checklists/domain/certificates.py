"""The certificates of a vendor and the points that ask for them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.search import fold
from vendors.domain import certificates as of_vendors
from vendors.enums import CertificateKind
from vendors.models import Certificate

from ..models import Assessment, ControlPoint, JoinedCertificate
from . import answering
from .assessments import subject_of, touch
from .queries.grid import PointText

WORDS = {
    CertificateKind.HDS: ("hds", "hebergement de donnees de sante"),
    CertificateKind.ISO_27001: ("27001",),
    CertificateKind.SECNUMCLOUD: ("secnumcloud",),
    CertificateKind.CE: ("marquage ce", "certificat ce"),
}
"""Words by which a point asks for a certificate, in its title or in what it expects."""

ANY_OF_THEM = ("joindre les certifications", "joindre ses certifications")
"""A point that asks for certificates without naming one."""


class NotProposed(DomainError):
    """No such point, or the vendor has no such certificate."""


def asked_kinds(*, title: str, expected: str, references: Iterable[str]) -> set[str]:
    """Return the natures of certificate that a point asks for."""
    asked, cited = fold(f"{title} {expected}"), fold(" ".join(references))
    found = {str(kind) for kind, words in WORDS.items() if any(word in asked for word in words)}
    if "mds2" in asked or "mds2" in cited:
        found.add(str(CertificateKind.MDS2))
    if any(words in asked for words in ANY_OF_THEM):
        found |= {str(kind) for kind in CertificateKind}
    return found


def kinds_of(point: ControlPoint | PointText) -> set[str]:
    """Return the natures of certificate that a control point asks for."""
    labels = [str(one.get("label", "")) for one in point.references]
    return asked_kinds(title=point.title, expected=point.expected, references=labels)


def proposed(assessment: Assessment, point: ControlPoint | PointText) -> list[Certificate]:
    """Return the current certificates of the vendor that fit a point and are not joined to it."""
    kinds = kinds_of(point)
    if not kinds:
        return []
    joined = JoinedCertificate.objects.filter(assessment=assessment, point__ref=point.ref)
    found = of_vendors.current(assessment.candidacy.vendor).filter(kind__in=kinds)
    return list(found.exclude(pk__in=joined.values("certificate")))


def join(*, assessment: Assessment, ref: str, certificate_id: int, by: User) -> JoinedCertificate:
    """Lay a certificate beside a point, as it is today. Raises NotProposed or SignedForEver."""
    with transaction.atomic():
        locked = _locked(assessment)
        point = _point(locked, ref)
        found = next((one for one in proposed(locked, point) if one.pk == certificate_id), None)
        if found is None:
            raise NotProposed(_("Ce certificat n’est pas proposé pour ce point."))
        now = timezone.now()
        made = JoinedCertificate.objects.create(
            assessment=locked,
            point=point,
            certificate=found,
            data=snapshot(found, timezone.localdate(now)),
            joined_at=now,
            joined_by=by,
        )
        _record(made, ref, "joined", by=by)
    return made


def withdraw(*, assessment: Assessment, ref: str, joined_id: int, by: User) -> None:
    """Take a certificate back from a point. Raises NotProposed or SignedForEver."""
    with transaction.atomic():
        locked = _locked(assessment)
        joined = JoinedCertificate.objects.filter(assessment=locked, point__ref=ref)
        found = joined.filter(pk=joined_id).first()
        if found is None:
            raise NotProposed(_("Ce certificat n’est pas joint à ce point."))
        _record(found, ref, "withdrawn", by=by)
        found.delete()


def snapshot(certificate: Certificate, today: dt.date) -> dict[str, Any]:
    """Return what a certificate says on a day, as plain data."""
    last = of_vendors.last_day(certificate)
    return {
        "kind": certificate.kind,
        "label": str(certificate.get_kind_display()),
        "number": certificate.number,
        "issuer": certificate.issuer,
        "scope": of_vendors.words(certificate),
        "issued_on": certificate.issued_on.isoformat() if certificate.issued_on else "",
        "valid_until": last.isoformat() if last else "",
        "standing": str(of_vendors.standing(certificate, today).label),
        "name": certificate.sent_as,
        "sha256": certificate.file_sha256,
    }


def _locked(assessment: Assessment) -> Assessment:
    found = Assessment.objects.select_related("candidacy__vendor")
    locked = found.select_for_update(of=("self",), no_key=True).get(pk=assessment.pk)
    answering.require_unsigned(locked)
    return locked


def _point(assessment: Assessment, ref: str) -> ControlPoint:
    answers = assessment.answers.select_related("item__point")
    found = answers.filter(item__point__ref=ref).first()
    if found is None:
        raise NotProposed(_("Le point %(ref)s n’est pas demandé.") % {"ref": ref})
    return found.item.point


def _record(joined: JoinedCertificate, ref: str, act: str, *, by: User) -> None:
    side = "after" if act == "joined" else "before"
    journal.record(
        tenant=joined.assessment.facility_id,
        action=f"certificate.{act}",
        subject=subject_of(joined.assessment_id, ref),
        data={side: str(joined), "certificate": joined.certificate_id, "said": joined.data},
        by=by.pk,
    )
    touch(joined.assessment, timezone.now())
