"""What specialists find: kept by role, never lost to a colleague, and tied to the claim read."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checklists.domain import answering, findings
from checklists.enums import FindingValue
from checklists.models import Assessment, Finding
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
def ciso(facility: Facility) -> User:
    return factories.member(facility, Role.CISO)


def edit(field: str, value: str, *, base: int = 0, answer: int = 0, **more: bool) -> findings.Edit:
    return findings.Edit(REF, field, value, base, answer, **more)


def save(
    assessment: Assessment, by: User, one: findings.Edit, role: str = Role.CISO
) -> findings.Saved:
    return findings.save_finding(assessment_id=assessment.pk, role=role, edit=one, by=by)


def claim(assessment: Assessment, by: User, value: str) -> int:
    """Change what the candidate claims; return the version of the claim."""
    return answering.save_field(
        assessment_id=assessment.pk, ref=REF, field="claim", value=value, base_version=99, by=by
    ).version


def test_a_finding_bears_its_author_its_role_and_the_claim_that_was_read(
    assessment: Assessment, buyer: User, ciso: User
) -> None:
    read = claim(assessment, buyer, "yes")
    save(assessment, ciso, edit("finding", FindingValue.RESERVED, answer=read))
    row = Finding.objects.get()
    assert (row.role, row.value, row.version) == ("ciso", "reserved", 1)
    assert (row.updated_by, row.answer_version, row.item.point.ref) == (ciso, read, REF)
    event = AuditEvent.objects.get(action="finding.changed")
    assert event.subject == f"assessment/{assessment.pk}/{REF}"
    assert event.data["role"] == "ciso" and event.data["after"] == "reserved"
    assert not list(journal.verify())


def test_a_version_of_the_claim_that_does_not_exist_is_not_believed(
    assessment: Assessment, buyer: User, ciso: User
) -> None:
    read = claim(assessment, buyer, "yes")
    save(assessment, ciso, edit("finding", FindingValue.FAVOURABLE, answer=read + 40))
    assert Finding.objects.get().answer_version == read


def test_two_roles_each_have_their_own_finding(buyer: User, facility: Facility, ciso: User) -> None:
    points = [
        {"ref": REF, "condition": "ALWAYS", "answer_kind": "yes_no", "reviewers": ["ciso", "dpo"]}
    ]
    assessment = factories.assessment(buyer, facility, on=factories.version(points=points))
    save(assessment, ciso, edit("finding", FindingValue.FAVOURABLE))
    dpo = factories.member(facility, Role.DPO)
    save(assessment, dpo, edit("finding", FindingValue.UNFAVOURABLE), Role.DPO)
    assert set(Finding.objects.values_list("role", "value")) == {
        ("ciso", "favourable"),
        ("dpo", "unfavourable"),
    }


def test_a_field_that_a_colleague_changed_is_a_conflict_with_both_values(
    assessment: Assessment, facility: Facility, ciso: User
) -> None:
    colleague = factories.member(facility, Role.CISO)
    save(assessment, colleague, edit("comment", "Vu avec l’éditeur."))
    with pytest.raises(answering.Conflict) as caught:
        save(assessment, ciso, edit("comment", "À revoir."))
    conflict = caught.value
    assert (conflict.theirs, conflict.author) == ("Vu avec l’éditeur.", colleague.full_name)
    assert AuditEvent.objects.get(action="finding_comment.conflict").data["refused"] == "À revoir."
    with pytest.raises(answering.Conflict):
        save(assessment, ciso, edit("comment", "À revoir."))
    assert AuditEvent.objects.filter(action="finding_comment.conflict").count() == 1
    save(assessment, ciso, edit("comment", "À revoir.", base=conflict.version))
    assert Finding.objects.get().comment == "À revoir."


def test_different_fields_merge_and_the_same_value_twice_counts_once(
    assessment: Assessment, facility: Facility, ciso: User
) -> None:
    save(assessment, ciso, edit("finding", FindingValue.QUESTION))
    save(assessment, factories.member(facility, Role.CISO), edit("sharing", "shared"))
    before = AuditEvent.objects.count()
    assert not save(assessment, ciso, edit("finding", FindingValue.QUESTION)).changed
    assert AuditEvent.objects.count() == before
    row = Finding.objects.get()
    assert (row.value, row.sharing, row.version) == ("question", "shared", 2)


def test_only_a_confirmation_keeps_a_finding_on_a_claim_that_changed(
    assessment: Assessment, buyer: User, ciso: User
) -> None:
    read = claim(assessment, buyer, "yes")
    save(assessment, ciso, edit("finding", FindingValue.FAVOURABLE, answer=read))
    read = claim(assessment, buyer, "no")
    untouched = edit("finding", FindingValue.FAVOURABLE, base=1, answer=read)
    assert not save(assessment, ciso, untouched).changed
    meant = edit("finding", FindingValue.FAVOURABLE, base=1, answer=read, confirms=True)
    assert save(assessment, ciso, meant).changed
    assert Finding.objects.get().answer_version == read
    assert AuditEvent.objects.filter(action="finding.confirmed").count() == 1


@pytest.mark.parametrize(
    ("ref", "role", "error"),
    [
        ("O-3.3", Role.CISO, answering.UnknownPoint),
        ("O-2.8", Role.CISO, answering.UnknownPoint),
        (REF, Role.DPO, answering.NotAllowedHere),
    ],
    ids=["not asked", "a duty of the facility", "not theirs"],
)
def test_only_a_point_asked_and_routed_to_the_role_is_reviewed(
    assessment: Assessment, ciso: User, ref: str, role: str, error: type[Exception]
) -> None:
    one = findings.Edit(ref, "finding", FindingValue.FAVOURABLE, 0, 0)
    with pytest.raises(error, match=ref):
        save(assessment, ciso, one, role)
    assert not Finding.objects.exists()


def test_a_value_that_does_not_exist_is_refused(assessment: Assessment, ciso: User) -> None:
    with pytest.raises(answering.NotAllowedHere):
        save(assessment, ciso, edit("finding", "compliant"))


VALUES = st.one_of(
    st.tuples(st.just("finding"), st.sampled_from(FindingValue.values)),
    st.tuples(st.just("comment"), st.sampled_from(["", "Un mot.", "Un autre mot."])),
    st.tuples(st.just("sharing"), st.sampled_from(["", "shared"])),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(writes=st.lists(st.tuples(VALUES, st.integers(0, 6)), max_size=12))
def test_whatever_is_sent_each_value_is_on_the_row_or_in_the_history(
    assessment: Assessment, ciso: User, writes: list[tuple[tuple[str, str], int]]
) -> None:
    Finding.objects.all().delete()
    for (field, value), base in writes:
        row = Finding.objects.first()
        before = getattr(row, findings.FIELDS[field]) if row else ""
        mark = getattr(row, f"{findings.FIELDS[field]}_version") if row else 0
        if before != value and mark > base:
            with pytest.raises(answering.Conflict) as caught:
                save(assessment, ciso, edit(field, value, base=base))
            assert caught.value.theirs == before
            lost = AuditEvent.objects.filter(action=f"{findings.JOURNALED[field]}.conflict").latest(
                "seq"
            )
            assert lost.data["refused"] == value
        else:
            saved = save(assessment, ciso, edit(field, value, base=base))
            assert saved.changed == (before != value)
            row = Finding.objects.first()
            assert (getattr(row, findings.FIELDS[field]) if row else "") == value
    assert not list(journal.verify())
