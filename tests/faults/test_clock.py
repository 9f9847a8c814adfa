"""The clock of the machine is moved: nothing acknowledged is lost, and everything goes on."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from checklists.models import Assessment, Score
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal, queue
from uniha_clausier.common.models import AuditEvent, TaskTrace

HOURS = [0, -1, 24, -72, 0.5, -0.01, 24 * 40, 0]
"""Where the clock stands at each save, in hours from now."""


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def save(buyer: User, assessment: Assessment, value: str, version: int) -> Any:
    client = Client()
    client.force_login(buyer)
    url = reverse("checklists:assessment_point", args=[assessment.pk, "O-7.2"])
    return client.post(url, {"field": "comment", "value": value, "version": version})


def test_every_save_counts_in_the_order_of_the_saves(buyer: User, assessment: Assessment) -> None:
    began = timezone.now()
    before = AuditEvent.objects.filter(tenant=assessment.facility_id).count()
    for number, hours in enumerate(HOURS):
        with time_machine.travel(began + dt.timedelta(hours=hours), tick=False):
            answer = save(buyer, assessment, f"Texte {number}", number)
            assert (answer.status_code, answer.json()["version"]) == (200, number + 1)
    kept = Score.objects.get(assessment=assessment, item__point__ref="O-7.2")
    assert kept.comment == f"Texte {len(HOURS) - 1}"
    events = AuditEvent.objects.filter(tenant=assessment.facility_id, seq__gt=before)
    told = [json.dumps(event.data, ensure_ascii=False) for event in events.order_by("seq")]
    assert len(told) == len(HOURS)
    assert all(f"Texte {number}" in data for number, data in enumerate(told))
    assert list(journal.verify()) == []


def test_a_session_that_a_wrong_clock_ended_is_opened_again(client: Client, buyer: User) -> None:
    client.force_login(buyer)
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        assert client.get("/compte/").status_code == 302
        client.force_login(buyer)
        assert client.get("/compte/").status_code == 200
    assert client.get("/compte/").status_code == 200


class TestQueue:
    @pytest.fixture
    def held(self, assessment: Assessment, buyer: User) -> queue.Hold:
        from checklists import tasks

        tasks.request_document(assessment=assessment, by=buyer)
        row = DBTaskResult.objects.ready().get()
        row.claim("worker")
        return queue.take(row)

    def test_a_clock_set_back_leaves_no_task_to_a_dead_worker(self, held: queue.Hold) -> None:
        with time_machine.travel(timezone.now() - dt.timedelta(hours=5), tick=False):
            assert queue.recover() == 1
            assert queue.renew(held) is False

    def test_a_clock_set_back_leaves_its_task_to_a_worker_that_lives(
        self, held: queue.Hold
    ) -> None:
        with time_machine.travel(timezone.now() - dt.timedelta(hours=5), tick=False):
            assert queue.renew(held)
            assert queue.recover() == 0

    def test_a_clock_set_forward_gives_the_task_away_once(self, held: queue.Hold) -> None:
        with time_machine.travel(timezone.now() + dt.timedelta(hours=5), tick=False):
            assert queue.recover() == 1
            assert queue.recover() == 0
            assert queue.renew(held) is False
        assert TaskTrace.objects.get(task=held.task).losses == 1
