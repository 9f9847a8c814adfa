"""No request reads a large table from end to end: twenty thousand assessments, every route.

The routes and who may call them come from the matrix of access, what is done at each stage from its
tables of acts; the plans from PostgreSQL itself.
"""

import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any

import pytest
from django.contrib.messages import WARNING
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from checklists.models import Assessment, Checklist, Finding, Score
from tests import factories
from tests.access import letter_stages, tender_stages, tender_table
from tests.access.matrix import RULES
from tests.access.rules import ANONYMOUS, INSIDERS, OPERATOR_ROLE, STRANGER, Rule
from tests.access.states import Action, Place, Writes, two_of
from tests.access.test_matrix import DONE, RULED, address, ask, clients_of
from tests.access.world import World
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from vendors.models import Candidacy, Lot, Tender, Vendor

from .scale import plans

ASSESSMENTS = int(os.environ.get("PLANS_SIZE", "20000"))
FEW = 6
"""Statements shown of a route that fails: one is mended after the other."""

ELSEWHERE = (
    "openid_",
    "checklists:assessment_findings ",
    "checklists:finding_save ",
    "checklists:point_files ",
)
"""What the world of the matrix has and this one lacks: an identity provider, a declaration of no
conflict, an offer that takes files. What is done of the last three is read by the acts.
"""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="COPY is PostgreSQL's"
    ),
]


class LoadedWorld(World):
    """The world of the matrix, standing in the witness facility of a large installation."""

    def __init__(self, facility: int) -> None:
        self.facility_id = facility

    @cached_property
    def facility(self) -> Facility:
        return Facility.objects.get(pk=self.facility_id)

    @cached_property
    def people(self) -> dict[str, User]:
        """Those who were loaded: they wrote what is there."""
        other = Facility.objects.exclude(pk=self.facility_id).earliest("pk")
        found = {role: _member(self.facility, role) for role in INSIDERS}
        found[Role.CISO].set_password(factories.PASSWORD)  # typed again to give a visa
        found[Role.CISO].save(update_fields=["password"])
        operator = User.objects.create(email="operator@example.org", is_operator=True)
        return found | {OPERATOR_ROLE: operator, STRANGER: _member(other, Role.BUYER)}

    @cached_property
    def tender(self) -> Tender:
        return Tender.objects.get(facility=self.facility, reference__contains="-T")

    @cached_property
    def lot(self) -> Lot:
        return self.tender.lots.get()

    @cached_property
    def published(self) -> Checklist:
        return self.lot.checklists.get()

    @cached_property
    def candidacy(self) -> Candidacy:
        return self.lot.candidacies.earliest("pk")

    @cached_property
    def vendor(self) -> Vendor:
        return self.candidacy.vendor

    @cached_property
    def assessment(self) -> Assessment:
        return self.candidacy.assessments.get()


def _member(of: Facility, role: str) -> User:
    found = User.objects.filter(memberships__facility=of, memberships__role=role)
    return found.earliest("pk")


@pytest.fixture
def world(transactional_db: None) -> LoadedWorld:
    from .scale import loading
    from .scale.shape import Size

    call_command("load_clausiers", stdout=io.StringIO())
    return LoadedWorld(loading.load(Size.of(ASSESSMENTS)).witness)


def test_no_request_reads_a_large_table_whole(world: LoadedWorld) -> None:
    large = plans.large_tables()
    assert {"checklists_answer", "checklists_score", "checklists_finding"} <= large
    assert {"common_auditevent", "checklists_assessment", "checklists_evidence"} <= large
    found, undone, seen, sent = [], list[str](), 0, Counter[str]()
    for kind, name, send in _acts(world):
        with plans.explained() as told:
            answer = send()
        elsewhere = any(route in name for route in ELSEWHERE)
        if kind == "request" and answer.status_code not in DONE and not elsewhere:
            undone.append(f"{name}: {answer.status_code}")
        if kind == "act":
            undone += [f"{name}: {one}" for one in answer]
        seen += len(told.plans)
        sent[kind] += 1
        scans = set().union(*(plans.scans(plan, large) for plan in told.plans))
        found += [f"{name}\n{scan.table} : {scan.sql}" for scan in sorted(scans)[:FEW]]
    print(f"{dict(sent)} ; {seen} plans")
    assert seen > 3_000
    assert sent["act"] == len(ACTIONS) - 1  # no link is given in a formal procedure
    assert not undone, "\n".join(undone)
    assert not found, "\n\n".join(found)


def _acts(world: LoadedWorld) -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """Each request with its kind and name, ready to be sent: what they need is made before any is."""
    for name, client, method, url, body in list(_requests(world)):
        yield "request", f"{method} {name} {url}", partial(ask, client, method, url, body)
    for who, url, form in list(_saves(world)):
        client = Client()
        client.force_login(world.people[who])
        yield "save", f"POST {url}", partial(_save, client, url, form)
    for action, place in _stages(world):
        yield "act", f"{action.name} ({place.stage})", partial(_do, action, place)


def _requests(world: LoadedWorld) -> Iterator[tuple[str, Client, str, str, str]]:
    """Each route by each method that it offers, once by somebody who may; the lists in their ways."""
    for name in RULED:
        rule = RULES[name]
        url, people = address(name, world), clients_of(rule, world)
        for method in ("GET", "POST", "PATCH"):
            if rule.who(method):
                yield name, people[_who(rule, method)], method, url, rule.body
    buyer = Client()
    buyer.force_login(world.people[Role.BUYER])
    for url in LISTS:
        yield "list", buyer, "GET", url, ""


LISTS = (
    "/consultations/?q=imagerie",
    "/consultations/?q=portalune&etat=finished&tri=-avancement",
    "/consultations/?etat=assessing&tri=-etat",
    "/consultations/?procedure=open&tri=candidats&page=3",
    "/fournisseurs/?q=medi",
    "/fournisseurs/?page=2",
    "/conservation/?etat=due",
    "/conservation/?q=dossier",
    "/mes-points/?page=2",
)


def _who(rule: Rule, method: str) -> str:
    """The buyer, when the rule lets one in: the person who has most to read."""
    group = rule.who(method)
    assert group is not None
    return str(Role.BUYER) if Role.BUYER in group.people else min(group.people)


def _saves(world: LoadedWorld) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What people do all day: a score, a finding. Who, where, and the form."""
    [score] = Score.objects.filter(assessment=world.assessment, value="")[:1]
    yield (
        Role.BUYER,
        reverse("checklists:assessment_point", args=[world.assessment.pk, score.item.point.ref]),
        {"field": "score", "value": "partial", "version": 0},
    )
    found = Finding.objects.filter(assessment__candidacy__lot=world.lot, role=Role.CISO)
    one = found.select_related("item__point").earliest("pk")
    yield (
        Role.CISO,
        reverse("checklists:finding_save", args=[one.assessment_id, one.item.point.ref]),
        {
            "role": Role.CISO,
            "field": "finding",
            "value": "question",
            "version": one.version,
            "answer": one.answer_version,
        },
    )


def _save(client: Client, url: str, form: dict[str, Any]) -> None:
    response = client.post(url, form, headers={"origin": "http://testserver"})
    assert response.status_code == 200, response.content


# -- The acts --------------------------------------------------------------------------------------

TABLES = (
    (tender_table.ACTIONS, tender_stages.place_at),
    (letter_stages.LETTER_ACTIONS, letter_stages.place_at),
    (letter_stages.LINK_ACTIONS, letter_stages.place_at),
)
ACTIONS = [action for actions, _ in TABLES for action in actions]


def _stages(world: LoadedWorld) -> Iterator[tuple[Action, Place]]:
    """Each act of the tables, at one stage where it is done: as few stages as hold them all."""
    for actions, place_at in TABLES:
        left = [action for action in actions if action.stages]
        while left:
            counts = Counter(stage for action in left for stage in sorted(action.stages))
            stage, _ = counts.most_common(1)[0]
            place = place_at(stage, world)
            yield from ((action, place) for action in left if stage in action.stages)
            left = [action for action in left if stage not in action.stages]


def _do(action: Action, place: Place) -> list[str]:
    """Send what somebody does there, and take it back; return what says that it was not done."""
    who, url, body = two_of(action)[0], action.address(place), action.body(place)
    client, writes = Client(), Writes()
    if who != ANONYMOUS:
        client.force_login(place.world.people[who])
    assert url
    with transaction.atomic():
        with connection.execute_wrapper(writes):
            response: Any = (
                client.post(url, json.dumps(body), content_type="application/json")
                if action.as_json
                else client.post(url, body)
            )
        said = getattr(response.wsgi_request, "_messages", None)
        warned = [str(one) for one in said._queued_messages if one.level >= WARNING] if said else []
        transaction.set_rollback(True)
    is_done = response.status_code in (200, 302) and not warned and writes.found
    return [] if is_done else [f"{response.status_code} {warned}"]
