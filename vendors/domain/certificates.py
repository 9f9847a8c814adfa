"""The certificates of a vendor: kept, replaced, and how long each is good."""

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal, scanning, storage, validity
from uniha_clausier.common.enums import Validity
from uniha_clausier.common.errors import DomainError

from ..enums import CertificateKind, HdsVersion
from ..models import Certificate, Vendor

LAST_DAY_OF_HDS_1_1 = dt.date(2026, 5, 15)
"""Since 16 May 2026 only HDS v2 stands (arrêté of 26 April 2024)."""


class CertificateUsed(DomainError):
    """An assessment rests on the certificate, or another one replaced it."""


class CertificateGone(DomainError):
    """Somebody else has just removed the certificate."""


class Paper(NamedTuple):
    """The file of a certificate: its content, what it was found to be, the name it came under."""

    content: bytes
    kind: str
    sent_as: str


@dataclass(frozen=True)
class Told:
    """What is written about a certificate."""

    kind: str
    number: str
    issuer: str
    scope: str = ""
    hds_version: str = ""
    hds_activities: str = ""
    device_class: str = ""
    issued_on: dt.date | None = None
    valid_until: dt.date | None = None


def last_day(certificate: Certificate) -> dt.date | None:
    """Return the last day on which a certificate is good; None when it has no end."""
    if certificate.hds_version != HdsVersion.V1_1:
        return certificate.valid_until
    return min(certificate.valid_until or LAST_DAY_OF_HDS_1_1, LAST_DAY_OF_HDS_1_1)


def standing(certificate: Certificate, today: dt.date) -> Validity:
    """Return whether a certificate is still good."""
    return validity.of(last_day(certificate), today)


def remark(certificate: Certificate) -> str:
    """Say why a certificate ends before the date that it bears; empty for the others."""
    if certificate.hds_version == HdsVersion.V1_1:
        return _("HDS v1.1 : plus valable depuis le 16 mai 2026, quelle que soit sa date.")
    return ""


def current(vendor: Vendor) -> QuerySet[Certificate]:
    """Return the certificates of a vendor that no other replaces, by nature."""
    found = Certificate.objects.filter(vendor=vendor, replaced_by=None)
    return scanning.with_scan(found.order_by("kind", "number", "pk"))


def add(*, vendor: Vendor, told: Told, paper: Paper | None, by: User) -> Certificate:
    """Keep a certificate of a vendor, with its file when it came."""
    kept = _stored(vendor, paper)
    with transaction.atomic():
        found = _created(vendor, told, kept, by=by)
        _record(found, "added", _words(found), by=by)
    return found


def change(*, certificate: Certificate, told: Told, paper: Paper | None, by: User) -> Certificate:
    """Correct what was written. What assessments took of it stays as it was there."""
    kept = _stored(certificate.vendor, paper)
    with transaction.atomic():
        found = _locked(certificate)
        before = _words(found)
        for field, value in (asdict(told) | kept).items():
            setattr(found, field, value)
        after = _words(found)
        if before != after:
            found.save()
            _scan(found)
            _record(found, "changed", {"before": before, "after": after}, by=by)
    return found


def replace(*, certificate: Certificate, told: Told, paper: Paper | None, by: User) -> Certificate:
    """Put a new certificate in the place of one, which stays known. Raises CertificateUsed."""
    kept = _stored(certificate.vendor, paper)
    with transaction.atomic():
        old = _locked(certificate)
        if old.replaced_by_id:
            raise CertificateUsed(_("Ce certificat est déjà remplacé par un autre."))
        new = _created(old.vendor, told, kept, by=by)
        old.replaced_by = new
        old.save(update_fields=["replaced_by"])
        _record(new, "replaced", {"before": _words(old), "after": _words(new)}, by=by)
    return new


def remove(*, certificate: Certificate, by: User) -> None:
    """Remove a certificate written by mistake. Raises CertificateUsed when something rests on it."""
    with transaction.atomic():
        found = _locked(certificate)
        _record(found, "removed", _words(found), by=by)
        try:
            found.delete()
        except ProtectedError:
            raise CertificateUsed(
                _("Une évaluation ou un certificat plus récent s’appuie sur lui : remplacez-le.")
            ) from None


def words(certificate: Certificate) -> str:
    """Say in one line what a certificate covers."""
    parts = [certificate.scope]
    if certificate.kind == CertificateKind.HDS:
        activities = certificate.hds_activities.replace(",", ", ")
        parts = [f"HDS v{certificate.hds_version}"]
        parts += [_("activités %(list)s") % {"list": activities}] if activities else []
        parts.append(certificate.scope)
    if certificate.device_class:
        parts.insert(0, _("classe %(name)s") % {"name": certificate.device_class})
    return " · ".join(part for part in parts if part)


def _locked(certificate: Certificate) -> Certificate:
    rows = Certificate.objects.select_related("vendor").select_for_update(of=("self",))
    found = rows.filter(pk=certificate.pk).first()
    if found is None:
        raise CertificateGone(_("Ce certificat vient d’être supprimé."))
    return found


def _stored(vendor: Vendor, paper: Paper | None) -> dict[str, str]:
    """Keep the file before the transaction: nobody waits for a disk."""
    if paper is None:
        return {}
    sha256 = hashlib.sha256(paper.content).hexdigest()
    name = f"certificates/{vendor.facility_id}/{vendor.pk}/{sha256}.{paper.kind}"
    return {
        "file_name": storage.store(name, paper.content),
        "file_sha256": sha256,
        "file_kind": paper.kind,
        "sent_as": " ".join(paper.sent_as.split())[:200],
    }


def _created(vendor: Vendor, told: Told, kept: dict[str, str], *, by: User) -> Certificate:
    values: dict[str, Any] = asdict(told) | kept
    found = Certificate.objects.create(
        vendor=vendor, **values, created_at=timezone.now(), created_by=by
    )
    _scan(found)
    return found


def _scan(certificate: Certificate) -> None:
    if certificate.file_name:
        scanning.register(
            file_name=certificate.file_name,
            tenant=certificate.vendor.facility_id,
            subject=f"vendor/{certificate.vendor_id}",
        )


def _words(certificate: Certificate) -> dict[str, str]:
    names = ("file_sha256", *Told.__dataclass_fields__)
    return {name: str(getattr(certificate, name) or "") for name in names}


def _record(certificate: Certificate, act: str, told: dict[str, Any], *, by: User) -> None:
    journal.record(
        tenant=certificate.vendor.facility_id,
        action=f"certificate.{act}",
        subject=f"vendor/{certificate.vendor_id}",
        data={"certificate": certificate.pk} | told,
        by=by.pk,
    )
