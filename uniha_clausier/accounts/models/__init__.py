"""Who: people, facilities, hospital groups and memberships; what lets a program speak for one."""

from .people import Facility, HospitalGroup, Membership, User
from .tokens import ApiToken

__all__ = ["ApiToken", "Facility", "HospitalGroup", "Membership", "User"]
