"""Signing in and out: who gets in, who is slowed down, and what the journal keeps of it."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client

from tests import factories
from tests.factories import PASSWORD
from uniha_clausier.accounts.domain import invitations
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent

SIGN_IN = "/connexion/"
NEW_PASSWORD = "une tout autre phrase de passe"


@pytest.fixture(autouse=True)
def _no_tries_yet(db: None) -> None:
    cache.clear()


def try_sign_in(
    client: Client, email: str, password: str = PASSWORD, **fields: str
) -> HttpResponse:
    return client.post(SIGN_IN, {"login": email, "password": password, **fields})  # type: ignore[return-value]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(tenant=journal.NO_TENANT, action=action).order_by("seq"))


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


class TestSigningIn:
    def test_an_address_and_a_password_open_the_product(self, client: Client, buyer: User) -> None:
        response = try_sign_in(client, buyer.email.upper())
        assert (response.status_code, response["Location"]) == (302, "/")
        assert is_signed_in(client)

    def test_the_journal_says_who_and_no_more(self, client: Client, buyer: User) -> None:
        try_sign_in(client, buyer.email)
        [event] = events("account.signed_in")
        assert (event.actor, event.subject, event.data) == (buyer.pk, f"user/{buyer.pk}", {})

    def test_the_session_changes_its_key(self, client: Client, buyer: User) -> None:
        client.get(SIGN_IN)
        session = client.session
        session["planted"] = "by somebody else"
        session.save()
        before = session.session_key
        client.cookies["sessionid"] = before or ""
        try_sign_in(client, buyer.email)
        assert client.session.session_key != before

    def test_the_session_ends_with_the_browser(self, client: Client, buyer: User) -> None:
        try_sign_in(client, buyer.email)
        assert client.session.get_expire_at_browser_close()

    @pytest.mark.parametrize("wrong", ["inconnu@hopital.example", None])
    def test_a_wrong_password_and_an_unknown_person_read_the_same(
        self, client: Client, buyer: User, wrong: str | None
    ) -> None:
        response = try_sign_in(client, wrong or buyer.email, "une phrase de passe fausse")
        assert "L’adresse ou le mot de passe est inexact." in words(response)
        assert not is_signed_in(client)

    def test_an_address_cut_short_is_told_how_to_write_it(self, client: Client) -> None:
        assert "Écrivez une adresse électronique entière" in words(try_sign_in(client, "prenom@"))

    def test_an_unknown_person_costs_a_hash_too(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashed: list[str | None] = []
        monkeypatch.setattr(User, "set_password", lambda self, raw: hashed.append(raw))
        try_sign_in(client, "inconnu@hopital.example", "une phrase")
        assert hashed == ["une phrase"]

    def test_a_disabled_account_is_told_so_and_stays_out(self, client: Client) -> None:
        person = factories.user(is_active=False)
        response = try_sign_in(client, person.email)
        assert (response.status_code, response["Location"]) == (302, "/connexion/compte-desactive/")
        assert not is_signed_in(client)
        assert "Ce compte est désactivé" in words(client.get(response["Location"]))

    def test_a_person_disabled_is_out_at_the_next_request(
        self, signed_in: Client, buyer: User
    ) -> None:
        User.objects.filter(pk=buyer.pk).update(is_active=False)
        assert signed_in.get("/")["Location"] == "/connexion/?next=/"


class TestNext:
    def test_the_page_asked_is_opened_after_signing_in(self, client: Client, buyer: User) -> None:
        asked = client.get("/fournisseurs/?q=a")["Location"]
        assert asked == "/connexion/?next=/fournisseurs/%3Fq%3Da"
        form = client.get(asked).content.decode()
        assert '<input type="hidden" name="next" value="/fournisseurs/?q=a">' in form
        response = try_sign_in(client, buyer.email, next="/fournisseurs/?q=a")
        assert response["Location"] == "/fournisseurs/?q=a"

    @pytest.mark.parametrize(
        "evil",
        ["https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)", "\\\\ailleurs"],
    )
    def test_another_site_is_never_opened(self, client: Client, buyer: User, evil: str) -> None:
        assert try_sign_in(client, buyer.email, next=evil)["Location"] == "/"


class TestLimits:
    def lock(self, client: Client, email: str) -> HttpResponse:
        for _ in range(10):
            response = try_sign_in(client, email, "faux")
            assert "inexact" in words(response)
        return try_sign_in(client, email)

    def test_ten_tries_then_even_the_right_password_waits(
        self, client: Client, buyer: User
    ) -> None:
        response = self.lock(client, buyer.email)
        assert "Trop d’essais : attendez cinq minutes" in words(response)
        assert not is_signed_in(client)

    def test_an_unknown_person_is_slowed_down_the_same_way(self, client: Client) -> None:
        response = self.lock(client, "inconnu@hopital.example")
        assert "Trop d’essais : attendez cinq minutes" in words(response)

    def test_others_are_not_concerned(self, client: Client, buyer: User) -> None:
        self.lock(client, "inconnu@hopital.example")
        assert try_sign_in(client, buyer.email).status_code == 302

    def test_many_counters_of_others_push_no_lock_out(self, client: Client, buyer: User) -> None:
        """A cache that is full drops the first keys, and « reset_password » is after « login »."""
        for _ in range(10):
            try_sign_in(client, buyer.email, "faux")
        for number in range(400):
            cache.set(f"allauth:rl:allauth.account:reset_password:{number}", [1.0], 3600)
        assert "Trop d’essais" in words(try_sign_in(client, buyer.email))
        assert not is_signed_in(client)

    def test_a_lock_is_journaled_once(self, client: Client, buyer: User) -> None:
        self.lock(client, buyer.email)
        try_sign_in(client, buyer.email)
        [event] = events("account.locked")
        assert (event.actor, event.subject, event.data) == (None, f"user/{buyer.pk}", {})

    def test_inventing_addresses_does_not_fill_the_journal(self, client: Client) -> None:
        self.lock(client, "un@hopital.example")
        self.lock(client, "deux@hopital.example")
        assert [event.subject for event in events("account.locked")] == ["user/unknown"]

    def test_success_does_not_give_tries_back(self, client: Client, buyer: User) -> None:
        for _ in range(9):
            try_sign_in(client, buyer.email, "faux")
        assert try_sign_in(client, buyer.email).status_code == 302
        client.logout()
        try_sign_in(client, buyer.email, "faux")
        assert "Trop d’essais" in words(try_sign_in(client, buyer.email))


class TestSigningOut:
    def test_it_takes_a_post(self, signed_in: Client) -> None:
        assert "Se déconnecter" in words(signed_in.get("/deconnexion/"))
        assert is_signed_in(signed_in)
        assert signed_in.post("/deconnexion/").status_code == 302
        assert not is_signed_in(signed_in)


class TestPassword:
    def change(self, client: Client, old: str = PASSWORD, new: str = NEW_PASSWORD) -> Any:
        values = {"oldpassword": old, "password1": new, "password2": new}
        return client.post("/compte/mot-de-passe/", values)

    def test_changing_it_closes_the_other_sessions(self, signed_in: Client, buyer: User) -> None:
        other = Client()
        other.force_login(buyer)
        assert self.change(signed_in).status_code == 302
        assert signed_in.get("/aide/").wsgi_request.user.is_authenticated
        assert other.get("/")["Location"] == "/connexion/?next=/"
        assert [event.actor for event in events("account.password_set")] == [buyer.pk]

    def test_the_person_is_told_by_mail(self, signed_in: Client, mailoutbox: Any) -> None:
        self.change(signed_in)
        [message] = mailoutbox
        assert message.subject == "[Clausier] Votre mot de passe a changé"
        assert "prévenez tout de suite l’administrateur" in message.body

    @pytest.mark.parametrize(
        ("new", "reason"),
        [
            ("courtphrase", "au minimum 12 caractères"),
            ("1qaz2wsx3edc", "trop courant"),
            ("730158264913", "entièrement numérique"),
        ],
    )
    def test_a_weak_one_is_refused_beside_the_field(
        self, signed_in: Client, buyer: User, new: str, reason: str
    ) -> None:
        response = self.change(signed_in, new=new)
        assert reason in words(response)
        buyer.refresh_from_db()
        assert buyer.check_password(PASSWORD)

    @pytest.mark.usefixtures("mail_is_away")
    def test_a_mail_server_that_is_away_undoes_nothing(
        self, signed_in: Client, buyer: User
    ) -> None:
        assert self.change(signed_in).status_code == 302
        buyer.refresh_from_db()
        assert buyer.check_password(NEW_PASSWORD)
        assert is_signed_in(signed_in)

    @pytest.mark.parametrize("length", [129, 1_000, 4_096])
    def test_a_long_one_is_taken_whole(self, length: int, signed_in: Client, buyer: User) -> None:
        long = ("phrase de passe " * 256)[: length - 1] + "."
        assert self.change(signed_in, new=long).status_code == 302
        assert try_sign_in(Client(), buyer.email, long[:-1]).status_code == 200
        assert try_sign_in(Client(), buyer.email, long).status_code == 302

    def test_its_case_and_its_spaces_count(self, signed_in: Client, buyer: User) -> None:
        given = "  Une PHRASE de passe «\u00a0É\u00a0»  "
        assert self.change(signed_in, new=given).status_code == 302
        for other in (given.lower(), given.swapcase(), given.strip()):
            assert try_sign_in(Client(), buyer.email, other).status_code == 200
        assert try_sign_in(Client(), buyer.email, given).status_code == 302

    def test_the_old_one_is_needed(self, signed_in: Client) -> None:
        response = self.change(signed_in, old="faux")
        assert "Le mot de passe actuel est inexact." in words(response)


class TestPasswordFields:
    """They hide what is typed, and tell a password manager what to fill."""

    def fields(self, page: Any) -> dict[str, str | None]:
        inputs = re.findall(r"<input\b[^>]*>", page.content.decode())
        found = [dict(re.findall(r'([\w-]+)="([^"]*)"', one)) for one in inputs]
        of_passwords = [one for one in found if "password" in one.get("name", "")]
        assert {one["type"] for one in of_passwords} == {"password"}
        assert "onpaste" not in page.content.decode()
        return {one["name"]: one.get("autocomplete") for one in of_passwords}

    def test_signing_in(self, client: Client) -> None:
        assert self.fields(client.get(SIGN_IN)) == {"password": "current-password"}

    def test_changing(self, signed_in: Client) -> None:
        new = dict.fromkeys(("password1", "password2"), "new-password")
        told = self.fields(signed_in.get("/compte/mot-de-passe/"))
        assert told == {"oldpassword": "current-password"} | new

    def test_forgotten(self, client: Client, buyer: User, mailoutbox: Any) -> None:
        forgotten = TestForgotten()
        forgotten.ask(client, buyer.email)
        page = client.get(forgotten.link(mailoutbox), follow=True)
        assert self.fields(page) == dict.fromkeys(("password1", "password2"), "new-password")

    def test_confirming(self, signed_in: Client) -> None:
        assert self.fields(signed_in.get("/compte/confirmer/")) == {"password": "current-password"}

    def test_invited(self, client: Client, facility: Facility) -> None:
        _invitation, secret = invitations.invite(
            facility=facility, email="a@b.example", full_name="A", roles=["reader"], by=None
        )
        page = client.get(f"/invitation/{secret}/")
        assert self.fields(page) == {"password": "new-password"}


class TestForgotten:
    def ask(self, client: Client, email: str) -> Any:
        return client.post("/compte/oubli/", {"email": email})

    def link(self, mailoutbox: Any) -> str:
        found = re.search(r"https?://[^/]+(/compte/oubli/\S+)", mailoutbox[0].body)
        assert found
        return found[1]

    def choose(self, client: Client, link: str) -> Any:
        page = client.get(link, follow=True)
        values = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        return client.post(page.request["PATH_INFO"], values)

    def test_the_link_lets_choose_another_password(
        self, client: Client, buyer: User, mailoutbox: Any
    ) -> None:
        assert self.ask(client, buyer.email)["Location"] == "/compte/oubli/envoye/"
        assert mailoutbox[0].subject == "[Clausier] Choisir un nouveau mot de passe"
        assert "/compte/oubli/change/" in self.choose(client, self.link(mailoutbox))["Location"]
        assert not is_signed_in(client)
        assert try_sign_in(client, buyer.email, NEW_PASSWORD).status_code == 302
        assert [event.actor for event in events("account.password_set")] == [buyer.pk]

    def test_the_key_does_not_stay_in_the_address(
        self, client: Client, buyer: User, mailoutbox: Any
    ) -> None:
        self.ask(client, buyer.email)
        response = client.get(self.link(mailoutbox))
        assert re.fullmatch(r"/compte/oubli/\w+-set-password/", response["Location"])

    def test_a_link_serves_once(self, client: Client, buyer: User, mailoutbox: Any) -> None:
        self.ask(client, buyer.email)
        link = self.link(mailoutbox)
        self.choose(client, link)
        again = Client().get(link)
        assert "Ce lien a déjà servi ou il a expiré." in words(again)

    def test_an_unknown_address_reads_the_same_and_gets_nothing(
        self, client: Client, mailoutbox: Any
    ) -> None:
        response = self.ask(client, "inconnu@hopital.example")
        assert response["Location"] == "/compte/oubli/envoye/"
        assert mailoutbox == []

    @pytest.mark.usefixtures("mail_is_away")
    def test_a_mail_server_that_is_away_tells_nobody_who_has_an_account(
        self, client: Client, buyer: User, caplog: Any
    ) -> None:
        for email in (buyer.email, "inconnu@hopital.example"):
            assert self.ask(client, email)["Location"] == "/compte/oubli/envoye/"
        assert "could not be sent" in caplog.text

    def test_the_message_leaves_after_the_answer(
        self, client: Client, buyer: User, mailoutbox: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else the time of the mail server says that the address has an account."""
        before = HttpResponseRedirect.close

        def close(response: HttpResponseRedirect) -> None:
            assert mailoutbox == []
            before(response)

        monkeypatch.setattr(HttpResponseRedirect, "close", close)
        self.ask(client, buyer.email)
        assert len(mailoutbox) == 1

    def test_asking_is_limited(self, client: Client, buyer: User, mailoutbox: Any) -> None:
        answers = [self.ask(client, buyer.email).status_code for _ in range(6)]
        assert answers == [302] * 5 + [429]
        assert len(mailoutbox) == 5


class TestClosedDoors:
    def test_nobody_creates_an_account_alone(self, client: Client) -> None:
        assert client.get("/compte/inscription/").status_code == 404
        assert "s’inscrire" not in words(client.get(SIGN_IN)).lower()

    def test_a_form_out_of_date_is_said_in_french(self, buyer: User) -> None:
        client = Client(enforce_csrf_checks=True)
        response = try_sign_in(client, buyer.email)
        assert response.status_code == 403
        assert "Ce formulaire a expiré" in words(response)
