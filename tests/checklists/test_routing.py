"""Who reviews what: the clausier says, a facility decides otherwise, and every page follows."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.documents import report
from checklists.domain import answering, findings, routing
from checklists.domain.queries import routing as queries
from checklists.domain.routing import Place
from checklists.models import Assessment, Clausier, ReviewRoute
from tests import factories
from tests.checklists.test_exports import faults
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import StaleVersion
from uniha_clausier.common.models import AuditEvent

POINTS = [
    {"ref": "O-1.1", "answer_kind": "yes_no", "reviewers": ["ciso", "dpo"]},
    {"ref": "O-1.2", "answer_kind": "yes_no", "reviewers": ["ciso"]},
    {"ref": "O-2.1", "answer_kind": "yes_no", "reviewers": ["ciso"]},
]
CHAPTER, POINT = Place(chapter="1"), Place(ref="O-1.1")


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility, on=factories.version(points=POINTS))


@pytest.fixture
def clausier(assessment: Assessment) -> Clausier:
    return assessment.checklist.version.clausier


@pytest.fixture
def decide(facility: Facility, clausier: Clausier, buyer: User) -> Callable[..., ReviewRoute]:
    def decide(place: Place, *roles: str, base: int = 0) -> ReviewRoute:
        return routing.set_route(
            facility=facility, clausier=clausier, place=place, roles=roles, base=base, by=buyer
        )

    return decide


def routed(assessment: Assessment) -> dict[str, list[str]]:
    texts = queries.texts_of(assessment.checklist.version)
    return queries.reviewers(assessment, texts)


def find(assessment: Assessment, role: str, value: str = "favourable", ref: str = "O-1.1") -> None:
    edit = findings.Edit(ref, "finding", value, 99, 99)
    by = factories.member(assessment.facility, role)
    findings.save_finding(assessment_id=assessment.pk, role=role, edit=edit, by=by)


def waiting(client: Client, who: User) -> str:
    client.force_login(who)
    return client.get(reverse("checklists:my_points")).content.decode()


def url(facility: Facility, clausier: Clausier, place: str) -> str:
    return reverse("checklists:route_edit", args=[facility.pk, clausier.code, place])


# -- The rules -------------------------------------------------------------------------------------


def test_a_point_follows_its_own_rule_else_its_chapter_else_the_clausier(
    assessment: Assessment, decide: Any
) -> None:
    assert routed(assessment) == {
        "O-1.1": ["ciso", "dpo"],
        "O-1.2": ["ciso"],
        "O-2.1": ["ciso"],
    }
    decide(CHAPTER, "dpo", "buyer")
    decide(POINT, "biomedical_engineer")
    assert routed(assessment) == {
        "O-1.1": ["biomedical_engineer"],
        "O-1.2": ["dpo", "buyer"],
        "O-2.1": ["ciso"],
    }


def test_a_rule_holds_for_the_next_versions_and_for_no_other_facility(
    assessment: Assessment, buyer: User, decide: Any, clausier: Clausier
) -> None:
    decide(POINT, "dpo")
    other = factories.version(points=POINTS)
    other_clausier = factories.assessment(buyer, assessment.facility, on=other)
    assert routed(other_clausier)["O-1.1"] == ["ciso", "dpo"]
    elsewhere = factories.facility()
    there = factories.assessment(
        factories.member(elsewhere), elsewhere, on=assessment.checklist.version
    )
    assert routed(there)["O-1.1"] == ["ciso", "dpo"]
    rules = queries.rules(assessment.facility_id, clausier.pk)
    texts = queries.texts_of(other)  # another version of the same points
    assert rules.reviewers(texts)["O-1.1"] == ["dpo"]


def test_a_rule_that_ends_gives_the_point_back_and_each_decision_is_journaled(
    assessment: Assessment, facility: Facility, clausier: Clausier, buyer: User, decide: Any
) -> None:
    rule = decide(POINT, "dpo")
    assert decide(POINT, "dpo", base=rule.pk) == rule
    rule = decide(POINT, "dpo", "buyer", base=rule.pk)
    routing.drop_route(facility=facility, clausier=clausier, place=POINT, base=rule.pk, by=buyer)
    assert routed(assessment)["O-1.1"] == ["ciso", "dpo"]
    events = AuditEvent.objects.filter(subject=f"review_route/{clausier.code}").order_by("seq")
    assert [(one.action, one.data["before"], one.data.get("after")) for one in events] == [
        ("review_route.set", "", "dpo"),
        ("review_route.set", "dpo", "dpo buyer"),
        ("review_route.dropped", "dpo buyer", None),
    ]
    assert not list(journal.verify())


def test_a_rule_names_somebody_and_is_decided_on_what_was_read(decide: Any) -> None:
    with pytest.raises(routing.NoReviewer):
        decide(POINT)
    decide(POINT, "dpo")
    with pytest.raises(StaleVersion):
        decide(POINT, "buyer")


@pytest.mark.parametrize(
    "change",
    [
        {"roles": "buyer"},
        {"ref": "O-1.2"},
        {"set_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
    ],
    ids=["roles", "point", "moment"],
)
def test_the_database_never_rewrites_a_rule(decide: Any, change: dict[str, Any]) -> None:
    rule = decide(POINT, "dpo")
    with pytest.raises(IntegrityError, match="kept as it was set"), transaction.atomic():
        ReviewRoute.objects.filter(pk=rule.pk).update(**change)
    with pytest.raises(IntegrityError, match="kept as it was set"), transaction.atomic():
        ReviewRoute.objects.filter(pk=rule.pk).delete()


def test_the_database_ends_a_rule_once(decide: Any, buyer: User) -> None:
    rule, now = decide(POINT, "dpo"), timezone.now()
    decide(POINT, "ciso", base=rule.pk)
    with pytest.raises(IntegrityError, match="ends once"), transaction.atomic():
        ReviewRoute.objects.filter(pk=rule.pk).update(ended_at=now)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"roles": "reader"}, "review_route_roles_known"),
        ({"roles": "dpo ciso"}, "review_route_roles_known"),
        ({"chapter": "1"}, "review_route_of_one_place"),
        ({"ref": ""}, "review_route_of_one_place"),
        ({"ended_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "review_route_ended_by_someone"),
    ],
)
def test_the_database_knows_what_a_rule_is(
    facility: Facility, clausier: Clausier, buyer: User, changes: dict[str, Any], name: str
) -> None:
    values = {"ref": "O-1.1", "roles": "dpo", "set_at": timezone.now(), "set_by": buyer}
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        ReviewRoute.objects.create(facility=facility, clausier=clausier, **values | changes)
    assert name in str(caught.value)


def test_the_database_keeps_one_rule_a_place(
    facility: Facility, clausier: Clausier, buyer: User, decide: Any
) -> None:
    decide(POINT, "dpo")
    unique = "review_route_once_a_place" if connection.vendor == "postgresql" else "UNIQUE"
    with pytest.raises(IntegrityError, match=unique), transaction.atomic():
        ReviewRoute.objects.create(
            facility=facility,
            clausier=clausier,
            ref="O-1.1",
            roles="ciso",
            set_at=timezone.now(),
            set_by=buyer,
        )


# -- What follows ----------------------------------------------------------------------------------


def test_my_points_and_the_page_of_findings_follow_the_rule(
    client: Client, assessment: Assessment, facility: Facility, decide: Any
) -> None:
    dpo, ciso = factories.member(facility, Role.DPO), factories.member(facility, Role.CISO)
    assert "0 / 1" in waiting(client, dpo) and "0 / 3" in waiting(client, ciso)
    decide(CHAPTER, "dpo")
    assert "0 / 2" in waiting(client, dpo) and "0 / 1" in waiting(client, ciso)
    page = reverse("checklists:assessment_findings", args=[assessment.pk])
    html = client.get(f"{page}?role=ciso").content.decode()
    assert 'id="O-2.1"' in html and 'id="O-1.1"' not in html
    with pytest.raises(answering.NotAllowedHere):
        find(assessment, Role.CISO)
    find(assessment, Role.DPO, ref="O-1.2")
    assert "1 / 2" in waiting(client, dpo)


def test_a_finding_of_a_role_that_no_longer_reviews_stays_and_settles_nothing(
    client: Client, assessment: Assessment, buyer: User, decide: Any
) -> None:
    find(assessment, Role.CISO, "favourable")
    find(assessment, Role.DPO, "unfavourable")
    client.force_login(buyer)
    page = reverse("checklists:assessment_grid", args=[assessment.pk])
    assert "Avis divergents" in client.get(page).content.decode()
    assert report.gather(assessment.pk)["differing"] == ["O-1.1"]
    decide(POINT, "ciso")
    html = client.get(page).content.decode()
    assert "Avis divergents" not in html and "ne relit plus ce point" in html
    data = report.gather(assessment.pk)
    assert (data["differing"], data["points"][0]["reviewers"]) == ([], ["RSSI"])
    told = {one["role"]: one.get("is_former", False) for one in data["points"][0]["findings"]}
    assert told == {"ciso": False, "dpo": True}
    exported = reverse("checklists:assessment_export", args=[assessment.pk, "json"])
    assert faults(client.get(exported).json()) == []


def test_what_a_signed_assessment_showed_does_not_change(
    assessment: Assessment, decide: Any
) -> None:
    rule = decide(POINT, "dpo")
    Assessment.objects.filter(pk=assessment.pk).update(signed_at=timezone.now())
    before = report.gather(assessment.pk)
    decide(POINT, "buyer", base=rule.pk)
    decide(CHAPTER, "ciso")
    assessment.refresh_from_db()
    assert routed(assessment)["O-1.1"] == ["dpo"]
    assert report.gather(assessment.pk) == before


def test_an_edition_is_compared_with_the_routing_of_when_it_was_asked_for(
    assessment: Assessment, decide: Any
) -> None:
    asked, before = timezone.now(), report.gather(assessment.pk)
    decide(POINT, "buyer")
    assert report.gather(assessment.pk) != before
    assert report.gather(assessment.pk, routed_at=asked) == before


# -- The screens -----------------------------------------------------------------------------------


def test_an_administrator_decides_on_a_chapter_then_a_point_and_goes_back(
    client: Client, assessment: Assessment, facility: Facility, clausier: Clausier
) -> None:
    client.force_login(factories.member(facility, Role.FACILITY_ADMIN))
    listed = reverse("checklists:route_list", args=[facility.pk]) + f"?clausier={clausier.code}"
    assert "Tous les points suivent le clausier." in client.get(listed).content.decode()
    client.post(url(facility, clausier, "chapitre-1"), {"roles": ["dpo"], "base": 0})
    client.post(url(facility, clausier, "O-1.2"), {"roles": ["buyer", "ciso"], "base": 0})
    html = client.get(listed).content.decode()
    assert "2 règles propres à l’établissement" in html
    assert "Règle du chapitre" in html and "Règle du point" in html
    assert routed(assessment) == {"O-1.1": ["dpo"], "O-1.2": ["ciso", "buyer"], "O-2.1": ["ciso"]}
    form = client.get(url(facility, clausier, "O-1.2")).content.decode()
    assert "La règle du chapitre : DPO." in form and "Revenir à la règle du chapitre" in form
    base = ReviewRoute.objects.get(ref="O-1.2").pk
    client.post(url(facility, clausier, "O-1.2"), {"retablir": "oui", "base": base})
    assert routed(assessment)["O-1.2"] == ["dpo"]
    answer = client.post(
        reverse("checklists:route_drop_all", args=[facility.pk, clausier.code]), follow=True
    )
    assert "Tous les points suivent le clausier." in answer.content.decode()
    assert routed(assessment)["O-1.1"] == ["ciso", "dpo"]


def test_a_refused_rule_says_why_and_keeps_what_was_ticked(
    client: Client, facility: Facility, clausier: Clausier, buyer: User, decide: Any
) -> None:
    client.force_login(buyer)
    answer = client.post(url(facility, clausier, "O-1.1"), {"base": 0})
    assert answer.status_code == 422 and "Choisissez au moins un rôle" in answer.content.decode()
    decide(POINT, "dpo")
    answer = client.post(url(facility, clausier, "O-1.1"), {"roles": ["buyer"], "base": 0})
    html = answer.content.decode()
    assert answer.status_code == 422 and "vient de changer ces relecteurs" in html
    ticked = [line for line in html.split("<input") if 'name="roles"' in line and "checked" in line]
    assert len(ticked) == 1 and 'value="buyer"' in ticked[0]


def test_a_role_that_nobody_holds_is_told(
    client: Client, assessment: Assessment, facility: Facility, clausier: Clausier, buyer: User
) -> None:
    client.force_login(buyer)
    factories.member(facility, Role.CISO)
    listed = reverse("checklists:route_list", args=[facility.pk]) + f"?clausier={clausier.code}"
    html = client.get(listed).content.decode()
    assert "Personne ne tient le rôle DPO" in html
    assert "Personne ne tient le rôle RSSI" not in html


def test_a_place_that_does_not_exist_is_not_found(
    client: Client, facility: Facility, clausier: Clausier, buyer: User
) -> None:
    client.force_login(buyer)
    for place in ("O-9.9", "chapitre-9"):
        assert client.get(url(facility, clausier, place)).status_code == 404
    lost = reverse("checklists:route_edit", args=[facility.pk, "inconnu", "O-1.1"])
    assert client.get(lost).status_code == 404
