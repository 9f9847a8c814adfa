"""Invited by e-mail: a link that opens once, for the person it was sent to."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.factories import PASSWORD
from uniha_clausier.accounts.domain import invitations
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Invitation, User
from uniha_clausier.common.models import AuditEvent

ADDRESS = "nadia.benali@hopital.example"
NEW = "une phrase de passe toute neuve"


@pytest.fixture(autouse=True)
def _no_tries_yet(db: None) -> None:
    cache.clear()


def _admin_of(facility: Facility) -> Client:
    client = Client()
    client.force_login(factories.member(facility, Role.FACILITY_ADMIN, full_name="Fatou Diarra"))
    return client


@pytest.fixture
def admin(facility: Facility) -> Client:
    return _admin_of(facility)


def invite(admin: Client, facility: Facility, **typed: Any) -> Any:
    told = {"email": ADDRESS, "full_name": "Nadia Benali", "roles": ["buyer", "dpo"]}
    return admin.post(reverse("member_list", args=[facility.pk]), told | typed)


def link_in(mail: Any) -> str:
    found = re.search(r"http://testserver(/invitation/\S+)", mail.body)
    assert found is not None
    return found[1]


@pytest.fixture
def link(admin: Client, facility: Facility, mailoutbox: list[Any]) -> str:
    invite(admin, facility)
    return link_in(mailoutbox[-1])


def join(link: str, **typed: str) -> Any:
    return Client().post(link, {"full_name": "Nadia Benali", "password": NEW} | typed)


def test_a_newcomer_opens_an_account_and_signs_in(
    link: str, facility: Facility, mailoutbox: list[Any]
) -> None:
    mail = mailoutbox[-1]
    assert mail.to == [ADDRESS]
    assert "Acheteur, DPO" in mail.body
    page = Client().get(link).content.decode()
    assert facility.name in page
    assert "envoyée par Fatou Diarra" in page
    assert join(link)["Location"] == "/connexion/"
    user = User.objects.get(email=ADDRESS)
    assert set(user.memberships.values_list("role", flat=True)) == {"buyer", "dpo"}
    client = Client()
    client.post("/connexion/", {"login": ADDRESS, "password": NEW})
    assert client.get("/consultations/").status_code == 200


def test_the_link_opens_once(link: str) -> None:
    join(link)
    again = join(link, full_name="Quelqu’un d’autre")
    assert again.status_code == 410
    assert "déjà été acceptée" in again.content.decode()
    assert User.objects.filter(email=ADDRESS).count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"password": "court"}, "trop court"),
        ({"password": ADDRESS}, "trop semblable"),
        ({"full_name": ""}, "Donnez votre nom"),
        ({"password": ""}, "Choisissez un mot de passe"),
    ],
)
def test_a_wrong_entry_is_said_and_the_link_still_opens(
    link: str, typed: dict[str, str], sentence: str
) -> None:
    answer = join(link, **typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert join(link)["Location"] == "/connexion/"


def test_the_errors_are_summed_up_once_and_counted(
    link: str, admin: Client, facility: Facility
) -> None:
    page = join(link, password="123").content.decode()
    assert page.count('id="titre-erreurs"') == page.count('class="error-summary"') == 1
    assert "3 erreurs à corriger" in page
    page = invite(admin, facility, email="", roles=[]).content.decode()
    assert page.count('id="titre-erreurs"') == 1
    assert "2 erreurs à corriger" in page


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (["reader"], "Votre rôle\u00a0: Lecteur."),
        (["buyer", "dpo"], "Vos rôles\u00a0: Acheteur, DPO."),
    ],
)
def test_the_roles_are_told_in_their_number(
    admin: Client, facility: Facility, mailoutbox: list[Any], roles: list[str], words: str
) -> None:
    invite(admin, facility, roles=roles)
    assert f"vous invite à rejoindre Clausier. {words}" in mailoutbox[-1].body
    assert mailoutbox[-1].subject == f"{facility} vous invite à rejoindre Clausier"
    assert words in Client().get(link_in(mailoutbox[-1])).content.decode()


def test_who_has_an_account_signs_in_and_joins_with_it(
    admin: Client, facility: Facility, stranger: User, mailoutbox: list[Any]
) -> None:
    invite(admin, facility, email=stranger.email.upper(), roles=["reader"])
    link = link_in(mailoutbox[-1])
    page = Client().get(link).content.decode()
    assert f"/connexion/?next={link}" in page
    assert join(link).status_code == 302
    assert not facility.memberships.filter(user=stranger).exists()
    client = Client()
    client.force_login(stranger)
    assert client.post(link)["Location"] == "/"
    assert facility.memberships.get(user=stranger).role == "reader"
    assert stranger.check_password(PASSWORD)


def test_two_facilities_invite_a_newcomer_who_opens_both_links_at_once(
    link: str, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = factories.facility()
    invite(_admin_of(elsewhere), elsewhere)
    second = link_in(mailoutbox[-1])
    join(link)
    monkeypatch.setattr(invitations, "has_account", lambda _invitation: False)  # a moment ago
    answer = Client().post(
        second, {"full_name": "Nadia Benali", "password": "une autre phrase de passe"}, follow=True
    )
    assert answer.redirect_chain == [(second, 302)]
    assert "Un compte existe déjà à cette adresse" in answer.content.decode()
    assert User.objects.get(email=ADDRESS).check_password(NEW)
    assert not elsewhere.memberships.filter(user__email=ADDRESS).exists()
    assert Invitation.objects.get(facility=elsewhere, email=ADDRESS).accepted_at is None


def test_another_account_cannot_take_it(link: str, stranger: User, facility: Facility) -> None:
    client = Client()
    client.force_login(stranger)
    assert "déconnectez-vous" in client.get(link).content.decode()
    client.post(link)
    assert not facility.memberships.filter(user=stranger).exists()


def test_it_is_over_after_seven_days(link: str) -> None:
    with time_machine.travel(timezone.now() + dt.timedelta(days=7, minutes=1), tick=False):
        answer = join(link)
    assert answer.status_code == 410
    assert "Demandez-en une autre à l’administrateur" in answer.content.decode()
    assert not User.objects.filter(email=ADDRESS).exists()


def test_sent_again_the_former_link_opens_nothing(
    admin: Client, link: str, mailoutbox: list[Any]
) -> None:
    admin.post(reverse("invitation_again", args=[Invitation.objects.get().pk]))
    assert join(link).status_code == 410
    assert join(link_in(mailoutbox[-1]))["Location"] == "/connexion/"


def test_withdrawn_it_opens_nothing(admin: Client, link: str, facility: Facility) -> None:
    admin.post(reverse("invitation_withdraw", args=[Invitation.objects.get().pk]))
    assert join(link).status_code == 410
    shown = admin.get(reverse("member_list", args=[facility.pk])).content.decode()
    assert "Personne n’est attendu." in shown


def test_a_wrong_secret_says_nothing_and_is_slowed_down(db: None) -> None:
    answers = [Client().get(f"/invitation/{number}/").status_code for number in range(61)]
    assert answers == [404] * 60 + [429]


def test_only_the_hash_of_the_secret_is_kept(link: str) -> None:
    secret = link.split("/")[2]
    row = Invitation.objects.values().get()
    assert secret not in str(row)
    assert row["secret_sha256"] == invitations.hash_of(secret)


def test_the_journal_has_no_address(link: str) -> None:
    join(link)
    events = AuditEvent.objects.exclude(action__startswith="account.signed")
    assert ADDRESS not in str(list(events.values_list("data", "subject")))
    acts = set(events.values_list("action", flat=True))
    assert {"invitation.sent", "invitation.accepted", "account.opened", "member.added"} <= acts


def test_a_member_is_not_invited_again(admin: Client, facility: Facility, buyer: User) -> None:
    answer = invite(admin, facility, email=buyer.email)
    assert answer.status_code == 422
    assert "déjà membre" in answer.content.decode()


def test_without_a_mail_server_the_address_is_shown_once(
    admin: Client, facility: Facility, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    shown = admin.get(invite(admin, facility)["Location"]).content.decode()
    found = re.search(r"http://testserver(/invitation/[\w-]+/)", shown)
    assert found is not None
    assert join(found[1])["Location"] == "/connexion/"


def test_the_database_wants_one_open_invitation_an_address(facility: Facility) -> None:
    now = timezone.now()
    told = {
        "facility": facility,
        "email": ADDRESS,
        "full_name": "Nadia",
        "roles": ["buyer"],
        "created_at": now,
        "expires_at": now,
    }
    Invitation.objects.create(secret_sha256="a" * 64, **told)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(secret_sha256="b" * 64, **told)
    for wrong in ({"accepted_at": now}, {"withdrawn_at": now, "accepted_at": now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.update(**wrong)
