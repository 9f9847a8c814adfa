"""How long a paper is still good for."""

import datetime as dt

from .enums import Validity

SOON = dt.timedelta(days=90)


def of(until: dt.date | None, today: dt.date) -> Validity:
    """Return where ``today`` stands before the last day of validity, that day included."""
    if until is None:
        return Validity.UNKNOWN
    if until < today:
        return Validity.EXPIRED
    return Validity.SOON if until <= today + SOON else Validity.VALID
