"""Candidates: a vendor answers a lot, with what it offers."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError

from ..models import Candidacy, Lot, Product, Vendor
from . import vendors


class NotOfThisFacility(DomainError):
    """The vendor or the product belongs elsewhere."""


class AlreadyCandidate(DomainError):
    """The vendor is a candidate of the lot already."""


class CandidateAssessed(DomainError):
    """The candidate has an assessment, which nobody may lose."""


class CandidateGone(DomainError):
    """Somebody else has just withdrawn the candidate."""


def register_candidate(
    *,
    lot: Lot,
    vendor: Vendor,
    product: Product | None = None,
    new_product: Mapping[str, str] | None = None,
    by: User,
) -> Candidacy:
    """Register ``vendor`` as a candidate of ``lot``, with the product it offers.

    ``new_product`` describes one that is added on the way (``vendors.add_product``), once the lot
    is locked. Raises NotOfThisFacility when the parts don't belong together, AlreadyCandidate the
    second time, ProductKnown.
    """
    with transaction.atomic():
        lot = (
            Lot.objects.select_for_update(of=("self",), no_key=True)
            .select_related("tender")
            .get(pk=lot.pk)
        )
        if vendor.facility_id != lot.tender.facility_id:
            raise NotOfThisFacility(_("Ce fournisseur n’est pas connu de cet établissement."))
        if product is not None and product.vendor_id != vendor.pk:
            raise NotOfThisFacility(_("Cette solution n’est pas celle de ce fournisseur."))
        if lot.candidacies.filter(vendor=vendor).exists():
            raise AlreadyCandidate(_("%(name)s est déjà candidat.") % {"name": vendor.name})
        if new_product:
            product = vendors.add_product(vendor=vendor, **new_product, by=by)
        candidacy = Candidacy.objects.create(lot=lot, vendor=vendor, product=product, created_by=by)
        _record(candidacy, "candidacy.registered", by=by)
    return candidacy


def withdraw_candidate(*, candidacy: Candidacy, by: User) -> None:
    """Take back a candidate registered by mistake, as long as nothing was assessed.

    Raises CandidateAssessed once an assessment has started, CandidateGone the second time.
    """
    with transaction.atomic():
        locked = (
            Candidacy.objects.select_for_update(of=("self",))
            .select_related("lot__tender", "vendor", "product")
            .filter(pk=candidacy.pk)
            .first()
        )
        if locked is None:
            raise CandidateGone(_("Ce candidat vient d’être retiré."))
        _record(locked, "candidacy.withdrawn", by=by)
        try:
            locked.delete()
        except ProtectedError as error:
            raise CandidateAssessed(
                _("%(name)s est déjà en cours d’évaluation : ce candidat ne peut plus être retiré.")
                % {"name": locked.vendor.name}
            ) from error


def _record(candidacy: Candidacy, action: str, *, by: User) -> None:
    product = candidacy.product
    journal.record(
        tenant=candidacy.lot.tender.facility_id,
        action=action,
        subject=f"tender/{candidacy.lot.tender_id}",
        data={
            "candidacy": candidacy.pk,
            "lot": candidacy.lot.number,
            "vendor": candidacy.vendor.name,
            "product": str(product) if product else "",
        },
        by=by.pk,
    )
