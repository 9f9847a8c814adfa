"""Which points are asked for a profile: a pure function of flags and conditions.

A *profile* is a set of flags (``Flag`` values). A condition is a conjunction of alternatives.
The rules are those of the clausier's own headings ("si …"), read by the application; the buyer
may always force a point in or out before publication, with a written reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..enums import Flag
from ..validators import Condition, parse_condition

IMPLICATIONS: dict[str, str] = {
    Flag.DS: Flag.DP,  # health data are personal data (RGPD art. 4(15))
    Flag.NET: Flag.WEB,  # what is exposed on the internet here is a web interface
    Flag.TM: Flag.MAINT,  # remote maintenance is maintenance
}


class UnknownFlag(ValueError):
    """A flag that no profile question knows."""


@dataclass(frozen=True)
class Verdict:
    """Whether a point is asked, and the flags that decide.

    ``because``: the profile's flags that make it asked (empty: always asked).
    ``lacking``: for each alternative that fails, the flags of which one would be needed.
    """

    applies: bool
    because: tuple[str, ...] = ()
    lacking: tuple[tuple[str, ...], ...] = ()


def closure(flags: Iterable[str]) -> frozenset[str]:
    """Return ``flags`` with all that they imply. Raises UnknownFlag."""
    result = set(flags)
    unknown = sorted(result - set(Flag.values))
    if unknown:
        raise UnknownFlag(unknown[0])
    result |= {IMPLICATIONS[flag] for flag in result if flag in IMPLICATIONS}
    return frozenset(result)


def evaluate(condition: str | Condition, profile: frozenset[str]) -> Verdict:
    """Say whether ``condition`` holds for ``profile`` (already closed), and why."""
    terms = parse_condition(condition) if isinstance(condition, str) else condition
    lacking = tuple(_ordered(term) for term in terms if not term & profile)
    if lacking:
        return Verdict(applies=False, lacking=lacking)
    met = frozenset().union(*(term & profile for term in terms)) if terms else frozenset()
    return Verdict(applies=True, because=_ordered(met))


def _ordered(flags: Iterable[str]) -> tuple[str, ...]:
    """Return ``flags`` in the order of the questions."""
    rank = {value: index for index, value in enumerate(Flag.values)}
    return tuple(sorted(flags, key=rank.__getitem__))
