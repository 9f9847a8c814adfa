"""Reads of the errata: those of a version by the number of their point."""

import datetime as dt
from typing import Any, NamedTuple

from ...models import Erratum


class ErratumText(NamedTuple):
    """An erratum as plain values."""

    number: int
    date: dt.date
    text: str
    source: str

    @property
    def data(self) -> dict[str, Any]:
        """The same as plain JSON values, for a document."""
        return self._asdict() | {"date": self.date.isoformat()}


Errata = dict[str, tuple[ErratumText, ...]]


def by_point(version_id: int, *, known_at: dt.datetime | None = None) -> Errata:
    """Return the errata of a version by the number of their point, in order: one query.

    ``known_at``: only those that were loaded at that moment.
    """
    rows = Erratum.objects.filter(version=version_id)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    found: Errata = {}
    for ref, *values in rows.order_by("number").values_list("point__ref", *ErratumText._fields):
        found[ref] = (*found.get(ref, ()), ErratumText(*values))
    return found
