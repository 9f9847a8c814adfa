"""The forms of the product as its own pages show them: nothing is listed by hand.

Every page that the matrix knows is opened by each person; each form found there tells the route
that it is sent to and the fields that it holds. A new field is therefore attacked the day that a
page shows it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

from tests.access.matrix import RULES
from tests.access.rules import ANONYMOUS, OPERATOR_ROLE
from tests.access.test_matrix import RULED, address, clients_of
from tests.access.world import World
from uniha_clausier.accounts.enums import Role

TEXTS = {"text", "search", "email", "url", "password", "number", "date", "datetime-local", "tel"}
CHOICES = {"radio", "checkbox"}


@dataclass(frozen=True)
class Field:
    """One control of a form: its name, its kind, and what it would send untouched."""

    name: str
    kind: str
    value: str = ""
    is_sent: bool = True

    @property
    def is_text(self) -> bool:
        """Whether a person types in it."""
        return self.kind in TEXTS or self.kind == "textarea"


@dataclass
class Form:
    """One form of a page, and where it is sent."""

    method: str
    url: str
    encoding: str = ""
    fields: list[Field] = field(default_factory=list)

    @property
    def route(self) -> str:
        """The name of the route that it is sent to."""
        found = resolve(urlsplit(self.url).path)
        return f"{found.namespace}:{found.url_name}" if found.namespace else str(found.url_name)

    def untouched(self) -> dict[str, Any]:
        """What a browser would send of it, without a file."""
        sent: dict[str, list[str]] = {}
        for one in self.fields:
            if one.name and one.is_sent and one.kind != "file":
                sent.setdefault(one.name, []).append(one.value)
        return sent

    @property
    def texts(self) -> list[Field]:
        """The fields in which a person types."""
        return [one for one in self.fields if one.is_text and one.name]

    @property
    def files(self) -> list[Field]:
        """The fields that take a file."""
        return [one for one in self.fields if one.kind == "file" and one.name]


class _Reader(HTMLParser):
    """Reads the forms of a page, and the fields that name a form standing elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.elsewhere: list[tuple[str, Field]] = []
        self.current: Form | None = None
        self.text: list[str] | None = None
        self.select: tuple[str, str] | None = None
        self.named: tuple[str, str] = ("", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            url = urljoin(self.page, has.get("action") or self.page)
            self.current = Form(has.get("method", "get").lower(), url, has.get("enctype", ""))
            self.forms.append(self.current)
            self.by_id[has.get("id", "")] = self.current
        elif tag == "input":
            kind = has.get("type", "text")
            sent = kind not in CHOICES or "checked" in has
            self._add(has, Field(has.get("name", ""), kind, has.get("value", ""), sent))
        elif tag == "textarea":
            self.named, self.text = (has.get("name", ""), has.get("form", "")), []
        elif tag == "select":
            self.select = (has.get("name", ""), has.get("form", ""))
        elif tag == "option" and self.select:
            name, form = self.select
            one = Field(name, "select", has.get("value", ""), "selected" in has)
            self._add({"form": form}, one)
        elif tag == "button" and has.get("name"):
            self._add(has, Field(has["name"], "button", has.get("value", ""), is_sent=False))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None
        elif tag == "textarea" and self.text is not None:
            name, form = self.named
            self._add({"form": form}, Field(name, "textarea", "".join(self.text)))
            self.text = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def _add(self, has: dict[str, str], one: Field) -> None:
        if has.get("form"):
            self.elsewhere.append((has["form"], one))
        elif self.current is not None:
            self.current.fields.append(one)

    def close(self) -> None:
        super().close()
        for name, one in self.elsewhere:
            if name in self.by_id:
                self.by_id[name].fields.append(one)


def forms_of(page: str, html: str) -> list[Form]:
    """Return the forms of a page; ``page`` is its address."""
    reader = _Reader(page)
    reader.feed(html)
    reader.close()
    return reader.forms


WHO = (Role.BUYER, Role.CISO, Role.FACILITY_ADMIN, OPERATOR_ROLE, ANONYMOUS)
"""Whose pages are searched for forms: between them they may send every one."""

PAGES = [name for name in RULED if RULES[name].get and not RULES[name].is_api]


def forms_on(name: str, world: World) -> Iterator[tuple[Client, Form]]:
    """Yield each form of the page of a route, with the client of somebody who is shown it."""
    known: set[tuple[str, ...]] = set()
    url, people = address(name, world), clients_of(RULES[name], world)
    for person in WHO:
        html = page(people[person], url)
        for form in forms_of(url, html):
            key = (form.method, form.url, *sorted({one.name for one in form.fields}))
            if key not in known:
                known.add(key)
                yield people[person], form


def page(client: Client, url: str) -> str:
    """What a page says, or nothing when there is none."""
    response: Any = client.get(url)
    if response.streaming:
        list(response)  # to its end, which closes it and leaves the connection
        return ""
    is_page = response.status_code == 200 and "html" in response.headers["Content-Type"]
    return response.content.decode() if is_page else ""


def route_of(form: Form) -> str:
    """The route of a form, or nothing when it leads nowhere."""
    try:
        return form.route
    except Resolver404:
        return ""
