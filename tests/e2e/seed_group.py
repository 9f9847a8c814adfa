"""The data of the browser tests about a hospital group, which another facility leads."""

from typing import TYPE_CHECKING

from tests.e2e import people

if TYPE_CHECKING:
    from checklists.models import Checklist, ClausierVersion
    from uniha_clausier.accounts.models import Facility


def bought_for(facility: "Facility", version: "ClausierVersion") -> dict[str, int]:
    """Two tenders of the lead of the group for ``facility``: one read, one still closed."""
    from tests import factories
    from uniha_clausier.accounts.enums import Role
    from uniha_clausier.accounts.models import HospitalGroup
    from vendors.domain.beneficiaries import name_beneficiaries

    lead = factories.facility(name="Centre hospitalier du Ponant")
    group = HospitalGroup.objects.create(name="GHT du Ponant", lead_facility=lead)
    for member in (lead, facility):
        member.group = group
        member.save(update_fields=["group"])
    email, full_name = people.LEAD_BUYER
    buyer = factories.member(
        lead, Role.BUYER, email=email, full_name=full_name, password=people.PASSWORD
    )

    def checklist(reference: str) -> "Checklist":
        made = factories.published_checklist(buyer, lead, on=version)
        tender = made.lot.tender
        tender.reference = reference
        tender.save(update_fields=["reference"])
        name_beneficiaries(lot=made.lot, facilities=[facility], by=buyer)
        return made

    closed, read = checklist("2026-GHT-2"), checklist("2026-GHT-1")
    factories.opening(read.lot.tender, buyer)
    assessment = factories.scored(factories.started(read, buyer), buyer)
    return {
        "group_tender": read.lot.tender_id,
        "group_checklist": read.pk,
        "group_assessment": assessment.pk,
        "unopened_tender": closed.lot.tender_id,
        "unopened_lot": closed.lot_id,
        "lead": lead.pk,
        "group": group.pk,
    }
