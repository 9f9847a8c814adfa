"""The name and the address of a person, corrected by a command, without a trace of either."""

import json
import re
from io import StringIO
from typing import Any
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from tests import factories
from uniha_clausier.accounts.domain import corrections, invitations
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Invitation, User
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent

FORMER, NEW = "anne.durant@hopital.example", "anne.durand@hopital.example"
NAME = "Anne Durand"


@pytest.fixture(autouse=True)
def _no_tries_yet(db: None) -> None:
    cache.clear()


@pytest.fixture
def person(facility: Facility) -> User:
    """A person whose name and address were both typed wrong."""
    made = factories.member(facility, Role.BUYER, full_name="Anne Durant")
    made.email = FORMER
    made.save(update_fields=["email"])
    return made


def change(*arguments: str) -> str:
    out = StringIO()
    call_command("change_person", *arguments, stdout=out)
    return out.getvalue()


def sign_in(email: str) -> Client:
    client = Client()
    client.post("/connexion/", {"login": email, "password": factories.PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return bool(client.get("/compte/").status_code == 200)


def corrected() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="account.corrected").order_by("seq"))


def invited(facility: Facility, email: str) -> tuple[Invitation, str]:
    return invitations.invite(
        facility=facility, email=email, full_name="Anne D.", roles=[Role.DPO], by=None
    )


class TestCorrecting:
    def test_the_name_and_the_address_in_one_act(self, person: User) -> None:
        out = change(FORMER, "--name", "  Anne   Durand ", "--email", "Anne.DURAND@hopital.example")
        assert out.splitlines()[0] == f"CORRIGÉ\t{NEW}\t{NAME}"
        person.refresh_from_db()
        assert (person.full_name, person.email) == (NAME, NEW)
        [event] = corrected()
        assert (event.tenant, event.actor, event.subject, event.data) == (
            journal.NO_TENANT,
            None,
            f"user/{person.pk}",
            {"fields": ["full_name", "email"]},
        )

    def test_what_was_and_what_is_are_not_in_the_journal(self, person: User) -> None:
        change(FORMER, "--name", NAME, "--email", NEW)
        events = AuditEvent.objects.values_list("data", "subject")
        told = json.dumps(list(events), ensure_ascii=False).lower()
        assert not re.search("duran[dt]|hopital.example", told)
        assert list(journal.verify()) == []

    @pytest.mark.parametrize(
        ("option", "value", "field"), [("--name", NAME, "full_name"), ("--email", NEW, "email")]
    )
    def test_one_alone_leaves_the_other(
        self, option: str, value: str, field: str, person: User
    ) -> None:
        change(FORMER, option, value)
        before = {"full_name": person.full_name, "email": FORMER}
        person.refresh_from_db()
        after = {"full_name": person.full_name, "email": person.email}
        assert after == before | {field: value}
        assert [event.data for event in corrected()] == [{"fields": [field]}]

    def test_the_same_values_change_nothing(self, person: User, mailoutbox: list[Any]) -> None:
        out = change(FORMER.upper(), "--name", person.full_name, "--email", FORMER.upper())
        assert out == f"INCHANGÉ\t{FORMER}\t{person.full_name}\n"
        assert (corrected(), mailoutbox) == ([], [])

    def test_the_new_name_is_on_what_the_person_did(self, person: User, facility: Facility) -> None:
        tender = factories.tender(facility, person)
        change(FORMER, "--name", NAME)
        tender.refresh_from_db()
        assert str(tender.created_by) == NAME

    def test_a_closed_account_is_corrected_too(self, person: User) -> None:
        """Their files still name them."""
        call_command("erase_person", FORMER, "--close", stdout=StringIO())
        change(FORMER, "--name", NAME)
        person.refresh_from_db()
        assert (person.full_name, person.is_active) == (NAME, False)


class TestOpening:
    def test_sessions_tokens_and_the_password_stay(self, person: User) -> None:
        factories.api_token(person)
        client = sign_in(FORMER)
        change(FORMER, "--email", NEW)
        assert is_in(client)
        assert person.api_tokens.count() == 1
        assert is_in(sign_in(NEW))
        assert not is_in(sign_in(FORMER))

    def test_a_link_sent_to_the_former_address_opens_nothing(
        self, person: User, mailoutbox: list[Any]
    ) -> None:
        Client().post("/compte/oubli/", {"email": FORMER})
        found = re.search(r"https?://[^/]+(/compte/oubli/\S+)", mailoutbox[0].body)
        assert found is not None and EmailAddress.objects.filter(email=FORMER).exists()
        change(FORMER, "--email", NEW)
        page = Client().get(found[1], follow=True).content.decode()
        assert "Ce lien a déjà servi ou il a expiré." in page

    def test_the_former_address_asks_for_no_new_password(
        self, person: User, mailoutbox: list[Any]
    ) -> None:
        Client().post("/compte/oubli/", {"email": FORMER})
        change(FORMER, "--email", NEW)
        mailoutbox.clear()
        for address in (FORMER, NEW):
            Client().post("/compte/oubli/", {"email": address})
        assert [message.to for message in mailoutbox] == [[NEW]]

    def test_an_invitation_that_waits_at_the_former_address_is_withdrawn(
        self, person: User, facility: Facility
    ) -> None:
        """Else whoever reads that mailbox opens a second account, with its roles."""
        elsewhere = factories.facility()
        waiting, secret = invited(elsewhere, FORMER)
        to_new, _secret = invited(factories.facility(), NEW)
        change(FORMER, "--email", NEW)
        waiting.refresh_from_db()
        to_new.refresh_from_db()
        assert waiting.withdrawn_at is not None and to_new.withdrawn_at is None
        answer = Client().post(
            f"/invitation/{secret}/", {"full_name": "X", "password": factories.PASSWORD}
        )
        assert answer.status_code == 410 and not User.objects.filter(email=FORMER).exists()
        event = AuditEvent.objects.get(action="invitation.withdrawn")
        assert (event.tenant, event.actor) == (elsewhere.pk, None)

    def test_erasing_afterwards_leaves_no_former_address(
        self, person: User, facility: Facility
    ) -> None:
        invited(factories.facility(), FORMER)
        accepted, _secret = invited(factories.facility(), FORMER)
        invitations.accept_with_account(invitation=accepted, by=person)
        Client().post("/compte/oubli/", {"email": FORMER})
        change(FORMER, "--name", NAME, "--email", NEW)
        assert set(Invitation.objects.values_list("email", "full_name")) == {(NEW, NAME)}
        assert not EmailAddress.objects.filter(email=FORMER).exists()
        call_command("erase_person", NEW, stdout=StringIO())
        assert not Invitation.objects.exists()


class TestTelling:
    def test_the_former_address_is_told_and_nobody_named(
        self, person: User, mailoutbox: list[Any], settings: Any
    ) -> None:
        settings.SUPPORT_EMAIL = "assistance@hopital.example"
        out = change(FORMER, "--name", NAME, "--email", NEW)
        assert out.splitlines()[1] == "L’ancienne adresse est prévenue par courriel."
        [message] = mailoutbox
        assert message.to == [FORMER]
        assert message.subject == "L’adresse de votre compte Clausier a changé"
        assert "n’ouvre plus de compte" in message.body
        assert "Écrivez à assistance@hopital.example." in message.body
        assert not re.search("duran[dt]|hôpital", message.body, re.IGNORECASE)

    def test_without_an_address_of_support_it_says_whom_to_ask(
        self, person: User, mailoutbox: list[Any]
    ) -> None:
        change(FORMER, "--email", NEW)
        assert "Adressez-vous à votre établissement." in mailoutbox[0].body

    def test_a_name_alone_is_told_to_nobody(self, person: User, mailoutbox: list[Any]) -> None:
        assert change(FORMER, "--name", NAME) == f"CORRIGÉ\t{FORMER}\t{NAME}\n"
        assert mailoutbox == []

    @pytest.mark.usefixtures("mail_is_away")
    def test_a_mail_server_that_is_away_undoes_nothing_and_is_said(self, person: User) -> None:
        assert "n’est pas parti" in change(FORMER, "--email", NEW)
        person.refresh_from_db()
        assert person.email == NEW


class TestRefusing:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ((), "Donnez --name, --email, ou les deux"),
            (("--name", "  "), "Donnez un nom, de 150 caractères au plus"),
            (("--name", "n" * 151), "Donnez un nom, de 150 caractères au plus"),
            (("--email", ""), "n’est pas une adresse électronique"),
            (("--email", "anne"), "« anne » n’est pas une adresse électronique"),
            (("--email", f"{'a' * 250}@hopital.example"), "n’est pas une adresse électronique"),
        ],
    )
    def test_what_is_no_name_nor_address(
        self, arguments: tuple[str, ...], sentence: str, person: User
    ) -> None:
        before = User.objects.filter(pk=person.pk).values().get()
        with pytest.raises(CommandError, match=sentence):
            change(FORMER, *arguments)
        assert User.objects.filter(pk=person.pk).values().get() == before
        assert corrected() == []

    def test_the_address_of_another_account(self, person: User, mailoutbox: list[Any]) -> None:
        other = factories.member(factories.facility())
        invited(factories.facility(), FORMER)
        refusal = f"Un autre compte a déjà l’adresse « {other.email} »"
        with pytest.raises(CommandError, match=refusal):
            change(FORMER, "--name", NAME, "--email", other.email.upper())
        person.refresh_from_db()
        assert (person.full_name, person.email) == ("Anne Durant", FORMER)
        assert Invitation.objects.get().withdrawn_at is None
        assert (corrected(), mailoutbox) == ([], [])

    def test_the_address_that_another_account_takes_at_the_same_moment(self, person: User) -> None:
        """Nobody had it when it was looked up: the database is the last to refuse."""
        other = factories.member(factories.facility())
        invited(factories.facility(), FORMER)
        with (
            mock.patch.object(corrections, "_check"),
            pytest.raises(CommandError, match="Un autre compte a déjà l’adresse"),
        ):
            change(FORMER, "--email", other.email)
        assert User.objects.filter(email=FORMER).exists() and corrected() == []
        assert Invitation.objects.get().withdrawn_at is None

    def test_an_unknown_address(self) -> None:
        with pytest.raises(CommandError, match="n’a pas de compte ici"):
            change("personne@ailleurs.example", "--name", NAME)

    def test_a_person_who_was_erased(self, person: User) -> None:
        call_command("erase_person", FORMER, stdout=StringIO())
        person.refresh_from_db()
        with pytest.raises(CommandError, match="Cette personne est effacée"):
            change(person.email, "--name", NAME)


def test_my_data_says_who_corrects(signed_in: Client) -> None:
    page = signed_in.get(reverse("my_data")).content.decode()
    assert "l’exploitant change votre nom ou votre adresse" in page
