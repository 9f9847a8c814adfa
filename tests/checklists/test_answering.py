"""Two people never overwrite each other silently; counters follow each write."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checklists.domain import answering, assessments
from checklists.enums import Claim, ScoreValue
from checklists.models import Answer, Assessment, Score
from tests import at_once, factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def save(
    assessment: Assessment, by: User, field: str, value: str, *, base: int = 0, ref: str = "O-7.2"
) -> answering.Saved:
    return answering.save_field(
        assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=base, by=by
    )


def test_a_score_is_stored_with_its_author_and_counted(assessment: Assessment, buyer: User) -> None:
    saved = save(assessment, buyer, "score", ScoreValue.PARTIAL)
    row = Score.objects.get(assessment=assessment, item__point__ref="O-7.2")
    assert (row.value, row.version, row.updated_by) == ("partial", 1, buyer)
    assert saved.version == 1 and saved.changed
    assessment.refresh_from_db()
    assert (assessment.total, assessment.scored) == (4, 1)
    assert (assessment.score_sum, assessment.weight_sum) == (Decimal("0.5"), Decimal(4))


def test_the_same_field_changed_since_is_a_conflict_that_shows_both(
    assessment: Assessment, buyer: User, facility: Facility
) -> None:
    colleague = factories.member(facility)
    save(assessment, colleague, "comment", "Vu avec l’éditeur.")
    with pytest.raises(answering.Conflict) as caught:
        save(assessment, buyer, "comment", "À revoir.")
    conflict = caught.value
    assert (conflict.theirs, conflict.author, conflict.version) == (
        "Vu avec l’éditeur.",
        colleague.full_name,
        1,
    )
    row = Score.objects.get(assessment=assessment, item__point__ref="O-7.2")
    assert row.comment == "Vu avec l’éditeur."
    kept = save(assessment, buyer, "comment", "À revoir.", base=conflict.version)
    assert kept.version == 2


def test_a_conflict_names_the_author_of_the_field_not_of_the_row(
    assessment: Assessment, buyer: User, facility: Facility
) -> None:
    colleague = factories.member(facility)
    save(assessment, colleague, "comment", "Vu avec l’éditeur.")
    save(assessment, buyer, "score", ScoreValue.PARTIAL)
    with pytest.raises(answering.Conflict) as caught:
        save(assessment, buyer, "comment", "À revoir.")
    assert caught.value.author == colleague.full_name


def test_different_fields_of_one_row_merge(
    assessment: Assessment, buyer: User, facility: Facility
) -> None:
    save(assessment, factories.member(facility), "score", ScoreValue.COMPLIANT)
    save(assessment, buyer, "comment", "Preuve reçue.")
    row = Score.objects.get(assessment=assessment, item__point__ref="O-7.2")
    assert (row.value, row.comment, row.version) == ("compliant", "Preuve reçue.", 2)


def test_a_request_sent_twice_counts_once(assessment: Assessment, buyer: User) -> None:
    save(assessment, buyer, "score", ScoreValue.COMPLIANT)
    before = AuditEvent.objects.count()
    again = save(assessment, buyer, "score", ScoreValue.COMPLIANT)
    assert not again.changed
    assert AuditEvent.objects.count() == before


def test_nc_is_refused_where_the_point_does_not_allow_it(
    assessment: Assessment, buyer: User
) -> None:
    with pytest.raises(answering.NotAllowedHere):
        save(assessment, buyer, "claim", Claim.NOT_CONCERNED, ref="O-2.1")
    save(assessment, buyer, "claim", Claim.NOT_CONCERNED, ref="O-7.2")


@pytest.mark.parametrize("ref", ["O-3.3", "O-2.8", "O-99"])
def test_a_point_that_is_not_asked_cannot_be_scored(
    assessment: Assessment, buyer: User, ref: str
) -> None:
    with pytest.raises(answering.UnknownPoint, match=ref):
        save(assessment, buyer, "score", ScoreValue.COMPLIANT, ref=ref)


@pytest.mark.parametrize(
    ("text", "sentence"), [("a" * 10_001, "10\u202f001"), ("a\x00b", "caractère nul")]
)
def test_a_text_that_cannot_be_kept_says_why(
    assessment: Assessment, buyer: User, text: str, sentence: str
) -> None:
    with pytest.raises(answering.NotAllowedHere, match=sentence):
        save(assessment, buyer, "comment", text)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    writes=st.lists(
        st.tuples(
            st.sampled_from(["O-1.1", "O-2.1", "O-7.1", "O-7.2"]),
            st.sampled_from(
                [("score", value) for value in ScoreValue.values]
                + [("claim", Claim.YES), ("claim", ""), ("claim_text", "oui"), ("claim_text", "")]
            ),
        ),
        max_size=25,
    )
)
def test_counters_always_equal_a_recount(
    assessment: Assessment, buyer: User, writes: list[tuple[str, tuple[str, str]]]
) -> None:
    for ref, (field, value) in writes:
        save(assessment, buyer, field, value, base=10_000, ref=ref)
    assessment.refresh_from_db()
    assert assessments.recompute_counters(assessment) == []
    assert (
        assessment.answered
        == Answer.objects.filter(assessment=assessment).exclude(value="", text="").count()
    )


@at_once.needs_locks
@pytest.mark.django_db(transaction=True)
def test_a_save_that_waited_for_its_turn_sees_what_was_written_meanwhile() -> None:
    at = factories.facility()
    buyer, colleague = factories.member(at), factories.member(at)
    assessment = factories.assessment(buyer, at)
    with pytest.raises(answering.Conflict) as caught:
        at_once.behind(
            lambda: save(assessment, buyer, "score", ScoreValue.COMPLIANT),
            lambda: save(assessment, colleague, "score", ScoreValue.PARTIAL),
        )
    assert (caught.value.theirs, caught.value.author) == ("compliant", buyer.full_name)
    assert Score.objects.get(assessment=assessment, item__point__ref="O-7.2").value == "compliant"
