"""A claim that changes after a finding or a score asks for another look, with before and after."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from checklists.documents import report
from checklists.domain import answering, confirming, findings, outdated
from checklists.domain.queries import grid
from checklists.enums import FindingValue, ScoreValue
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent

REF = "O-7.2"
FLAG = "la réponse a changé après la note"


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def save(assessment: Assessment, by: User, **fields: str) -> None:
    for field, value in fields.items():
        answering.save_field(
            assessment_id=assessment.pk, ref=REF, field=field, value=value, base_version=99, by=by
        )


def is_outdated(assessment: Assessment) -> bool:
    state = grid.state_of(assessment, REF)
    assert state is not None
    return state.is_outdated


def page(client: Client, assessment: Assessment, name: str, *more: str) -> str:
    address = reverse(f"checklists:assessment_{name}", args=[assessment.pk, *more])
    return client.get(address).content.decode()


def test_a_score_is_to_review_until_the_buyer_writes_again(
    assessment: Assessment, buyer: User
) -> None:
    save(assessment, buyer, claim="yes", score="compliant")
    assert not is_outdated(assessment)
    save(assessment, buyer, claim_text="En fait, à partir de 2028.")
    assert is_outdated(assessment)
    save(assessment, buyer, comment="Vu : trop tard.")
    assert not is_outdated(assessment)


def test_a_confirmed_score_stands_on_the_new_claim_under_a_name(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    save(assessment, buyer, claim="yes", score="compliant", claim_text="Dès 2028.")
    assert FLAG in page(signed_in, assessment, "grid")
    assert FLAG in page(signed_in, assessment, "summary")
    html = page(signed_in, assessment, "history", REF)
    assert "Confirmer la note" in html and "Dès 2028." in html
    address = reverse("checklists:score_confirm", args=[assessment.pk, REF])
    signed_in.post(address)
    assert not is_outdated(assessment)
    assert FLAG not in page(signed_in, assessment, "grid")
    event = AuditEvent.objects.get(action="score.confirmed")
    assert (event.actor, event.data["answer_version"]) == (buyer.pk, 2)
    html = page(signed_in, assessment, "history", REF)
    assert "Note confirmée" in html and "Confirmer la note" not in html
    assert not list(journal.verify())


def test_nothing_is_confirmed_where_nothing_changed(assessment: Assessment, buyer: User) -> None:
    save(assessment, buyer, claim="yes", score="compliant")
    for ref in (REF, "O-7.1", "O-99"):
        with pytest.raises(confirming.NothingToConfirm):
            confirming.confirm_score(assessment_id=assessment.pk, ref=ref, by=buyer)


def test_a_reviewer_reads_what_the_claim_was_and_what_it_is(
    client: Client, assessment: Assessment, buyer: User, facility: Facility
) -> None:
    ciso = factories.member(facility, Role.CISO)
    save(assessment, buyer, claim_text="Un délai de 3 jours.")
    edit = findings.Edit(REF, "finding", FindingValue.FAVOURABLE, 0, 1)
    findings.save_finding(assessment_id=assessment.pk, role=Role.CISO, edit=edit, by=ciso)
    save(assessment, buyer, claim_text="Un délai de 9 jours.")
    save(assessment, buyer, claim_text="Un délai de 30 jours.")
    client.force_login(ciso)
    html = page(client, assessment, "findings")
    assert "Quand le constat a été donné" in html
    assert "Un délai de 3 jours." in html and "Un délai de 30 jours." in html
    assert "Un délai de 9 jours." not in html
    data = report.gather(assessment.pk)
    assert data["to_review"] == [REF]


@given(
    value=st.sampled_from(ScoreValue.values),
    seconds=st.integers(-5, 5),
)
def test_only_a_score_older_than_its_claim_is_to_review(value: str, seconds: int) -> None:
    scored = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    answered = scored + dt.timedelta(seconds=seconds)
    told = outdated.is_score_outdated(value, scored, answered)
    assert told == (bool(value) and seconds > 0)
    assert not outdated.is_score_outdated(value, scored, None)
