"""Lists by pages."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import EmptyPage, Paginator

from .schemas import Paging


def paged(
    rows: Any, asked: Paging, shape: Callable[[Any], Any] = lambda row: row
) -> dict[str, Any]:
    """Return the page asked of ``rows``, each in its ``shape``; past the end it is empty."""
    found = Paginator(rows, asked.per_page)
    try:
        items = list(found.page(asked.page))
    except EmptyPage:
        items = []
    return {
        "count": found.count,
        "page": asked.page,
        "pages": found.num_pages,
        "items": [shape(row) for row in items],
    }
