"""No request makes the server fail, whatever it says: each route of the matrix × what nobody types.

PostgreSQL refuses the character NUL where SQLite keeps it: here no database ever sees one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.access.matrix import RULES
from tests.access.test_matrix import ROUTES, RULED, address, clients_of
from tests.access.world import OBJECTS, PARTS, World
from uniha_clausier.accounts.enums import Role

from .corpus import BAD_TEXTS, HUGE_NUMBERS, NUL
from .harvest import PAGES, WHO, forms_on

pytestmark = pytest.mark.long

SERVER_FAULT = 500
KEPT_BY_THE_PAGE = {"csrfmiddlewaretoken"}


@pytest.fixture
def world(db: None) -> World:
    return World()


def no_nul(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
    texts = [value for value in params or () if isinstance(value, str)]
    assert not any("\0" in text for text in texts), f"NUL reaches the database: {sql[:300]}"
    return execute(sql, params, *rest)


def send(client: Client, method: str, *what: Any, **more: Any) -> Any:
    """Send one request, take back what it wrote, and return its answer, read to its end."""
    with transaction.atomic(), connection.execute_wrapper(no_nul):
        response: Any = getattr(client, method)(*what, **more)
        if response.streaming:
            list(response)
        transaction.set_rollback(True)
    assert response.status_code < SERVER_FAULT, (method, what, response.status_code)
    return response


@contextmanager
def asked_names() -> Iterator[set[str]]:
    """Note what a page asks of a form or of its address, by whatever name."""
    names: set[str] = set()
    before = {way: getattr(QueryDict, way) for way in ("__getitem__", "get", "getlist")}

    def noting(way: str) -> Callable[..., Any]:
        def read(self: QueryDict, name: str, *rest: Any) -> Any:
            names.add(name)
            return before[way](self, name, *rest)

        return read

    with pytest.MonkeyPatch.context() as patch:
        for way in before:
            patch.setattr(QueryDict, way, noting(way))
        yield names


def senders(name: str, method: str, world: World) -> list[Client]:
    """Those among the people searched who may use a route."""
    who = RULES[name].who(method)
    people = clients_of(RULES[name], world)
    return [people[person] for person in WHO if who and person in who.people][:2]


# -- What stands in an address -----------------------------------------------------------------


def parts_of(name: str, world: World) -> dict[str, Any]:
    rule = RULES[name]
    found = PARTS | (OBJECTS[rule.of](world) if rule.of else {})
    found |= world.letter_parts if rule.is_letter else {}
    wanted = ROUTES[name].pattern.regex.groupindex
    return {key: v(world) if callable(v) else v for key, v in found.items() if key in wanted}


@pytest.mark.parametrize("name", [name for name in RULED if ROUTES[name].pattern.regex.groups])
def test_an_address_of_nothing_is_not_found(name: str, world: World) -> None:
    """Or it is refused before anything is read; it never fails."""
    parts = parts_of(name, world)
    for key, value in parts.items():
        odd = HUGE_NUMBERS if isinstance(value, int) else BAD_TEXTS
        for method in [m for m in ("get", "post") if RULES[name].who(m.upper())]:
            for client in senders(name, method.upper(), world)[:1]:
                for one in odd:
                    try:
                        url = reverse(name, kwargs=parts | {key: one})
                    except NoReverseMatch:  # the address itself cannot say this
                        continue
                    response = send(client, method, url)
                    if key == "pk":
                        assert response.status_code in {404, 422}, (url, response.status_code)


@pytest.mark.parametrize(
    "path", ["/%ff%fe/", "/%00/", "/consultations/%00/", "/a" * 3000, "/%c0%ae/"]
)
def test_an_address_that_is_no_text_is_not_found(path: str, world: World) -> None:
    client = clients_of(RULES["home"], world)[Role.BUYER]
    response = client.generic("GET", path)
    assert response.status_code == 404


# -- What is typed, or sent in the place of it -------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_no_field_of_a_page_brings_the_server_down(name: str, world: World) -> None:
    for client, form in forms_on(name, world):
        names = {one.name for one in form.fields if one.name and one.kind != "file"}
        for field in sorted(names - KEPT_BY_THE_PAGE):
            for text in BAD_TEXTS[:7]:
                send(client, form.method, form.url, form.untouched() | {field: [text]})


@pytest.mark.long
@pytest.mark.parametrize("name", RULED)
def test_no_name_that_a_route_reads_brings_the_server_down(name: str, world: World) -> None:
    """Those that no form shows too: they are noted while the route reads them."""
    url = address(name, world)
    for method in [m for m in ("get", "post") if RULES[name].who(m.upper())]:
        for client in senders(name, method.upper(), world)[:1]:
            with asked_names() as names:
                send(client, method, url, {})
            for field in sorted(names - KEPT_BY_THE_PAGE):
                for text in BAD_TEXTS:
                    send(client, method, url, {field: [text]})
                if method == "post":
                    send(client, method, f"{url}?{quote(field)}={quote(NUL)}", {field: [NUL]})


# -- Bodies, and what stands around them -------------------------------------------------------

POSTS = [name for name in RULED if RULES[name].post]
ONE_EDIT = (
    b'{"act": "bulk", "edits": [{"ref": "%s", "field": "comment", "value": "%s", "version": %s}]}'
)
BODIES = {
    "nested JSON": ("application/json", b"[" * 100_000),
    "JSON that is no text": ("application/json", b'{"act": "\xff\xfe"}'),
    "a number without end": (
        "application/json",
        b'{"act": "fill", "edits": ' + b"9" * 9_000 + b"}",
    ),
    "half a character": ("application/json", ONE_EDIT % (b"O-7.1", b"\\ud800", b"0")),
    "the same, as a number": ("application/json", ONE_EDIT % (b"\\ud800", b"a", b"9" * 20)),
    "JSON of another shape": ("application/json", b'{"act": {"a": []}, "edits": "abc"}'),
    "a form in an unknown alphabet": ("application/x-www-form-urlencoded; charset=zzz", b"a=b"),
    "a form that is no text": (
        "application/x-www-form-urlencoded",
        b"%ff%fe=%c0%80&text=%ed%a0%80",
    ),
    "parts without an end": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form",
    ),
    "parts without a limit": ("multipart/form-data", b"--x"),
    "no kind at all": ("", b"\x00\x01\x02"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", POSTS)
def test_no_body_brings_the_server_down(name: str, world: World) -> None:
    url = address(name, world)
    for client in senders(name, "POST", world)[:1]:
        for kind, body in BODIES.values():
            send(client, "generic", "POST", url, data=body, content_type=kind)


@pytest.mark.parametrize("name", ["checklists:assessment_together", "checklists:assessment_paste"])
def test_half_a_character_is_refused_with_a_sentence(name: str, world: World) -> None:
    (client,) = senders(name, "POST", world)
    for case in ("half a character", "the same, as a number"):
        kind, body = BODIES[case]
        if name.endswith("paste"):
            response = client.post(address(name, world), {"valeurs": body.decode(), "act": "apply"})
        else:
            response = client.post(address(name, world), body, content_type=kind)
        assert response.status_code == 422


class TestTooMuch:
    """A request past the limits is refused in French, before anything of it is read."""

    def refused(self, world: World, **fields: str) -> None:
        (client,) = senders("vendors:tender_create", "POST", world)[:1]
        response = send(client, "post", reverse("vendors:tender_create"), fields)
        assert response.status_code == 400
        assert "illisible ou trop longue" in response.content.decode()

    def test_fields(self, world: World, settings: Any) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10**8
        self.refused(world, **{f"champ-{number}": "a" for number in range(5_001)})

    def test_characters(self, world: World) -> None:
        (client,) = senders("vendors:tender_create", "POST", world)[:1]
        body = b"title=" + b"a" * (7 * 1024 * 1024)
        response = send(
            client,
            "post",
            reverse("vendors:tender_create"),
            body,
            content_type="application/x-www-form-urlencoded",
        )
        assert response.status_code == 400
        assert "illisible ou trop longue" in response.content.decode()


HEADERS: dict[str, dict[str, str]] = {
    "another host": {"Host": "voleur.example"},
    "a host with a port of words": {"Host": "localhost:abc"},
    "a host of two lines": {"Host": "localhost\r\nX-A: b"},
    "a forwarded host": {"X-Forwarded-Host": "voleur.example"},
    "a long cookie": {"Cookie": "sessionid=" + "a" * 60_000},
    "a cookie that is no text": {"Cookie": "sessionid=\xff\xfe; csrftoken=\x00"},
    "a cookie of SQL": {"Cookie": "sessionid='; DROP TABLE x--"},
    "messages that were not made here": {"Cookie": "messages=W1siX19qc29uX21lc3NhZ2UiXV0:1:x"},
    "languages": {"Accept-Language": "a" * 9_000 + ";q=99999999999999999999"},
    "an odd origin": {"Origin": "null", "Referer": "javascript:alert(1)"},
    "an odd htmx": {"HX-Request": "true", "HX-Current-URL": "http://[::1", "HX-Trigger": "\x00"},
    "a range": {"Range": "bytes=99999999999999999999-,-1"},
    "dates": {"If-Modified-Since": "\xff", "If-None-Match": '"' * 9_000},
    "a version": {"If-Match": "99999999999999999999", "X-Page-User": "²"},
    "a token": {"Authorization": "Bearer \x00" + "a" * 9_000},
}


@pytest.mark.parametrize("case", HEADERS)
@pytest.mark.parametrize(
    "path", ["/", "/connexion/", "/compte/oubli/", "/api/moi", "/static/css/a.css"]
)
def test_no_header_brings_the_server_down(case: str, path: str, world: World) -> None:
    client = Client()
    for who in (None, world.buyer):
        if who:
            client.force_login(who)
        response = send(client, "get", path, headers=HEADERS[case])
        assert "voleur.example" not in response.content.decode()
        assert "voleur.example" not in str(response.headers)


def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    response = client.get("/connexion/", headers={"Host": "voleur.example"})
    assert response.status_code == 400
    assert "illisible ou trop longue" in response.content.decode()
