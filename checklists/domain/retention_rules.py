"""How long each part of the file of a tender is kept. Pure: dates only, no database here.

The applications, the offers and the procedure are kept five years from the signature of the
contract (CCP, art. R2184-12). The pieces of the contract are kept five years from the end of its
execution for supplies and services (art. R2184-13); the archives ask for ten, from the same day,
which covers both.
"""

import datetime as dt

from ..enums import RetentionScope, RetentionState

PROCEDURE_YEARS = 5
CONTRACT_YEARS = 10


def procedure_until(signed_on: dt.date) -> dt.date:
    """Return the day from which what lost may be eliminated."""
    return years_after(signed_on, PROCEDURE_YEARS)


def contract_until(executed_on: dt.date | None) -> dt.date | None:
    """Return the day from which the contract may be eliminated; None while it is executed."""
    return years_after(executed_on, CONTRACT_YEARS) if executed_on else None


def years_after(day: dt.date, years: int) -> dt.date:
    """Return the same day later: the day after for a 29 February, never the day before."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def basis(scope: str) -> str:
    """Return where the duration of a part comes from."""
    return {
        RetentionScope.PROCEDURE: "CCP, art. R2184-12",
        RetentionScope.CONTRACT: "CCP, art. R2184-13 ; référentiel des archives, 2021",
    }[RetentionScope(scope)]


def state(
    *, until: dt.date | None, decision: str | None, is_held: bool, today: dt.date
) -> RetentionState:
    """Return where a part stands; ``decision`` is that of its elimination, None without one."""
    if decision:
        return RetentionState.ELIMINATED
    if is_held:
        return RetentionState.HELD
    if until is None:
        return RetentionState.UNDATED
    if decision is not None:
        return RetentionState.PROPOSED
    return RetentionState.DUE if today >= until else RetentionState.KEPT
