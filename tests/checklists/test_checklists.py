"""Preparing a checklist, and its freezing, in the domain and in the database itself."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from checklists.domain import checklists
from checklists.enums import Force
from checklists.models import Checklist, ControlPoint
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent


@pytest.fixture
def draft(buyer: User, facility: Facility) -> Checklist:
    return factories.draft_checklist(buyer, facility)


def asked(checklist: Checklist) -> list[str]:
    items = checklist.items.filter(is_applicable=True).order_by("position")
    return list(items.values_list("point__ref", flat=True))


def test_the_profile_decides_which_points_are_asked(draft: Checklist, buyer: User) -> None:
    assert asked(draft) == ["O-1.1", "O-2.1", "O-2.8", "O-7.1", "O-7.2"]
    checklists.set_profile(checklist=draft, flags=["INST"], by=buyer)
    assert asked(draft) == ["O-1.1", "O-3.3", "O-7.1", "O-7.2"]


def test_health_data_imply_personal_data(draft: Checklist, buyer: User) -> None:
    assert checklists.set_profile(checklist=draft, flags=["DS"], by=buyer).profile == ["DP", "DS"]


def test_a_forced_point_stays_when_the_profile_changes(draft: Checklist, buyer: User) -> None:
    checklists.force_point(
        checklist=draft, ref="O-3.3", force=Force.IN, reason="Poste fourni.", by=buyer
    )
    checklists.force_point(
        checklist=draft, ref="O-7.2", force=Force.OUT, reason="Doublon.", by=buyer
    )
    checklists.set_profile(checklist=draft, flags=["DS"], by=buyer)
    assert asked(draft) == ["O-1.1", "O-2.1", "O-2.8", "O-3.3", "O-7.1"]
    checklists.force_point(checklist=draft, ref="O-7.2", force=Force.NONE, reason="", by=buyer)
    assert "O-7.2" in asked(draft)


def test_forcing_needs_a_reason(draft: Checklist, buyer: User) -> None:
    with pytest.raises(checklists.NotReady, match="motif"):
        checklists.force_point(checklist=draft, ref="O-3.3", force=Force.IN, reason=" ", by=buyer)


def test_publication_freezes_under_a_hash(draft: Checklist, buyer: User) -> None:
    published = checklists.publish(checklist=draft, by=buyer)
    assert len(published.content_sha256) == 64
    with pytest.raises(checklists.ChecklistFrozen):
        checklists.set_profile(checklist=draft, flags=["INST"], by=buyer)
    with pytest.raises(checklists.ChecklistFrozen):
        checklists.publish(checklist=draft, by=buyer)
    assert AuditEvent.objects.filter(action="checklist.published").count() == 1


def test_the_hash_says_the_content(buyer: User, facility: Facility) -> None:
    version = factories.version()
    first = factories.published_checklist(buyer, facility, on=version)
    second = factories.published_checklist(buyer, facility, on=version)
    other = factories.published_checklist(buyer, facility, on=version, flags=("INST",))
    assert first.content_sha256 == second.content_sha256 != other.content_sha256


def test_an_empty_profile_cannot_be_published(buyer: User, facility: Facility) -> None:
    draft = factories.draft_checklist(buyer, facility, flags=())
    with pytest.raises(checklists.NotReady, match="profil"):
        checklists.publish(checklist=draft, by=buyer)


STATEMENTS = [
    "UPDATE checklists_controlpoint SET title = 'x' WHERE version_id = {version}",
    "DELETE FROM checklists_controlpoint WHERE version_id = {version}",
    "UPDATE checklists_chapter SET title = 'x' WHERE version_id = {version}",
    "DELETE FROM checklists_chapter WHERE version_id = {version}",
    "UPDATE checklists_clausierversion SET title = 'x' WHERE id = {version}",
    "DELETE FROM checklists_clausierversion WHERE id = {version}",
    "UPDATE checklists_checklistitem SET weight = 2 WHERE checklist_id = {checklist}",
    "DELETE FROM checklists_checklistitem WHERE checklist_id = {checklist}",
    "UPDATE checklists_checklist SET profile = '[]' WHERE id = {checklist}",
    "DELETE FROM checklists_checklist WHERE id = {checklist}",
    "UPDATE common_auditevent SET action = 'x'",
    "DELETE FROM common_auditevent",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_change_what_is_published(
    draft: Checklist, buyer: User, statement: str
) -> None:
    checklists.publish(checklist=draft, by=buyer)
    sql = statement.format(version=draft.version_id, checklist=draft.pk)
    refused = pytest.raises(DatabaseError, match=r"immutable|frozen|append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_database_refuses_a_new_point_in_a_published_version(draft: Checklist) -> None:
    first = draft.version.points.order_by("position").first()
    assert first is not None
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic():
        ControlPoint.objects.create(
            version=draft.version,
            chapter=first.chapter,
            ref="O-99",
            position=99,
            title="Ajout",
            requirement="Ajout",
            answer_kind="yes_no",
        )
