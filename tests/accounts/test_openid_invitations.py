"""From an invitation to a page of the facility by an identity provider, where no password opens."""

import io
import time
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from tests import factories
from uniha_clausier.accounts.domain import factors, invitations
from uniha_clausier.accounts.domain import openid as identities
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.forms.sign_in import PasswordAgainForm
from uniha_clausier.accounts.models import Facility, Invitation, OpenIdIdentity, User
from uniha_clausier.common.models import AuditEvent

from .codes import code_of
from .openid_trips import come_back, is_signed_in, leave, sign_in, words

ADDRESS = "nadia.benali@hopital.example"
PAGE = "/consultations/"
SIRET = "26750045200011"


@pytest.fixture(autouse=True)
def _only(configure: Any, settings: Any) -> None:
    settings.OPENID_ONLY = True


@pytest.fixture
def admin(facility: Facility) -> User:
    return factories.member(facility, Role.FACILITY_ADMIN)


def invited(facility: Facility, admin: User, *roles: str, email: str = ADDRESS) -> str:
    made, secret = invitations.invite(
        facility=facility,
        email=email,
        full_name="Nadia Benali",
        roles=roles or [Role.BUYER],
        by=admin,
    )
    assert made.email == email
    return reverse("invitation", args=[secret])


@pytest.fixture
def link(facility: Facility, admin: User) -> str:
    return invited(facility, admin)


def depart(client: Client, forger: Any, link: str, **typed: str) -> dict[str, str]:
    return leave(client, forger, link, provider="essai", **{"full_name": "Nadia Benali"} | typed)


def check_nothing_was_made(client: Client) -> None:
    assert not is_signed_in(client)
    assert not User.objects.filter(email=ADDRESS).exists()
    assert not OpenIdIdentity.objects.exists()
    assert not AuditEvent.objects.filter(action="account.opened").exists()


class TestComingIn:
    def test_the_page_asks_no_password_and_offers_the_provider(
        self, client: Client, link: str
    ) -> None:
        page = client.get(link)
        assert 'name="password"' not in page.content.decode()
        assert "Continuer avec « Annuaire d’essai »" in words(page)
        assert "Ouvrir mon compte" not in words(page)

    def test_a_newcomer_comes_in_joined_and_linked(
        self, client: Client, forger: Any, link: str, facility: Facility, mailoutbox: list[Any]
    ) -> None:
        forger.told["email"] = "claire@ailleurs.example"
        answer = come_back(client, depart(client, forger, link, full_name="Nadia B."))
        assert answer["Location"] == "/"
        page = client.get(PAGE)
        assert page.status_code == 200
        assert f"Vous êtes maintenant membre de cet établissement : {facility.name}" in words(page)
        user = User.objects.get(email=ADDRESS)
        assert page.wsgi_request.user == user and user.full_name == "Nadia B."
        assert not user.has_usable_password() and not user.password_is_provisional
        assert [role.role for role in facility.memberships.filter(user=user)] == ["buyer"]
        assert (user.identities.get().issuer, user.identities.get().subject) == (
            forger.issuer,
            "sujet-1",
        )
        assert Invitation.objects.get().accepted_by == user
        [mail] = mailoutbox
        assert (mail.to, mail.subject) == (
            [ADDRESS],
            "[Clausier] Une identité est reliée à votre compte",
        )

    def test_the_journal_says_all_of_it_without_an_address(
        self, client: Client, forger: Any, link: str
    ) -> None:
        come_back(client, depart(client, forger, link))
        user = User.objects.get(email=ADDRESS)
        acts = list(AuditEvent.objects.filter(actor=user.pk).order_by("occurred_at", "seq"))
        assert {act.action for act in acts} == {
            "account.opened",
            "account.identity_linked",
            "member.added",
            "invitation.accepted",
            "account.identity_used",
            "account.signed_in",
        }
        assert "benali" not in str([(act.data, act.subject) for act in acts]).lower()

    def test_the_provider_opens_the_account_the_next_day(
        self, client: Client, forger: Any, link: str
    ) -> None:
        come_back(client, depart(client, forger, link))
        other = Client()
        sign_in(other, forger)
        assert other.get(PAGE).status_code == 200

    def test_a_role_that_needs_a_factor_asks_for_it_first(
        self, client: Client, forger: Any, link: str, facility: Facility, admin: User
    ) -> None:
        factors.require(facility=facility, roles=[Role.BUYER], by=admin)
        forger.change = {"auth_time": int(time.time())}
        come_back(client, depart(client, forger, link))
        assert client.get(PAGE)["Location"] == reverse("mfa_index")
        add = reverse("mfa_activate_totp")
        secret = client.get(add).context["form"].secret
        client.post(add, {"code": code_of(secret)})
        assert client.get(PAGE).status_code == 200
        other = Client()
        assert sign_in(other, forger)["Location"] == reverse("mfa_authenticate")

    def test_a_factor_proved_there_is_not_asked_again(
        self,
        client: Client,
        forger: Any,
        link: str,
        facility: Facility,
        admin: User,
        configure: Any,
    ) -> None:
        factors.require(facility=facility, roles=[Role.BUYER], by=admin)
        configure(has_factor=True, mfa_acr=("eidas2",))
        forger.change = {"acr": "eidas2"}
        come_back(client, depart(client, forger, link))
        assert client.get(PAGE).status_code == 200

    def test_where_passwords_open_too_both_ways_are_offered(
        self, client: Client, forger: Any, link: str, settings: Any
    ) -> None:
        settings.OPENID_ONLY = False
        page = words(client.get(link))
        assert "Ouvrir mon compte" in page and "Continuer avec" in page
        come_back(client, depart(client, forger, link, password="court"))
        assert client.get(PAGE).status_code == 200

    def test_a_missing_name_is_said(self, client: Client, link: str) -> None:
        answer = client.post(link, {"provider": "essai", "full_name": ""})
        assert answer.status_code == 422
        assert "Donnez votre nom" in words(answer)

    def test_who_is_linked_joins_with_their_account(
        self, client: Client, forger: Any, linked: User, admin: User
    ) -> None:
        other = factories.facility()
        link = invited(other, admin, email=linked.email)
        assert "Continuer avec" in words(client.get(link))
        come_back(client, depart(client, forger, link))
        assert client.get(PAGE).wsgi_request.user == linked
        assert [role.role for role in other.memberships.filter(user=linked)] == ["buyer"]
        assert linked.has_usable_password() and linked.identities.count() == 1

    def test_whoever_was_removed_comes_back_by_a_provider_of_the_facility_alone(
        self, client: Client, forger: Any, linked: User, facility: Facility, configure: Any
    ) -> None:
        Facility.objects.filter(pk=facility.pk).update(siret=SIRET)
        configure(facilities=(SIRET,))
        linked.memberships.all().delete()
        link = invited(facility, factories.member(facility), email=linked.email)
        assert sign_in(client, forger).status_code == 403
        come_back(client, depart(client, forger, link))
        assert client.get(PAGE).status_code == 200


class TestRefused:
    def test_a_password_opens_no_account(self, client: Client, link: str) -> None:
        typed = {"full_name": "Nadia", "password": "une phrase de passe toute neuve"}
        answer = client.post(link, typed, follow=True)
        assert "utilisez son bouton" in words(answer)
        check_nothing_was_made(client)

    def test_a_provider_of_other_facilities_is_not_offered(
        self, client: Client, link: str, configure: Any
    ) -> None:
        configure(facilities=(SIRET,))
        page = words(client.get(link))
        assert "Continuer avec" not in page
        assert "Aucun fournisseur d’identité n’est ouvert à cet établissement" in page
        typed = {"provider": "essai", "full_name": "Nadia"}
        assert client.post(link, typed).status_code == 404

    def test_a_provider_kept_for_others_during_the_trip(
        self, client: Client, forger: Any, link: str, configure: Any
    ) -> None:
        asked = depart(client, forger, link)
        configure(facilities=(SIRET,))
        assert "réservé à d’autres établissements" in words(come_back(client, asked))
        check_nothing_was_made(client)

    @pytest.mark.parametrize("lie", [{"nonce": "d’un autre"}, {"aud": "autre"}, {"sub": ""}])
    def test_a_lie_opens_nothing(
        self, client: Client, forger: Any, link: str, lie: dict[str, str]
    ) -> None:
        asked = depart(client, forger, link)
        forger.change = lie
        assert come_back(client, asked).status_code == 400
        check_nothing_was_made(client)

    def test_the_identity_of_another_joins_nothing(
        self, client: Client, forger: Any, linked: User, link: str, facility: Facility
    ) -> None:
        answer = come_back(client, depart(client, forger, link))
        assert answer.status_code == 403
        assert "envoyée à une autre adresse" in words(answer)
        assert not is_signed_in(client)
        assert not User.objects.filter(email=ADDRESS).exists()
        assert Invitation.objects.get().accepted_at is None
        assert facility.memberships.filter(user=linked).count() == 1

    def test_the_same_address_at_the_provider_opens_no_account(
        self, client: Client, forger: Any, facility: Facility, stranger: User, admin: User
    ) -> None:
        """An account is there, linked to nothing: neither the link nor an address opens it."""
        link = invited(facility, admin, email=stranger.email)
        forger.told["email"] = stranger.email
        answer = come_back(client, depart(client, forger, link))
        assert answer.status_code == 403
        assert "cette identité n’y est pas reliée" in words(answer)
        assert not is_signed_in(client) and not OpenIdIdentity.objects.exists()
        assert not facility.memberships.filter(user=stranger).exists()

    def test_a_closed_account_stays_out(
        self, client: Client, forger: Any, linked: User, admin: User
    ) -> None:
        other = factories.facility()
        link = invited(other, admin, email=linked.email)
        User.objects.filter(pk=linked.pk).update(is_active=False)
        answer = come_back(client, depart(client, forger, link))
        assert answer["Location"] == reverse("account_inactive")
        assert not other.memberships.exists()

    def test_an_answer_serves_once(self, client: Client, forger: Any, link: str) -> None:
        asked = depart(client, forger, link)
        come_back(client, asked)
        client.post("/deconnexion/")
        assert come_back(client, asked).status_code == 400
        assert not is_signed_in(client)

    def test_the_answer_of_another_browser_is_nothing(
        self, client: Client, forger: Any, link: str
    ) -> None:
        asked = depart(Client(), forger, link)
        assert come_back(client, asked).status_code == 400
        check_nothing_was_made(client)

    def test_two_departures_open_one_account(self, client: Client, forger: Any, link: str) -> None:
        other = Client()
        asked = depart(client, forger, link)
        come_back(other, depart(other, forger, link))
        forger.nonce, forger.change = asked["nonce"], {"sub": "sujet-2"}
        forger.told["sub"] = "sujet-2"
        answer = come_back(client, asked)
        assert answer.status_code == 410
        assert "déjà été acceptée" in words(answer)
        assert not is_signed_in(client)
        assert User.objects.filter(email=ADDRESS).count() == OpenIdIdentity.objects.count() == 1

    def test_withdrawn_during_the_trip(
        self, client: Client, forger: Any, link: str, admin: User
    ) -> None:
        asked = depart(client, forger, link)
        invitations.withdraw(invitation=Invitation.objects.get(), by=admin)
        answer = come_back(client, asked)
        assert answer.status_code == 410
        assert "Cette invitation n’est plus valable" in words(answer)
        check_nothing_was_made(client)

    def test_over_during_the_trip(self, client: Client, forger: Any, link: str) -> None:
        asked = depart(client, forger, link)
        made = Invitation.objects.get()
        Invitation.objects.update(expires_at=made.created_at)
        assert come_back(client, asked).status_code == 410
        check_nothing_was_made(client)

    def test_erased_during_the_trip(self, client: Client, forger: Any, link: str) -> None:
        asked = depart(client, forger, link)
        Invitation.objects.all().delete()
        assert come_back(client, asked).status_code == 400
        check_nothing_was_made(client)

    def test_all_or_nothing(self, client: Client, forger: Any, link: str, monkeypatch: Any) -> None:
        """An identity linked to somebody else at the same moment leaves no account behind."""

        def late(**told: Any) -> None:
            raise IntegrityError

        monkeypatch.setattr(OpenIdIdentity.objects, "create", late)
        answer = come_back(client, depart(client, forger, link))
        assert "déjà reliée à un autre compte" in words(answer)
        check_nothing_was_made(client)
        assert Invitation.objects.get().accepted_at is None


class TestAfterwards:
    """An account without a password, on the pages that speak of one."""

    @pytest.fixture
    def entered(self, client: Client, forger: Any, link: str) -> Client:
        come_back(client, depart(client, forger, link))
        return client

    def test_the_page_of_the_password_leads_to_the_link_by_mail(
        self, entered: Client, mailoutbox: list[Any]
    ) -> None:
        page = entered.get(reverse("account_change_password"), follow=True)
        assert "Votre compte n’a pas de mot de passe" in words(page)
        entered.post(reverse("account_reset_password"), {"email": ADDRESS})
        assert "/compte/oubli/" in mailoutbox[-1].body

    def test_an_act_that_asks_the_password_says_how_to_have_one(self, entered: Client) -> None:
        request = entered.get(PAGE).wsgi_request
        form = PasswordAgainForm({"password": "n’importe"}, request=request)
        assert "Votre compte n’a pas de mot de passe" in form.errors["password"][0]

    def test_the_only_identity_stays(self, entered: Client) -> None:
        assert "votre seul moyen de vous connecter" in words(entered.get("/compte/identites/"))
        assert not identities.can_unlink(User.objects.get(email=ADDRESS))


class TestCommand:
    def add(self, *arguments: str) -> str:
        output = io.StringIO()
        told = ("--name", "Nadia Benali", "--facility", "CH")
        call_command("add_member", ADDRESS, *told, *arguments, stdout=output)
        return output.getvalue()

    def test_it_prints_an_invitation_that_the_provider_accepts(
        self, client: Client, forger: Any, db: None
    ) -> None:
        first = self.add("--role", "buyer", "--siret", SIRET)
        second = self.add("--role", "ciso")
        assert "Mot de passe" not in first + second
        assert not User.objects.exists()
        links = [output.split()[-1] for output in (first, second)]
        assert client.get(links[0]).status_code == 410
        come_back(client, depart(client, forger, links[1]))
        assert client.get(PAGE).status_code == 200
        user = User.objects.get(email=ADDRESS)
        assert set(user.memberships.values_list("role", flat=True)) == {"buyer", "ciso"}
        assert user.memberships.filter(facility__siret=SIRET).count() == 2

    def test_who_has_an_account_is_given_the_role(self, db: None) -> None:
        user = factories.user(email=ADDRESS)
        assert "Invitation" not in self.add("--role", "buyer")
        assert user.memberships.get().role == "buyer"

    def test_an_operator_keeps_a_password(self, db: None) -> None:
        assert "Mot de passe provisoire" in self.add("--role", "buyer", "--operator")
        assert User.objects.get().is_operator
