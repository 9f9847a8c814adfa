"""Addresses and numbers that a request may bear, and that no row can have."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponseBase

LARGEST_KEY = 2**63 - 1
"""The largest number of a ``BigAutoField``: a larger one makes SQLite fail, and names nothing."""

_LONGEST = 15
_REFUSED_BY_POSTGRESQL = "cannot contain NUL (0x00) characters"
"""The words of psycopg2, which has no class for this."""


def sent_number(text: str) -> int:
    """Return the key that a button or an address sends; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _LONGEST else 0


class ImpossibleAddressMiddleware:
    """Answers 404 to an address that names no row of any table, before a view reads it.

    A number past 64 bits is no key; PostgreSQL refuses a text that holds the character NUL. The
    API refuses both itself, in JSON. The forms refuse NUL too: one that comes to the database all
    the same was in what no page of ours sends, and is answered 400.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        """Raise Http404 when a part of the address can name nothing."""
        if not request.path.startswith("/api/") and not all(map(_is_possible, kwargs.values())):
            raise Http404

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Raise BadRequest when the database was given a text that it cannot hold."""
        if isinstance(exception, ValueError) and _REFUSED_BY_POSTGRESQL in str(exception):
            raise BadRequest from exception


def _is_possible(part: Any) -> bool:
    if isinstance(part, int):
        return part <= LARGEST_KEY
    return not (isinstance(part, str) and "\0" in part)
