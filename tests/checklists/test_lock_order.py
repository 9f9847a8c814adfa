"""Acts at the same instant queue: rows are locked before the head of the journal, in no circle.

In the other order each of these is a deadlock, of which PostgreSQL gives up one side.
"""

import pytest

from checklists.domain import answering, checklists, closing, editions, evidence
from checklists.domain.assessments import start_assessment
from checklists.domain.checklists import NotReady
from checklists.models import Assessment, Checklist, Score
from tests import at_once, factories
from uniha_clausier.accounts.domain import members
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from vendors.domain import vendors

pytestmark = [at_once.needs_locks, pytest.mark.django_db(transaction=True)]


def lock(assessment: Assessment) -> None:
    """What a save does first."""
    Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)


def save(assessment: Assessment, by: User) -> None:
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="score",
        value="compliant",
        base_version=0,
        by=by,
    )


def score_of(assessment: Assessment) -> str:
    return Score.objects.get(assessment=assessment, item__point__ref="O-7.1").value


def correction_of(published: Checklist, by: User) -> Checklist:
    draft = editions.prepare_correction(checklist=published, reason="Un oubli.", by=by)
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=by)
    return draft


def test_a_row_that_refers_to_a_locked_one_is_committed_meanwhile(
    facility: Facility, buyer: User
) -> None:
    """The vendor locks its facility, and waits for the journal that the new member holds."""
    person = factories.user()
    made = at_once.behind(
        lambda: members.add_member(user=person, facility=facility, role=Role.READER, by=None),
        lambda: vendors.create_vendor(
            facility=facility,
            name="Levant Santé",
            identity=vendors.identify(country="FR", number="732829320"),
            by=buyer,
        ),
    )
    assert made.facility == facility
    assert person.memberships.get().facility == facility


def test_a_correction_waits_for_the_save_under_way(facility: Facility, buyer: User) -> None:
    published = factories.published_checklist(buyer, facility)
    first, second = (factories.started(published, buyer) for _ in range(2))
    draft = correction_of(published, buyer)
    corrected = at_once.behind(
        lambda: lock(second),
        lambda: editions.publish(checklist=draft, by=buyer),
        then=lambda: save(second, buyer),
    )
    for assessment in (first, second):
        assessment.refresh_from_db()
        assert assessment.checklist == corrected
    assert (second.scored, score_of(second)) == (1, "compliant")


def test_no_assessment_starts_on_an_edition_that_is_being_replaced(
    facility: Facility, buyer: User
) -> None:
    published = factories.published_checklist(buyer, facility)
    candidacy = factories.candidacy(published.lot, buyer)
    draft = correction_of(published, buyer)
    with pytest.raises(NotReady):
        at_once.behind(
            lambda: editions.publish(checklist=draft, by=buyer),
            lambda: start_assessment(candidacy=candidacy, checklist=published, by=buyer),
        )
    assert not candidacy.assessments.exists()


def test_a_correction_takes_over_the_assessment_that_is_being_started(
    facility: Facility, buyer: User
) -> None:
    published = factories.published_checklist(buyer, facility)
    draft = correction_of(published, buyer)
    started: list[Assessment] = []
    corrected = at_once.behind(
        lambda: started.append(factories.started(published, buyer)),
        lambda: editions.publish(checklist=draft, by=buyer),
    )
    assert Assessment.objects.get(pk=started[0].pk).checklist == corrected


def test_stopping_the_answers_waits_for_the_save_under_way(facility: Facility, buyer: User) -> None:
    first = factories.assessment(buyer, facility)
    second = factories.started(first.checklist, buyer)
    last = closing.open_ones(first.checklist)[-1]
    stopped = at_once.behind(
        lambda: lock(last),
        lambda: closing.close_reception(checklist=first.checklist, by=buyer),
        then=lambda: save(last, buyer),
    )
    assert (stopped, score_of(last)) == (2, "compliant")
    assert Assessment.objects.filter(pk__in=[first.pk, second.pk], answers_sha256="").count() == 0


def test_the_answers_of_all_are_stopped_once(facility: Facility, buyer: User) -> None:
    checklist = factories.assessment(buyer, facility).checklist
    with pytest.raises(closing.NotToBeClosed):
        at_once.behind(
            lambda: closing.close_reception(checklist=checklist, by=buyer),
            lambda: closing.close_reception(checklist=checklist, by=buyer),
        )


def test_the_sheet_of_a_file_waits_for_the_save_under_way(facility: Facility, buyer: User) -> None:
    assessment = factories.assessment(buyer, facility)
    sent = evidence.SentFile(b"%PDF-1.7 justificatif", "pdf", "Justificatif.pdf")
    file = evidence.attach(assessment=assessment, ref="O-7.1", file=sent, by=buyer)
    qualified = at_once.behind(
        lambda: lock(assessment),
        lambda: evidence.qualify(
            evidence=file, valid_until=None, disclosure="communicable", by=buyer
        ),
        then=lambda: save(assessment, buyer),
    )
    assert (qualified.disclosure, score_of(assessment)) == ("communicable", "compliant")
