"""The summary: what decides comes first, what is missing is a link, the rates are exact."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from checklists.domain import answering, checklists
from checklists.domain.assessments import start_assessment
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.models import Facility, User


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    draft = factories.draft_checklist(buyer, facility)
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=buyer)
    checklist = checklists.publish(checklist=draft, by=buyer)
    return start_assessment(
        candidacy=factories.candidacy(checklist.lot, buyer), checklist=checklist, by=buyer
    )


def score(assessment: Assessment, by: User, **scores: str) -> None:
    for name, value in scores.items():
        ref = "O-" + name.removeprefix("o").replace("_", ".")
        answering.save_field(
            assessment_id=assessment.pk, ref=ref, field="score", value=value, base_version=0, by=by
        )


def url(assessment: Assessment) -> str:
    return reverse("checklists:assessment_summary", args=[assessment.pk])


def test_knock_outs_come_first_and_each_point_stands_once(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    score(assessment, buyer, o7_1="non_compliant", o7_2="non_compliant", o2_1="partial")
    groups = {
        g.anchor: [p["ref"] for p in g.points]
        for g in signed_in.get(url(assessment)).context["groups"]
    }
    assert groups == {
        "eliminatoires": ["O-7.1"],
        "non-conformites": ["O-7.2"],
        "a-preciser": [],
        "partiels": ["O-2.1"],
    }
    assert next(iter(groups)) == "eliminatoires"


def test_a_list_says_when_the_knock_outs_are_not_in_it(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    def titles() -> list[str]:
        return [g.title for g in signed_in.get(url(assessment)).context["groups"][1:]]

    score(assessment, buyer, o7_2="non_compliant")
    assert titles() == ["Non-conformités", "À préciser", "Partiels"]
    score(assessment, buyer, o7_1="non_compliant")
    assert titles() == ["Autres non-conformités", "À préciser", "Partiels"]


def test_what_is_missing_is_a_list_of_links_to_the_grid(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    score(assessment, buyer, o7_1="compliant", o7_2="compliant")
    page = signed_in.get(url(assessment)).content.decode()
    grid = reverse("checklists:assessment_grid", args=[assessment.pk])
    assert f'href="{grid}#O-1.1"' in page
    assert "Il manque 2 notes" in page
    assert f"{grid}#O-7.1" in page  # a knock-out is listed even when it is compliant


def test_the_rate_is_shown_with_its_figures(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    score(
        assessment,
        buyer,
        o1_1="compliant",
        o2_1="partial",
        o7_1="non_compliant",
        o7_2="not_applicable",
    )
    response = signed_in.get(url(assessment))
    assert response.context["data"]["overall"]["display"] == "50,0\u202f%"
    assert "4 points notés sur 4 · taux 50,0\u202f%" in response.content.decode()


def test_the_number_of_queries_does_not_follow_the_points(
    signed_in: Client, buyer: User, facility: Facility, django_assert_num_queries: object
) -> None:
    few = factories.assessment(buyer, facility)
    many = factories.assessment(
        buyer,
        facility,
        on=factories.version(
            points=[
                {"ref": f"O-{c}.{n}", "condition": "ALWAYS", "answer_kind": "yes_no"}
                for c in range(1, 6)
                for n in range(1, 9)
            ]
        ),
    )
    for assessment in (few, many):
        with django_assert_num_queries(19):  # type: ignore[operator]
            signed_in.get(url(assessment))


def test_a_stranger_gets_404(client: Client, assessment: Assessment, stranger: User) -> None:
    client.force_login(stranger)
    assert client.get(url(assessment)).status_code == 404
    assert client.get(url(assessment).replace(str(assessment.pk), "999999")).status_code == 404


def fragment(client: Client, assessment: Assessment, seen: str = "") -> HttpResponse:
    headers = {"HX-Request": "true"}
    return client.get(url(assessment), {"vu": seen}, headers=headers)  # type: ignore[return-value]


def test_the_open_page_gets_its_figures_alone_and_only_when_something_was_saved(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    seen = signed_in.get(url(assessment)).context["mark"]
    assert fragment(signed_in, assessment, seen).status_code == 204
    score(assessment, buyer, o7_1="compliant")
    response = fragment(signed_in, assessment, seen)
    html = response.content.decode()
    assert response.status_code == 200 and "<html" not in html
    assert 'id="chiffres"' in html and "1 point noté sur 4" in html
    assert 'hx-swap-oob="true"' in html
    assert response["Cache-Control"].startswith("max-age=0")


def test_the_page_that_nothing_changed_for_costs_the_same_whatever_it_shows(
    signed_in: Client,
    assessment: Assessment,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    seen = signed_in.get(url(assessment)).context["mark"]
    # Session, person, the assessment, the roles.
    with django_assert_num_queries(4):
        fragment(signed_in, assessment, seen)
