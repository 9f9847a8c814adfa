"""The facilities for which the lead of a group buys a lot (CSP L6132-3, decision 0036)."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import Facility, HospitalGroup, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import FieldRefused

from ..models import Lot, LotBeneficiary, Tender

FIELD = "beneficiaries"
"""The field of a form to which a refusal belongs."""


class BeneficiaryRefused(FieldRefused):
    """A facility that a lot may not name, or no longer."""


def why_fixed(tender: Tender) -> str:
    """Return why the beneficiaries change no more; empty while they may.

    Candidates price what they deliver: the facilities are told before the offers are sent.
    """
    if tender.is_opened:
        return _("Les plis sont ouverts : les bénéficiaires ne changent plus.")
    return ""


def nameable(lot: Lot) -> QuerySet[Facility]:
    """Return, by name, the members of the group that the buyer leads, and those already named."""
    buyer = lot.tender.facility_id
    members = Q(group__lead_facility=buyer)
    known = Q(pk__in=LotBeneficiary.objects.filter(lot=lot).values("facility"))
    return Facility.objects.filter(members | known).exclude(pk=buyer).order_by("name", "pk")


def named(lot: Lot) -> list[Facility]:
    """Return the beneficiaries of a lot by name."""
    return list(Facility.objects.filter(benefits__lot=lot).order_by("name", "pk"))


def name_beneficiaries(*, lot: Lot, facilities: Collection[Facility], by: User) -> Lot:
    """Make ``facilities`` the beneficiaries of a lot: only what differs is written and told.

    Raises BeneficiaryRefused once the offers are opened, or for a facility out of the group that
    the buyer leads.
    """
    with transaction.atomic():
        # The opening locks the same row, and fixes what the offers were sent for.
        tender = Tender.objects.select_for_update(no_key=True).get(pk=lot.tender_id)
        before = {one.pk: one for one in named(lot)}
        after = {one.pk: one for one in facilities}
        added = [after[key] for key in sorted(after.keys() - before.keys())]
        dropped = [before[key] for key in sorted(before.keys() - after.keys())]
        if not added and not dropped:
            return lot
        _check(tender, added)
        lot.beneficiaries.filter(facility__in=dropped).delete()
        LotBeneficiary.objects.bulk_create(
            LotBeneficiary(lot=lot, facility=one, named_by=by) for one in added
        )
        journal.record(
            tenant=tender.facility_id,
            action="tender.beneficiaries_changed",
            subject=f"tender/{tender.pk}",
            data={
                "number": lot.number,
                "added": [{"facility": one.pk, "name": one.name} for one in added],
                "withdrawn": [{"facility": one.pk, "name": one.name} for one in dropped],
            },
            by=by.pk,
        )
    return lot


def _check(tender: Tender, added: Collection[Facility]) -> None:
    fixed = why_fixed(tender)
    if fixed:
        raise BeneficiaryRefused(fixed, FIELD)
    # Whoever takes a facility out of the group waits, or is waited for (checklists.domain.groups).
    list(
        HospitalGroup.objects.select_for_update(no_key=True).filter(
            lead_facility=tender.facility_id
        )
    )
    members = Facility.objects.filter(group__lead_facility=tender.facility_id)
    members = members.exclude(pk=tender.facility_id)
    if members.filter(pk__in=[one.pk for one in added]).count() < len(added):
        raise BeneficiaryRefused(
            _("Choisissez des établissements du groupement dont l’acheteur est le support."), FIELD
        )
