"""What is typed in a form comes back as text: refused, kept, or on the page that follows (QUALITY 20).

The forms are those that the pages show: each text field of each of them is filled.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from tests.access.world import World

from .harvest import PAGES, Form, forms_on
from .inspection import inspect, is_page
from .payloads import ALL, PAYLOADS, mail_address, marks, packed

SHORT = 40
"""Characters of a text that nearly every field takes: what it becomes is on the page that follows."""

ROUNDS = 3


def typed(form: Form, turn: int) -> Iterator[dict[str, Any]]:
    """Yield what is sent: texts that are too long for most fields, then short ones, other ones each."""
    for text in [ALL, *(packed(SHORT, turn + number * 11) for number in range(ROUNDS))]:
        hostile = {
            one.name: mail_address(turn) if one.kind == "email" else text for one in form.texts
        }
        hostile.pop("csrfmiddlewaretoken", None)
        yield form.untouched() | hostile


def answers(client: Client, form: Form, sent: dict[str, Any]) -> Iterator[str]:
    """Yield the page that answers, and the one that it leads to; nothing is kept of them."""
    with transaction.atomic():
        response: Any = getattr(client, form.method)(form.url, sent)
        for _step in range(2):
            if response.streaming:
                list(response)
                break
            if is_page(response):
                yield response.content.decode()
            if response.status_code != 302 or urlsplit(response["Location"]).netloc:
                break
            response = client.get(response["Location"])
        transaction.set_rollback(True)


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_what_is_typed_comes_back_as_text(name: str, world: World) -> None:
    wrong = []
    for turn, (client, form) in enumerate(forms_on(name, world)):
        if form.texts:
            for sent in typed(form, turn * 5 + 1):
                for page in answers(client, form, sent):
                    problems, _words = inspect(page)
                    wrong += [f"{form.method} {form.url}: {one}" for one in problems]
    assert wrong == []


def test_a_form_is_answered_with_what_was_typed(world: World) -> None:
    """Refused or kept, the texts are on the page that is read."""
    shown = set[int]()
    for client, form in forms_on("vendors:tender_edit", world):
        if form.texts and form.method == "post":
            for sent in typed(form, 1):
                for page in answers(client, form, sent):
                    shown |= marks(page)
    assert shown == {one.number for one in PAYLOADS}
