"""Personal tokens: shown once, kept as a hash, with the rights of the person and no more."""

import datetime as dt
import re

import pytest
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from tests import factories
from uniha_clausier.accounts.domain import tokens
from uniha_clausier.accounts.models import ApiToken, User
from uniha_clausier.common.models import AuditEvent

PAGE = "/compte/jetons/"
SECRET = re.compile(r"clausier_[\w-]{43}")


@pytest.fixture(autouse=True)
def _no_calls_yet(db: None) -> None:
    cache.clear()


def calls(secret: str) -> int:
    """The status of a call with this secret."""
    return Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/me").status_code


def in_days(days: int) -> str:
    return (timezone.localtime() + dt.timedelta(days=days)).date().isoformat()


def test_a_token_is_shown_once_and_only_its_hash_is_kept(signed_in: Client, buyer: User) -> None:
    response = signed_in.post(PAGE, {"name": "Tableau de bord", "expires_on": in_days(30)})
    [secret] = set(SECRET.findall(response.content.decode()))
    assert response.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert SECRET.findall(signed_in.get(PAGE).content.decode()) == []
    token = ApiToken.objects.get()
    assert (token.user, token.secret_sha256) == (buyer, tokens.hash_of(secret))
    assert calls(secret) == 200
    told = AuditEvent.objects.get(action="api_token.created")
    assert (told.actor, told.data["name"]) == (buyer.pk, "Tableau de bord")
    assert secret not in str(told.data)


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
    signed_in: Client, fields: dict[str, str], sentence: str
) -> None:
    response = signed_in.post(PAGE, fields)
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert f'value="{fields["name"]}"' in html or not fields["name"]
    assert not ApiToken.objects.exists()


def test_nobody_keeps_tokens_without_number(signed_in: Client, buyer: User) -> None:
    for _ in range(tokens.MOST_TOKENS):
        factories.api_token(buyer)
    response = signed_in.post(PAGE, {"name": "Un de trop", "expires_on": in_days(3)})
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
