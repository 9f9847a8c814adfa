"""The hospital group of the world of the matrix: who leads it, who is named by its lots, who is not."""

from abc import ABC, abstractmethod
from functools import cached_property

from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, HospitalGroup, User
from vendors.models import Lot, LotBeneficiary

from .rules import BENEFICIARY, NEIGHBOUR, READERS, SIGNED_IN, Rule

GROUP_RULES = {
    "checklists:group_purchase_list": Rule(get=SIGNED_IN),
    "checklists:group_purchase": Rule("tender", get=READERS),
}


class GroupWorld(ABC):
    """The facility of the world leads a group with two more members."""

    @property
    @abstractmethod
    def facility(self) -> Facility: ...

    @property
    @abstractmethod
    def buyer(self) -> User: ...

    @cached_property
    def group(self) -> HospitalGroup:
        group = HospitalGroup.objects.create(name="GHT des Secrets", lead_facility=self.facility)
        self.facility.group = group
        self.facility.save(update_fields=["group"])
        return group

    @cached_property
    def named(self) -> Facility:
        return factories.facility(group=self.group)

    @cached_property
    def group_people(self) -> dict[str, User]:
        unnamed = factories.facility(group=self.group)
        return {
            BENEFICIARY: factories.member(self.named, Role.BUYER),
            NEIGHBOUR: factories.member(unnamed, Role.BUYER),
        }

    def buy_for_the_beneficiary(self) -> None:
        """Name the facility of the beneficiary on every lot there is, opened or not."""
        lots = Lot.objects.filter(tender__facility=self.facility).exclude(
            beneficiaries__facility=self.named
        )
        LotBeneficiary.objects.bulk_create(
            LotBeneficiary(lot=lot, facility=self.named, named_by=self.buyer) for lot in lots
        )
