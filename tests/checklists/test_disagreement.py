"""A disagreement is seen at once, and a score that departs from a finding says why."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from checklists.documents import report
from checklists.domain import answering, disagreement, findings
from checklists.domain.queries import grid
from checklists.enums import FindingValue, ScoreValue
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

REF = "O-7.2"
BOTH = [{"ref": REF, "condition": "ALWAYS", "answer_kind": "yes_no", "reviewers": ["ciso", "dpo"]}]
DEPARTS = "La note s’écarte d’un constat"
SCORES, FINDINGS = st.sampled_from(ScoreValue.values), st.sampled_from(FindingValue.values)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility, on=factories.version(points=BOTH))


def find(assessment: Assessment, role: str, value: str, comment: str = "") -> User:
    person = factories.member(assessment.facility, role, full_name=f"Relecteur {role}")
    for field, text in (("finding", value), ("comment", comment)):
        edit = findings.Edit(REF, field, text, 99, 0)
        findings.save_finding(assessment_id=assessment.pk, role=role, edit=edit, by=person)
    return person


def score(assessment: Assessment, by: User, **fields: str) -> None:
    for field, value in fields.items():
        answering.save_field(
            assessment_id=assessment.pk, ref=REF, field=field, value=value, base_version=99, by=by
        )


def page(client: Client, assessment: Assessment, name: str = "grid", *more: str) -> str:
    return client.get(
        reverse(f"checklists:assessment_{name}", args=[assessment.pk, *more])
    ).content.decode()


@pytest.mark.parametrize(
    ("finding", "agreeing"),
    [
        ("favourable", {"compliant", "not_applicable"}),
        ("reserved", {"partial"}),
        ("unfavourable", {"non_compliant"}),
        ("question", set()),
        ("", {"compliant", "partial", "non_compliant", "not_applicable"}),
    ],
)
def test_the_table_of_what_departs(finding: str, agreeing: set[str]) -> None:
    undecided = {"", "to_clarify"}
    departing = {one for one in ScoreValue.values if disagreement.departs(one, finding)}
    assert departing == set(ScoreValue.values) - agreeing - undecided


@given(score=SCORES, given=st.lists(FINDINGS, max_size=4), comment=st.text(max_size=3))
def test_a_departure_is_told_until_a_word_explains_it(
    score: str, given: list[str], comment: str
) -> None:
    departs = score in disagreement.departing_scores(given)
    assert departs == any(disagreement.departs(score, one) for one in given)
    told = disagreement.is_unexplained(score, comment, given)
    assert told == (departs and not comment.strip())


@given(given=st.lists(FINDINGS, max_size=4))
def test_roles_differ_only_by_what_they_say(given: list[str]) -> None:
    assert disagreement.differ(given) == (len(set(given) - {""}) > 1)
    assert disagreement.differ(given) == disagreement.differ(reversed(given))


def test_the_grid_shows_the_findings_of_each_role_and_that_they_differ(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    assert 'class="found"' not in page(signed_in, assessment)
    find(assessment, Role.CISO, "favourable")
    assert "Avis divergents" not in page(signed_in, assessment)
    find(assessment, Role.DPO, "unfavourable")
    html = page(signed_in, assessment)
    assert "✓ Favorable</b> RSSI, Relecteur ciso" in html
    assert "✕ Défavorable</b> DPO, Relecteur dpo" in html
    assert "Avis divergents" in html
    assert 'data-departing="compliant partial non_compliant not_applicable"' in html


def test_a_score_that_departs_asks_for_the_reason_until_the_comment_gives_it(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    find(assessment, Role.CISO, "unfavourable", "Rien ne le prouve.")
    score(assessment, buyer, score="compliant")
    asked = f'<p class="found-departs">! {DEPARTS}'
    assert asked in page(signed_in, assessment)
    assert DEPARTS in page(signed_in, assessment, "history", REF)
    summary = page(signed_in, assessment, "summary")
    assert "Points à régler" in summary and DEPARTS in summary
    score(assessment, buyer, comment="La preuve est en annexe 4.")
    assert asked not in page(signed_in, assessment)
    assert DEPARTS not in page(signed_in, assessment, "history", REF)
    assert "Points à régler" not in page(signed_in, assessment, "summary")


def test_a_member_who_reads_sees_the_findings_too(
    client: Client, assessment: Assessment, facility: Facility
) -> None:
    find(assessment, Role.CISO, "question", "Quel sous-traitant ?")
    client.force_login(factories.member(facility, Role.READER))
    assert "? Question</b> RSSI" in page(client, assessment)
    html = page(client, assessment, "history", REF)
    assert "Quel sous-traitant ?" in html and "Interne" in html


def test_the_document_says_each_finding_and_what_is_left_to_settle(
    assessment: Assessment, buyer: User
) -> None:
    find(assessment, Role.CISO, "reserved", "À <vérifier>.")
    find(assessment, Role.DPO, "favourable")
    score(assessment, buyer, score="compliant", claim="no")
    data = report.gather(assessment.pk)
    (point,) = data["points"]
    told = [(one["role_label"], one["label"], one["is_outdated"]) for one in point["findings"]]
    assert told == [("RSSI", "Réservé", True), ("DPO", "Favorable", True)]
    assert point["findings"][0]["by"] == "Relecteur ciso"
    assert (data["differing"], data["unexplained"]) == ([REF], [REF])


def test_the_state_of_all_points_is_one_query(
    assessment: Assessment, buyer: User, django_assert_num_queries: Any
) -> None:
    score(assessment, buyer, score="partial", claim="yes", comment="Vu.")
    with django_assert_num_queries(1):
        (state,) = grid.states(assessment)
    assert (state.claim, state.score, state.comment) == ("yes", "partial", "Vu.")
    assert (state.answer_version, state.score_version, state.score_by) == (1, 2, buyer.pk)
