"""The page of the chapters, and the sign of life of an open page."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.domain import answering, chapter_work, presence
from checklists.domain.queries import changes, grid
from checklists.models import Assessment, ChapterWork, Presence
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

NB = "\u00a0"


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def colleague(facility: Facility) -> User:
    return factories.member(facility, full_name="Paul Durand")


def page(assessment: Assessment) -> str:
    return reverse("checklists:assessment_chapters", args=[assessment.pk])


def act(assessment: Assessment, what: str, chapter: int = 4) -> str:
    return reverse(f"checklists:assessment_chapter_{what}", args=[assessment.pk, chapter])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def text(response: Any) -> str:
    return " ".join(response.content.decode().replace(NB, "_").split()).replace("_", NB)


def save(assessment: Assessment, by: User, field: str, value: str, ref: str = "O-7.2") -> int:
    saved = answering.save_field(
        assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=99, by=by
    )
    return saved.version


# -- Chapters ----------------------------------------------------------------------------------


def test_a_chapter_is_declared_finished_and_reopened(
    signed_in: Client, assessment: Assessment
) -> None:
    done = signed_in.post(act(assessment, "state"), {"finished": "oui"})
    assert said(done) == [f"«{NB}7. Chapitre 7{NB}» est déclaré terminé."]
    assert done["Location"] == f"{page(assessment)}#chapitre-4"
    html = text(signed_in.get(page(assessment)))
    assert html.count("À corriger") == 1 and "2 notes manquent" in html
    signed_in.post(act(assessment, "state"), {"finished": "non"})
    assert "À corriger" not in text(signed_in.get(page(assessment)))


def test_declared_from_the_grid_comes_back_to_the_grid(
    signed_in: Client, assessment: Assessment
) -> None:
    done = signed_in.post(act(assessment, "state"), {"finished": "oui", "back": "grid"})
    grid_page = reverse("checklists:assessment_grid", args=[assessment.pk])
    assert done["Location"] == f"{grid_page}#chapitre-4"


def test_the_script_is_told_what_was_written(signed_in: Client, assessment: Assessment) -> None:
    done = signed_in.post(
        act(assessment, "state"), {"finished": "oui"}, headers={"Accept": "application/json"}
    )
    assert done.json() == {"chapter": 4, "finished": True}
    assert ChapterWork.objects.get().is_finished


def test_a_chapter_is_given_on_the_page(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    done = signed_in.post(act(assessment, "assign"), {"assignee": colleague.pk, "version": 0})
    assert said(done) == [f"«{NB}7. Chapitre 7{NB}» est confié à Paul Durand."]
    assert f'value="{colleague.pk}" selected' in text(signed_in.get(page(assessment)))


def test_a_chapter_given_by_somebody_else_meanwhile_is_not_taken_away(
    signed_in: Client, assessment: Assessment, colleague: User, buyer: User
) -> None:
    signed_in.post(act(assessment, "assign"), {"assignee": colleague.pk, "version": 0})
    done = signed_in.post(act(assessment, "assign"), {"assignee": buyer.pk, "version": 0})
    assert "entre-temps" in said(done)[-1]
    assert ChapterWork.objects.get().assignee == colleague


@pytest.mark.parametrize("assignee", ["999999", "abc"])
def test_a_name_that_is_nobody_gives_the_chapter_to_nobody(
    signed_in: Client, assessment: Assessment, assignee: str
) -> None:
    signed_in.post(act(assessment, "assign"), {"assignee": assignee, "version": 0})
    assert not ChapterWork.objects.exists()


def test_a_stranger_cannot_be_given_a_chapter(
    signed_in: Client, assessment: Assessment, stranger: User
) -> None:
    """In the same words as a number that is nobody's: they tell no name of another hospital."""
    [sentence] = said(
        signed_in.post(act(assessment, "assign"), {"assignee": stranger.pk, "version": 0})
    )
    assert "n’est pas membre" in sentence and stranger.full_name not in sentence
    unknown = signed_in.post(act(assessment, "assign"), {"assignee": 999999, "version": 0})
    assert said(unknown)[-1] == sentence
    assert not ChapterWork.objects.exists()


def test_who_reads_sees_the_chapters_without_a_button(
    client: Client, assessment: Assessment, facility: Facility
) -> None:
    client.force_login(factories.member(facility, Role.CISO))
    html = text(client.get(page(assessment)))
    assert "Réservé au rôle acheteur." in html
    assert "<select" not in html and "J’ai terminé" not in html


@pytest.mark.parametrize("number", [2, 30])
def test_the_page_costs_the_same_for_any_number_of_chapters(
    signed_in: Client,
    buyer: User,
    facility: Facility,
    number: int,
    django_assert_num_queries: Any,
) -> None:
    points = [{"ref": f"O-{i + 1}.1", "answer_kind": "yes_no"} for i in range(number)]
    assessment = factories.assessment(buyer, facility, on=factories.version(points=points))
    signed_in.get(page(assessment))
    with django_assert_num_queries(7):
        signed_in.get(page(assessment))


# -- Sign of life ------------------------------------------------------------------------------


def beat(client: Client, assessment: Assessment, user: User, **data: Any) -> Any:
    url = reverse("checklists:assessment_presence", args=[assessment.pk])
    return client.post(url, {"since": 0} | data, headers={"X-Page-User": str(user.pk)})


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_who_is_here_is_shown_to_the_others_for_45_seconds(
    signed_in: Client, assessment: Assessment, buyer: User, colleague: User
) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        assert beat(client_of(colleague), assessment, colleague, chapter=4).json()["others"] == []
    with time_machine.travel(start + dt.timedelta(seconds=44), tick=False):
        others = beat(signed_in, assessment, buyer, chapter=1).json()["others"]
        assert others == [{"name": "Paul Durand", "place": "le chapitre 7"}]
    with time_machine.travel(start + dt.timedelta(seconds=46), tick=False):
        assert beat(signed_in, assessment, buyer, chapter=1).json()["others"] == []


def test_a_person_is_written_once_in_15_seconds(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    start = timezone.now()
    for seconds, chapter in ((0, 1), (5, 2), (13, 4)):
        with time_machine.travel(start + dt.timedelta(seconds=seconds), tick=False):
            beat(signed_in, assessment, buyer, chapter=chapter)
    assert Presence.objects.get().seen_at == start
    with time_machine.travel(start + dt.timedelta(seconds=15), tick=False):
        beat(signed_in, assessment, buyer, chapter=4)
    assert Presence.objects.get().seen_at == start + dt.timedelta(seconds=15)


def test_what_others_changed_since_the_page_was_made_comes_once(
    signed_in: Client, assessment: Assessment, buyer: User, colleague: User
) -> None:
    since = changes.bookmark(assessment.facility_id)
    save(assessment, colleague, "score", "partial")
    save(assessment, colleague, "score", "compliant")
    save(assessment, colleague, "comment", "Vu.", "O-7.1")
    first = beat(signed_in, assessment, buyer, since=since).json()
    seen = [(c["ref"], c["field"], c["value"], c["version"], c["author"]) for c in first["changes"]]
    assert seen == [
        ("O-7.2", "score", "compliant", 2, "Paul Durand"),
        ("O-7.1", "comment", "Vu.", 1, "Paul Durand"),
    ]
    second = beat(signed_in, assessment, buyer, since=first["since"]).json()
    assert (second["changes"], second["since"]) == ([], first["since"])


def test_what_changed_in_another_assessment_stays_there(
    signed_in: Client, assessment: Assessment, buyer: User, colleague: User, facility: Facility
) -> None:
    # An identifier that begins like the other one: 1 and 1x.
    others = [factories.assessment(buyer, facility) for _ in range(10)]
    since = changes.bookmark(assessment.facility_id)
    for other in others:
        save(other, colleague, "score", "partial")
    assert beat(signed_in, assessment, buyer, since=since).json()["changes"] == []


def test_a_long_absence_is_caught_up_in_several_signs(
    assessment: Assessment, buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "LIMIT", 2)
    since = changes.bookmark(assessment.facility_id)
    for ref in ("O-1.1", "O-2.1", "O-7.1", "O-7.2"):
        save(assessment, buyer, "score", "partial", ref)
    seen: list[str] = []
    for _ in range(3):
        found = changes.changes_since(
            tenant=assessment.facility_id, assessment_id=assessment.pk, since=since
        )
        since, seen = found.until, seen + [change.ref for change in found.items]
    assert seen == ["O-1.1", "O-2.1", "O-7.1", "O-7.2"]


def test_a_sign_of_life_costs_the_same_however_many_are_here(
    signed_in: Client,
    assessment: Assessment,
    buyer: User,
    facility: Facility,
    django_assert_max_num_queries: Any,
) -> None:
    now = timezone.now()
    for number in range(8):
        colleague = factories.member(facility)
        presence.sign_of_life(assessment_id=assessment.pk, chapter_id=None, now=now, by=colleague)
        save(assessment, colleague, "comment", f"Avis {number}")
    beat(signed_in, assessment, buyer)
    with django_assert_max_num_queries(9):
        assert len(beat(signed_in, assessment, buyer).json()["others"]) == 8


def test_declared_and_given_chapters_come_with_the_sign(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    door = grid.door(buyer, assessment.pk)
    assert door
    chapter_work.assign_chapter(
        assessment_id=assessment.pk,
        position=4,
        texts=grid.catalogue(door.version),
        assignee=buyer,
        base_version=0,
        by=buyer,
    )
    assert beat(signed_in, assessment, buyer).json()["works"] == [
        {"chapter": 4, "finished": False, "assignee": buyer.full_name, "mine": True}
    ]


def test_the_sign_says_how_long_the_session_lasts_and_it_is_extended(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    idle = settings.SESSION_COOKIE_AGE
    left = beat(signed_in, assessment, buyer).json()["session"]
    assert idle - 60 <= left <= idle
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=idle - 120), tick=False):
        assert beat(signed_in, assessment, buyer).json()["session"] <= 120
        assert signed_in.post(reverse("session_extend")).json() == {"session": idle}
        assert beat(signed_in, assessment, buyer).json()["session"] == idle


def test_a_page_made_for_somebody_else_is_refused(
    assessment: Assessment, buyer: User, colleague: User
) -> None:
    response = beat(client_of(colleague), assessment, buyer)
    assert response.status_code == 401 and response.json()["other"] is True
    save_url = reverse("checklists:assessment_point", args=[assessment.pk, "O-7.2"])
    values = {"field": "comment", "value": "De Claire", "version": 0}
    saved = client_of(colleague).post(save_url, values, headers={"X-Page-User": str(buyer.pk)})
    assert saved.status_code == 401 and saved.json()["other"] is True
    assert not assessment.scores.exclude(comment="").exists()
    assert not Presence.objects.exists()
