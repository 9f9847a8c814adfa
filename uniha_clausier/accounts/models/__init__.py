"""Who: people, facilities, groups, memberships; what protects an account and speaks for one."""

from .people import Facility, HospitalGroup, Membership, User
from .security import BrowserSession, RequiredFactor
from .tokens import ApiToken

__all__ = [
    "ApiToken",
    "BrowserSession",
    "Facility",
    "HospitalGroup",
    "Membership",
    "RequiredFactor",
    "User",
]
