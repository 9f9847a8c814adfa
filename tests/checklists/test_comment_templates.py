"""The comments that a facility keeps ready: rules, pages, and what the grid offers."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checklists.domain import comment_templates
from checklists.domain.comment_templates import Wording
from checklists.domain.queries.comment_templates import templates_of
from checklists.models import CommentTemplate
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import StaleVersion
from uniha_clausier.common.models import AuditEvent


def add(facility: Facility, by: User, title: str, **values: Any) -> CommentTemplate:
    wording = Wording(title, **{"text": f"Texte de {title}."} | values)
    return comment_templates.add_template(facility=facility, wording=wording, by=by)


def order(facility: Facility) -> list[tuple[int, str]]:
    return [(one.position, one.title) for one in templates_of(facility.pk)]


def words(response: Any) -> str:
    text = re.sub(r"<[^>]*>", " ", response.content.decode())
    return " ".join(text.split())


def list_url(facility: Facility) -> str:
    return reverse("checklists:comment_template_list", args=[facility.pk])


def create_url(facility: Facility) -> str:
    return reverse("checklists:comment_template_create", args=[facility.pk])


def edit_url(template: CommentTemplate) -> str:
    return reverse("checklists:comment_template_edit", args=[template.pk])


def delete_url(template: CommentTemplate) -> str:
    return reverse("checklists:comment_template_delete", args=[template.pk])


# -- Rules -------------------------------------------------------------------------------------


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.integers(min_value=0, max_value=12), min_size=1, max_size=8))
@pytest.mark.django_db
def test_the_ranks_stay_without_a_hole_wherever_templates_are_put(places: list[int]) -> None:
    facility = factories.facility()
    buyer = factories.member(facility)
    expected: list[str] = []
    for number, place in enumerate(places):
        add(facility, buyer, f"Modèle {number}", place=place)
        index = min(place, len(expected) + 1) - 1 if place else len(expected)
        expected.insert(index, f"Modèle {number}")
    assert order(facility) == list(enumerate(expected, start=1))


def test_a_template_moves_and_the_others_make_room(facility: Facility, buyer: User) -> None:
    for title in ("Un", "Deux", "Trois"):
        add(facility, buyer, title)
    third = CommentTemplate.objects.get(title="Trois")
    wording = Wording("Trois", third.text, place=1)
    comment_templates.change_template(template=third, wording=wording, base_version=1, by=buyer)
    assert order(facility) == [(1, "Trois"), (2, "Un"), (3, "Deux")]
    third.refresh_from_db()
    comment_templates.delete_template(template=third, base_version=2, by=buyer)
    assert order(facility) == [(1, "Un"), (2, "Deux")]


def test_each_act_is_in_the_journal_with_what_stood_before(facility: Facility, buyer: User) -> None:
    made = add(facility, buyer, "À dater", score="to_clarify")
    wording = Wording("À dater", "Donnez une date.", "to_clarify")
    changed = comment_templates.change_template(
        template=made, wording=wording, base_version=1, by=buyer
    )
    # The same thing again changes nothing.
    comment_templates.change_template(template=made, wording=wording, base_version=2, by=buyer)
    comment_templates.delete_template(template=changed, base_version=2, by=buyer)
    events = AuditEvent.objects.filter(subject__startswith="comment_template/").order_by("seq")
    assert [event.action for event in events] == [
        "comment_template.created",
        "comment_template.changed",
        "comment_template.deleted",
    ]
    assert [event.data.get("before", {}).get("text") for event in events] == [
        None,
        "Texte de À dater.",
        "Donnez une date.",
    ]
    assert list(journal.verify()) == []


def test_nobody_overwrites_or_deletes_what_they_have_not_read(
    facility: Facility, buyer: User
) -> None:
    made = add(facility, buyer, "Un")
    wording = Wording("Un", "Nouveau texte.")
    comment_templates.change_template(template=made, wording=wording, base_version=1, by=buyer)
    with pytest.raises(StaleVersion):
        comment_templates.change_template(
            template=made, wording=Wording("Un", "Autre."), base_version=1, by=buyer
        )
    with pytest.raises(StaleVersion):
        comment_templates.delete_template(template=made, base_version=1, by=buyer)
    assert CommentTemplate.objects.get().text == "Nouveau texte."


def test_a_title_is_used_once_in_a_facility_whatever_its_accents(
    facility: Facility, buyer: User
) -> None:
    add(facility, buyer, "Échéance")
    with pytest.raises(comment_templates.TitleTaken):
        add(facility, buyer, "echeance")
    other = factories.facility()
    add(other, factories.member(other), "Échéance")


def test_a_facility_keeps_a_number_of_templates_that_the_eye_can_scan(
    facility: Facility, buyer: User
) -> None:
    CommentTemplate.objects.bulk_create(
        CommentTemplate(facility=facility, title=str(n), text="x", position=n)
        for n in range(1, comment_templates.MOST + 1)
    )
    with pytest.raises(comment_templates.TooMany):
        add(facility, buyer, "Un de trop")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"title": ""}, "comment_template_says_something"),
        ({"text": ""}, "comment_template_says_something"),
        ({"score": "excellent"}, "comment_template_score_known"),
        ({"position": 0}, "comment_template_position_from_one"),
        ({"title": "Double"}, "comment_template_title_unique"),
        ({"title": "DOUBLE"}, "comment_template_title_unique"),
    ],
)
def test_the_database_refuses_what_the_rules_refuse(
    facility: Facility, buyer: User, values: dict[str, Any], name: str
) -> None:
    add(facility, buyer, "Double")
    fields = {"title": "Autre", "text": "x", "position": 2} | values
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        CommentTemplate.objects.create(facility=facility, **fields)


# -- Pages -------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(signed_in: Client, facility: Facility) -> None:
    text = words(signed_in.get(list_url(facility)))
    assert "Gardez ici les phrases que vous réécrivez souvent" in text
    assert "Ajouter un modèle" in text


def test_a_template_is_added_changed_and_deleted(signed_in: Client, facility: Facility) -> None:
    fields = {"title": " À  dater ", "text": "Donnez une date.\r\nMerci.", "score": "to_clarify"}
    response = signed_in.post(create_url(facility), fields)
    assert response["Location"] == list_url(facility)
    made = CommentTemplate.objects.get()
    assert (made.title, made.text) == ("À dater", "Donnez une date.\nMerci.")
    page = signed_in.get(edit_url(made))
    assert page.context["form"].initial["version"] == 1
    fields |= {"text": "Donnez une date précise.", "version": "1"}
    assert signed_in.post(edit_url(made), fields).status_code == 302
    assert "Donnez une date précise." in words(signed_in.get(list_url(facility)))
    asked = words(signed_in.get(delete_url(made)))
    assert "Les commentaires écrits avec lui ne changent pas." in asked
    assert CommentTemplate.objects.exists()
    signed_in.post(delete_url(made), {"version": "2"})
    assert not CommentTemplate.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": "  "}, "Donnez un titre au modèle."),
        ({"text": ""}, "Écrivez le texte du modèle."),
        ({"text": "a" * 2001}, "2000"),
        ({"title": "échéance"}, "Un modèle s’appelle déjà"),
        ({"place": "0"}, "Le premier rang est 1."),
        ({"score": "excellent"}, "excellent"),
        ({"text": "a\x00b"}, "caractère nul"),
    ],
)
def test_what_is_refused_says_what_to_do(
    signed_in: Client, facility: Facility, buyer: User, fields: dict[str, str], sentence: str
) -> None:
    add(facility, buyer, "Échéance")
    response = signed_in.post(create_url(facility), {"title": "Autre", "text": "Texte."} | fields)
    assert response.status_code == 422
    assert sentence in words(response)
    assert CommentTemplate.objects.count() == 1


def test_a_form_read_before_a_change_overwrites_nothing(
    signed_in: Client, facility: Facility, buyer: User
) -> None:
    made = add(facility, buyer, "Un")
    fields = {"title": "Un", "text": "Le mien.", "version": "0"}
    response = signed_in.post(edit_url(made), fields)
    assert response.status_code == 422
    assert "Quelqu’un d’autre a changé ce modèle" in words(response)
    assert signed_in.post(delete_url(made), {"version": "0"}).status_code == 302
    made.refresh_from_db()
    assert made.text == "Texte de Un."


def test_a_reader_sees_the_list_without_the_acts(
    client: Client, facility: Facility, buyer: User
) -> None:
    made = add(facility, buyer, "Un")
    client.force_login(factories.member(facility, Role.READER))
    html = client.get(list_url(facility)).content.decode()
    assert "Texte de Un." in html and edit_url(made) not in html
    assert "Réservé au rôle acheteur." in html


def test_the_grid_is_offered_the_templates_of_its_own_facility(
    signed_in: Client, facility: Facility, buyer: User
) -> None:
    assessment = factories.assessment(buyer, facility)
    other = factories.facility()
    add(other, factories.member(other), "Ailleurs")
    add(facility, buyer, "Ici", score="partial")
    url = reverse("checklists:comment_template_choice", args=[assessment.pk])
    html = signed_in.get(url).content.decode()
    assert "Ici" in html and 'data-score="partial"' in html
    assert "Ailleurs" not in html


def test_the_cost_of_the_list_does_not_depend_on_its_length(
    signed_in: Client, facility: Facility, buyer: User, django_assert_num_queries: Any
) -> None:
    for number in (1, 3):
        while CommentTemplate.objects.count() < number:
            add(facility, buyer, f"Modèle {CommentTemplate.objects.count()}")
        with django_assert_num_queries(5):
            signed_in.get(list_url(facility))
