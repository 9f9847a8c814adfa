"""What every page shows about the person: nothing here queries unless a template asks."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import queries


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give the facilities of the person to the layout, read only when it prints them."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"my_facilities": []}
    return {"my_facilities": SimpleLazyObject(lambda: queries.facilities_of(user))}
