"""What a query without an order reads comes backwards.

A database owes no order to a query that asks for none: the embedded one gives the rows as they were
written, PostgreSQL does so until one of them is changed. Whatever leans on that falls at each run
of the tests, instead of one run out of some.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.db.models import query as queries

ITERABLES = (
    queries.ModelIterable,
    queries.ValuesIterable,
    queries.ValuesListIterable,
    queries.FlatValuesListIterable,
)


def install() -> None:
    """From here on, in this process."""
    for kind in ITERABLES:
        _reverse(kind)


def _reverse(kind: Any) -> None:
    read = kind.__iter__

    def backwards(self: Any) -> Iterator[Any]:
        rows = read(self)
        if not _leaves_the_order_open(self.queryset) or self.chunked_fetch:
            return iter(rows)
        return iter(list(rows)[::-1])

    kind.__iter__ = backwards


def _leaves_the_order_open(queryset: "QuerySet[Any]") -> bool:
    return not queryset.ordered and not queryset.query.is_sliced
