"""Personal tokens: shown once, kept as a hash, with the rights of the person and no more."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from tests import factories
from uniha_clausier.accounts.domain import browser_sessions, factors, tokens
from uniha_clausier.accounts.models import ApiToken, User
from uniha_clausier.common.models import AuditEvent

PAGE = "/compte/jetons/"
CONFIRM = "/compte/confirmer/"
SECRET = re.compile(r"clausier_[\w-]{43}")


@pytest.fixture(autouse=True)
def _no_calls_yet(db: None) -> None:
    cache.clear()


def calls(secret: str) -> int:
    """The status of a call with this secret."""
    return Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/me").status_code


def in_days(days: int) -> str:
    return (timezone.localtime() + dt.timedelta(days=days)).date().isoformat()


@pytest.fixture
def proved(signed_in: Client) -> Client:
    """A person who has just given their password again."""
    signed_in.post(CONFIRM, {"password": factories.PASSWORD})
    return signed_in


def test_a_token_is_shown_once_and_only_its_hash_is_kept(proved: Client, buyer: User) -> None:
    response = proved.post(PAGE, {"name": "Tableau de bord", "expires_on": in_days(30)})
    [secret] = set(SECRET.findall(response.content.decode()))
    assert response.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert SECRET.findall(proved.get(PAGE).content.decode()) == []
    token = ApiToken.objects.get()
    assert (token.user, token.secret_sha256) == (buyer, tokens.hash_of(secret))
    assert calls(secret) == 200
    told = AuditEvent.objects.get(action="api_token.created")
    assert (told.actor, told.data["name"]) == (buyer.pk, "Tableau de bord")
    assert secret not in str(told.data)


def test_a_session_left_open_makes_no_token_without_a_proof(
    signed_in: Client, mailoutbox: list[Any]
) -> None:
    asked = signed_in.post(PAGE, {"name": "Passant", "expires_on": in_days(360)})["Location"]
    assert asked == f"{CONFIRM}?next=%2Fcompte%2Fjetons%2F"
    refused = signed_in.post(asked, {"password": "ce n’est pas le bon", "next": PAGE})
    assert "Erreur – Confirmez que c’est vous" in refused.content.decode()
    assert not ApiToken.objects.exists() and mailoutbox == []


def test_after_the_proof_the_token_that_was_asked_is_made_and_told(
    signed_in: Client, buyer: User, mailoutbox: list[Any]
) -> None:
    asked = signed_in.post(PAGE, {"name": "Suivi & bord", "expires_on": in_days(30)})["Location"]
    made = signed_in.post(asked, {"password": factories.PASSWORD, "next": PAGE})
    [secret] = set(SECRET.findall(made.content.decode()))
    assert calls(secret) == 200
    assert f'<form method="post" action="{PAGE}"' in made.content.decode()
    [message] = mailoutbox
    assert message.subject == "[Clausier] Un jeton d’accès est créé dans votre compte"
    assert message.to == [buyer.email] and "« Suivi & bord »" in message.body
    assert secret not in message.body


def test_taking_factors_off_takes_the_tokens_back_and_ending_sessions_does_not(
    buyer: User,
) -> None:
    _token, secret = factories.api_token(buyer)
    browser_sessions.end_all(user=buyer)
    assert calls(secret) == 200
    factors.reset(user=buyer, by=None)
    assert calls(secret) == 401
    assert AuditEvent.objects.get(action="api_token.revoked").actor is None


def test_the_page_of_the_sessions_counts_the_tokens_that_open(
    signed_in: Client, buyer: User
) -> None:
    page = "/compte/securite/"
    assert "Voir vos jetons" not in signed_in.get(page).content.decode()
    token, _secret = factories.api_token(buyer)
    shown = signed_in.get(page).content.decode()
    assert "1 jeton d’accès reste valable" in shown and f'href="{PAGE}"' in shown
    tokens.revoke(token=token, by=buyer)
    assert "Voir vos jetons" not in signed_in.get(page).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "", "expires_on": "2030-01-01"}, "Donnez un nom"),
        ({"name": "A", "expires_on": ""}, "Donnez le dernier jour"),
        ({"name": "A", "expires_on": "demain"}, "Écrivez une date"),
        ({"name": "A", "expires_on": "2020-01-01"}, "Choisissez une date à venir."),
        ({"name": "A", "expires_on": "2999-01-01"}, "Un jeton vaut un an au plus."),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(
    proved: Client, fields: dict[str, str], sentence: str
) -> None:
    response = proved.post(PAGE, fields)
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert f'value="{fields["name"]}"' in html or not fields["name"]
    assert not ApiToken.objects.exists()


def test_nobody_keeps_tokens_without_number(proved: Client, buyer: User) -> None:
    for _ in range(tokens.MOST_TOKENS):
        factories.api_token(buyer)
    response = proved.post(PAGE, {"name": "Un de trop", "expires_on": in_days(3)})
    assert "retirez-en un" in response.content.decode()
    assert ApiToken.objects.count() == tokens.MOST_TOKENS


def test_a_token_taken_back_opens_nothing_from_then_on(signed_in: Client, buyer: User) -> None:
    token, secret = factories.api_token(buyer)
    assert calls(secret) == 200
    signed_in.post(f"{PAGE}{token.pk}/retirer/")
    signed_in.post(f"{PAGE}{token.pk}/retirer/")
    assert calls(secret) == 401
    assert AuditEvent.objects.filter(action="api_token.revoked").count() == 1


def test_the_token_of_somebody_else_cannot_be_taken_back(signed_in: Client, stranger: User) -> None:
    token, secret = factories.api_token(stranger)
    assert signed_in.post(f"{PAGE}{token.pk}/retirer/").status_code == 404
    assert calls(secret) == 200


def test_a_token_ends_with_its_last_day(buyer: User) -> None:
    _token, secret = factories.api_token(buyer, days=10)
    with time_machine.travel(timezone.now() + dt.timedelta(days=11), tick=False):
        assert calls(secret) == 401


def test_a_closed_account_closes_its_tokens(buyer: User) -> None:
    _token, secret = factories.api_token(buyer)
    buyer.is_active = False
    buyer.save(update_fields=["is_active"])
    assert calls(secret) == 401


def test_a_new_password_takes_every_token_back(signed_in: Client, buyer: User) -> None:
    _token, secret = factories.api_token(buyer)
    new = "une tout autre phrase de passe"
    fields = {"oldpassword": factories.PASSWORD, "password1": new, "password2": new}
    signed_in.post("/compte/mot-de-passe/", fields)
    assert calls(secret) == 401


def test_the_last_call_is_kept_to_ten_minutes(buyer: User) -> None:
    token, secret = factories.api_token(buyer)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    for minutes, expected in ((5, first), (15, first + dt.timedelta(minutes=15))):
        with time_machine.travel(first + dt.timedelta(minutes=minutes), tick=False):
            calls(secret)
        token.refresh_from_db()
        assert token.last_used_at == expected


def test_wrong_tokens_are_slowed_down(db: None, settings: object) -> None:
    statuses = {calls(f"clausier_{number}") for number in range(60)}
    assert statuses == {401}
    assert calls("clausier_encore") == 429


def test_one_token_calls_so_often_and_no_more(buyer: User, settings: object) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"api": "3/m/key"}  # type: ignore[attr-defined]
    _token, secret = factories.api_token(buyer)
    _other, another = factories.api_token(buyer)
    assert [calls(secret) for _ in range(4)] == [200, 200, 200, 429]
    assert calls(another) == 200


@pytest.mark.parametrize("column", ["name", "secret_sha256", "expires_at"])
def test_the_database_refuses_to_change_a_token(buyer: User, column: str) -> None:
    token, _secret = factories.api_token(buyer)
    value = timezone.now() + dt.timedelta(days=300) if column == "expires_at" else "autre"
    with pytest.raises(DatabaseError, match="a token never changes"), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(**{column: value})


def test_the_database_refuses_to_give_a_token_back(buyer: User) -> None:
    token, _secret = factories.api_token(buyer)
    tokens.revoke(token=token, by=buyer)
    with pytest.raises(DatabaseError, match="taken back stays so"), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=None)


def test_a_token_without_hash_or_already_over_is_refused_by_the_database(buyer: User) -> None:
    now = timezone.now()
    sound = {"user": buyer, "name": "A", "secret_sha256": "a", "created_at": now}
    later = now + dt.timedelta(days=1)
    for wrong, name in (
        ({"secret_sha256": "", "expires_at": later}, "api_token_named_with_hash"),
        ({"name": "", "expires_at": later}, "api_token_named_with_hash"),
        ({"expires_at": now}, "api_token_expires_after_creation"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            ApiToken.objects.create(**sound | wrong)
