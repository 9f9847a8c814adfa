"""Two browsers write the same points in any order: nothing that one of them did not see is lost."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checklists.models import Answer, Assessment, Score
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

REFS = ("O-7.1", "O-7.2")
FIELDS = ("score", "comment", "claim_text")
VALUES = {
    "score": ("compliant", "partial", "non_compliant", ""),
    "comment": ("Vu.", "À revoir.", "Vu avec l’éditeur.", ""),
    "claim_text": ("Page 12", "Annexe 3", ""),
}

Cell = tuple[str, str]


class Browser:
    """What one page knows: of each field, the value it shows and the version it was read at."""

    def __init__(self, assessment: Assessment, user: User) -> None:
        self.assessment, self.user = assessment, user
        self.client = Client()
        self.client.force_login(user)
        self.seen: dict[Cell, str] = {(ref, field): "" for ref in REFS for field in FIELDS}
        self.versions: dict[Cell, int] = dict.fromkeys(self.seen, 0)
        self.since = 0

    def save(self, cell: Cell, value: str) -> Any:
        ref, field = cell
        url = reverse("checklists:assessment_point", args=[self.assessment.pk, ref])
        data = {"field": field, "value": value, "version": self.versions[cell]}
        return self.client.post(url, data)

    def learn(self, cell: Cell, value: str, version: int) -> None:
        self.seen[cell], self.versions[cell] = value, version

    def hear(self) -> None:
        """The sign of life: what the other one wrote comes into the page."""
        url = reverse("checklists:assessment_presence", args=[self.assessment.pk])
        heard = self.client.post(url, {"since": self.since}).json()
        self.since = heard["since"]
        for change in heard["changes"]:
            cell = (change["ref"], change["field"])
            if cell in self.seen and change["version"] > self.versions[cell]:
                self.learn(cell, change["value"], change["version"])


def stored(assessment: Assessment, cell: Cell) -> str:
    ref, field = cell
    tables: dict[str, tuple[type[Answer] | type[Score], str]] = {
        "score": (Score, "value"),
        "comment": (Score, "comment"),
        "claim_text": (Answer, "text"),
    }
    model, column = tables[field]
    row = model.objects.get(assessment=assessment, item__point__ref=ref)
    return str(getattr(row, column))


def history(assessment: Assessment, cell: Cell) -> set[str]:
    ref, field = cell
    events = AuditEvent.objects.filter(subject=f"assessment/{assessment.pk}/{ref}")
    data = [event.data for event in events if event.data["field"] == field]
    return {one[key] for one in data for key in ("before", "after", "refused") if key in one}


edits = st.sampled_from(
    [(ref, field, value) for ref in REFS for field in FIELDS for value in VALUES[field]]
)
steps = st.tuples(st.integers(0, 1), st.one_of(edits, st.none()), st.booleans())


@pytest.mark.long
@pytest.mark.django_db
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(steps, min_size=2, max_size=14))
def test_no_interleaving_overwrites_silently(
    buyer: User, facility: Facility, story: list[tuple[int, tuple[str, str, str] | None, bool]]
) -> None:
    with transaction.atomic():
        assessment = factories.assessment(buyer, facility)
        browsers = [Browser(assessment, buyer), Browser(assessment, factories.member(facility))]
        for who, edit, keeps_mine in story:
            if edit is None:
                browsers[who].hear()
            else:
                write(browsers[who], edit[:2], edit[2], keeps_mine)
        transaction.set_rollback(True)


def write(browser: Browser, cell: Cell, value: str, keeps_mine: bool) -> None:
    """One edit, and the choice of the person when somebody else was faster."""
    before = stored(browser.assessment, cell)
    answer = browser.save(cell, value)
    body = answer.json()
    if answer.status_code == 409:
        # Nothing was written, both values are shown, and the one that lost is kept.
        assert before != browser.seen[cell] or before != value
        assert (stored(browser.assessment, cell), body["theirs"]) == (before, before)
        assert value in history(browser.assessment, cell)
        browser.learn(cell, before, body["version"])
        if not keeps_mine:
            return
        answer = browser.save(cell, value)
        body = answer.json()
    assert answer.status_code == 200
    # Only a value that the person had seen, or had just been shown, was replaced.
    assert before in (browser.seen[cell], value)
    assert stored(browser.assessment, cell) == value
    assert before == value or {before, value} <= history(browser.assessment, cell)
    browser.learn(cell, value, body["version"])


def test_different_fields_of_one_point_merge(buyer: User, facility: Facility) -> None:
    assessment = factories.assessment(buyer, facility)
    mine, theirs = Browser(assessment, buyer), Browser(assessment, factories.member(facility))
    said = [
        mine.save(("O-7.1", "score"), "partial"),
        theirs.save(("O-7.1", "comment"), "Vu avec l’éditeur."),
        mine.save(("O-7.1", "claim_text"), "Page 12"),
    ]
    assert [answer.status_code for answer in said] == [200, 200, 200]
    row = Score.objects.get(assessment=assessment, item__point__ref="O-7.1")
    assert (row.value, row.comment) == ("partial", "Vu avec l’éditeur.")
