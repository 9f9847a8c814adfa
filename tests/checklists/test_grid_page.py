"""The assessment page: what it shows, to whom, at what cost."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from checklists.domain import answering
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

REMINDER = "Rappel : obligation de l’établissement"


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def grid(assessment: Assessment) -> str:
    return reverse("checklists:assessment_grid", args=[assessment.pk])


def save(assessment: Assessment, by: User, ref: str, **fields: str) -> None:
    for field, value in fields.items():
        answering.save_field(
            assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=99, by=by
        )


def checked(html: str) -> set[tuple[str, str]]:
    return set(re.findall(r'name="([^"]+)" value="([^"]+)" checked', html))


def test_the_page_shows_each_point_asked_with_what_was_saved(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    save(assessment, buyer, "O-7.2", score="partial", claim="not_concerned", comment="À <revoir>")
    html = signed_in.get(grid(assessment)).content.decode()
    assert re.findall(r'<tr id="([^"]+)"', html) == ["O-1.1", "O-2.1", "O-2.8", "O-7.1", "O-7.2"]
    assert html.count('<a class="unfold"') == 5 and "&lt;" not in html.replace("À &lt;", "")
    assert checked(html) == {("O-7.2.score", "partial"), ("O-7.2.claim", "not_concerned")}
    assert "À &lt;revoir&gt;</textarea>" in html
    assert "Le titulaire respecte l’exigence O-7.1." in html
    assert 'name="versions" value="O-1.1:0:0 O-2.1:0:0 O-7.1:0:0 O-7.2:1:2"' in html


def test_a_duty_of_the_facility_is_a_reminder_without_any_field(
    signed_in: Client, assessment: Assessment
) -> None:
    html = signed_in.get(grid(assessment)).content.decode()
    assert html.count(REMINDER) == 1
    assert 'name="O-2.8' not in html


def test_nc_is_offered_only_where_the_point_allows_it(
    signed_in: Client, assessment: Assessment
) -> None:
    html = signed_in.get(grid(assessment)).content.decode()
    assert 'name="O-7.2.claim" value="not_concerned"' in html
    assert 'name="O-2.1.claim" value="not_concerned"' not in html


def test_each_answer_is_a_named_group(signed_in: Client, assessment: Assessment) -> None:
    html = signed_in.get(grid(assessment)).content.decode()
    names = re.findall(r'<fieldset class="scores" aria-labelledby="([^"]+)"', html)
    assert names == [f"note n-{ref}" for ref in ("O-1.1", "O-2.1", "O-7.1", "O-7.2")]
    assert 'id="note">Note de l’acheteur</th>' in html
    heads = re.findall(r'id="n-O-7.1">(.*?)</th>', html, re.DOTALL)
    assert [re.sub("<[^>]+>", "", head).strip() for head in heads] == ["O-7.1 Titre du point O-7.1"]
    assert html.count("<fieldset") == 8


def test_guides_are_on_the_page_when_asked(signed_in: Client, assessment: Assessment) -> None:
    assert b"Rien n\xe2\x80\x99y est." not in signed_in.get(grid(assessment)).content
    html = signed_in.get(grid(assessment), {"reperes": "oui"}).content.decode()
    assert html.count("Rien n’y est.") == 5


def test_guides_come_alone_for_the_script(signed_in: Client, assessment: Assessment) -> None:
    response = signed_in.get(reverse("checklists:assessment_guides", args=[assessment.pk]))
    assert response.content.decode().count('data-ref="') == 6
    assert response.headers["Cache-Control"] == "private, max-age=3600"


@pytest.mark.parametrize("role", [Role.CISO, Role.DPO, Role.READER, Role.FACILITY_ADMIN])
def test_who_may_not_score_reads_the_same_page_without_a_field(
    client: Client, assessment: Assessment, facility: Facility, buyer: User, role: str
) -> None:
    save(assessment, buyer, "O-7.2", score="partial", comment="À revoir")
    client.force_login(factories.member(facility, role))
    html = client.get(grid(assessment)).content.decode()
    assert "Lecture seule." in html and "Réservé au rôle acheteur." in html
    table = html[html.index("<table") :]
    assert "À revoir" in table and table.count("Partiel") == 1
    assert not re.findall(r"<(?:fieldset|textarea|input type=\"radio\")", table)


@pytest.mark.parametrize(
    "name", ["assessment_grid", "assessment_guides", "assessment_history", "assessment_chapter"]
)
def test_a_stranger_learns_nothing(
    client: Client, assessment: Assessment, stranger: User, name: str
) -> None:
    client.force_login(stranger)
    parts: dict[str, list[str | int]] = {
        "assessment_history": ["O-7.1"],
        "assessment_chapter": [1],
    }
    more = parts.get(name, [])
    method = client.post if name == "assessment_chapter" else client.get
    real = method(reverse(f"checklists:{name}", args=[assessment.pk, *more]))
    none = method(reverse(f"checklists:{name}", args=[assessment.pk + 1000, *more]))
    assert real.status_code == none.status_code == 404
    assert normal(real.content) == normal(none.content)


def normal(body: bytes) -> bytes:
    return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", body)


@pytest.mark.parametrize("number", [2, 30])
def test_the_cost_does_not_depend_on_the_number_of_points(
    signed_in: Client,
    buyer: User,
    facility: Facility,
    number: int,
    django_assert_num_queries: object,
) -> None:
    points = [{"ref": f"O-{i // 6 + 1}.{i}", "answer_kind": "yes_no"} for i in range(number)]
    assessment = factories.assessment(buyer, facility, on=factories.version(points=points))
    signed_in.get(grid(assessment))  # the texts of the version are read once a process
    with django_assert_num_queries(10):  # type: ignore[operator]
        signed_in.get(grid(assessment))


def test_the_texts_of_a_version_are_read_once(
    signed_in: Client, assessment: Assessment, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(13):  # type: ignore[operator]
        signed_in.get(grid(assessment))


def test_history_says_who_what_before_and_after(
    signed_in: Client, assessment: Assessment, buyer: User, facility: Facility
) -> None:
    colleague = factories.member(facility, full_name="Paul Durand")
    save(assessment, buyer, "O-7.1", comment="Première lecture", score="partial")
    save(assessment, colleague, "O-7.1", score="compliant")
    url = reverse("checklists:assessment_history", args=[assessment.pk, "O-7.1"])
    html = " ".join(signed_in.get(url).content.decode().split())
    rows = [
        tuple(re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row))[1:]
        for row in re.findall(r"<tr>(?: *<td.*?</td>)+", re.sub(r"<form.*?</form>", "", html))
    ]
    assert rows == [
        ("Paul Durand", "Note de l’acheteur", "Partiel", "Conforme"),
        (buyer.full_name, "Note de l’acheteur", "Non noté", "Partiel"),
        (buyer.full_name, "Commentaire", "–", "Première lecture"),
    ]
    assert "Rien n’y est." in html and "Effacer la note" in html


@pytest.mark.parametrize("ref", ["O-99", "O-7.1.score"])
def test_an_unknown_point_has_no_history(
    signed_in: Client, assessment: Assessment, ref: str
) -> None:
    url = reverse("checklists:assessment_history", args=[assessment.pk, ref])
    assert signed_in.get(url).status_code == 404


def test_a_point_without_history_says_so(signed_in: Client, assessment: Assessment) -> None:
    url = reverse("checklists:assessment_history", args=[assessment.pk, "O-7.1"])
    assert "Personne n’a encore rien saisi" in signed_in.get(url).content.decode()
