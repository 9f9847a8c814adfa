"""The set of the answers of a candidate: its hash says what was answered, and it freezes them."""

import copy
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from checklists.domain import answer_links, answer_sets, answering, assessments
from checklists.domain.answering import Edit
from checklists.enums import Claim, ScoreValue
from checklists.models import Answer, Assessment
from tests import factories
from uniha_clausier.common.canonical import sha256_of
from uniha_clausier.common.models import AuditEvent

REFS = ("O-1.1", "O-2.1", "O-7.1", "O-7.2")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=40)
ANSWERS = st.fixed_dictionaries(
    {ref: st.tuples(st.sampled_from(["", "yes", "no"]), TEXTS.map(str.strip)) for ref in REFS}
)


def write(assessment: Assessment, answers: dict[str, tuple[str, str]], by: Any) -> None:
    edits = [
        Edit(ref, field, value, 10_000)
        for ref, values in answers.items()
        for field, value in zip(("claim", "claim_text"), values, strict=True)
    ]
    assert answering.save_fields(assessment_id=assessment.pk, edits=edits, by=by).is_clean


class HashSaysTheContent(TestCase):
    """The same answers have the same hash, however they came; others have another."""

    def setUp(self) -> None:
        self.facility = factories.facility()
        self.buyer = factories.member(self.facility)
        self.first = factories.informal_assessment(self.buyer, self.facility)
        candidacy = factories.candidacy(self.first.candidacy.lot, self.buyer)
        self.second = assessments.start_assessment(
            candidacy=candidacy, checklist=self.first.checklist, by=self.buyer
        )

    @settings(max_examples=25, deadline=None)
    @given(ANSWERS, ANSWERS)
    def test_property(self, one: Any, other: Any) -> None:
        link, _secret = answer_links_of(self.second, self.buyer)
        write(self.first, one, self.buyer)
        write(self.second, other, self.buyer)  # a detour
        write(self.second, one, link)  # by somebody else, later
        first = answer_sets.hash_of(self.first)
        assert first == answer_sets.hash_of(self.second)
        write(self.second, other, link)
        assert (first == answer_sets.hash_of(self.second)) == (one == other)


def answer_links_of(assessment: Assessment, by: Any) -> Any:
    known = assessment.answer_links.first()
    return (known, "") if known else factories.answer_link(by, assessment)


@pytest.fixture
def assessment(buyer, facility) -> Assessment:
    return factories.informal_assessment(buyer, facility)


def frozen(assessment: Assessment) -> Assessment:
    return Assessment.objects.get(pk=assessment.pk)


def test_anybody_computes_the_hash_again_from_the_content(assessment, buyer):
    write(assessment, {"O-7.1": ("yes", "Voir le PAS.")}, buyer)
    content = answer_sets.content(assessment)
    assert [answer["ref"] for answer in content["answers"]] == list(REFS)
    assert content["checklist_sha256"] == assessment.checklist.content_sha256
    done = answer_sets.freeze(assessment=assessment, by=buyer)
    assert done.answers_sha256 == sha256_of(content)
    changed = copy.deepcopy(content)
    changed["answers"][2]["text"] += "."
    assert done.answers_sha256 != sha256_of(changed)


def test_frozen_answers_do_not_change_but_scores_do(assessment, buyer):
    answer_sets.freeze(assessment=assessment, by=buyer)
    edit = {"assessment_id": assessment.pk, "ref": "O-7.1", "base_version": 0, "by": buyer}
    with pytest.raises(answering.AnswersFrozen, match="arrêtées depuis le"):
        answering.save_field(field="claim", value=Claim.YES, **edit)
    assert answering.save_field(field="score", value=ScoreValue.PARTIAL, **edit).changed
    outcome = answering.save_fields(
        assessment_id=assessment.pk, edits=[Edit("O-7.2", "claim_text", "Trop tard.", 0)], by=buyer
    )
    assert [str(error)[:12] for _edit, error in outcome.refused] == ["Les réponses"]


def test_the_same_form_sent_again_changes_nothing_and_is_no_error(assessment, buyer):
    write(assessment, {"O-7.1": ("yes", "")}, buyer)
    answer_sets.freeze(assessment=assessment, by=buyer)
    outcome = answering.save_fields(
        assessment_id=assessment.pk, edits=[Edit("O-7.1", "claim", "yes", 0)], by=buyer
    )
    assert (outcome.is_clean, outcome.saved) == (True, [])


def test_answers_are_frozen_once(assessment, buyer):
    answer_sets.freeze(assessment=assessment, by=buyer)
    with pytest.raises(answer_sets.AlreadyFrozen):
        answer_sets.freeze(assessment=assessment, by=buyer)
    event = AuditEvent.objects.get(action="answers.frozen")
    assert (event.actor, event.data) == (buyer.pk, {"sha256": frozen(assessment).answers_sha256})


@pytest.mark.parametrize("change", ["update", "delete", "insert"])
def test_the_database_refuses_to_touch_frozen_answers(assessment, buyer, change):
    answer_sets.freeze(assessment=assessment, by=buyer)
    rows = Answer.objects.filter(assessment=assessment)
    acts = {
        "update": lambda: rows.update(text="Après coup."),
        "delete": rows.delete,
        "insert": lambda: Answer.objects.create(assessment=assessment, item=rows[0].item),
    }
    with pytest.raises(IntegrityError, match="frozen under their hash"), transaction.atomic():
        acts[change]()


@pytest.mark.parametrize(
    "values",
    [
        {"answers_sha256": "a" * 64},
        {"answers_frozen_at": "2026-11-26T04:00:00Z"},
        {"answers_sha256": "a" * 64, "answers_frozen_at": "2026-11-26T04:00:00Z"},
    ],
)
def test_the_database_wants_the_hash_the_time_and_the_author_together(assessment, values):
    rows = Assessment.objects.filter(pk=assessment.pk)
    with pytest.raises(IntegrityError, match="frozen_by_someone"), transaction.atomic():
        rows.update(**values)


def test_an_assessment_frozen_by_the_buyer_closes_the_link(assessment, buyer):
    link, _secret = factories.answer_link(buyer, assessment)
    answer_sets.freeze(assessment=assessment, by=buyer)
    with pytest.raises(answer_links.LinkClosed):
        answer_links.submit(link=link)
