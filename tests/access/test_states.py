"""Each stage of a tender × each act × each person: only what the table says is done.

As ``test_matrix.py`` tries the roles on one object each, this tries the stages. A POST that no
table names fails ``test_every_act_is_in_a_table``, by its name.
"""

import json

import pytest
from django.db import transaction
from django.db.models import Max
from django.test import Client

from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from uniha_clausier.common.models import AuditEvent

from . import letter_stages, tender_stages, tender_table
from .matrix import RULES
from .states import Action, Body, changed, fingerprint, mismatches, told, two_of

pytestmark = pytest.mark.long

ALONE = {
    "own_factors",
    "own_identity",
    "own_session",
    "own_token",
    "facility",
    "group",
    "invitation",
    "given_up",
    "delegation",
    "vendor",
    "certificate",
    "comment_template",
    "saved_profile",
}
"""Objects of a person, of a facility or of its catalogue: no stage of a tender is theirs."""

TURNS = ("draft", "closed", "assessing", "decided", "stopped", "returned", "signed")
"""Where most acts begin or end: these are tried each time, the other stages by the long tests."""


LETTER_ACTIONS = letter_stages.LETTER_ACTIONS
LINK_ACTIONS = letter_stages.LINK_ACTIONS
ACTIONS = [*tender_table.ACTIONS, *LETTER_ACTIONS, *LINK_ACTIONS]


def stages(*, turns: bool) -> list[str]:
    return [stage for stage in tender_stages.PATHS if (stage in TURNS) is turns]


def test_every_act_is_in_a_table() -> None:
    posts = {name: rule for name, rule in RULES.items() if rule.post}
    acts = {name for name, rule in posts.items() if rule.of and rule.of not in ALONE}
    acts |= {name for name, rule in posts.items() if rule.is_secret}
    assert acts == {action.route for action in ACTIONS} | set(tender_table.ELSEWHERE)


def test_every_act_is_done_at_a_stage_and_refused_at_another() -> None:
    """Else its body may be what is refused, or nothing would be."""
    stages_of = {action.name: action.stages for action in tender_table.ACTIONS}
    never = [name for name, found in stages_of.items() if not found]
    assert never == ["checklists:answer_link"]  # this procedure has none
    assert all(found <= set(tender_stages.PATHS) for found in stages_of.values())


def check(stage: str, *, everybody: bool) -> None:
    place = tender_stages.place_at(stage)
    wrong = list(mismatches(place, tender_table.ACTIONS, everybody=everybody))
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.parametrize("stage", stages(turns=True))
def test_only_what_the_table_says_is_done(stage: str, db: None) -> None:
    check(stage, everybody=False)


@pytest.mark.long
@pytest.mark.parametrize("stage", stages(turns=False))
def test_only_what_the_table_says_is_done_between_the_turns(stage: str, db: None) -> None:
    check(stage, everybody=False)


@pytest.mark.long
@pytest.mark.parametrize("stage", tender_stages.PATHS)
def test_only_what_the_table_says_is_done_by_anybody(stage: str, db: None) -> None:
    check(stage, everybody=True)


def check_letter(stage: str, *, everybody: bool) -> None:
    place = letter_stages.place_at(stage)
    actions = LETTER_ACTIONS if stage in letter_stages.LETTER else LINK_ACTIONS
    wrong = list(mismatches(place, actions, everybody=everybody))
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.parametrize("stage", letter_stages.LETTER | letter_stages.LINK)
def test_only_what_the_table_says_is_done_of_a_letter_or_a_link(stage: str, db: None) -> None:
    check_letter(stage, everybody=False)


@pytest.mark.long
@pytest.mark.parametrize("stage", letter_stages.LETTER | letter_stages.LINK)
def test_only_what_the_table_says_is_done_of_a_letter_by_anybody(stage: str, db: None) -> None:
    check_letter(stage, everybody=True)


# -- In whose place --------------------------------------------------------------------------------


def told_by(person: User, client: Client, url: str, action: Action, body: Body) -> list[AuditEvent]:
    """What the journal tells of one POST, which is taken back."""
    last = AuditEvent.objects.aggregate(last=Max("pk"))["last"]
    with transaction.atomic():
        if action.as_json:
            client.post(url, json.dumps(body), content_type="application/json")
        else:
            client.post(url, body)
        events = list(AuditEvent.objects.filter(pk__gt=last, actor=person.pk))
        transaction.set_rollback(True)
    client.cookies.pop("messages", None)
    return events


@pytest.mark.parametrize("stage", TURNS)
def test_each_act_of_a_deputy_says_in_whose_place_it_is_done(stage: str, db: None) -> None:
    place = tender_stages.place_at(stage)
    deputy = place.world.people["reader"]
    lent = factories.delegation(place.world.buyer, deputy, role=Role.BUYER)
    client, done = Client(), set()
    client.force_login(deputy)
    for action in tender_table.ACTIONS:
        url = action.address(place)
        if url is None or stage not in action.stages or "buyer" not in action.people:
            continue
        for event in told_by(deputy, client, url, action, action.body(place)):
            told = event.data.get("by_delegation_of", {})
            assert told.get("delegation") == lent.pk, (action.name, event.action)
            done.add(action.name)
    assert len(done) >= 5, done


# -- The control -----------------------------------------------------------------------------------


def test_a_change_of_one_row_is_seen_and_undone(db: None) -> None:
    place = tender_stages.place_at("draft")
    client, before = Client(), fingerprint()
    client.force_login(place.world.buyer)
    action = next(one for one in tender_table.ACTIONS if one.name.endswith("checklist_knock_out"))
    url = action.address(place)
    assert url
    seen = told(client, url, action.body(place), before, as_json=False)
    assert "checklists_checklistitem" in seen.tables
    assert "common_auditevent" in seen.tables
    assert changed(before) == []
    place["tender"].title = "Autre"
    place["tender"].save(update_fields=["title"])
    assert changed(before) == ["vendors_tender"]


def test_an_act_that_the_table_forbids_is_told(db: None) -> None:
    """And one that it allows where the application refuses."""
    place = tender_stages.place_at("published")
    annexes = Action("checklists:annexes_request", frozenset())
    edit = Action("checklists:checklist_discard", frozenset({"published"}))
    wrong = [name for name, _, _ in mismatches(place, [annexes, edit], everybody=False)]
    assert wrong == [annexes.route, edit.route]
    assert two_of(annexes) == ("buyer", "reader")
