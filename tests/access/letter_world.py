"""Answering a letter by a personal link: the rules of its routes, and what they need of the world."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

from checklists.domain import reply_links
from checklists.domain.exchanges import Sent
from checklists.models import AnswerLink, ExchangeParty
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

from .rules import BUYER, EVERYONE, MEMBERS, Rule

LETTER_RULES = {
    "checklists:reply_link": Rule("letter", get=MEMBERS, post=BUYER),
    "checklists:reply_home": Rule(get=EVERYONE, post=EVERYONE, is_secret=True, is_letter=True),
    "checklists:reply_point": Rule(post=EVERYONE, is_secret=True, is_letter=True),
    "checklists:reply_send": Rule(get=EVERYONE, post=EVERYONE, is_secret=True, is_letter=True),
    "checklists:reply_receipt": Rule(get=EVERYONE, post=EVERYONE, is_secret=True, is_letter=True),
    "checklists:reply_receipt_file": Rule(get=EVERYONE, is_secret=True, is_letter=True),
    "checklists:reply_file": Rule(get=EVERYONE, is_secret=True, is_letter=True),
}


class LetterWorld(ABC):
    """A letter of the facility of the matrix, and one of a facility where nobody of it belongs."""

    @property
    @abstractmethod
    def facility(self) -> Facility: ...

    @property
    @abstractmethod
    def buyer(self) -> User: ...

    @cached_property
    def letter(self) -> ExchangeParty:
        return factories.informal_party(self.buyer, self.facility, "O-7.1")

    @cached_property
    def _letter(self) -> tuple[AnswerLink, str]:
        facility = factories.facility(name="Hôpital qui écrit")
        buyer = factories.member(facility, Role.BUYER)
        return factories.reply_link(buyer, factories.informal_party(buyer, facility, "O-7.1"))

    @property
    def letter_secret(self) -> str:
        """What opens the letter of a candidate."""
        return self._letter[1]

    @cached_property
    def letter_parts(self) -> dict[str, Any]:
        """The parts of an address behind that secret."""
        sent = Sent(b"%PDF-1.7 reponse", "pdf", "Réponse.pdf")
        file = reply_links.attach(link=self._letter[0], file=sent)
        return {"token": self.letter_secret, "pk": file.pk}
