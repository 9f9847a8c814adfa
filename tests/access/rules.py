"""What a rule of a route says: whose object it names, who may, and what the others get."""

from dataclasses import dataclass

from uniha_clausier.accounts.enums import Role

ANONYMOUS = "anonymous"
OPERATOR_ROLE = "operator"
STRANGER = "stranger"
"""A buyer, of another facility."""
BENEFICIARY = "beneficiary"
"""A buyer of a facility of the same group, which every lot names: reads a few pages, writes nothing."""
NEIGHBOUR = "neighbour"
"""A buyer of a facility of the same group, which no lot names: a stranger."""

INSIDERS = tuple(Role.values)
STRANGERS = (STRANGER, NEIGHBOUR)
PEOPLE = (ANONYMOUS, *INSIDERS, OPERATOR_ROLE, *STRANGERS, BENEFICIARY)


@dataclass(frozen=True)
class Group:
    """Who may, and the answer to the others."""

    people: frozenset[str]
    refused: int = 403


def group(*people: str, refused: int = 403) -> Group:
    return Group(frozenset(people), refused)


EVERYONE = group(*PEOPLE)
SIGNED_IN = group(*INSIDERS, OPERATOR_ROLE, *STRANGERS, BENEFICIARY)
MEMBERS = group(*INSIDERS)
READERS = group(*INSIDERS, BENEFICIARY)
BUYER = group(Role.BUYER)
BUYER_OR_CISO = group(Role.BUYER, Role.CISO)
KEEPERS = group(Role.BUYER, Role.FACILITY_ADMIN)
ADMIN = group(Role.FACILITY_ADMIN)
"""Of an elimination that the buyer proposed, and that another person decides."""
REVIEWERS = group(Role.CISO, Role.DPO, Role.BIOMEDICAL_ENGINEER, Role.BUYER)
ROUTERS = group(Role.BUYER, Role.FACILITY_ADMIN)
A_BUYER = group(Role.BUYER, *STRANGERS, BENEFICIARY)
"""A buyer of any facility: the page of something that does not exist yet."""
OPERATOR = group(OPERATOR_ROLE, refused=404)


@dataclass(frozen=True)
class Rule:
    """The declared rule of one route; ``of`` is a key of OBJECTS, or empty."""

    of: str = ""
    get: Group | None = None
    post: Group | None = None
    anonymous: int = 302
    patch: Group | None = None
    is_api: bool = False
    """A personal token opens it, and nothing else; ``body`` is what PATCH sends."""
    body: str = ""
    is_secret: bool = False
    """The address bears the right itself: whoever knows it is the candidate, signed in or not."""

    is_letter: bool = False
    """The secret is that of a letter to a candidate, and not of its questionnaire."""

    tells_facility: bool = False
    """The address holds the secret of an invitation: whoever was sent it reads who invites."""

    @property
    def is_public(self) -> bool:
        return EVERYONE in (self.get, self.post)

    def who(self, method: str) -> Group | None:
        """Return who may use ``method``, or None when it is not offered."""
        return {
            "GET": self.get,
            "HEAD": self.get,
            "POST": self.post,
            "PATCH": self.patch,
        }.get(method)


def api(of: str = "", *, patch: Group | None = None, body: str = "") -> Rule:
    """A route of the API: every member reads."""
    get = None if patch else MEMBERS if of else SIGNED_IN
    return Rule(of, get=get, patch=patch, anonymous=401, is_api=True, body=body)
