"""The state machine of a tender: who may do what, at which stage, and nothing else.

A ``Place`` is what stands at one stage. An ``Action`` is a POST that would be valid: it names a route,
writes the body, and says at which stages it is done. ``mismatches`` sends it as several people
and compares all the rows of the application before and after, so that a refusal that writes is
seen. Each try is undone: one place serves them all.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.messages import WARNING
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from .matrix import RULES
from .rules import ANONYMOUS, INSIDERS, PEOPLE, Rule
from .test_matrix import READS, ROUTES, UPKEEP
from .world import World

Body = dict[str, Any]
APPS = ("checklists", "vendors")
BESIDE = ("common.AuditEvent", "common.JournalHead", "django_tasks_database.DBTaskResult")
REFUSALS = {403, 404, 409, 410, 422}
SHOWN_AGAIN = 200
"""A page that shows its form again with the reason, as some do without a status of their own."""

ALIKE = {
    "analysed": "compared",
    "informal": "assessment",
    "signed_assessment": "assessment",
    "letter": "party",
    "sent_exchange": "exchange",
}
"""Objects of the matrix that are the same thing at another of its stages."""


@dataclass
class Place:
    """What stands at one stage: the objects that addresses name, and what bodies need."""

    world: World
    stage: str = ""
    objects: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.objects[name]

    def refresh(self) -> None:
        """Read every object again, with nothing that a former step had kept beside it."""
        for name, one in self.objects.items():
            self.objects[name] = type(one)._base_manager.get(pk=one.pk)


@dataclass(frozen=True)
class Action:
    """A POST of a route, and the stages at which it is done by those whose right it is."""

    route: str
    stages: frozenset[str]
    body: Callable[[Place], Body] = lambda _place: {}
    parts: dict[str, Any] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    """When the act itself narrows the rule of the route: those who do it here."""

    what: str = ""
    query: Callable[[Place], str] = lambda _place: ""
    as_json: bool = False
    quiet: bool = False
    """Elsewhere the answer leads to where it was done already, without a word of refusal."""

    @property
    def name(self) -> str:
        return f"{self.route} {self.what}".strip()

    @property
    def rule(self) -> Rule:
        return RULES[self.route]

    @property
    def people(self) -> frozenset[str]:
        who = self.rule.who("POST")
        assert who
        return self.only or who.people

    def address(self, place: Place) -> str | None:
        """Return the address at a place; None when what it names is not there yet."""
        wanted = ROUTES[self.route].pattern.regex.groupindex
        key = ALIKE.get(self.rule.of, self.rule.of)
        if key and key not in place.objects:
            return None
        values = {"pk": place[key].pk} if key else {}
        values |= {name: value for name, value in place.parts.items() if name not in values}
        values |= self.parts
        if set(wanted) - set(values):
            return None
        return reverse(self.route, kwargs={name: values[name] for name in wanted}) + self.query(
            place
        )


@cache
def tables() -> list[str]:
    """The tables of what people act on, of the journal, and of what is queued."""
    models = [
        model
        for label in APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    models += [apps.get_model(name) for name in BESIDE]
    return sorted(model._meta.db_table for model in models)


def fingerprint() -> dict[str, str]:
    """A hash of all the rows, table by table."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = sorted(map(repr, cursor.fetchall()))
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def changed(before: dict[str, str]) -> list[str]:
    """The tables in which a row is not what it was."""
    now = fingerprint()
    return sorted(table for table in now if now[table] != before[table])


class Writes:
    """The statements that may have changed a row of ours: without one, nothing is to be compared."""

    def __init__(self) -> None:
        self.found = False

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        reads = sql.lstrip("( \n").upper().startswith(READS)
        self.found |= not reads and not any(table in sql for table in UPKEEP)
        return execute(sql, *rest)


def clients(place: Place) -> dict[str, Client]:
    """One browser a person, signed in."""
    made = {ANONYMOUS: Client()}
    for person, user in place.world.people.items():
        made[person] = Client()
        made[person].force_login(user)
    return made


@dataclass(frozen=True)
class Told:
    """What a POST was answered, and the tables that it changed."""

    status: int
    has_warning: bool
    tables: list[str]

    @property
    def is_done(self) -> bool:
        return self.status in (200, 302) and not self.has_warning and bool(self.tables)

    def is_refused(self, *, quietly: bool) -> bool:
        says = self.status in REFUSALS or self.status == SHOWN_AGAIN
        says = says or (self.status == 302 and (self.has_warning or quietly))
        return says and not self.tables

    @property
    def is_kept_out(self) -> bool:
        """The answer to who has no right at all: 403, 404, or the sign-in page."""
        return not self.tables and self.status in (302, 401, 403, 404)


def told(client: Client, url: str, body: Body, before: dict[str, str], *, as_json: bool) -> Told:
    """Send one POST, see what it wrote, and take that back."""
    writes = Writes()
    with transaction.atomic():
        with connection.execute_wrapper(writes):
            response: Any = (
                client.post(url, json.dumps(body), content_type="application/json")
                if as_json
                else client.post(url, body)
            )
        said = getattr(response.wsgi_request, "_messages", None)
        levels = [message.level for message in said._queued_messages] if said else []
        tables = changed(before) if writes.found else []
        found = Told(response.status_code, any(n >= WARNING for n in levels), tables)
        transaction.set_rollback(True)
    client.cookies.pop("messages", None)
    return found


def two_of(action: Action) -> tuple[str, str]:
    """One person whose right it is, and one of the facility whose it is not."""
    able = next(person for person in PEOPLE if person in action.people)
    unable = next((one for one in reversed(INSIDERS) if one not in action.people), ANONYMOUS)
    return able, unable


def mismatches(
    place: Place, actions: Iterable[Action], *, everybody: bool
) -> Iterator[tuple[str, str, Told]]:
    """Yield each action and person whose answer is not what the table says."""
    browsers, before = clients(place), fingerprint()
    for action in actions:
        url = action.address(place)
        if url is None:
            assert place.stage not in action.stages, (action.name, place.stage)
            continue
        try:
            body = action.body(place)
        except KeyError:  # what is typed names something that is not there yet
            body = {}
        for person in PEOPLE if everybody else two_of(action):
            found = told(browsers[person], url, body, before, as_json=action.as_json)
            refused = found.is_refused(quietly=action.quiet)
            if person not in action.people:
                agrees = found.is_kept_out or refused
            elif place.stage in action.stages:
                agrees = found.is_done
            else:
                agrees = refused
            if not agrees:
                yield action.name, person, found
            _rewind(body)


def _rewind(body: Body) -> None:
    """A file that was sent is read again by the next try."""
    for value in body.values():
        if hasattr(value, "seek"):
            value.seek(0)
