"""What may not be communicated: papers that would harm the security of an information system.

CRPA, article L311-5, 2° d. The software proposes; the buyer or the RSSI decides.
"""

from uniha_clausier.common.search import fold

from ..enums import Disclosure, Secrecy
from ..models import ControlPoint, Evidence

SENSITIVE = (
    "flux", "architecture", "intrusion", "pentest", "vulnerabilite", "adresses ip", "ip publiques",
    "audit externe",
)  # fmt: skip
"""Words of a point, or of the name of a file, behind which such papers come."""


def is_sensitive(text: str) -> bool:
    """Whether a text speaks of what helps an attacker."""
    folded = fold(text)
    return any(word in folded for word in SENSITIVE)


def asks_for_secrets(point: ControlPoint) -> bool:
    """Whether what backs a point is likely to help an attacker."""
    return is_sensitive(f"{point.title} {point.expected}")


def secrecy_of(file: Evidence) -> Secrecy:
    """Return whether a file may be communicated: as decided, else as proposed.

    Reads the points of the file: prefetch ``items__point``.
    """
    if file.disclosure == Disclosure.RESTRICTED:
        return Secrecy.RESTRICTED
    if file.disclosure == Disclosure.COMMUNICABLE:
        return Secrecy.COMMUNICABLE
    if is_sensitive(file.name) or any(asks_for_secrets(item.point) for item in file.items.all()):
        return Secrecy.PROPOSED
    return Secrecy.NONE


MARK = "NON COMMUNICABLE"
"""What stands on a paper, or beside its name, in every list that leaves the application."""


def is_restricted(file: Evidence) -> bool:
    """Whether a file is kept from whoever asks for communicable documents; a doubt keeps it."""
    return secrecy_of(file) in (Secrecy.RESTRICTED, Secrecy.PROPOSED)
