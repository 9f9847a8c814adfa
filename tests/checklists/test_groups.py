"""The hospital groups, and who is in them: by the operator's pages, by the command."""

import html
import io
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.domain import groups, retention
from checklists.domain.groups import GroupRefused, change_group, create_group, place_facility
from checklists.domain.retention import Dates
from tests import at_once, factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, HospitalGroup, Invitation, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import StaleVersion
from uniha_clausier.common.models import AuditEvent
from vendors.domain.beneficiaries import BeneficiaryRefused, name_beneficiaries
from vendors.models import Lot

SIRET = "73282932000074"


def words(response: Any) -> str:
    text = html.unescape(response.content.decode())
    return " ".join(text.replace("\xa0", " ").split())


@pytest.fixture
def group(facility: Facility) -> HospitalGroup:
    """A group that ``facility`` leads."""
    group = create_group(name="GHT du Ponant", by=None)
    facility.group = place_facility(facility=facility, group=group, by=None).group
    return change_group(group=group, name=group.name, lead=facility, by=None)


@pytest.fixture
def member(group: HospitalGroup) -> Facility:
    made = factories.facility(name="Hôpital de la Dune")
    return place_facility(facility=made, group=group, by=None)


@pytest.fixture
def lot(member: Facility, buyer: User, facility: Facility) -> Lot:
    """A lot that is bought for ``member``."""
    return name_beneficiaries(lot=factories.lot(facility, buyer), facilities=[member], by=buyer)


def sign_contract(lot: Lot, buyer: User) -> None:
    holder = factories.candidacy(lot, buyer)
    retention.set_dates(
        tender=lot.tender, dates=Dates(timezone.localdate(), None, [holder]), by=buyer
    )


def told(tenant: int, action: str) -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(tenant=tenant, action=action).order_by("seq")
    return [event.data for event in events]


class TestGroup:
    def test_what_is_done_is_told(self, group: HospitalGroup, facility: Facility) -> None:
        change_group(group=group, name="GHT du Levant", lead=facility, by=None)
        change_group(group=group, name="GHT du Levant", lead=facility, by=None)
        lead = {"number": facility.pk, "name": facility.name}
        assert told(journal.NO_TENANT, "group.created") == [{"name": "GHT du Ponant"}]
        assert told(journal.NO_TENANT, "group.changed") == [
            {"lead": {"before": None, "after": lead}},
            {"name": {"before": "GHT du Ponant", "after": "GHT du Levant"}},
        ]
        assert told(facility.pk, "facility.grouped") == [
            {"before": None, "after": {"number": group.pk, "name": "GHT du Ponant"}}
        ]

    @pytest.mark.parametrize("name", ["", "  ", "ght du  ponant", "x" * 201])
    def test_a_name_is_given_and_is_nobody_else_s(self, group: HospitalGroup, name: str) -> None:
        other = create_group(name="GHT du Levant", by=None)
        with pytest.raises(GroupRefused):
            create_group(name=name, by=None)
        with pytest.raises(GroupRefused):
            change_group(group=other, name=name, lead=None, by=None)
        assert HospitalGroup.objects.count() == 2

    @at_once.needs_locks
    @pytest.mark.django_db(transaction=True)
    def test_two_operators_never_create_one_group_at_once(self) -> None:
        create = partial(create_group, name="GHT de la Baie", by=None)
        with pytest.raises(GroupRefused, match="s’appelle déjà"):
            at_once.behind(create, create)
        assert HospitalGroup.objects.count() == 1

    @at_once.needs_locks
    @pytest.mark.django_db(transaction=True)
    def test_who_leaves_is_not_named_to_lead_at_once(self) -> None:
        group = create_group(name="GHT de la Baie", by=None)
        lead, gone = factories.facility(group=group), factories.facility(group=group)
        change_group(group=group, name=group.name, lead=lead, by=None)
        with pytest.raises(GroupRefused, match="un établissement du groupement"):
            at_once.behind(
                lambda: place_facility(facility=gone, group=None, by=None),
                lambda: change_group(group=group, name=group.name, lead=gone, by=None),
            )
        group.refresh_from_db()
        assert group.lead_facility == lead

    def test_who_leads_is_a_member_and_is_not_taken_away(
        self, group: HospitalGroup, facility: Facility
    ) -> None:
        with pytest.raises(GroupRefused, match="établissement du groupement"):
            change_group(group=group, name=group.name, lead=factories.facility(), by=None)
        with pytest.raises(GroupRefused, match="choisissez-en un autre"):
            change_group(group=group, name=group.name, lead=None, by=None)
        group.refresh_from_db()
        assert group.lead_facility == facility

    def test_who_leads_leaves_last(
        self, group: HospitalGroup, member: Facility, facility: Facility
    ) -> None:
        with pytest.raises(GroupRefused, match="est l’établissement support de GHT du Ponant"):
            place_facility(facility=facility, group=None, by=None)
        place_facility(facility=member, group=None, by=None)
        assert place_facility(facility=facility, group=None, by=None).group is None
        group.refresh_from_db()
        assert group.lead_facility is None

    def test_a_facility_moves_from_one_group_to_another(self, member: Facility) -> None:
        other = create_group(name="GHT du Levant", by=None)
        stale = Facility.objects.get(pk=member.pk)
        assert place_facility(facility=member, group=other, by=None).group == other
        with pytest.raises(StaleVersion):
            place_facility(facility=stale, group=None, by=None)
        assert len(told(member.pk, "facility.grouped")) == 2


class TestUnderWay:
    """A tender for others holds the group together until its contract is signed."""

    def test_nobody_leaves_nor_stops_leading(
        self, lot: Lot, group: HospitalGroup, member: Facility, buyer: User
    ) -> None:
        for _opening in range(2):
            with pytest.raises(GroupRefused, match="une consultation en cours le lie"):
                place_facility(facility=member, group=None, by=None)
            with pytest.raises(GroupRefused, match="reste l’établissement support"):
                change_group(group=group, name=group.name, lead=member, by=None)
            if not lot.tender.is_opened:
                factories.opening(lot.tender, buyer)
                lot.refresh_from_db()
        sign_contract(lot, buyer)
        led = change_group(group=group, name=group.name, lead=member, by=None)
        assert led.lead_facility == member

    def test_the_buyer_may_let_go_before_the_opening(
        self, lot: Lot, member: Facility, buyer: User
    ) -> None:
        name_beneficiaries(lot=lot, facilities=[], by=buyer)
        assert place_facility(facility=member, group=None, by=None).group is None

    def test_who_is_named_by_no_lot_leaves(self, lot: Lot, group: HospitalGroup) -> None:
        other = place_facility(facility=factories.facility(), group=group, by=None)
        assert place_facility(facility=other, group=None, by=None).group is None

    def test_a_former_lead_is_held_too(
        self, lot: Lot, group: HospitalGroup, member: Facility, facility: Facility
    ) -> None:
        change_group(group=group, name=group.name, lead=member, despite_tenders=True, by=None)
        with pytest.raises(GroupRefused, match="le lie aux autres membres"):
            place_facility(facility=facility, group=None, by=None)

    def test_what_a_former_lead_bought_stays_readable_and_it_buys_no_more(
        self, lot: Lot, group: HospitalGroup, member: Facility, buyer: User, facility: Facility
    ) -> None:
        factories.opening(lot.tender, buyer)
        sign_contract(lot, buyer)
        change_group(group=group, name=group.name, lead=member, by=None)
        reader = Client()
        reader.force_login(factories.member(member, Role.READER))
        page = reverse("checklists:group_purchase", args=[lot.tender_id])
        assert reader.get(page).status_code == 200
        with pytest.raises(BeneficiaryRefused):
            name_beneficiaries(lot=factories.lot(facility, buyer), facilities=[member], by=buyer)
        place_facility(facility=member, group=group, by=None)
        change_group(group=group, name=group.name, lead=facility, by=None)
        place_facility(facility=member, group=None, by=None)
        assert reader.get(page).status_code == 404  # decision 0036


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(factories.user(is_operator=True))
    return client


NEW = {
    "name": "Hôpital du Cap",
    "city": "Brest",
    "siret": "732 829 320 00074",
    "finess": "",
    "email": "alix@cap.example",
    "full_name": "Alix Attendue",
}


class TestPages:
    def test_the_list_tells_who_is_there_and_nothing_bought(
        self, operator: Client, lot: Lot, member: Facility
    ) -> None:
        page = words(operator.get(reverse("checklists:facility_list")))
        assert "Hôpital de la Dune" in page and "GHT du Ponant" in page
        assert "établissement support" in page and "2 établissements" in page
        assert lot.tender.reference not in page and lot.tender.title not in page

    @pytest.mark.parametrize("asked", ["dune", "DÛNE lyon", "ponant dune", "732 829"])
    def test_a_facility_is_found(self, operator: Client, member: Facility, asked: str) -> None:
        Facility.objects.filter(pk=member.pk).update(siret=SIRET)
        address = reverse("checklists:facility_list")
        assert "1 établissement<" in words(operator.get(address, {"q": asked}))
        assert "Aucun établissement ne correspond" in words(operator.get(address, {"q": "zzz"}))

    def test_an_empty_installation_says_what_to_do(self, operator: Client) -> None:
        page = words(operator.get(reverse("checklists:facility_list")))
        assert "Aucun établissement pour l’instant" in page and "Aucun groupement" in page

    def test_a_facility_is_created_with_its_administrator_invited(
        self, operator: Client, group: HospitalGroup
    ) -> None:
        address = reverse("checklists:facility_create")
        page = operator.post(address, NEW | {"group": group.pk}, follow=True)
        made = Facility.objects.get(name="Hôpital du Cap")
        assert (made.city, made.siret, made.group) == ("Brest", SIRET, group)
        invitation = Invitation.objects.get(facility=made)
        assert invitation.roles == [Role.FACILITY_ADMIN]
        assert mail.outbox[0].to == ["alix@cap.example"]
        assert "L’établissement « Hôpital du Cap » est créé." in words(
            page
        ) and "valable jusqu’au" in words(page)
        assert "Lien perdu ou mauvaise adresse" in words(page)

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"name": "hôpital déjà là"}, "name"),
            ({"siret": "123"}, "siret"),
            ({"email": ""}, "email"),
            ({"group": "9" * 30}, "group"),
            ({"siret": "130 025 265 00013"}, "siret"),
        ],
    )
    def test_what_is_refused_creates_nothing(
        self, operator: Client, typed: dict[str, str], field: str
    ) -> None:
        factories.facility(name="Hôpital déjà là", siret="13002526500013")
        page = operator.post(reverse("checklists:facility_create"), NEW | typed)
        assert page.status_code == 422
        assert page.context["form"].errors.keys() == {field}
        assert 'value="Brest"' in page.content.decode()
        assert Facility.objects.count() == 1 and not Invitation.objects.exists()

    def test_an_administrator_is_invited_while_there_is_none(
        self, operator: Client, facility: Facility
    ) -> None:
        page = reverse("checklists:facility_place", args=[facility.pk])
        address = reverse("checklists:facility_invite", args=[facility.pk])
        sent = {"email": "alix@cap.example", "full_name": "Alix Attendue"}
        assert "Personne n’administre cet établissement" in words(operator.get(page))
        assert operator.post(address, {}).status_code == 422
        assert "L’invitation est envoyée" in words(operator.post(address, sent, follow=True))
        boss = factories.member(facility, Role.FACILITY_ADMIN)
        assert boss.full_name in words(operator.get(page))
        again = operator.post(address, sent | {"email": "moi@exploitation.example"})
        assert again.status_code == 422 and "c’est à lui d’inviter" in words(again)
        assert Invitation.objects.count() == 1

    def test_who_was_invited_to_administer_gives_way_to_the_next(
        self, operator: Client, facility: Facility
    ) -> None:
        """Else an operator could invite somebody, then themselves, and come in behind."""
        address = reverse("checklists:facility_invite", args=[facility.pk])
        for email in ("moi@exploitation.example", "alix@cap.example"):
            operator.post(address, {"email": email, "full_name": "Alix Attendue"})
        waiting = Invitation.objects.get(withdrawn_at=None)
        assert waiting.email == "alix@cap.example"

    def test_a_facility_is_put_in_a_group_and_taken_out(
        self, operator: Client, member: Facility, group: HospitalGroup
    ) -> None:
        address = reverse("checklists:facility_place", args=[member.pk])
        assert "est sans groupement" in words(operator.post(address, {"group": ""}, follow=True))
        again = operator.post(address, {"group": group.pk}, follow=True)
        assert "Hôpital de la Dune est dans GHT du Ponant." in words(again)
        member.refresh_from_db()
        assert member.group == group

    def test_what_a_tender_forbids_is_said_without_naming_it(
        self, operator: Client, lot: Lot, member: Facility, group: HospitalGroup
    ) -> None:
        out = operator.post(reverse("checklists:facility_place", args=[member.pk]), {"group": ""})
        sent = {"name": group.name, "lead": member.pk}
        lead = operator.post(reverse("checklists:group_edit", args=[group.pk]), sent)
        for answer in (out, lead):
            assert answer.status_code == 422
            assert "une consultation en cours le lie" in words(answer)
            assert lot.tender.reference not in words(answer)
            assert lot.tender.title not in words(answer)
        member.refresh_from_db()
        assert member.group == group

    def test_a_group_is_created_renamed_and_led(self, operator: Client, facility: Facility) -> None:
        there = operator.post(reverse("checklists:group_create"), {"name": "GHT du Cap"})
        group = HospitalGroup.objects.get()
        address = reverse("checklists:group_edit", args=[group.pk])
        assert there["Location"] == address
        assert "Aucun membre" in words(operator.get(address))
        place_facility(facility=facility, group=group, by=None)
        sent = {"name": "GHT du Large", "lead": facility.pk}
        assert "est enregistré" in words(operator.post(address, sent, follow=True))
        group.refresh_from_db()
        assert (group.name, group.lead_facility) == ("GHT du Large", facility)
        wrong = operator.post(address, {"name": "", "lead": "0"})
        assert wrong.context["form"].errors.keys() == {"name", "lead"}

    @pytest.mark.parametrize("name", ["facility_list", "facility_place", "group_edit"])
    def test_a_page_costs_the_same_for_one_facility_and_for_three(
        self,
        operator: Client,
        group: HospitalGroup,
        facility: Facility,
        django_assert_num_queries: Any,
        name: str,
    ) -> None:
        of = {"facility_place": [facility.pk], "group_edit": [group.pk]}.get(name, [])
        address = reverse(f"checklists:{name}", args=of)
        operator.get(address)
        queries = {"facility_list": 6, "facility_place": 7, "group_edit": 5}[name]
        for _time in range(2):
            with django_assert_num_queries(queries):
                operator.get(address)
            for _more in range(2):
                made = factories.facility(group=group)
                factories.member(made)
                create_group(name=f"GHT de {made}", by=None)


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("set_facility", *arguments, stdout=output)
    return output.getvalue()


class TestCommand:
    def test_it_describes_and_groups_a_facility(self, facility: Facility) -> None:
        printed = run(
            *(facility.name, "--new-name", "CH du Ponant", "--city", "Brest", "--siret", SIRET),
            *("--dpo", "dpo@ponant.example", "--gateway", "Bastion", "--sso", "OpenID Connect"),
            *("--antivirus", "EDR", "--ciso", "rssi@ponant.example"),
            *("--group", "GHT du Ponant", "--lead"),
        )
        cells = printed.rstrip("\n").split("\t")
        assert cells[1:] == ["CH du Ponant", "Brest", SIRET, "", "GHT du Ponant", "support"]
        facility.refresh_from_db()
        assert facility.dpo_email == "dpo@ponant.example"
        assert facility.endpoint_protection == "EDR"
        assert facility.group and facility.group.lead_facility == facility

    def test_what_is_not_given_stays_and_what_is_empty_goes(self, facility: Facility) -> None:
        run(facility.name, "--dpo", "dpo@ponant.example")
        run(facility.name, "--city", "")
        facility.refresh_from_db()
        assert (facility.city, facility.dpo_email) == ("", "dpo@ponant.example")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--city", "Brest", "--siret", "123"], "14 chiffres"),
            (["--city", "Brest", "--lead"], "--lead demande un groupement"),
            (["--city", "Brest", "--group", "x" * 201], "200 caractères"),
        ],
    )
    def test_a_refusal_changes_nothing(
        self, facility: Facility, arguments: list[str], sentence: str
    ) -> None:
        with pytest.raises(CommandError, match=sentence):
            run(facility.name, *arguments)
        facility.refresh_from_db()
        assert facility.city == "Lyon" and not HospitalGroup.objects.exists()

    def test_a_name_that_nobody_has_is_said(self, db: None) -> None:
        with pytest.raises(CommandError, match="add_member le crée"):
            run("Personne")

    def test_the_law_moves_a_facility_in_spite_of_a_tender(
        self, lot: Lot, member: Facility
    ) -> None:
        with pytest.raises(CommandError, match="une consultation en cours"):
            run(member.name, "--group", "GHT du Levant")
        run(member.name, "--group", "GHT du Levant", "--despite-tenders")
        member.refresh_from_db()
        assert member.group and member.group.name == "GHT du Levant"
        assert groups.binding(member).count() == 0
