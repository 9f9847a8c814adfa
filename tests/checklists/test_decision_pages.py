"""The page « Décision »: what is missing first, the points that call for one, then the whole."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from checklists.domain.assessments import start_assessment
from checklists.models import Assessment, AssessmentDecision, PointDecision
from tests import factories
from tests.checklists.decision_site import (
    decide,
    decided,
    edit,
    ready,
    reservation,
    scored_assessment,
    whole,
    write,
)
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User


@pytest.fixture
def scored(buyer: User, facility: Facility) -> Assessment:
    return scored_assessment(buyer, facility)


def url(assessment: Assessment, page: str = "assessment_decision") -> str:
    return reverse(f"checklists:{page}", args=[assessment.pk])


def html_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def sent(assessment: Assessment, **decisions: str) -> dict[str, str]:
    """What the form of the page sends for some points, as a person reads it now."""
    data = {}
    for name, value in decisions.items():
        ref = "O-" + name.removeprefix("o").replace("_", ".")
        read = edit(assessment, ref, value)
        data[f"{ref}-decision"] = value
        data[f"{ref}-read"] = f"{read.base_version}.{read.answer_version}.{read.score_version}"
    return data


def test_missing_scores_come_first_each_a_link(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    write(scored, "O-7.2", "score", "", buyer)
    response = signed_in.get(url(scored))
    html = html_of(response)
    grid = reverse("checklists:assessment_grid", args=[scored.pk])
    assert "Il manque une note" in html
    assert html.index("Il manque une note") < html.index("Points à décider un par un")
    assert f'<a href="{grid}#O-7.2"' in html
    assert "Il se décide quand plus rien ne manque" in html


def test_only_what_calls_for_a_decision_is_listed_with_its_reasons(
    signed_in: Client, scored: Assessment
) -> None:
    response = signed_in.get(url(scored))
    assert [(row.line.ref, row.why) for row in response.context["rows"]] == [
        ("O-2.1", ["Répond NON", "Non conforme"]),
        ("O-7.1", ["Partiel"]),
    ]
    assert [line.ref for line in response.context["others"]] == ["O-1.1", "O-7.2"]
    every = signed_in.get(url(scored) + "?voir=tous")
    assert len(every.context["rows"]) == 4


def test_decisions_are_saved_together_and_the_reservation_is_kept(
    signed_in: Client, scored: Assessment
) -> None:
    data = sent(scored, o2_1="refused", o7_1="reserved") | {
        "O-7.1-commitment": "Chiffrer les sauvegardes.",
        "O-7.1-owner": "Éditeur",
        "O-7.1-due_on": "2027-03-01",
    }
    response: Any = signed_in.post(url(scored), data, follow=True)
    assert "2 décisions enregistrées." in html_of(response)
    assert PointDecision.objects.get(value="reserved").owner == "Éditeur"
    assert "Accepter ces 2 autres points" in html_of(response)


def test_an_incomplete_reservation_keeps_what_was_typed_and_saves_the_others(
    signed_in: Client, scored: Assessment
) -> None:
    data = sent(scored, o2_1="refused", o7_1="reserved") | {"O-7.1-owner": "Éditeur à rappeler"}
    response: Any = signed_in.post(url(scored), data)
    html = html_of(response)
    assert response.status_code == 422
    assert "Écrivez l’engagement." in html and "Donnez l’échéance." in html
    assert 'value="Éditeur à rappeler"' in html
    assert decided(scored) == {"O-1.1": "", "O-2.1": "refused", "O-7.1": "", "O-7.2": ""}


def test_who_comes_second_is_told_and_may_decide_again(
    signed_in: Client, scored: Assessment, facility: Facility
) -> None:
    colleague, late = factories.member(facility), sent(scored, o7_1="refused")
    decide(scored, colleague, edit(scored, "O-7.1", "accepted"))
    response: Any = signed_in.post(url(scored), late)
    assert response.status_code == 422
    assert f"{colleague} a décidé" in html_of(response)
    again = sent(scored, o7_1="refused")
    assert f'name="O-7.1-read" value="{again["O-7.1-read"]}"' in html_of(response)
    signed_in.post(url(scored), again)
    assert decided(scored)["O-7.1"] == "refused"


def test_a_point_that_left_the_list_meanwhile_is_still_decided(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    data = sent(scored, o7_1="refused")
    write(scored, "O-7.1", "score", "compliant", buyer)
    signed_in.post(url(scored), data)
    assert decided(scored)["O-7.1"] == "refused"


def test_the_others_are_accepted_in_one_act(signed_in: Client, scored: Assessment) -> None:
    response: Any = signed_in.post(url(scored, "decision_others"), follow=True)
    assert "2 décisions enregistrées." in html_of(response)
    assert "Les autres points" not in html_of(response)


def test_the_whole_is_decided_then_shown_with_name_and_reason(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    ready(scored, buyer, edit(scored, "O-2.1", "refused"), reservation(scored, "O-7.1"))
    page = url(scored, "decision_whole")
    response: Any = signed_in.post(page, {"value": "reserved", "base_version": 0})
    assert (response.status_code, "Donnez le motif" in html_of(response)) == (422, True)
    sent_form = {"value": "reserved", "reason": "Suivie au COPIL.", "base_version": 0}
    response = signed_in.post(page, sent_form, follow=True)
    html = html_of(response)
    assert f"Décidé par {buyer}" in html and "Suivie au COPIL." in html
    assert AssessmentDecision.objects.get().value == "reserved"


def test_the_whole_offers_only_what_holds_with_the_points(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    ready(scored, buyer, edit(scored, "O-2.1", "refused"), reservation(scored, "O-7.1"))
    choices = dict(signed_in.get(url(scored)).context["form"].fields["value"].choices)
    assert list(choices) == ["reserved", "refused"]


def test_a_point_that_changes_after_the_whole_is_said(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    ready(scored, buyer, edit(scored, "O-2.1", "accepted"), edit(scored, "O-7.1", "accepted"))
    whole(scored, "accepted", buyer)
    assert "décidez à nouveau de l’ensemble" not in html_of(signed_in.get(url(scored)))
    write(scored, "O-7.2", "score", "partial", buyer)
    html = html_of(signed_in.get(url(scored)))
    assert "décidez à nouveau de l’ensemble" in html
    assert "La réponse ou la note a changé depuis" in html


def test_a_reader_sees_the_decisions_and_no_form(
    client: Client, scored: Assessment, buyer: User, facility: Facility
) -> None:
    decide(scored, buyer, reservation(scored, "O-7.1"))
    client.force_login(factories.member(facility, Role.READER))
    html = html_of(client.get(url(scored)))
    assert "Chiffrer les sauvegardes." in html
    assert "Enregistrer les décisions" not in html and 'type="radio"' not in html


def test_before_the_opening_nothing_is_decided(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    checklist = factories.published_checklist(buyer, facility)
    sealed = start_assessment(
        candidacy=factories.candidacy(checklist.lot, buyer), checklist=checklist, by=buyer
    )
    assert signed_in.post(url(sealed, "decision_others")).status_code == 403
    assert "Enregistrez d’abord l’ouverture des plis" in html_of(signed_in.get(url(sealed)))


def test_once_signed_the_page_is_read_only(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    decide(scored, buyer, reservation(scored, "O-7.1"))
    Assessment.objects.filter(pk=scored.pk).update(signed_at=timezone.now())
    html = html_of(signed_in.get(url(scored)))
    assert "Évaluation signée" in html and 'type="radio"' not in html


def test_the_history_of_a_point_tells_its_decisions(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    decide(scored, buyer, edit(scored, "O-7.1", "refused"))
    page = reverse("checklists:assessment_history", args=[scored.pk, "O-7.1"])
    html = html_of(signed_in.get(page))
    assert "Décision" in html and "Refusé" in html
    assert "nouveau responsable" not in html


def test_the_history_of_a_point_says_a_new_owner_and_not_who(
    signed_in: Client, scored: Assessment, buyer: User
) -> None:
    asked = reservation(scored, "O-7.1")
    decide(scored, buyer, asked)
    page = reverse("checklists:assessment_history", args=[scored.pk, "O-7.1"])
    html = html_of(signed_in.get(page))
    assert html.count("nouveau responsable") == 1 and asked.owner not in html


def test_the_page_asks_as_many_queries_whatever_is_decided(
    signed_in: Client,
    scored: Assessment,
    buyer: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    signed_in.get(url(scored))  # reads the clausier once a process
    with django_assert_num_queries(7):
        signed_in.get(url(scored))
    ready(scored, buyer, edit(scored, "O-2.1", "refused"), reservation(scored, "O-7.1"))
    with django_assert_num_queries(7):
        signed_in.get(url(scored))
