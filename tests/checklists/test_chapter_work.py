"""Chapters given to people and declared finished."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain import answering, chapter_work
from checklists.domain.chapters import state_of
from checklists.domain.queries import grid, work
from checklists.domain.queries.grid import Catalogue
from checklists.enums import WorkState
from checklists.models import Assessment, ChapterWork
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def texts(assessment: Assessment, buyer: User) -> Catalogue:
    door = grid.door(buyer, assessment.pk)
    assert door
    return grid.catalogue(door.version)


def state(assessment: Assessment, texts: Catalogue, position: int = 4) -> work.Work:
    counts = grid.counts_by_chapter(texts, grid.states(assessment))
    return work.works(assessment.pk, texts, counts)[position]


def score(assessment: Assessment, by: User, *refs: str, value: str = "compliant") -> None:
    for ref in refs:
        answering.save_field(
            assessment_id=assessment.pk, ref=ref, field="score", value=value, base_version=9, by=by
        )


@given(st.integers(0, 20), st.integers(0, 20), st.booleans(), st.booleans())
def test_a_chapter_is_done_only_when_it_is_declared_and_nothing_is_missing(
    total: int, done: int, started: bool, is_finished: bool
) -> None:
    done = min(total, done)
    found = state_of(total=total, done=done, started=started, is_finished=is_finished)
    missing = total - done
    assert (found == WorkState.FIX) == (is_finished and missing > 0)
    assert (found == WorkState.DONE) == ((is_finished and not missing) or total == 0)
    assert (found == WorkState.TODO) == (not is_finished and total > 0 and not done and not started)


def test_the_four_states_follow_the_work(
    assessment: Assessment, texts: Catalogue, buyer: User
) -> None:
    which: dict[str, Any] = {
        "assessment_id": assessment.pk,
        "position": 4,
        "texts": texts,
        "by": buyer,
    }
    seen = [state(assessment, texts).state]
    score(assessment, buyer, "O-7.1")
    seen.append(state(assessment, texts).state)
    chapter_work.finish_chapter(**which)
    seen.append(state(assessment, texts).state)
    score(assessment, buyer, "O-7.2")
    seen.append(state(assessment, texts).state)
    chapter_work.reopen_chapter(**which)
    seen.append(state(assessment, texts).state)
    assert seen == ["todo", "current", "fix", "done", "current"]


def test_each_declaration_is_journaled_once(
    assessment: Assessment, texts: Catalogue, buyer: User
) -> None:
    which: dict[str, Any] = {
        "assessment_id": assessment.pk,
        "position": 4,
        "texts": texts,
        "by": buyer,
    }
    for act in (chapter_work.finish_chapter, chapter_work.finish_chapter):
        act(**which)
    for act in (chapter_work.reopen_chapter, chapter_work.reopen_chapter):
        act(**which)
    events = AuditEvent.objects.filter(subject=f"assessment/{assessment.pk}/chapter/4")
    assert [(e.action, e.actor, e.data["chapter"]) for e in events.order_by("seq")] == [
        ("chapter.finished", buyer.pk, "7"),
        ("chapter.reopened", buyer.pk, "7"),
    ]


def test_a_chapter_is_given_to_a_member_and_taken_back(
    assessment: Assessment, texts: Catalogue, buyer: User, facility: Facility
) -> None:
    ciso = factories.member(facility, Role.CISO, full_name="Anne Petit")
    which: dict[str, Any] = {
        "assessment_id": assessment.pk,
        "position": 4,
        "texts": texts,
        "by": buyer,
    }
    given = chapter_work.assign_chapter(assignee=ciso, base_version=0, **which)
    assert (state(assessment, texts).assignee, given.version) == ("Anne Petit", 1)
    chapter_work.assign_chapter(assignee=None, base_version=1, **which)
    assert state(assessment, texts).assignee == ""
    events = AuditEvent.objects.filter(action="chapter.assigned").order_by("seq")
    assert [(e.data["before"], e.data["after"]) for e in events] == [
        (None, ciso.pk),
        (ciso.pk, None),
    ]


def test_a_stranger_is_never_given_a_chapter(
    assessment: Assessment, texts: Catalogue, buyer: User, stranger: User
) -> None:
    which: dict[str, Any] = {
        "assessment_id": assessment.pk,
        "position": 4,
        "texts": texts,
        "by": buyer,
    }
    with pytest.raises(chapter_work.NotAMember, match="n’est pas membre"):
        chapter_work.assign_chapter(assignee=stranger, base_version=0, **which)
    assert not ChapterWork.objects.exists()


def test_two_people_never_give_a_chapter_over_each_other(
    assessment: Assessment, texts: Catalogue, buyer: User, facility: Facility
) -> None:
    first, second = factories.member(facility), factories.member(facility)
    which: dict[str, Any] = {
        "assessment_id": assessment.pk,
        "position": 4,
        "texts": texts,
        "by": buyer,
    }
    chapter_work.assign_chapter(assignee=first, base_version=0, **which)
    with pytest.raises(chapter_work.WorkChanged):
        chapter_work.assign_chapter(assignee=second, base_version=0, **which)
    # The same wish twice is no quarrel.
    chapter_work.assign_chapter(assignee=first, base_version=0, **which)
    assert ChapterWork.objects.get().assignee == first


@pytest.mark.parametrize("position", [3, 99])
def test_a_chapter_that_the_lot_does_not_ask_is_refused(
    assessment: Assessment, texts: Catalogue, buyer: User, position: int
) -> None:
    # Chapter 3 is in the version, but its one point is not asked of this lot.
    with pytest.raises(chapter_work.UnknownChapter):
        chapter_work.finish_chapter(
            assessment_id=assessment.pk, position=position, texts=texts, by=buyer
        )


def test_the_database_wants_who_and_when_together(assessment: Assessment, texts: Catalogue) -> None:
    chapter = texts.chapters[4].pk
    one_half = pytest.raises(IntegrityError, match="chapter_work_finished_by_someone")
    with one_half, transaction.atomic():
        ChapterWork.objects.create(
            assessment=assessment, chapter_id=chapter, finished_at=timezone.now()
        )
    ChapterWork.objects.create(assessment=assessment, chapter_id=chapter)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChapterWork.objects.create(assessment=assessment, chapter_id=chapter)


def test_members_are_named_once_with_their_roles(facility: Facility) -> None:
    both = factories.member(facility, Role.CISO, Role.DPO, full_name="Anne Petit")
    factories.member(facility, Role.READER, full_name="Zoé", is_active=False)
    factories.member(factories.facility(), full_name="Ailleurs")
    assert work.colleagues(facility.pk) == [(both.pk, "Anne Petit (RSSI, DPO)")]
