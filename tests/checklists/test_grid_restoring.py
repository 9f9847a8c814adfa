"""A past value of a point is put back by a button, and nothing newer is lost by it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checklists.domain import answering, restoring
from checklists.models import Assessment, Score
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent

REF = "O-7.2"


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def colleague(facility: Facility) -> User:
    return factories.member(facility, full_name="Paul Durand")


def write(assessment: Assessment, by: User, value: str, field: str = "score") -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref=REF, field=field, value=value, base_version=99, by=by
    )


def score(assessment: Assessment) -> Score:
    return Score.objects.get(assessment=assessment, item__point__ref=REF)


def event(value: str, field: str = "score") -> AuditEvent:
    return AuditEvent.objects.get(action=f"{field}.changed", data__after=value)


def post(
    client: Client, assessment: Assessment, seq: int, version: int, side: str = "after"
) -> Any:
    url = reverse("checklists:assessment_restore", args=[assessment.pk, REF])
    return client.post(url, {"event": seq, "side": side, "version": version})


def page(client: Client, assessment: Assessment) -> str:
    url = reverse("checklists:assessment_history", args=[assessment.pk, REF])
    return client.get(url).content.decode()


def offered(html: str) -> list[str]:
    """What the buttons of the page say that they put back."""
    found = re.findall(r'visually-hidden">\s*:\s*(.*?)</span>\s*</button>', html)
    return [" ".join(words.split()) for words in found]


def test_a_past_value_comes_back_as_a_change_that_says_where_it_came_from(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    write(assessment, buyer, "partial")
    write(assessment, buyer, "non_compliant")
    source = event("partial").seq
    response = post(signed_in, assessment, source, version=2)
    assert response.status_code == 302
    assert (score(assessment).value, score(assessment).version) == ("partial", 3)
    last = AuditEvent.objects.filter(action="score.changed").latest("seq")
    assert last.data == {
        "field": "score",
        "before": "non_compliant",
        "after": "partial",
        "version": 3,
        "restored_from": source,
    }
    html = page(signed_in, assessment)
    assert "« Partiel » est rétabli." in html.replace("\u00a0", " ")
    assert "valeur rétablie" in html
    assert list(journal.verify()) == []


def test_a_newer_value_is_never_overwritten(
    signed_in: Client, assessment: Assessment, buyer: User, colleague: User
) -> None:
    write(assessment, buyer, "partial")
    write(assessment, buyer, "non_compliant")
    write(assessment, colleague, "compliant")
    response = post(signed_in, assessment, event("partial").seq, version=2)
    html = response.content.decode()
    assert response.status_code == 409
    assert score(assessment).value == "compliant"
    assert "rien n’a été rétabli" in html and "Paul Durand" in html
    # The page that says so holds the newest version: asked again, it is done.
    version = re.search(r'name="version"\s+value="(\d+)"', html)
    assert version and version[1] == "3"
    assert post(signed_in, assessment, event("partial").seq, version=3).status_code == 302
    assert score(assessment).value == "partial"


def test_the_text_that_a_conflict_refused_can_be_put_back(
    signed_in: Client, assessment: Assessment, buyer: User, colleague: User
) -> None:
    write(assessment, colleague, "Vu avec l’éditeur.", "comment")
    with pytest.raises(answering.Conflict):
        answering.save_field(
            assessment_id=assessment.pk,
            ref=REF,
            field="comment",
            value="Mon texte.",
            base_version=0,
            by=buyer,
        )
    lost = AuditEvent.objects.get(action="comment.conflict").seq
    post(signed_in, assessment, lost, version=1)
    assert score(assessment).comment == "Mon texte."


def test_each_past_value_has_one_button_and_the_present_one_has_none(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    for value in ("partial", "non_compliant", "compliant"):
        write(assessment, buyer, value)
    assert offered(page(signed_in, assessment)) == [
        "Note de l’acheteur, Non conforme",
        "Note de l’acheteur, Non noté",
        "Note de l’acheteur, Partiel",
    ]


def test_a_value_that_stands_already_changes_nothing(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    write(assessment, buyer, "partial")
    before = AuditEvent.objects.count()
    post(signed_in, assessment, event("partial").seq, version=0)
    assert AuditEvent.objects.count() == before
    assert "déjà en place" in page(signed_in, assessment)


def test_a_member_who_may_not_score_has_no_button_and_no_right(
    client: Client, assessment: Assessment, buyer: User, facility: Facility
) -> None:
    write(assessment, buyer, "partial")
    write(assessment, buyer, "compliant")
    client.force_login(factories.member(facility, Role.READER))
    assert "Rétablir cette valeur" not in page(client, assessment)
    assert post(client, assessment, event("partial").seq, version=2).status_code == 403
    assert score(assessment).value == "compliant"


@pytest.mark.parametrize("data", [{}, {"event": "x"}, {"side": "data"}, {"event": "9" * 30}])
def test_a_value_that_the_history_does_not_hold(
    signed_in: Client, assessment: Assessment, buyer: User, data: dict[str, str]
) -> None:
    write(assessment, buyer, "partial")
    url = reverse("checklists:assessment_restore", args=[assessment.pk, REF])
    signed_in.post(url, {"event": event("partial").seq, "version": 1} | data)
    assert "ne contient pas cette valeur" in page(signed_in, assessment)
    assert score(assessment).value == "partial"


def test_the_event_of_another_point_or_assessment_is_not_in_this_history(
    assessment: Assessment, buyer: User, facility: Facility
) -> None:
    other = factories.assessment(buyer, facility)
    write(other, buyer, "compliant")
    with pytest.raises(restoring.NotInHistory):
        restoring.restore_value(
            assessment_id=assessment.pk,
            ref=REF,
            event=event("compliant").seq,
            side="after",
            base_version=0,
            by=buyer,
        )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.sampled_from(["compliant", "partial", "non_compliant", ""]), min_size=1),
    choice=st.data(),
)
@pytest.mark.django_db
def test_any_value_ever_written_can_come_back(
    values: list[str], choice: st.DataObject, buyer: User, facility: Facility
) -> None:
    assessment = factories.assessment(buyer, facility)
    for value in values:
        write(assessment, buyer, value)
    subject = f"assessment/{assessment.pk}/{REF}"
    events = journal.history(tenant=facility.pk, subject=subject)
    if not events:
        return
    wanted = choice.draw(st.sampled_from(events))
    side = choice.draw(st.sampled_from(restoring.SIDES))
    restoring.restore_value(
        assessment_id=assessment.pk,
        ref=REF,
        event=wanted.seq,
        side=side,
        base_version=score(assessment).version,
        by=buyer,
    )
    assert score(assessment).value == wanted.data[side]
