"""The rows about retention of the world of the matrix."""

import datetime as dt
from abc import ABC, abstractmethod
from functools import cached_property

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from checklists.domain import retention
from checklists.enums import RetentionScope
from checklists.models import Checklist, Elimination, RetentionHold
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from vendors.models import Tender


class RetentionWorld(ABC):
    """A hold, a proposal of the buyer, and what became of one."""

    @property
    @abstractmethod
    def people(self) -> dict[str, User]: ...

    @property
    @abstractmethod
    def buyer(self) -> User: ...

    @property
    @abstractmethod
    def tender(self) -> Tender: ...

    @property
    @abstractmethod
    def draft(self) -> Checklist: ...

    @cached_property
    def hold(self) -> RetentionHold:
        return retention.place_hold(tender=self.tender, reason="Référé.", by=self.buyer)

    @cached_property
    def elimination(self) -> Elimination:
        """A proposal of the buyer."""
        candidacy = factories.candidacy(self.draft.lot, self.buyer)
        tender = self.draft.lot.tender
        factories.dated(tender, self.buyer, candidacy)
        return retention.propose(
            tender=tender, scope=RetentionScope.PROCEDURE, reason="Cinq ans.", by=self.buyer
        )

    @cached_property
    def eliminated(self) -> Elimination:
        name = default_storage.save("bordereau.pdf", ContentFile(b"%PDF-1.7 essai"))
        approval = retention.Approval(
            reason="Rien ne s’y oppose.",
            visa="Archives, 12",
            visa_on=dt.date(2026, 1, 5),
            files=[retention.Listed("offre.xlsx", "Offre", "a" * 64, 2)],
            certificate_name=name,
            certificate_sha256="b" * 64,
        )
        return retention.approve(
            elimination=self.elimination, approval=approval, by=self.people[Role.FACILITY_ADMIN]
        )
