"""What describes a facility: read by its members, changed by its administrator."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import at_once, factories
from uniha_clausier.accounts.domain import facilities
from uniha_clausier.accounts.domain.facilities import FacilityRefused, change_facility, seen_of
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, HospitalGroup
from uniha_clausier.common.errors import StaleVersion
from uniha_clausier.common.models import AuditEvent

SIRET, FINESS = "73282932000074", "130786049"
NOW = "Ville\u00a0: «\u00a0Brest\u00a0»"
WHOLE = {
    "name": "Centre hospitalier de la Dune",
    "city": "Saint-Malo",
    "siret": SIRET,
    "finess": FINESS,
    "dpo_email": "dpo@dune.example",
    "ciso_email": "rssi@dune.example",
    "remote_gateway": "Bastion du GHT",
    "single_sign_on": "Fédération du GHT",
    "endpoint_protection": "EDR du GHT",
}


@pytest.fixture
def admin(facility: Facility) -> Client:
    client = Client()
    client.force_login(factories.member(facility, Role.FACILITY_ADMIN))
    return client


def url(facility: Facility) -> str:
    return reverse("facility", args=[facility.pk])


def told(facility: Facility) -> list[dict[str, Any]]:
    """What the journal says of a facility."""
    found = AuditEvent.objects.filter(tenant=facility.pk, action="facility.changed")
    return [event.data for event in found.order_by("seq")]


def kept(facility: Facility) -> dict[str, str]:
    facility.refresh_from_db()
    return {name: getattr(facility, name) for name in facilities.FIELDS}


class TestDomain:
    def test_only_what_differs_is_written_and_told(self, facility: Facility) -> None:
        name = facility.name
        change_facility(facility=facility, values={"city": " Saint-  Malo "}, by=None)
        change_facility(facility=facility, values={"name": name, "city": "Saint- Malo"}, by=None)
        assert kept(facility)["city"] == "Saint- Malo"
        assert told(facility) == [{"city": {"before": "Lyon", "after": "Saint- Malo"}}]

    def test_the_journal_holds_no_address(self, facility: Facility) -> None:
        """It is never erased (RGPD, article 17)."""
        change_facility(facility=facility, values={"dpo_email": "anne.petit@x.example"}, by=None)
        change_facility(facility=facility, values={"dpo_email": "dpo@x.example"}, by=None)
        assert told(facility) == [
            {"dpo_email": {"before": False, "after": True}},
            {"dpo_email": {"before": True, "after": True}},
        ]

    @pytest.mark.parametrize(
        ("values", "field", "sentence"),
        [
            ({"name": " "}, "name", "Donnez le nom"),
            ({"name": "hôpital déjà là"}, "name", "s’appelle déjà"),
            ({"siret": SIRET}, "siret", "d’un autre établissement"),
            ({"finess": FINESS}, "finess", "d’un autre établissement"),
            ({"siret": "732 829 320 00075"}, "siret", "clé de contrôle de ce SIRET"),
            ({"finess": "12"}, "finess", "9 caractères"),
            ({"dpo_email": "personne"}, "dpo_email", "adresse"),
        ],
    )
    def test_what_is_refused_is_named_and_nothing_is_written(
        self, facility: Facility, values: dict[str, str], field: str, sentence: str
    ) -> None:
        factories.facility(name="Hôpital déjà là", siret=SIRET, finess=FINESS)
        before = kept(facility)
        with pytest.raises(FacilityRefused, match=sentence) as refused:
            change_facility(facility=facility, values={"city": "Brest"} | values, by=None)
        assert refused.value.field == field
        assert kept(facility) == before
        assert told(facility) == []

    @at_once.needs_locks
    @pytest.mark.django_db(transaction=True)
    def test_two_facilities_never_take_one_number_at_once(self) -> None:
        first, second = factories.facility(), factories.facility()
        with pytest.raises(FacilityRefused, match="d’un autre établissement"):
            at_once.behind(
                lambda: change_facility(facility=first, values={"siret": SIRET}, by=None),
                lambda: change_facility(facility=second, values={"siret": SIRET}, by=None),
            )
        assert (kept(first)["siret"], kept(second)["siret"]) == (SIRET, "")

    @at_once.needs_locks
    @pytest.mark.django_db(transaction=True)
    def test_two_operators_never_create_one_facility_at_once(self) -> None:
        operators = [factories.user(is_operator=True) for _ in range(2)]
        create = [
            partial(facilities.create_facility, values={"name": name}, by=who)
            for name, who in zip(("CH de la Dune", "ch de la dune"), operators, strict=True)
        ]
        with pytest.raises(FacilityRefused, match="s’appelle déjà"):
            at_once.behind(*create)
        assert Facility.objects.filter(name__iexact="CH de la Dune").count() == 1

    def test_a_value_kept_from_before_its_rule_hinders_nothing(self, db: None) -> None:
        facility = factories.facility(siret="123")
        change_facility(facility=facility, values={"siret": "123", "city": "Brest"}, by=None)
        assert kept(facility)["city"] == "Brest"

    def test_a_number_that_opens_a_provider_is_the_operator_s(
        self, facility: Facility, settings: Any
    ) -> None:
        """Else an administrator could have a provider kept for another hospital open this one."""
        admin = factories.member(facility, Role.FACILITY_ADMIN)
        operator = factories.user(is_operator=True)
        settings.OPENID_PROVIDERS = (SimpleNamespace(facilities=(FINESS,)),)
        with pytest.raises(FacilityRefused, match="demandez à l’exploitant") as refused:
            change_facility(facility=facility, values={"finess": FINESS}, by=admin)
        assert refused.value.field == "finess" and not kept(facility)["finess"]
        change_facility(facility=facility, values={"finess": FINESS}, by=operator)
        with pytest.raises(FacilityRefused):
            change_facility(facility=facility, values={"finess": ""}, by=admin)
        change_facility(facility=facility, values={"finess": FINESS, "siret": SIRET}, by=admin)
        assert (kept(facility)["finess"], kept(facility)["siret"]) == (FINESS, SIRET)

    def test_what_somebody_changed_meanwhile_is_not_written_over(self, facility: Facility) -> None:
        seen = seen_of(facility)
        change_facility(facility=facility, values={"city": "Brest"}, by=None)
        with pytest.raises(StaleVersion, match=NOW):
            change_facility(facility=facility, values={"city": "Nice"}, seen=seen, by=None)
        change_facility(facility=facility, values={"city": "Brest"}, seen=seen, by=None)
        assert kept(facility)["city"] == "Brest"


class TestPage:
    def test_the_administrator_describes_the_facility(
        self, admin: Client, facility: Facility
    ) -> None:
        sent = WHOLE | {"siret": "732 829 320 00074", "seen": seen_of(facility)}
        page = admin.post(url(facility), sent, follow=True)
        assert "L’établissement est enregistré." in page.content.decode()
        assert kept(facility) == WHOLE
        assert len(told(facility)) == 1

    def test_what_is_refused_keeps_what_was_typed(self, admin: Client, facility: Facility) -> None:
        before = kept(facility)
        sent = WHOLE | {"siret": "123", "dpo_email": "personne", "seen": seen_of(facility)}
        page = admin.post(url(facility), sent)
        shown = page.content.decode()
        assert page.status_code == 422
        assert "<title>Erreur – Établissement" in shown
        assert page.context["form"].errors.keys() == {"siret", "dpo_email"}
        assert 'value="123"' in shown and 'value="Bastion du GHT"' in shown
        assert kept(facility) == before

    def test_of_two_administrators_the_second_is_told(
        self, admin: Client, facility: Facility
    ) -> None:
        sent = WHOLE | {"seen": seen_of(facility)}
        change_facility(facility=facility, values={"city": "Brest"}, by=None)
        page = admin.post(url(facility), sent)
        shown = page.content.decode()
        assert page.status_code == 409
        assert NOW in shown and 'value="Saint-Malo"' in shown
        assert kept(facility)["city"] == "Brest"
        again = sent | {"seen": seen_of(facility)}
        assert f'value="{again["seen"]}"' in shown
        assert admin.post(url(facility), again).status_code == 302
        assert kept(facility) == WHOLE

    def test_a_member_reads_and_changes_nothing(self, facility: Facility) -> None:
        change_facility(facility=facility, values=WHOLE, by=None)
        client = Client()
        client.force_login(factories.member(facility, Role.READER))
        shown = client.get(url(facility)).content.decode()
        assert "732\u00a0829\u00a0320\u00a000074" in shown
        assert "Bastion du GHT" in shown and "rssi@dune.example" in shown
        assert "Seul un administrateur d’établissement change ces renseignements." in shown
        assert "<input" not in shown.partition("<main")[2].partition("</main>")[0]
        assert client.post(url(facility), WHOLE | {"city": "Brest"}).status_code == 403
        assert kept(facility) == WHOLE

    def test_the_group_is_said(self, admin: Client, facility: Facility) -> None:
        assert "achète pour lui seul" in admin.get(url(facility)).content.decode()
        lead = factories.facility(name="Centre hospitalier du Ponant")
        group = HospitalGroup.objects.create(name="GHT du Ponant")
        Facility.objects.filter(pk=facility.pk).update(group=group)
        assert "n’est pas encore nommé" in admin.get(url(facility)).content.decode()
        for who, words in ((lead, "Ponant est l’établissement support"), (facility, "il achète")):
            HospitalGroup.objects.update(lead_facility=who)
            assert words in admin.get(url(facility)).content.decode()

    def test_the_dpo_is_told_to_the_people(self, admin: Client, facility: Facility) -> None:
        assert "mailto:" not in admin.get(reverse("my_data")).content.decode()
        admin.post(url(facility), WHOLE | {"seen": seen_of(facility)})
        assert "mailto:dpo@dune.example" in admin.get(reverse("my_data")).content.decode()

    def test_the_pages_of_a_member_lead_here(self, admin: Client, facility: Facility) -> None:
        for name, args in (("account", []), ("member_list", [facility.pk])):
            page = admin.get(reverse(name, args=args)).content.decode()
            assert f'href="{url(facility)}"' in page


@pytest.mark.parametrize("administers", [True, False])
def test_the_page_costs_the_same_whatever_it_says(
    facility: Facility, django_assert_num_queries: Any, administers: bool
) -> None:
    client = Client()
    role = Role.FACILITY_ADMIN if administers else Role.READER
    client.force_login(factories.member(facility, role))
    client.get(url(facility))
    for values in ({}, WHOLE):
        change_facility(facility=facility, values=values, by=None)
        with django_assert_num_queries(4):
            client.get(url(facility))
