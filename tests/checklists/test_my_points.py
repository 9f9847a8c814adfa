"""« Mes points »: what waits for a reviewer, the most urgent first, at a constant cost."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.domain import answering, findings
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from vendors.models import Tender

URL = reverse("checklists:my_points")
BOTH = [
    {"ref": "O-1.1", "condition": "ALWAYS", "answer_kind": "yes_no", "reviewers": ["ciso", "dpo"]},
    {"ref": "O-1.2", "condition": "ALWAYS", "answer_kind": "yes_no", "reviewers": ["ciso"]},
]


@pytest.fixture
def ciso(client: Client, facility: Facility) -> User:
    person = factories.member(facility, Role.CISO)
    client.force_login(person)
    return person


def started(by: User, at: Facility, *, days: int | None = None) -> Assessment:
    assessment = factories.assessment(by, at, on=factories.version(points=BOTH))
    if days is not None:
        tender = Tender.objects.filter(lots__candidacies__assessments=assessment)
        tender.update(deadline=timezone.now() - dt.timedelta(days=days))
    return assessment


def find(assessment: Assessment, by: User, ref: str, value: str = "favourable") -> None:
    edit = findings.Edit(ref, "finding", value, 99, 99)
    findings.save_finding(assessment_id=assessment.pk, role=Role.CISO, edit=edit, by=by)


def lines(client: Client) -> list[tuple[int, str]]:
    """The assessment and the figures of each line."""
    html = client.get(URL).content.decode()
    rows = re.findall(r"evaluations/(\d+)/constats/.*?(\d+ / \d+)", html, re.DOTALL)
    return [(int(pk), figures) for pk, figures in rows]


def test_the_oldest_deadline_comes_first_and_what_is_done_last(
    client: Client, buyer: User, facility: Facility, ciso: User
) -> None:
    done, late, recent, undated = (
        started(buyer, facility, days=days) for days in (90, 30, 2, None)
    )
    find(done, ciso, "O-1.1")
    find(done, ciso, "O-1.2")
    find(recent, ciso, "O-1.2")
    assert lines(client) == [
        (late.pk, "0 / 2"),
        (recent.pk, "1 / 2"),
        (undated.pk, "0 / 2"),
        (done.pk, "2 / 2"),
    ]
    html = client.get(URL).content.decode()
    assert "5 constats à donner" in html


def test_a_finding_to_review_is_left_again(
    client: Client, buyer: User, facility: Facility, ciso: User
) -> None:
    assessment = started(buyer, facility)
    find(assessment, ciso, "O-1.1")
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-1.1",
        field="claim",
        value="no",
        base_version=0,
        by=buyer,
    )
    assert lines(client) == [(assessment.pk, "0 / 2")]
    assert 'data-label="À revoir" class="num">1<' in client.get(URL).content.decode()


def test_each_role_held_has_its_line_and_only_its_points(
    client: Client, buyer: User, facility: Facility
) -> None:
    assessment = started(buyer, facility)
    client.force_login(factories.member(facility, Role.DPO, Role.CISO))
    assert lines(client) == [(assessment.pk, "0 / 2"), (assessment.pk, "0 / 1")]
    client.force_login(factories.member(facility, Role.BIOMEDICAL_ENGINEER))
    assert "Rien ne vous attend" in client.get(URL).content.decode()


def test_nothing_is_listed_before_the_opening_nor_elsewhere_nor_once_all_is_scored(
    client: Client, buyer: User, facility: Facility, ciso: User, stranger: User
) -> None:
    checklist = factories.published_checklist(buyer, facility)
    factories.started(checklist, buyer)
    started(stranger, factories.facility())
    scored = started(buyer, facility)
    for ref in ("O-1.1", "O-1.2"):
        answering.save_field(
            assessment_id=scored.pk,
            ref=ref,
            field="score",
            value="partial",
            base_version=0,
            by=buyer,
        )
    assert lines(client) == []


@pytest.mark.parametrize("number", [1, 4])
def test_the_cost_does_not_follow_the_number_of_assessments(
    client: Client,
    buyer: User,
    facility: Facility,
    ciso: User,
    number: int,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(number):
        find(started(buyer, facility), ciso, "O-1.1")
    client.get(URL)
    with django_assert_num_queries(11):
        client.get(URL)
