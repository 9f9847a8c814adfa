"""What the tests of the checklist pages read of an answer."""

import re
from typing import Any

from django.contrib.messages import get_messages
from django.urls import reverse

from checklists.models import Checklist

NB = "\u00a0"


def url(name: str, pk: int, *ref: str) -> str:
    return reverse(f"checklists:checklist_{name}", args=[pk, *ref])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def asked(checklist: Checklist) -> list[str]:
    items = checklist.items.filter(is_applicable=True).order_by("position")
    return list(items.values_list("point__ref", flat=True))


def text(response: Any) -> str:
    """Return the page with its layout spaces folded, and its typographic ones kept."""
    return re.sub(r"[ \t\n]+", " ", response.content.decode())


def without_token(response: Any) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text(response))
