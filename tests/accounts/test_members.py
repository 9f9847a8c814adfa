"""The members of a facility: roles given and taken back, people removed, the last administrator."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.domain import members
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Membership, User
from uniha_clausier.common.models import AuditEvent


@pytest.fixture
def admin(facility: Facility) -> Client:
    client = Client()
    client.force_login(factories.member(facility, Role.FACILITY_ADMIN))
    return client


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def roles_of(user: User, facility: Facility) -> set[str]:
    return set(user.memberships.filter(facility=facility).values_list("role", flat=True))


def page(client: Client, facility: Facility, **query: str) -> str:
    return str(client.get(reverse("member_list", args=[facility.pk]), query).content.decode())


def test_each_member_is_listed_with_roles_and_since_when(
    admin: Client, facility: Facility, buyer: User
) -> None:
    Membership.objects.create(user=buyer, facility=facility, role=Role.DPO)
    shown = page(admin, facility)
    assert buyer.full_name in shown
    assert "depuis le" in shown
    assert buyer.full_name not in page(admin, facility, q="quelqu’un d’autre")
    assert "Tout effacer" not in shown
    nobody = page(admin, facility, q="quelqu’un d’autre")
    assert "Aucun membre ne correspond" in nobody and "Tout effacer" in nobody


def test_a_reader_sees_the_list_and_no_button(facility: Facility) -> None:
    client = Client()
    client.force_login(factories.member(facility, Role.READER))
    shown = page(client, facility)
    assert "Seul un administrateur d’établissement invite, donne ou retire un rôle." in shown
    assert "Inviter une personne" not in shown


@pytest.mark.parametrize(
    "name", ["facility", "member_list", "delegation_list", "account_protection"]
)
def test_each_page_of_a_facility_leads_to_the_others(
    admin: Client, facility: Facility, name: str
) -> None:
    shown = admin.get(reverse(name, args=[facility.pk])).content.decode()
    links = shown.partition('aria-label="Pages de l’établissement"')[2].partition("</nav>")[0]
    pages = ("facility", "member_list", "delegation_list", "account_protection")
    wanted = [reverse(one, args=[facility.pk]) for one in pages]
    assert re.findall(r'href="([^"]+)"', links) == wanted
    [current] = re.findall(r'href="([^"]+)"\s+aria-current="page"', links)
    assert current == reverse(name, args=[facility.pk])


def test_a_role_is_given_and_taken_back(admin: Client, facility: Facility, buyer: User) -> None:
    admin.post(reverse("member_role_add", args=[facility.pk, buyer.pk]), {"role": "dpo"})
    assert roles_of(buyer, facility) == {"buyer", "dpo"}
    admin.post(reverse("member_role_take", args=[facility.pk, buyer.pk, "buyer"]))
    assert roles_of(buyer, facility) == {"dpo"}
    acts = AuditEvent.objects.filter(tenant=facility.pk, subject=f"user/{buyer.pk}")
    assert list(acts.order_by("seq").values_list("action", flat=True)) == [
        "member.added",
        "member.role_taken",
    ]


def test_a_role_that_is_none_is_refused(admin: Client, facility: Facility, buyer: User) -> None:
    admin.post(reverse("member_role_add", args=[facility.pk, buyer.pk]), {"role": "roi"})
    assert roles_of(buyer, facility) == {"buyer"}


class TestRemoved:
    """The next request of who is removed is refused, by every door that was open."""

    @pytest.fixture
    def removed(
        self, admin: Client, signed_in: Client, buyer: User, assessment: Assessment
    ) -> Client:
        facility = assessment.facility
        assert signed_in.get(f"/evaluations/{assessment.pk}/").status_code == 200
        admin.post(reverse("member_remove", args=[facility.pk, buyer.pk]))
        return signed_in

    def test_a_page(self, removed: Client, assessment: Assessment) -> None:
        assert removed.get(f"/evaluations/{assessment.pk}/").status_code == 404
        assert "Aucun" in removed.get("/consultations/").content.decode()

    def test_a_save_by_script(self, removed: Client, assessment: Assessment) -> None:
        address = reverse("checklists:assessment_point", args=[assessment.pk, "O-7.1"])
        edit = {"field": "score", "value": "compliant", "version": 0}
        assert removed.post(address, edit).status_code == 404
        assert not assessment.scores.exclude(value="").exists()

    def test_a_fragment_and_a_file(self, removed: Client, assessment: Assessment) -> None:
        for name in ("assessment_guides", "assessment_documents", "assessment_summary"):
            address = reverse(f"checklists:{name}", args=[assessment.pk])
            assert removed.get(address).status_code == 404

    def test_a_token(self, removed: Client, buyer: User, assessment: Assessment) -> None:
        program = Client(headers={"Authorization": f"Bearer {factories.api_token(buyer)[1]}"})
        address = reverse("api:assessment_detail", args=[assessment.pk])
        assert program.get(address).status_code == 404

    def test_what_they_wrote_stays_under_their_name(
        self, removed: Client, buyer: User, facility: Facility, assessment: Assessment
    ) -> None:
        assessment.refresh_from_db()
        assert assessment.checklist.published_by == buyer
        event = AuditEvent.objects.get(action="member.removed")
        assert (event.subject, event.data) == (f"user/{buyer.pk}", {"roles": "buyer"})


class TestLastAdministrator:
    @pytest.fixture
    def me(self, admin: Client) -> User:
        return User.objects.get(pk=admin.session["_auth_user_id"])

    def test_the_last_one_keeps_the_role(self, admin: Client, facility: Facility, me: User) -> None:
        Membership.objects.create(user=me, facility=facility, role=Role.READER)
        address = reverse("member_role_take", args=[facility.pk, me.pk, "facility_admin"])
        assert "dernier administrateur" in admin.post(address, follow=True).content.decode()
        assert roles_of(me, facility) == {"facility_admin", "reader"}

    def test_the_last_one_is_not_removed(self, admin: Client, facility: Facility, me: User) -> None:
        refused = admin.post(reverse("member_remove", args=[facility.pk, me.pk]))
        assert refused["Location"] == reverse("member_list", args=[facility.pk])
        assert roles_of(me, facility) == {"facility_admin"}

    def test_a_closed_account_is_no_administrator(self, facility: Facility, me: User) -> None:
        factories.member(facility, Role.FACILITY_ADMIN, is_active=False)
        with pytest.raises(members.LastAdministrator):
            members.remove(user=me, facility=facility, by=None)

    def test_the_first_of_two_leaves_and_the_second_stays(
        self, facility: Facility, me: User
    ) -> None:
        other = factories.member(facility, Role.FACILITY_ADMIN)
        assert members.remove(user=me, facility=facility, by=me)
        with pytest.raises(members.LastAdministrator):
            members.remove(user=other, facility=facility, by=other)


def test_the_member_of_another_facility_is_nobody(
    admin: Client, facility: Facility, stranger: User
) -> None:
    for name, more in (
        ("member_role_add", []),
        ("member_role_take", ["buyer"]),
        ("member_remove", []),
    ):
        address = reverse(name, args=[facility.pk, stranger.pk, *more])
        assert admin.post(address, {"role": "dpo"}).status_code == 404
    assert stranger.memberships.count() == 1


def test_the_list_costs_the_same_whatever_its_length(
    admin: Client, facility: Facility, django_assert_num_queries: Any
) -> None:
    address = reverse("member_list", args=[facility.pk])
    for _ in range(2):
        with django_assert_num_queries(7):
            admin.get(address)
        for _ in range(5):
            factories.member(facility, Role.BUYER, Role.READER)
