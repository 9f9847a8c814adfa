"""Each route × each person × each method, from the URL configuration itself."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from uniha_clausier.accounts.enums import Role
from uniha_clausier.common import logs

from .matrix import RULES
from .rules import ANONYMOUS, BENEFICIARY, INSIDERS, PEOPLE, STRANGER, STRANGERS, Rule
from .world import OBJECTS, PARTS, UNKNOWN, World

UPKEEP = ('"common_cache"', 'UPDATE "django_session"')
"""What a GET may write: the calls of a token are counted, a session goes on. No data."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
FEW = (ANONYMOUS, Role.BUYER)
DONE = {200, 204, 302, 400, 409, 422, 428}
"""What a right gives: the page, a redirection, or a refusal of what was (not) typed."""

SIGN_IN = "/connexion/"
READS = (
    "SELECT",
    "SHOW",
    "EXECUTE CLAUSIER_SELECT_",
    "SAVEPOINT",
    "RELEASE SAVEPOINT",
    "ROLLBACK TO SAVEPOINT",
)
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')


def routes(
    patterns: list[URLPattern | URLResolver] | None = None, namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Yield each route with its full name, or its path when it has no name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            prefix = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, prefix)
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern


ROUTES = dict(routes())
RULED = sorted(ROUTES.keys() & RULES.keys())


def test_every_route_has_a_rule() -> None:
    assert sorted(ROUTES.keys() - RULES.keys()) == []


def test_every_rule_has_a_route() -> None:
    assert sorted(RULES.keys() - ROUTES.keys()) == []


def test_every_name_is_used_once() -> None:
    names = [name for name, _ in routes()]
    assert len(names) == len(set(names))


@pytest.fixture
def world(db: None) -> World:
    return World()


def address(name: str, world: World, *, real: bool = True) -> str:
    """The address of a route: of an object of the world, or of nothing."""
    rule = RULES[name]
    wanted = ROUTES[name].pattern.regex.groupindex
    found = OBJECTS[rule.of](world) if rule.of else {}
    world.buy_for_the_beneficiary()
    parts = PARTS | (found if real else dict.fromkeys(found, UNKNOWN))
    if rule.is_letter:
        parts |= world.letter_parts
    values = {part: parts[part] for part in wanted}
    return reverse(name, kwargs={k: v(world) if callable(v) else v for k, v in values.items()})


class SignedIn(dict[str, Client]):
    """The people of a world in their browsers: each signs in when first looked for."""

    def __init__(self, world: World) -> None:
        super().__init__({ANONYMOUS: Client()})
        self.world = world

    def __missing__(self, person: str) -> Client:
        self[person] = Client()
        self[person].force_login(self.world.people[person])
        return self[person]


def clients(world: World) -> dict[str, Client]:
    return SignedIn(world)


def clients_of(rule: Rule, world: World) -> dict[str, Client]:
    """The people as a route knows them: by their session, or by a token and no cookie."""
    if not rule.is_api:
        return clients(world)
    bearers = {
        person: Client(headers={"Authorization": f"Bearer {secret}"})
        for person, secret in world.bearers.items()
    }
    return {ANONYMOUS: Client()} | bearers


def refuse_writes(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    if any(table in sql for table in UPKEEP):
        return execute(sql, *rest)
    assert sql.lstrip("( \n").upper().startswith(READS), f"GET writes: {sql}"
    return execute(sql, *rest)


def ask(client: Client, method: str, url: str, body: str = "") -> HttpResponse:
    """Send one request and take back whatever it wrote; a GET may not write."""
    writing = nullcontext() if method in UNSAFE else connection.execute_wrapper(refuse_writes)
    with transaction.atomic(), writing:
        response: Any = client.generic(
            method,
            url,
            body,
            content_type="application/json" if body else "application/octet-stream",
        )
        if response.streaming:
            whole = b"".join(response.streaming_content)
            response = HttpResponse(whole, status=response.status_code, headers=response.headers)
        transaction.set_rollback(True)
    return response  # type: ignore[no-any-return]


def expected(rule: Rule, person: str, method: str) -> Any:
    """What the rule says of one person and one method: a status, or the set of DONE."""
    who = rule.who(method)
    if person == ANONYMOUS and not rule.is_public and rule.anonymous == 302:
        return SIGN_IN
    if who is None:
        return 405
    if person in who.people:
        return DONE
    if person == ANONYMOUS:
        return rule.anonymous
    return 404 if rule.of and person not in INSIDERS else who.refused


def agrees(response: HttpResponse, wanted: Any) -> bool:
    to_sign_in = response.status_code == 302 and response["Location"].startswith(f"{SIGN_IN}?next=")
    if wanted == SIGN_IN:
        return to_sign_in
    if wanted == DONE:
        return response.status_code in DONE and not to_sign_in
    return bool(response.status_code == wanted)


def offered(name: str) -> list[str]:
    """The methods of a route that its rule gives to somebody."""
    return [method for method in METHODS if RULES[name].who(method)]


def mismatches(name: str, world: World, people: Sequence[str], methods: Sequence[str]) -> list[Any]:
    """Whom a route answers otherwise than its rule says: the person, the method, both statuses."""
    rule = RULES[name]
    url, browsers = address(name, world), clients_of(rule, world)
    return [
        (person, method, response.status_code, wanted)
        for person in people
        for method in methods
        for wanted in [expected(rule, person, method)]
        for response in [ask(browsers[person], method, url, rule.body)]
        if not agrees(response, wanted)
    ]


@pytest.mark.parametrize("name", RULED)
def test_each_person_gets_what_the_rule_says(name: str, world: World) -> None:
    """By each method that the route offers; a GET writes nothing (``ask``)."""
    methods = [method for method in offered(name) if method != "HEAD"]
    assert mismatches(name, world, PEOPLE, methods) == []


@pytest.mark.parametrize("people", [FEW, pytest.param(PEOPLE, marks=pytest.mark.long)], ids=len)
@pytest.mark.parametrize("name", RULED)
def test_what_the_rule_does_not_offer_is_refused(
    name: str, people: tuple[str, ...], world: World
) -> None:
    """And a HEAD gets what a GET does."""
    others = [method for method in METHODS if method not in offered(name) or method == "HEAD"]
    assert mismatches(name, world, people, others) == []


BY_COOKIE = [name for name in RULED if not (RULES[name].is_secret or RULES[name].is_api)]


@pytest.mark.parametrize("name", [name for name in RULED if RULES[name].is_api])
def test_no_cookie_opens_the_api(name: str, world: World) -> None:
    """So no other site can call it in the name of somebody: no token of a form is needed."""
    url, client = address(name, world), clients(world)[Role.BUYER]
    statuses = {ask(client, m, url, RULES[name].body).status_code for m in offered(name)}
    assert statuses == {401}


@pytest.mark.parametrize("name", BY_COOKIE)
def test_an_unsafe_request_without_its_token_is_refused(name: str, world: World) -> None:
    url = address(name, world)
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.buyer)
    answers = {method: ask(client, method, url).status_code for method in UNSAFE}
    assert answers == dict.fromkeys(UNSAFE, 403)


@pytest.mark.parametrize("name", [name for name in RULED if RULES[name].is_secret])
def test_only_the_secret_of_an_address_opens_it(name: str, world: World) -> None:
    """No cookie helps, so there is none for another site to use: a wrong secret is nothing at all."""
    url = address(name, world)
    secret = world.letter_secret if RULES[name].is_letter else world.secret
    wrong = url.replace(secret, secret[::-1])
    for person in (ANONYMOUS, Role.BUYER, STRANGER):
        client = clients(world)[person]
        assert {ask(client, method, wrong).status_code for method in offered(name)} == {404}
    response: Any = ask(Client(), "GET" if RULES[name].get else "POST", url)
    assert response.cookies == {}
    assert response.headers["Referrer-Policy"] == "no-referrer"


SECRET_PARTS = {"secret", "token"}
WITH_SECRET = [n for n in RULED if SECRET_PARTS & ROUTES[n].pattern.regex.groupindex.keys()]


@pytest.mark.parametrize("name", WITH_SECRET)
def test_the_log_never_holds_the_secret_of_an_address(name: str, world: World) -> None:
    url = address(name, world)
    secrets = {world.secret, world.letter_secret, world.invited[1]}
    assert any(secret in url for secret in secrets)
    assert not any(secret in logs.mask(url) for secret in secrets)


@pytest.mark.parametrize("name", [name for name in RULED if RULES[name].of])
def test_a_stranger_cannot_tell_an_object_from_nothing(name: str, world: World) -> None:
    there, nowhere = address(name, world), address(name, world, real=False)
    people = clients_of(RULES[name], world)
    asked = [
        (people[person], method)
        for person in (*STRANGERS, BENEFICIARY)
        for method in ("GET", *UNSAFE)
        for who in [RULES[name].who(method)]
        if who and person not in who.people
    ]
    assert asked
    for client, method in asked:
        given, of_nothing = (ask(client, method, url, RULES[name].body) for url in (there, nowhere))
        assert given.status_code == of_nothing.status_code == 404
        assert TOKEN.sub(b"", given.content) == TOKEN.sub(b"", of_nothing.content)


@pytest.mark.parametrize("name", [name for name in RULED if not RULES[name].of])
def test_a_page_of_nobody_shows_nothing_of_a_facility(name: str, world: World) -> None:
    told = {world.facility.name} if RULES[name].tells_facility else set()
    secrets = set(world.secrets) - told
    people = clients_of(RULES[name], world)
    if RULES[name].get:
        url = address(name, world)
        for person in STRANGERS:
            text = people[person].get(url).content.decode(errors="replace")
            assert [secret for secret in secrets if secret in text] == []
