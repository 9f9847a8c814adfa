"""Signing in through an identity provider: who comes in, who links, who leaves."""

import base64
import dataclasses
import datetime as dt
import hashlib
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import time_machine
from django.test import Client

from tests import factories
from uniha_clausier.accounts.domain import openid as identities
from uniha_clausier.accounts.models import OpenIdIdentity, User

from .forging_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    EC_KEY,
    OTHER_RSA_KEY,
    RSA_KEY,
    jwk,
)
from .openid_trips import (
    LINK,
    RETURN,
    START,
    address_of,
    check_nobody_came_in,
    come_back,
    events,
    is_signed_in,
    leave,
    sign_in,
    words,
)

UNPROVED = "n’a pas pu être vérifiée"


class TestSigningIn:
    def test_the_page_offers_each_provider(self, client: Client, configure: Any) -> None:
        page = words(client.get("/connexion/"))
        assert "Se connecter par « Annuaire d’essai »" in page
        assert "Mot de passe" in page

    def test_without_a_provider_the_page_says_nothing_of_it(self, client: Client) -> None:
        assert "Se connecter par" not in words(client.get("/connexion/"))
        assert client.post(START).status_code == 404

    def test_what_the_provider_is_asked(self, client: Client, forger: Any, configure: Any) -> None:
        configure(acr_values=("eidas2",), max_age=3600, scopes=("openid", "email"))
        asked = leave(client, forger)
        assert asked.pop("redirect_uri") == f"http://testserver{RETURN}"
        assert len({asked.pop("state"), asked.pop("nonce"), asked.pop("code_challenge")}) == 3
        assert asked == {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "scope": "openid email",
            "code_challenge_method": "S256",
            "acr_values": "eidas2",
            "max_age": "3600",
        }

    def test_a_linked_person_comes_in(self, client: Client, forger: Any, linked: User) -> None:
        response = sign_in(client, forger)
        assert (response.status_code, response["Location"]) == (302, "/")
        assert client.get("/aide/").wsgi_request.user == linked

    def test_the_code_goes_with_its_verifier_and_the_secret_of_the_client(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        asked = leave(client, forger)
        come_back(client, asked)
        sent = forger.sent("/token")
        digest = hashlib.sha256(sent.pop("code_verifier").encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
        assert sent == {
            "grant_type": "authorization_code",
            "code": "code-secret",
            "redirect_uri": f"http://testserver{RETURN}",
            "client_id": CLIENT_ID,
        }
        [headers] = [one[3] for one in forger.asked if one[1] == "/token"]
        given = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
        assert (
            given
            == f"{CLIENT_ID}:un%20secret%20que%20seul%20le%20fournisseur%20conna%C3%AEt%20aussi"
        )

    def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        forger.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        sign_in(client, forger)
        assert forger.sent("/token")["client_secret"] == CLIENT_SECRET
        assert is_signed_in(client)

    @pytest.mark.parametrize(
        ("client_auth", "methods", "in_form"),
        [
            ("auto", ["client_secret_basic", "client_secret_post"], False),
            ("post", ["client_secret_basic", "client_secret_post"], True),
            ("basic", ["client_secret_post"], False),
        ],
    )
    def test_the_operator_says_where_the_secret_goes(
        self,
        client: Client,
        forger: Any,
        linked: User,
        configure: Any,
        client_auth: str,
        methods: list[str],
        in_form: bool,
    ) -> None:
        """The discovery names what the provider can do, and not what it allows this client."""
        configure(client_auth=client_auth)
        forger.metadata["token_endpoint_auth_methods_supported"] = methods
        sign_in(client, forger)
        [headers] = [one[3] for one in forger.asked if one[1] == "/token"]
        assert ("client_secret" in forger.sent("/token"), "Authorization" in headers) == (
            in_form,
            not in_form,
        )
        assert is_signed_in(client)

    def test_the_page_asked_first_is_opened(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        page = client.get("/connexion/?next=/fournisseurs/").content.decode()
        assert page.count('<input type="hidden" name="next" value="/fournisseurs/">') >= 2
        asked = leave(client, forger, next="/fournisseurs/")
        assert come_back(client, asked)["Location"] == "/fournisseurs/"

    def test_another_site_is_never_opened(self, client: Client, forger: Any, linked: User) -> None:
        asked = leave(client, forger, next="https://ailleurs.example/")
        assert come_back(client, asked)["Location"] == "/"

    def test_the_session_changes_its_key(self, client: Client, forger: Any, linked: User) -> None:
        asked = leave(client, forger)
        before = client.session.session_key
        come_back(client, asked)
        assert client.session.session_key != before

    @pytest.mark.parametrize(
        ("algorithm", "key", "kid"),
        [("RS256", RSA_KEY, "one"), ("PS256", RSA_KEY, "one"), ("ES256", EC_KEY, "two")],
    )
    def test_three_algorithms_are_believed(
        self, client: Client, forger: Any, linked: User, algorithm: str, key: Any, kid: str
    ) -> None:
        forger.algorithm, forger.key, forger.header = algorithm, key, {"kid": kid}
        sign_in(client, forger)
        assert is_signed_in(client)

    def test_the_journal_says_by_which_identity(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        sign_in(client, forger)
        [event] = events("account.identity_used")
        whole = f"{forger.issuer}\nsujet-1".encode()
        assert (event.actor, event.data) == (
            linked.pk,
            {
                "issuer": forger.issuer,
                "subject_sha256": hashlib.sha256(whole).hexdigest(),
                "factor": False,
            },
        )
        assert [event.actor for event in events("account.signed_in")] == [linked.pk]

    def test_keys_and_metadata_are_asked_once(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        for _ in range(3):
            client.logout()
            sign_in(client, forger)
            assert is_signed_in(client)
        assert forger.count("/keys") == forger.count("/.well-known/openid-configuration") == 1

    def test_a_new_key_is_found(self, client: Client, forger: Any, linked: User) -> None:
        sign_in(client, forger)
        client.logout()
        forger.keys = [jwk(OTHER_RSA_KEY, "three")]
        forger.key, forger.header = OTHER_RSA_KEY, {"kid": "three"}
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)):
            sign_in(client, forger)
        assert is_signed_in(client)
        assert forger.count("/keys") == 2

    def test_invented_keys_do_not_make_us_ask_for_ever(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        forger.header = {"kid": "invented"}
        for _ in range(4):
            assert UNPROVED in words(sign_in(client, forger))
        assert forger.count("/keys") == 1


class TestSamePersonElsewhere:
    def test_the_same_address_opens_no_account(
        self, client: Client, forger: Any, configure: Any, buyer: User, caplog: Any
    ) -> None:
        """Another provider may give anybody the address of a colleague."""
        forger.told["email"] = buyer.email
        forger.change = {"email": buyer.email, "email_verified": True}
        people = User.objects.count()
        response = sign_in(client, forger)
        check_nobody_came_in(client, response, "unknown_identity", caplog, 403)
        page = words(response)
        assert "aucun compte n’est relié à vous" in page
        assert "Une adresse électronique identique ne suffit pas" in page
        assert "demandez une invitation" in page
        assert User.objects.count() == people
        assert OpenIdIdentity.objects.count() == 0

    def test_the_same_subject_of_another_issuer_is_somebody_else(
        self, client: Client, forger: Any, configure: Any, buyer: User
    ) -> None:
        identities.link_identity(
            user=buyer, issuer="https://ailleurs.example", subject="sujet-1", by=buyer
        )
        assert sign_in(client, forger).status_code == 403
        assert not is_signed_in(client)

    def test_a_disabled_account_stays_out(self, client: Client, forger: Any, linked: User) -> None:
        User.objects.filter(pk=linked.pk).update(is_active=False)
        assert sign_in(client, forger)["Location"] == "/connexion/compte-desactive/"
        assert not is_signed_in(client)
        [event] = events("account.identity_refused")
        assert (event.subject, event.data) == (
            f"user/{linked.pk}",
            {"provider": "essai", "reason": "inactive"},
        )

    def test_a_provider_kept_for_other_hospitals(
        self, client: Client, forger: Any, linked: User, configure: Any
    ) -> None:
        configure(facilities=("26750045200011",))
        response = sign_in(client, forger)
        assert response.status_code == 403
        assert "réservé à d’autres établissements" in words(response)
        assert not is_signed_in(client)

    def test_a_provider_kept_for_this_hospital(
        self, client: Client, forger: Any, linked: User, configure: Any
    ) -> None:
        facility = linked.memberships.get().facility
        facility.siret = "26750045200011"
        facility.save(update_fields=["siret"])
        configure(facilities=("26750045200011",))
        sign_in(client, forger)
        assert is_signed_in(client)


def ago(seconds: int) -> int:
    return int(time.time()) - seconds


class TestStrength:
    @pytest.mark.parametrize(
        ("acr", "comes_in"),
        [("eidas2", True), ("eidas1", False), (None, False), (["eidas2"], False)],
    )
    def test_the_level_that_is_required(
        self, client: Client, forger: Any, linked: User, configure: Any, acr: Any, comes_in: bool
    ) -> None:
        configure(acr_required=("eidas2", "eidas3"))
        forger.change = {"acr": acr}
        response = sign_in(client, forger)
        assert is_signed_in(client) == comes_in
        if not comes_in:
            assert response.status_code == 403
            assert "par un moyen trop faible" in words(response)

    @pytest.mark.parametrize(("proved", "comes_in"), [(10, True), (4000, False), (None, False)])
    def test_a_proof_too_old(
        self,
        client: Client,
        forger: Any,
        linked: User,
        configure: Any,
        proved: int | None,
        comes_in: bool,
    ) -> None:
        configure(max_age=3600)
        forger.change = {"auth_time": None if proved is None else ago(proved)}
        response = sign_in(client, forger)
        assert is_signed_in(client) == comes_in
        assert comes_in or "est trop ancienne" in words(response)

    def test_an_open_session_there_is_asked_to_prove_it_again(
        self, client: Client, forger: Any, linked: User, configure: Any
    ) -> None:
        """Without it, beginning again would bring the same weak answer for ever."""
        configure(acr_required=("eidas2",))
        forger.change = {"acr": "eidas1"}
        asked = leave(client, forger)
        assert "prompt" not in asked
        assert "il vous le redemandera" in words(come_back(client, asked))
        assert leave(client, forger)["prompt"] == "login"
        assert "prompt" not in leave(client, forger)  # once: who goes back is not asked for ever

    def test_a_proof_too_old_is_asked_again(
        self, client: Client, forger: Any, linked: User, configure: Any
    ) -> None:
        configure(max_age=3600)
        forger.change = {"auth_time": ago(4000)}
        sign_in(client, forger)
        forger.change = {"auth_time": ago(1)}
        asked = leave(client, forger)
        assert asked["prompt"] == "login"
        come_back(client, asked)
        assert is_signed_in(client)

    def test_another_provider_asks_nothing_again(
        self, client: Client, forger: Any, linked: User, configure: Any, settings: Any
    ) -> None:
        configure(acr_required=("eidas2",))
        [first] = settings.OPENID_PROVIDERS
        other = dataclasses.replace(first, id="autre", name="Autre")
        settings.OPENID_PROVIDERS = (first, other)
        sign_in(client, forger)
        assert "prompt" not in leave(client, forger, "/connexion/fournisseur/autre/")
        assert leave(client, forger)["prompt"] == "login"

    @pytest.mark.parametrize(
        ("options", "claims"),
        [
            ({}, None),
            ({"acr_values": ("eidas2",)}, None),
            ({"acr_required": ("eidas2",)}, {"acr": {"essential": True, "value": "eidas2"}}),
            (
                {"acr_required": ("eidas2", "eidas3"), "has_factor": True},
                {
                    "acr": {"essential": True, "values": ["eidas2", "eidas3"]},
                    "amr": {"essential": True},
                },
            ),
        ],
    )
    def test_what_must_come_back_is_asked_as_essential(
        self, client: Client, forger: Any, configure: Any, options: Any, claims: Any
    ) -> None:
        configure(**options)
        forger.metadata["claims_parameter_supported"] = True
        asked = leave(client, forger)
        assert json.loads(asked.get("claims", "null")) == (claims and {"id_token": claims})

    def test_a_provider_that_knows_no_claims_is_sent_none(
        self, client: Client, forger: Any, configure: Any
    ) -> None:
        configure(acr_required=("eidas2",))
        assert "claims" not in leave(client, forger)

    @pytest.mark.parametrize(
        ("has_factor", "said", "is_strong"),
        [
            (True, {"acr": "eidas2"}, True),
            (True, {"amr": ["pwd", "mfa"]}, True),
            (True, {"acr": "eidas1"}, False),
            (True, {"amr": "mfa"}, False),
            (True, {}, False),
            (False, {"acr": "eidas2", "amr": ["mfa"]}, False),
        ],
    )
    def test_a_second_factor_proved_there_counts_here(
        self,
        client: Client,
        forger: Any,
        linked: User,
        configure: Any,
        has_factor: bool,
        said: dict[str, Any],
        is_strong: bool,
    ) -> None:
        User.objects.filter(pk=linked.pk).update(lacks_factor=True)
        configure(has_factor=has_factor, mfa_acr=("eidas2",))
        forger.change = said
        sign_in(client, forger)
        assert is_signed_in(client)
        opened = client.get("/fournisseurs/")
        assert (opened.status_code == 200) == is_strong
        assert is_strong or opened["Location"] == "/compte/securite/"

    def test_the_next_sign_in_is_not_strong_by_the_one_before(
        self, client: Client, forger: Any, linked: User, configure: Any
    ) -> None:
        User.objects.filter(pk=linked.pk).update(lacks_factor=True)
        configure(has_factor=True, mfa_acr=("eidas2",))
        forger.change = {"acr": "eidas2"}
        sign_in(client, forger)
        client.post("/deconnexion/")
        forger.change = {}
        sign_in(client, forger)
        assert client.get("/fournisseurs/")["Location"] == "/compte/securite/"


class TestLinking:
    @pytest.fixture
    def proved(self, client: Client, buyer: User, configure: Any) -> Client:
        """A person who has just given their password."""
        client.post("/connexion/", {"login": buyer.email, "password": factories.PASSWORD})
        client.post("/compte/confirmer/", {"password": factories.PASSWORD})
        return client

    def link(self, client: Client, forger: Any) -> Any:
        return come_back(client, leave(client, forger, LINK))

    def test_a_person_links_then_comes_in_by_it(
        self, proved: Client, forger: Any, buyer: User, mailoutbox: Any
    ) -> None:
        assert "Aucune identité reliée" in words(proved.get("/compte/identites/"))
        assert self.link(proved, forger)["Location"] == "/compte/identites/"
        page = words(proved.get("/compte/identites/"))
        assert "Votre compte est relié" in page and "claire@ailleurs.example" in page
        [event] = events("account.identity_linked")
        assert event.actor == buyer.pk and "claire" not in json.dumps(event.data)
        assert mailoutbox[-1].subject == "[Clausier] Une identité est reliée à votre compte"
        other = Client()
        sign_in(other, forger)
        assert other.get("/aide/").wsgi_request.user == buyer

    def test_the_password_is_asked_again(
        self, signed_in: Client, configure: Any, forger: Any
    ) -> None:
        assert signed_in.post(LINK)["Location"] == f"/compte/confirmer/?{urlencode({'next': LINK})}"

    def test_after_the_password_the_departure_goes_on(
        self, signed_in: Client, configure: Any, forger: Any, buyer: User
    ) -> None:
        asked = signed_in.post(LINK)["Location"]
        page = signed_in.post(asked, {"password": factories.PASSWORD, "next": LINK})
        query = parse_qs(urlsplit(address_of(page)).query)
        forger.nonce = query["nonce"][0]
        come_back(signed_in, {"state": query["state"][0]})
        assert buyer.identities.get().subject == "sujet-1"

    def test_an_identity_of_somebody_else_stays_theirs(
        self, proved: Client, forger: Any, stranger: User
    ) -> None:
        identities.link_identity(
            user=stranger, issuer=forger.issuer, subject="sujet-1", by=stranger
        )
        self.link(proved, forger)
        assert "déjà reliée à un autre compte" in words(proved.get("/compte/identites/"))
        assert OpenIdIdentity.objects.get().user == stranger

    def test_a_link_begun_by_one_person_never_ends_on_another(
        self, proved: Client, forger: Any, stranger: User
    ) -> None:
        asked = leave(proved, forger, LINK)
        trips = proved.session["openid_trips"]
        proved.force_login(stranger)
        session = proved.session
        session["openid_trips"] = trips
        session.save()
        assert come_back(proved, asked).status_code == 400
        assert OpenIdIdentity.objects.count() == 0

    def test_linking_twice_changes_nothing(self, proved: Client, forger: Any) -> None:
        self.link(proved, forger)
        self.link(proved, forger)
        assert len(events("account.identity_linked")) == OpenIdIdentity.objects.count() == 1

    def test_unlinking(self, proved: Client, forger: Any, mailoutbox: Any) -> None:
        self.link(proved, forger)
        identity = OpenIdIdentity.objects.get()
        proved.post(f"/compte/identites/{identity.pk}/delier/")
        assert "L’identité est déliée" in words(proved.get("/compte/identites/"))
        assert len(events("account.identity_unlinked")) == 1
        assert mailoutbox[-1].subject == "[Clausier] Une identité est déliée de votre compte"
        other = Client()
        assert sign_in(other, forger).status_code == 403

    def test_the_last_way_in_is_not_unlinked(
        self, proved: Client, forger: Any, buyer: User
    ) -> None:
        self.link(proved, forger)
        identity = OpenIdIdentity.objects.get()
        User.objects.filter(pk=buyer.pk).update(password="!")
        forger.change = {"auth_time": int(time.time())}
        proved.logout()
        sign_in(proved, forger)
        assert "votre seul moyen de vous connecter" in words(proved.get("/compte/identites/"))
        proved.post(f"/compte/identites/{identity.pk}/delier/")
        assert "C’est votre seul moyen" in words(proved.get("/compte/identites/"))
        assert OpenIdIdentity.objects.count() == 1

    def test_that_of_somebody_else_is_nothing(
        self, proved: Client, forger: Any, stranger: User
    ) -> None:
        theirs = identities.link_identity(
            user=stranger, issuer=forger.issuer, subject="autre", by=stranger
        )
        assert proved.post(f"/compte/identites/{theirs.pk}/delier/").status_code == 404


class TestSigningOut:
    def test_the_provider_is_told(self, client: Client, forger: Any, linked: User) -> None:
        sign_in(client, forger)
        address = address_of(client.post("/deconnexion/"))
        assert not is_signed_in(client)
        assert address.startswith(f"{forger.issuer}/logout?")
        query = parse_qs(urlsplit(address).query)
        assert query["post_logout_redirect_uri"] == ["http://testserver/connexion/"]
        assert query["client_id"] == [CLIENT_ID]
        assert len(query["state"][0]) >= 32  # ProConnect refuses to end a session without it
        hint = jwt.decode(query["id_token_hint"][0], options={"verify_signature": False})
        assert hint["sub"] == "sujet-1"

    def test_a_provider_without_an_end_is_left_alone(
        self, client: Client, forger: Any, linked: User
    ) -> None:
        del forger.metadata["end_session_endpoint"]
        sign_in(client, forger)
        assert client.post("/deconnexion/").status_code == 302

    def test_a_person_who_came_by_a_password_goes_nowhere(
        self, client: Client, linked: User
    ) -> None:
        client.post("/connexion/", {"login": linked.email, "password": factories.PASSWORD})
        assert client.post("/deconnexion/").status_code == 302


class TestOnlyByProvider:
    @pytest.fixture(autouse=True)
    def _only(self, configure: Any, settings: Any) -> None:
        settings.OPENID_ONLY = True

    def test_the_form_is_hidden(self, client: Client) -> None:
        page = client.get("/connexion/")
        assert 'name="password"' not in page.content.decode()
        assert "Se connecter par « Annuaire d’essai »" in words(page)
        assert 'name="password"' in client.get("/connexion/?secours=1").content.decode()

    def test_the_right_password_opens_nothing(self, client: Client, buyer: User) -> None:
        page = client.post("/connexion/", {"login": buyer.email, "password": factories.PASSWORD})
        assert "utilisez son bouton" in words(page)
        assert not is_signed_in(client)

    def test_an_operator_keeps_theirs(self, client: Client) -> None:
        operator = factories.user(is_operator=True)
        client.post("/connexion/", {"login": operator.email, "password": factories.PASSWORD})
        assert is_signed_in(client)
