"""A role held for another from one day to another: by its dates, ended early, told by the journal."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts import queries
from uniha_clausier.accounts.domain import delegations, factors, members, privacy
from uniha_clausier.accounts.domain.delegations import DelegationRefused
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Delegation, Facility, Membership, User
from uniha_clausier.common.models import AuditEvent

from .codes import with_application

PARIS = ZoneInfo("Europe/Paris")
FIRST, LAST = dt.date(2026, 12, 21), dt.date(2027, 1, 3)
BEFORE = dt.datetime(2026, 12, 14, 9, 0, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[Any]:
    """A week before the first day, until a test moves it."""
    cache.clear()
    with time_machine.travel(BEFORE, tick=False) as found:
        yield found


@pytest.fixture
def ciso(facility: Facility) -> User:
    return factories.member(facility, Role.CISO, full_name="Rémi Vallon")


@pytest.fixture
def deputy(facility: Facility) -> User:
    return factories.member(facility, Role.READER, full_name="Dina Roux")


@pytest.fixture
def admin(facility: Facility) -> User:
    return factories.member(facility, Role.FACILITY_ADMIN)


@pytest.fixture
def given(ciso: User, deputy: User, admin: User) -> Delegation:
    return give(ciso.memberships.get(), deputy, by=admin)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


def give(holder: Membership, to: User, **changed: Any) -> Delegation:
    values: dict[str, Any] = {
        "first_day": FIRST,
        "last_day": LAST,
        "reason": "Congés de fin d’année.",
        "by": None,
    }
    return delegations.delegate(holder=holder, to=to, **values | changed)


def at(day: dt.date, hour: int = 12, minute: int = 0) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS)


def declares(user: User, assessment: Assessment) -> int:
    """The answer to an act of who reviews: a declaration of interests."""
    client = Client()
    client.force_login(user)
    url = reverse("checklists:interest_declare", args=[assessment.pk])
    return int(client.post(url, {"value": "clear"}).status_code)


DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        (at(FIRST - DAY, 23, 59), 403),
        (at(FIRST, 0, 0), 302),
        (at(LAST, 23, 59), 302),
        (at(LAST + DAY, 0, 0), 403),
    ],
)
def test_the_role_is_held_from_the_first_day_to_the_last_as_in_paris(
    moment: dt.datetime,
    status: int,
    clock: Any,
    given: Delegation,
    deputy: User,
    assessment: Assessment,
) -> None:
    clock.move_to(moment)
    assert declares(deputy, assessment) == status


def test_ended_early_the_next_request_is_refused(
    clock: Any, given: Delegation, deputy: User, admin: User, assessment: Assessment
) -> None:
    clock.move_to(at(FIRST))
    assert declares(deputy, assessment) == 302
    client = Client()
    client.force_login(admin)
    assert client.post(reverse("delegation_end", args=[given.pk])).status_code == 302
    assert declares(deputy, assessment) == 403
    given.refresh_from_db()
    assert (given.ended_at, given.ended_by) == (at(FIRST), admin)
    deputy.refresh_from_db()
    assert deputy.deputy_until is None
    delegations.end(delegation=given, by=admin)
    ended = AuditEvent.objects.filter(action="delegation.ended")
    assert ended.count() == 1


@pytest.mark.parametrize("leaves", ["principal", "delegate", "role", "disabled"])
def test_when_either_leaves_it_is_over(
    leaves: str,
    clock: Any,
    given: Delegation,
    ciso: User,
    deputy: User,
    facility: Facility,
    assessment: Assessment,
) -> None:
    clock.move_to(at(FIRST))
    if leaves == "role":
        members.take_role(user=ciso, facility=facility, role=Role.CISO, by=None)
    elif leaves == "disabled":
        ciso.is_active = False
        ciso.save()
    else:
        who = ciso if leaves == "principal" else deputy
        members.remove(user=who, facility=facility, by=None)
    assert declares(deputy, assessment) == (404 if leaves == "delegate" else 403)
    given.refresh_from_db()
    assert (given.ended_at is None) == (leaves == "disabled")


def test_who_comes_back_has_no_old_delegation(
    clock: Any, given: Delegation, deputy: User, facility: Facility, assessment: Assessment
) -> None:
    clock.move_to(at(FIRST))
    members.remove(user=deputy, facility=facility, by=None)
    members.add_member(user=deputy, facility=facility, role=Role.READER, by=None)
    assert declares(deputy, assessment) == 403


def test_a_membership_taken_by_another_way_ends_the_right_too(
    clock: Any, given: Delegation, ciso: User, deputy: User, assessment: Assessment
) -> None:
    """The right is the join of today, whatever became of the rows."""
    clock.move_to(at(FIRST))
    ciso.memberships.all().delete()
    assert declares(deputy, assessment) == 403


def test_it_gives_the_role_in_that_facility_alone(
    clock: Any, given: Delegation, deputy: User
) -> None:
    clock.move_to(at(FIRST))
    other = factories.facility()
    Membership.objects.create(user=deputy, facility=other, role=Role.READER)
    there = factories.assessment(factories.member(other), other)
    assert declares(deputy, there) == 403


def test_each_act_says_in_whose_place_and_only_those(
    clock: Any,
    given: Delegation,
    ciso: User,
    deputy: User,
    facility: Facility,
    assessment: Assessment,
) -> None:
    clock.move_to(at(FIRST))
    declares(deputy, assessment)
    Membership.objects.create(user=deputy, facility=facility, role=Role.BUYER)
    client = Client()
    client.force_login(deputy)
    client.post(
        "/consultations/nouvelle/", {"reference": "2027-1", "title": "Essai", "procedure": "open"}
    )
    told = {
        event.action: event.data.get("by_delegation_of")
        for event in AuditEvent.objects.filter(tenant=facility.pk, actor=deputy.pk)
    }
    assert told["tender.created"] is None
    assert told["interest.declared"] == {
        "delegation": given.pk,
        "person": ciso.pk,
        "role": "ciso",
    }


def test_a_colleague_after_a_deputy_acts_in_nobodys_place(
    clock: Any, given: Delegation, ciso: User, deputy: User, assessment: Assessment
) -> None:
    clock.move_to(at(FIRST))
    declares(deputy, assessment)
    declares(ciso, assessment)
    mine = AuditEvent.objects.get(actor=ciso.pk, action="interest.declared")
    assert "by_delegation_of" not in mine.data


class TestSecondFactor:
    def needs(self, user: User) -> bool:
        client = Client()
        client.force_login(user)
        response: Any = client.get("/consultations/")
        return bool(response.status_code == 302 and "securite" in response["Location"])

    def test_it_is_asked_from_the_first_day_to_the_last(
        self, clock: Any, given: Delegation, deputy: User, facility: Facility
    ) -> None:
        factors.require(facility=facility, roles=[Role.CISO], by=None)
        found = []
        for moment in (at(FIRST - DAY, 23, 59), at(FIRST, 0, 0), at(LAST, 23, 59), at(LAST + DAY)):
            clock.move_to(moment)
            found.append(self.needs(deputy))
        assert found == [False, True, True, False]

    def test_who_has_one_goes_on(
        self, clock: Any, given: Delegation, deputy: User, facility: Facility
    ) -> None:
        factors.require(facility=facility, roles=[Role.CISO], by=None)
        with_application(deputy)
        clock.move_to(at(FIRST))
        assert not self.needs(deputy)
        assert factors.is_required(deputy)

    def test_a_token_of_who_lacks_it_is_refused(
        self, clock: Any, given: Delegation, deputy: User, facility: Facility
    ) -> None:
        factors.require(facility=facility, roles=[Role.CISO], by=None)
        _token, secret = factories.api_token(deputy)
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        assert client.get("/api/v1/me").status_code == 200
        clock.move_to(at(FIRST))
        assert client.get("/api/v1/me").status_code == 403


class TestRules:
    def refused(self, field: str, holder: Membership, to: User, **changed: Any) -> str:
        with pytest.raises(DelegationRefused) as caught:
            give(holder, to, **changed)
        assert caught.value.field == field
        assert not Delegation.objects.exists()
        return str(caught.value)

    def test_the_days(self, ciso: User, deputy: User) -> None:
        holder, today = ciso.memberships.get(), BEFORE.date()
        assert "est passé" in self.refused("first_day", holder, deputy, first_day=today - DAY)
        assert "suit" in self.refused("last_day", holder, deputy, last_day=FIRST - DAY)
        assert "un an" in self.refused("last_day", holder, deputy, last_day=FIRST + 366 * DAY)
        give(holder, deputy, first_day=today, last_day=today)

    def test_the_administration_is_not_delegated(self, admin: User, deputy: User) -> None:
        words = self.refused("holder", admin.memberships.get(), deputy)
        assert "ne se délègue pas" in words

    def test_to_a_member_who_has_not_the_role(
        self, ciso: User, stranger: User, facility: Facility
    ) -> None:
        holder = ciso.memberships.get()
        assert "de l’établissement" in self.refused("to", holder, stranger)
        assert "a déjà ce rôle" in self.refused("to", holder, ciso)
        second = factories.member(facility, Role.CISO)
        assert "a déjà ce rôle" in self.refused("to", holder, second)

    def test_once_on_the_same_days(self, given: Delegation, facility: Facility) -> None:
        """Of the other holder of the role neither: the acts would not say in whose place."""
        other = factories.member(facility, Role.CISO).memberships.get()
        with pytest.raises(DelegationRefused, match="pendant ces jours"):
            give(other, given.delegate, first_day=LAST, last_day=LAST + DAY)
        give(other, given.delegate, first_day=LAST + DAY, last_day=LAST + 2 * DAY)

    def test_no_chain(self, clock: Any, given: Delegation, facility: Facility) -> None:
        """Only a role that one holds is delegated, and only an administrator delegates."""
        clock.move_to(at(FIRST))
        third = factories.member(facility, Role.READER)
        client = Client()
        client.force_login(given.delegate)
        url = reverse("delegation_list", args=[facility.pk])
        assert client.post(url, {}).status_code == 403
        loose = Membership(user=given.delegate, facility=facility, role=Role.CISO)
        with pytest.raises(DelegationRefused, match="n’a plus ce rôle"):
            give(loose, third)

    @pytest.mark.parametrize(
        ("changed", "name"),
        [
            ({"role": "facility_admin"}, "delegation_role_may_be_delegated"),
            ({"last_day": FIRST - DAY}, "delegation_ends_after_it_begins"),
            ({"reason": ""}, "delegation_has_a_reason"),
            ({"ended_by": True}, "delegation_ended_by_and_at_agree"),
            ({"delegate": None}, "delegation_to_another_person"),
        ],
    )
    def test_the_database_refuses_too(
        self, changed: dict[str, Any], name: str, given: Delegation
    ) -> None:
        if "ended_by" in changed:
            changed = {"ended_by": given.delegate}
        if "delegate" in changed:
            changed = {"delegate": given.principal}
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Delegation.objects.filter(pk=given.pk).update(**changed)


class TestPages:
    def form(self, given_by: User, facility: Facility, **fields: Any) -> Any:
        client = Client()
        client.force_login(given_by)
        return client.post(reverse("delegation_list", args=[facility.pk]), fields)

    def test_an_administrator_delegates(
        self, admin: User, ciso: User, deputy: User, facility: Facility
    ) -> None:
        response = self.form(
            admin,
            facility,
            holder=ciso.memberships.get().pk,
            to=deputy.pk,
            first_day="2026-12-21",
            last_day="2027-01-03",
            reason="Congés",
        )
        assert response.status_code == 302
        (told,) = get_messages(response.wsgi_request)
        assert str(told) == "Dina Roux remplace Rémi Vallon du 21 déc. 2026 au 3 janv. 2027."
        made = Delegation.objects.get()
        assert (made.principal, made.delegate, made.role) == (ciso, deputy, Role.CISO)
        assert (made.first_day, made.last_day, made.given_by) == (FIRST, LAST, admin)
        event = AuditEvent.objects.get(action="delegation.given")
        assert (event.tenant, event.actor) == (facility.pk, admin.pk)
        assert event.data == {
            "role": "ciso",
            "principal": ciso.pk,
            "delegation": made.pk,
            "first_day": "2026-12-21",
            "last_day": "2027-01-03",
        }

    def test_what_is_refused_stands_beside_its_field(
        self, admin: User, ciso: User, deputy: User, facility: Facility
    ) -> None:
        response = self.form(
            admin,
            facility,
            holder=ciso.memberships.get().pk,
            to=deputy.pk,
            first_day="2026-12-21",
            last_day="2026-12-01",
            reason="Congés",
        )
        assert response.status_code == 422
        assert "Le dernier jour suit le premier" in response.content.decode()

    def test_people_of_another_facility_are_not_in_the_lists(
        self, admin: User, deputy: User, stranger: User, facility: Facility
    ) -> None:
        holder = stranger.memberships.get()
        assert self.form(admin, facility, holder=holder.pk, to=deputy.pk).status_code == 422
        assert not Delegation.objects.exists()

    def test_members_read_it_with_its_days(
        self, clock: Any, given: Delegation, facility: Facility, buyer: User
    ) -> None:
        client = Client()
        client.force_login(buyer)
        for name in ("member_list", "delegation_list"):
            text = client.get(reverse(name, args=[facility.pk])).content.decode()
            assert "du 21 déc. 2026 au 3 janv. 2027" in text.replace("\N{NO-BREAK SPACE}", " ")
        clock.move_to(at(LAST + DAY))
        client.force_login(buyer)
        text = client.get(reverse("delegation_list", args=[facility.pk])).content.decode()
        assert "Personne ne remplace personne" in text

    def test_both_read_it_on_their_account(
        self, given: Delegation, ciso: User, deputy: User
    ) -> None:
        for user, words in (
            (ciso, "délégué à Dina Roux"),
            (deputy, "en remplacement de Rémi Vallon"),
        ):
            client = Client()
            client.force_login(user)
            assert words in client.get("/compte/").content.decode()

    def test_the_account_costs_the_same_with_one_and_three(
        self, given: Delegation, deputy: User, facility: Facility, django_assert_num_queries: Any
    ) -> None:
        client = Client()
        client.force_login(deputy)
        with django_assert_num_queries(6):
            client.get("/compte/")
        for role in (Role.BUYER, Role.DPO):
            give(factories.member(facility, role).memberships.get(), deputy)
        with django_assert_num_queries(6):
            client.get("/compte/")


def test_the_work_of_the_role_comes_to_the_deputy(
    clock: Any, given: Delegation, deputy: User, assessment: Assessment, facility: Facility
) -> None:
    clock.move_to(at(FIRST))
    deputy.refresh_from_db()
    assert queries.roles_by_place(deputy, [Role.CISO]) == {facility.pk: {"ciso"}}
    client = Client()
    client.force_login(deputy)
    assert assessment.candidacy.vendor.name in client.get("/mes-points/").content.decode()
    clock.move_to(at(LAST + DAY))
    client.force_login(deputy)
    assert assessment.candidacy.vendor.name not in client.get("/mes-points/").content.decode()


def test_a_deputy_buys(clock: Any, buyer: User, deputy: User, facility: Facility) -> None:
    give(buyer.memberships.get(), deputy, first_day=BEFORE.date())
    client = Client()
    client.force_login(deputy)
    values = {"reference": "2027-1", "title": "Essai", "procedure": "open"}
    assert client.post("/consultations/nouvelle/", values).status_code == 302
    told = AuditEvent.objects.get(action="tender.created").data["by_delegation_of"]
    assert told["person"] == buyer.pk


def test_who_is_no_deputy_pays_nothing(
    given: Delegation, deputy: User, buyer: User, facility: Facility, django_assert_num_queries: Any
) -> None:
    """The day before its first, the delegation costs one query; to the others none."""
    with django_assert_num_queries(0):
        assert queries.delegated_in(buyer, facility.pk) == {}
    deputy.refresh_from_db()
    with django_assert_num_queries(1):
        assert queries.delegated_in(deputy, facility.pk) == {}


def test_a_person_is_given_what_they_delegated_and_erased_without_it(
    given: Delegation, ciso: User, deputy: User
) -> None:
    rows = privacy.account_data(ciso)["delegations"]
    assert [(row["received"], row["first_day"]) for row in rows] == [(False, "2026-12-21")]
    privacy.erase(user=ciso, by=None)
    given.refresh_from_db()
    assert given.ended_at is not None
    assert given.reason == "Motif effacé"
