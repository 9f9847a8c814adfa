"""For whom the lead of a hospital group buys a lot: who may be named, by whom, until when."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from uniha_clausier.accounts.models import Facility, HospitalGroup, User
from uniha_clausier.common.models import AuditEvent
from vendors.domain import beneficiaries
from vendors.domain.beneficiaries import BeneficiaryRefused, name_beneficiaries
from vendors.models import Lot

from .test_views import field_error, words


@pytest.fixture
def group(facility: Facility) -> HospitalGroup:
    """A group that ``facility`` leads."""
    group = HospitalGroup.objects.create(name="GHT du Ponant", lead_facility=facility)
    facility.group = group
    facility.save()
    return group


@pytest.fixture
def member(group: HospitalGroup) -> Facility:
    return factories.facility(name="Hôpital de la Dune", group=group)


@pytest.fixture
def lot(member: Facility, buyer: User, facility: Facility) -> Lot:
    return factories.lot(facility, buyer)


def told(facility: Facility) -> list[dict[str, object]]:
    """What the journal says of beneficiaries."""
    found = AuditEvent.objects.filter(
        tenant=facility.pk, action="tender.beneficiaries_changed"
    ).order_by("seq")
    return [event.data for event in found]


def test_only_what_differs_is_written_and_told(
    lot: Lot, member: Facility, group: HospitalGroup, buyer: User, facility: Facility
) -> None:
    other = factories.facility(name="Hôpital du Cap", group=group)
    name_beneficiaries(lot=lot, facilities=[member], by=buyer)
    name_beneficiaries(lot=lot, facilities=[member], by=buyer)
    first = lot.beneficiaries.get()
    name_beneficiaries(lot=lot, facilities=[other, member], by=buyer)
    assert lot.beneficiaries.get(facility=member) == first
    name_beneficiaries(lot=lot, facilities=[other], by=buyer)
    assert beneficiaries.named(lot) == [other]

    def names(*facilities: Facility) -> list[dict[str, object]]:
        return [{"facility": one.pk, "name": one.name} for one in facilities]

    assert told(facility) == [
        {"number": 1, "added": names(member), "withdrawn": []},
        {"number": 1, "added": names(other), "withdrawn": []},
        {"number": 1, "added": [], "withdrawn": names(member)},
    ]


def test_only_members_of_the_group_that_the_buyer_leads(
    lot: Lot, member: Facility, buyer: User, facility: Facility
) -> None:
    elsewhere = factories.facility(group=HospitalGroup.objects.create(name="Autre GHT"))
    alone = factories.facility()
    for refused in (elsewhere, alone, facility):
        with pytest.raises(BeneficiaryRefused, match="dont l’acheteur est le support"):
            name_beneficiaries(lot=lot, facilities=[member, refused], by=buyer)
    assert beneficiaries.named(lot) == []
    assert told(facility) == []


def test_a_member_that_does_not_lead_names_nobody(
    member: Facility, buyer: User, facility: Facility
) -> None:
    small = factories.member(member)
    lot = factories.lot(member, small)
    assert list(beneficiaries.nameable(lot)) == []
    with pytest.raises(BeneficiaryRefused):
        name_beneficiaries(lot=lot, facilities=[facility], by=small)


def test_they_are_fixed_once_the_offers_are_opened(lot: Lot, member: Facility, buyer: User) -> None:
    name_beneficiaries(lot=lot, facilities=[member], by=buyer)
    factories.opening(lot.tender, buyer)
    with pytest.raises(BeneficiaryRefused, match="plis sont ouverts"):
        name_beneficiaries(lot=lot, facilities=[], by=buyer)
    assert beneficiaries.named(lot) == [member]


class TestForm:
    def url(self, lot: Lot) -> str:
        return reverse("vendors:lot_edit", args=[lot.pk])

    def test_the_buyer_names_and_takes_back(
        self, signed_in: Client, lot: Lot, member: Facility
    ) -> None:
        page = signed_in.get(self.url(lot))
        assert "Bénéficiaires de la consultation" in words(page)
        assert member.name in words(page)
        assert 'name="title"' not in page.content.decode()  # one lot, which the screens don't show
        there = signed_in.post(self.url(lot), {"beneficiaries": [member.pk]})["Location"]
        assert f"Acheté aussi pour : {member.name}." in words(signed_in.get(there))
        signed_in.post(self.url(lot), {})
        assert beneficiaries.named(lot) == []

    def test_a_facility_of_elsewhere_is_refused(
        self, signed_in: Client, lot: Lot, stranger: User
    ) -> None:
        elsewhere = factories.facility()
        response = signed_in.post(self.url(lot), {"beneficiaries": [elsewhere.pk]})
        assert response.status_code == 422
        assert "établissements de votre groupement" in field_error(response, "beneficiaries")

    def test_after_the_opening_it_says_why_and_changes_nothing(
        self, signed_in: Client, lot: Lot, member: Facility, buyer: User
    ) -> None:
        name_beneficiaries(lot=lot, facilities=[member], by=buyer)
        factories.opening(lot.tender, buyer)
        assert "les bénéficiaires ne changent plus" in words(signed_in.get(self.url(lot)))
        answer = signed_in.post(self.url(lot), {}, follow=True)
        assert "Rien n’a changé." in words(answer)
        assert beneficiaries.named(lot) == [member]

    def test_a_forged_form_after_the_opening_is_refused(
        self, signed_in: Client, lot: Lot, member: Facility, group: HospitalGroup, buyer: User
    ) -> None:
        other = factories.facility(group=group)
        name_beneficiaries(lot=lot, facilities=[member], by=buyer)
        factories.opening(lot.tender, buyer)
        for forged in ([other.pk], [member.pk, other.pk], ["0"]):
            answer = signed_in.post(self.url(lot), {"beneficiaries": forged})
            assert answer.status_code == 422
            assert "ne changent plus" in field_error(answer, "beneficiaries")
            assert "est modifié" not in words(answer)
        assert beneficiaries.named(lot) == [member]
        same = signed_in.post(self.url(lot), {"beneficiaries": [member.pk]}, follow=True)
        assert "Rien n’a changé." in words(same)

    def test_what_is_kept_as_it_was_is_said_so(
        self, signed_in: Client, lot: Lot, member: Facility, buyer: User
    ) -> None:
        name_beneficiaries(lot=lot, facilities=[member], by=buyer)
        same = signed_in.post(self.url(lot), {"beneficiaries": [member.pk]}, follow=True)
        assert "Rien n’a changé." in words(same)
        less = signed_in.post(self.url(lot), {}, follow=True)
        assert "Le lot est modifié." in words(less)

    def test_who_leads_no_group_is_asked_nothing(
        self, signed_in: Client, facility: Facility, buyer: User
    ) -> None:
        page = signed_in.get(self.url(factories.lot(facility, buyer))).content.decode()
        assert 'name="title"' in page
        assert 'name="beneficiaries"' not in page
