"""Vendors and what they sell. A company known to a facility is found again, never doubled."""

from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError, FieldRefused

from ..enums import ProductKind
from ..models import FRANCE, Product, Vendor
from ..validators import french_number

FIELDS = ("name", "country", "siren", "siret", "foreign_id", "contact_name", "contact_email")


class VendorRefused(FieldRefused):
    """A value of a vendor that a rule refuses."""


class VendorKnown(DomainError):
    """The company is already a vendor of the facility: ``vendor``."""

    def __init__(self, sentence: str, vendor: Vendor) -> None:
        super().__init__(sentence)
        self.vendor = vendor


class ProductKnown(DomainError):
    """The vendor already has this product."""


@dataclass(frozen=True)
class Identity:
    """What identifies a company: a French number, or the identifier of its own country."""

    country: str
    siren: str = ""
    siret: str = ""
    foreign_id: str = ""


def identify(*, country: str, number: str = "", foreign_id: str = "") -> Identity:
    """Return the identity of a company; what does not fit its country is left out.

    ``number`` is a SIREN or a SIRET, spaces and all. Raises VendorRefused with the reason.
    """
    if country != FRANCE:
        if not foreign_id.strip():
            raise VendorRefused(
                _("Donnez l’identifiant de l’entreprise dans son pays : n° de TVA, de registre…"),
                "foreign_id",
            )
        return Identity(country, foreign_id=" ".join(foreign_id.split()))
    if not number.strip():
        raise VendorRefused(
            _("Donnez le SIRET ou le SIREN : il figure sur le courrier de l’entreprise."), "number"
        )
    try:
        read = french_number(number)
    except ValidationError as error:
        raise VendorRefused(error.messages[0], "number") from error
    return Identity(country, read.siren, read.siret)


def create_vendor(
    *,
    facility: Facility,
    name: str,
    identity: Identity,
    contact_name: str = "",
    contact_email: str = "",
    by: User,
) -> Vendor:
    """Make a company known to ``facility``. Raises VendorKnown when it is already."""
    with transaction.atomic():
        _check_unknown(facility.pk, identity)
        vendor = Vendor.objects.create(
            facility=facility,
            name=name,
            **asdict(identity),
            contact_name=contact_name,
            contact_email=contact_email,
            created_by=by,
        )
        _record(vendor, "vendor.created", _identity_of(vendor), by=by)
    return vendor


def change_vendor(
    *,
    vendor: Vendor,
    name: str,
    identity: Identity,
    contact_name: str = "",
    contact_email: str = "",
    by: User,
) -> Vendor:
    """Change what identifies a company or whom to ask; only what differs is written and told.

    The journal keeps no contact: a person's name and address must be erasable (RGPD art. 17).
    Raises VendorKnown when the identity is that of another vendor.
    """
    values = {"name": name, "contact_name": contact_name, "contact_email": contact_email}
    values |= asdict(identity)
    with transaction.atomic():
        _check_unknown(vendor.facility_id, identity, but=vendor)
        vendor = Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
        before = _identity_of(vendor)
        changed = [field for field in FIELDS if getattr(vendor, field) != values[field]]
        if not changed:
            return vendor
        for field in changed:
            setattr(vendor, field, values[field])
        vendor.save(update_fields=changed)
        data = {"before": before, "after": _identity_of(vendor), "fields": changed}
        _record(vendor, "vendor.changed", data, by=by)
    return vendor


def add_product(
    *, vendor: Vendor, name: str, version: str = "", kind: str = ProductKind.SOFTWARE, by: User
) -> Product:
    """Add what a vendor sells. Raises ProductKnown for the same name and version."""
    with transaction.atomic():
        vendor = Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
        if vendor.products.filter(name__iexact=name, version__iexact=version).exists():
            raise ProductKnown(_("Cette solution, dans cette version, est déjà enregistrée."))
        product = Product.objects.create(vendor=vendor, name=name, version=version, kind=kind)
        data = {"product": product.pk, "name": name, "version": version, "kind": str(kind)}
        _record(vendor, "vendor.product_added", data, by=by)
    return product


def known(facility_id: int, identity: Identity) -> Vendor | None:
    """Return the vendor of a facility that has this identity, or None."""
    same = Q(siren=identity.siren) if identity.siren else Q(foreign_id=identity.foreign_id)
    return Vendor.objects.filter(same, facility_id=facility_id, country=identity.country).first()


def _check_unknown(facility_id: int, identity: Identity, but: Vendor | None = None) -> None:
    # The row of the facility is the lock: two clicks on « Enregistrer » must not both pass.
    Facility.objects.select_for_update(no_key=True).get(pk=facility_id)
    found = known(facility_id, identity)
    if found and found != but:
        raise VendorKnown(
            _("%(name)s est déjà un fournisseur connu de l’établissement.") % {"name": found.name},
            found,
        )


def _identity_of(vendor: Vendor) -> dict[str, Any]:
    return {
        "name": vendor.name,
        "country": vendor.country,
        "siren": vendor.siren,
        "siret": vendor.siret,
        "foreign_id": vendor.foreign_id,
    }


def _record(vendor: Vendor, action: str, data: dict[str, Any], *, by: User) -> None:
    journal.record(
        tenant=vendor.facility_id, action=action, subject=f"vendor/{vendor.pk}", data=data, by=by.pk
    )
