"""Proving again who one is, without a password here."""

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from uniha_clausier.accounts.domain import factors
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import ApiToken, Facility, User
from uniha_clausier.common import openid

from .codes import code_of
from .openid_trips import LINK, come_back, events, leave, sign_in, words

CONFIRM = "/compte/confirmer/fournisseur/"
APPLICATION = "/compte/securite/application/"
KEY = "/compte/securite/cles/ajouter/"
SECURITY = "/compte/securite/"
TOKENS = "/compte/jetons/"
NOON = dt.datetime(2026, 11, 26, 12, 0, 5, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as found:
        yield found


@pytest.fixture
def entered(client: Client, forger: Any, linked: User, clock: Any) -> Client:
    """Without a password, and in for twenty-five minutes by a provider that says when."""
    linked.set_unusable_password()
    linked.save(update_fields=["password"])
    forger.change = {"auth_time": int(time.time())}
    sign_in(client, forger)
    clock.shift(25 * 60)
    return client


def confirm(page: str) -> str:
    return f"{CONFIRM}?{urlencode({'next': page})}"


def prove(client: Client, forger: Any, asked: str, **claims: Any) -> Any:
    """Leave by the page that asks, and come back with an ID token that says more."""
    assert asked.startswith(CONFIRM), asked
    [wanted] = parse_qs(urlsplit(asked).query)["next"]
    assert f'name="next" value="{wanted}"' in client.get(asked).content.decode()
    query = leave(client, forger, CONFIRM, provider="essai", next=wanted)
    assert query["prompt"] == "login"
    forger.change = claims
    return come_back(client, query)


class TestWithoutPassword:
    @pytest.mark.parametrize("page", [APPLICATION, KEY])
    def test_a_session_left_open_adds_no_factor(self, entered: Client, page: str) -> None:
        assert entered.get(page)["Location"] == confirm(page)
        assert entered.post(page, {"code": "000000"})["Location"] == confirm(page)

    def test_nor_links_nor_unlinks_nor_makes_a_token(self, entered: Client, linked: User) -> None:
        own = linked.identities.get()
        unlink = f"/compte/identites/{own.pk}/delier/"
        for path, form in (
            (LINK, {}),
            (unlink, {}),
            (TOKENS, {"name": "Passant", "expires_on": "2027-03-01"}),
        ):
            assert entered.post(path, form)["Location"] == confirm(path)
        assert not ApiToken.objects.exists()

    def test_the_provider_recognises_the_person_anew_then_the_page_opens(
        self, entered: Client, forger: Any, linked: User
    ) -> None:
        back = prove(entered, forger, entered.get(APPLICATION)["Location"])
        assert back["Location"] == APPLICATION
        secret = entered.get(APPLICATION).context["form"].secret
        added = entered.post(APPLICATION, {"code": code_of(secret, at=time.time())})
        assert added["Location"] == reverse("mfa_view_recovery_codes")
        assert entered.get(added["Location"]).status_code == 200
        assert Authenticator.objects.filter(user=linked, type="totp").exists()
        assert [event.actor for event in events("account.identity_proved")] == [linked.pk]

    def test_the_form_that_was_sent_goes_on(self, entered: Client, forger: Any) -> None:
        form = {"name": "Tableau", "expires_on": "2027-03-01"}
        back = prove(entered, forger, entered.post(TOKENS, form)["Location"])
        assert "Le jeton est créé" in words(back)
        assert ApiToken.objects.get().name == "Tableau"

    def test_who_came_in_just_now_is_not_asked_again(
        self, entered: Client, forger: Any, clock: Any
    ) -> None:
        entered.post("/deconnexion/")
        forger.change = {"auth_time": int(time.time())}
        sign_in(entered, forger)
        clock.shift(9 * 60)
        assert entered.get(APPLICATION).status_code == 200
        clock.shift(2 * 60)
        assert entered.get(APPLICATION)["Location"].startswith(CONFIRM)

    @pytest.mark.parametrize("said", [{}, {"auth_time": 0}, {"auth_time": NOON.timestamp()}])
    def test_a_session_left_open_at_the_provider_proves_nothing(
        self, entered: Client, forger: Any, said: dict[str, Any]
    ) -> None:
        """Out and in again, without a word from the person."""
        entered.post("/deconnexion/")
        forger.change = said
        sign_in(entered, forger)
        assert entered.get(APPLICATION)["Location"].startswith(CONFIRM)

    def test_a_provider_that_did_not_ask_again_proves_nothing(
        self, entered: Client, forger: Any
    ) -> None:
        """Our wish goes by the browser of whoever is there, who may take it out."""
        asked = entered.get(APPLICATION)["Location"]
        back = prove(entered, forger, asked, auth_time=int(NOON.timestamp()))
        assert back.status_code == 400 and "est trop ancienne" in words(back)
        assert entered.get(APPLICATION)["Location"].startswith(CONFIRM)

    def test_another_identity_proves_nothing(self, entered: Client, forger: Any) -> None:
        forger.told = {"sub": "sujet-2"}
        back = prove(entered, forger, entered.get(APPLICATION)["Location"], sub="sujet-2")
        assert back.status_code == 403 and "une autre personne que vous" in words(back)
        assert entered.get(APPLICATION)["Location"].startswith(CONFIRM)

    def test_a_proof_begun_by_one_person_never_serves_another(
        self, entered: Client, forger: Any, stranger: User
    ) -> None:
        asked = leave(entered, forger, CONFIRM, provider="essai", next=APPLICATION)
        trips = entered.session["openid_trips"]
        entered.force_login(stranger)
        session = entered.session
        session["openid_trips"] = trips
        session.save()
        assert come_back(entered, asked).status_code == 400

    def test_another_site_is_never_opened(self, entered: Client, forger: Any) -> None:
        query = leave(entered, forger, CONFIRM, provider="essai", next="https://ailleurs.example/")
        forger.change = {}
        assert come_back(entered, query)["Location"] == "/compte/"

    def test_a_provider_that_is_not_theirs_is_nothing(self, entered: Client) -> None:
        assert entered.post(CONFIRM, {"provider": "autre"}).status_code == 404

    def test_who_lacks_a_required_factor_proves_too(
        self, entered: Client, forger: Any, linked: User, facility: Facility
    ) -> None:
        factors.require(facility=facility, roles=[Role.BUYER], by=linked)
        assert entered.get("/consultations/")["Location"] == SECURITY
        back = prove(entered, forger, entered.get(APPLICATION)["Location"])
        assert back["Location"] == APPLICATION
        assert entered.get(APPLICATION).status_code == 200

    def test_a_provider_that_is_gone_leaves_only_a_sentence(
        self, entered: Client, settings: Any
    ) -> None:
        settings.OPENID_PROVIDERS = ()
        assert "adressez-vous à l’exploitant" in words(entered.get(CONFIRM))

    def test_who_has_a_password_gives_it(self, signed_in: Client, configure: Any) -> None:
        asked = signed_in.get(f"{CONFIRM}?next={APPLICATION}")["Location"]
        assert asked == f"/compte/confirmer/?{urlencode({'next': APPLICATION})}"

    def test_the_provider_is_asked_to_say_when(self, entered: Client, forger: Any) -> None:
        openid.forget()
        forger.metadata["claims_parameter_supported"] = True
        query = leave(entered, forger, CONFIRM, provider="essai", next=APPLICATION)
        assert '"auth_time":{"essential":true}' in query["claims"]
