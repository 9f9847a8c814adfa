"""Fields that are not those of the person are refused or ignored: nothing is written (QUALITY 3).

A candidate behind their link gives no score and no finding, a buyer no finding, and nobody a row's
owner, state or version: whatever is added to what a page sends, the database ends the same.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import time_machine
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from checklists.models import Answer, AnswerLink, Assessment, Finding, Score
from tests import factories
from tests.access.matrix import FINDING, RULES
from tests.access.test_matrix import RULED, address, clients_of
from tests.access.world import World
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User

from .foreign import Rows, batched, columns, differences, fields_of, filled, rows
from .harvest import PAGES, Form, forms_on, route_of

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
JSON = "application/json"
SIGN_OUT = "account_logout"


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """The clock stands still: two equal requests write the same."""
    with time_machine.travel(NOW, tick=False):
        yield World()


def written_by(act: Callable[[], HttpResponse]) -> tuple[int, Rows]:
    """Do one request, and take back what it wrote."""
    with transaction.atomic():
        status = act().status_code
        held = rows()
        transaction.set_rollback(True)
    return status, held


def post(
    client: Client, url: str, sent: dict[str, Any], **headers: str
) -> Callable[[], HttpResponse]:
    def act() -> HttpResponse:
        session = copy.deepcopy(client.cookies)
        response: Any = client.post(url, sent, headers=headers)
        client.cookies = session  # signing out is a form too, and its database is taken back
        return cast("HttpResponse", response)

    return act


# -- One field at a time: a script names the field that it writes ----------------------------------

WRITTEN = {
    "checklists:answer_point": {"claim", "claim_text"},
    "checklists:assessment_point": {"claim", "claim_text", "score", "comment"},
    "checklists:finding_save": {"finding", "comment", "sharing"},
}
"""The routes of the scripts, and all that each may write."""

NEAR = columns(Answer, Score, Finding, Assessment, AnswerLink, User)
"""What somebody would try there."""

WHO = {"checklists:finding_save": Role.CISO}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_script_writes_the_fields_of_its_page_and_no_other(name: str, world: World) -> None:
    url = address(name, world)
    client = clients_of(RULES[name], world)[WHO.get(name, Role.BUYER)]
    before = rows()
    told = {"version": "0", "answer": "0", "role": "ciso"}
    own = min(WRITTEN[name])
    status, after = written_by(
        post(client, url, told | {"field": own, "value": first_value(own)}, accept=JSON)
    )
    assert status == 200
    assert after != before
    others = {one: value for one, value in NEAR.items() if one not in WRITTEN[name]}
    refused = {
        column: post(
            client, url, told | {"field": column, "value": value}, accept=JSON
        )().status_code
        for column, value in others.items()
    }
    assert refused == dict.fromkeys(others, 422)
    assert list(differences(before, before, rows())) == []


def first_value(field: str) -> str:
    return {"claim": "yes", "comment": "Vu."}[field]


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_what_is_added_to_a_save_changes_nothing(name: str, world: World) -> None:
    url = address(name, world)
    client = clients_of(RULES[name], world)[WHO.get(name, Role.BUYER)]
    own = min(WRITTEN[name])
    sent = {"field": own, "value": first_value(own), "version": "0", "answer": "0", "role": "ciso"}
    assert changed_by(client, url, sent, fields_of(["O-7.2."], sent)) == []


def test_a_batch_writes_only_the_fields_of_the_grid(world: World) -> None:
    url = address("checklists:assessment_together", world)
    client = clients_of(RULES["checklists:assessment_together"], world)[Role.BUYER]
    edit = {"ref": "O-7.1", "field": "score", "value": "partial", "version": 0}

    def send(extra: dict[str, Any], of_edit: dict[str, Any]) -> Callable[[], HttpResponse]:
        content = json.dumps({"act": "bulk", "edits": [edit | of_edit]} | extra)
        return lambda: client.post(url, content, content_type=JSON)  # type: ignore[return-value]

    (status, plain), (_status, again) = written_by(send({}, {})), written_by(send({}, {}))
    assert status == 200
    assert plain["checklists_score"] != list(rows()["checklists_score"])
    extra = fields_of([], {"act", "edits", *edit})
    status, after = written_by(send(extra, extra))
    assert (status, list(differences(plain, again, after))) == (200, [])
    before = rows()
    others = NEAR.keys() - WRITTEN["checklists:assessment_point"]
    refused = {column: send({}, {"field": column})().status_code for column in others}
    assert refused == dict.fromkeys(others, 422)
    assert list(differences(before, before, rows())) == []


# -- The API ----------------------------------------------------------------------------------------

UNSAFE = [n for n in RULED if RULES[n].is_api and any((RULES[n].post, RULES[n].patch))]


def test_the_api_writes_by_the_routes_tested_here() -> None:
    assert UNSAFE == ["api:finding_save"]


@pytest.mark.parametrize("name", UNSAFE)
def test_the_api_refuses_a_key_that_it_does_not_describe(
    name: str, world: World, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {}
    url = address(name, world)
    client = clients_of(RULES[name], world)[Role.CISO]
    sent = json.loads(FINDING)

    def send(extra: dict[str, Any]) -> Callable[[], HttpResponse]:
        content = json.dumps(sent | extra)
        return lambda: client.patch(url, content, content_type=JSON)  # type: ignore[return-value]

    before = rows()
    status, after = written_by(send({}))
    assert status == 200
    assert after != before
    others = fields_of([], {*sent, "comment", "sharing"})
    refused = {column: send({column: value})().status_code for column, value in others.items()}
    assert refused == dict.fromkeys(others, 422)
    assert list(differences(before, before, rows())) == []


# -- The forms ---------------------------------------------------------------------------------------

REFUSED = 422
AT_ONCE = 300
"""Fields added to one form: past some thousands in all, the whole is refused unread."""

PREFIX = re.compile(r"^(.+[.-])[a-z_]+$")


def changed_by(client: Client, url: str, sent: dict[str, Any], extra: dict[str, Any]) -> list[str]:
    """What ``extra`` writes beside what ``sent`` writes alone."""
    (status, plain), (_status, again) = (written_by(post(client, url, sent)) for _ in range(2))
    found = []
    for some in batched(extra.items(), AT_ONCE):
        now, forged = written_by(post(client, url, sent | dict(some)))
        found += [f"{url}: {one}" for one in differences(plain, again, forged)]
        found += [f"{url}: {status}, then {now}"] if now not in {status, REFUSED} else []
    return found


def changed_by_form(client: Client, form: Form) -> list[str]:
    names = {one.name for one in form.fields}
    prefixes = {found[1] for name in names if (found := PREFIX.match(name))}
    return changed_by(client, form.url, filled(form), fields_of(sorted(prefixes)[:3], names))


def posted(name: str, world: World) -> list[tuple[Client, Form]]:
    """The forms of a page that write; signing out is on each page, and once is enough."""
    return [
        (client, form)
        for client, form in forms_on(name, world)
        if form.method == "post" and (route_of(form) != SIGN_OUT or name == SIGN_OUT)
    ]


@pytest.mark.parametrize(
    "name",
    ["checklists:answer_chapter", "checklists:assessment_grid", "checklists:assessment_findings"],
)
def test_a_page_of_points_takes_only_its_own_fields(name: str, world: World) -> None:
    forms = posted(name, world)
    assert forms
    assert [wrong for client, form in forms for wrong in changed_by_form(client, form)] == []


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_no_form_takes_a_column_that_it_does_not_show(name: str, world: World) -> None:
    found = [
        wrong for client, form in posted(name, world) for wrong in changed_by_form(client, form)
    ]
    assert found == []


def test_what_a_form_shows_is_seen_to_be_written(world: World) -> None:
    """The comparison sees a value that is taken: it could fail."""
    [form] = [
        form for _c, form in posted("vendors:tender_edit", world) if "title" in form.untouched()
    ]
    client = clients_of(RULES["vendors:tender_edit"], world)[Role.BUYER]
    assert changed_by(client, form.url, form.untouched(), {"title": "Un autre titre"})


def test_a_candidate_writes_nothing_of_another(world: World) -> None:
    """Behind a link, the numbers of other rows lead nowhere."""
    url = address("checklists:answer_chapter", world)
    other = factories.informal_assessment(world.buyer, world.facility)
    before = list(Score.objects.filter(assessment=other).values())
    sent = {"versions": "O-7.1:0:0", "O-7.1.claim": "yes", "assessment": str(other.pk)}
    sent |= {"assessment_id": str(other.pk), "pk": str(other.pk), "link": "1"}
    assert Client().post(url, sent).status_code == 302
    other.refresh_from_db()
    assert other.answered == 0
    assert list(Score.objects.filter(assessment=other).values()) == before
    assert not other.answers.exclude(value="").exists()
