"""Who: people, facilities, groups, memberships; what protects an account and speaks for one."""

from .delegations import DELEGABLE, Delegation, signed_by
from .invitations import Invitation
from .openid import OpenIdIdentity
from .people import Facility, HospitalGroup, Membership, User
from .security import BrowserSession, RequiredFactor
from .tokens import ApiToken

__all__ = [
    "DELEGABLE",
    "ApiToken",
    "BrowserSession",
    "Delegation",
    "Facility",
    "HospitalGroup",
    "Invitation",
    "Membership",
    "OpenIdIdentity",
    "RequiredFactor",
    "User",
    "signed_by",
]
