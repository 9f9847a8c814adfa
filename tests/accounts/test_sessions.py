"""Who a request comes from, and that what ends a session ends it at once."""

import datetime as dt

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from uniha_clausier.accounts.models import User

PAGE = "/consultations/"


def is_signed_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_the_account_is_read_whole(signed_in: Client, buyer: User) -> None:
    request = signed_in.get(PAGE).wsgi_request
    for field in User._meta.concrete_fields:
        assert getattr(request.user, field.attname) == getattr(buyer, field.attname)
    assert isinstance(request.user, User)
    assert not request.user.get_deferred_fields()
    assert not request.user._state.adding


def test_one_query_for_the_session_and_one_for_the_account(
    signed_in: Client, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        request = signed_in.get(reverse("account_login")).wsgi_request
        assert request.user.is_authenticated


@pytest.mark.parametrize("cookie", ['"\\000abc"', "é", "a b", "x" * 500])
def test_a_cookie_that_names_no_session_is_nobody(db: None, cookie: str) -> None:
    """PostgreSQL refuses a text that holds NUL."""
    client = Client(headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
    assert client.get(PAGE).status_code == 302


class TestEnds:
    def test_with_its_time(self, signed_in: Client) -> None:
        assert is_signed_in(signed_in)
        Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
        assert not is_signed_in(signed_in)

    def test_with_its_row(self, signed_in: Client) -> None:
        Session.objects.all().delete()
        assert not is_signed_in(signed_in)

    def test_with_an_altered_content(self, signed_in: Client) -> None:
        row = Session.objects.get()
        Session.objects.update(session_data=row.session_data[:-1] + "~")
        assert not is_signed_in(signed_in)

    def test_with_the_account(self, signed_in: Client, buyer: User) -> None:
        User.objects.filter(pk=buyer.pk).update(is_active=False)
        assert not is_signed_in(signed_in)

    def test_with_a_new_password(self, signed_in: Client, buyer: User) -> None:
        buyer.set_password("une autre phrase de passe")
        buyer.save()
        assert not is_signed_in(signed_in)


@pytest.mark.parametrize("key", ["x" * 32, "court", "a' OR '1'='1"])
def test_a_key_that_was_never_given_opens_nothing(client: Client, db: None, key: str) -> None:
    client.cookies["sessionid"] = key
    assert not is_signed_in(client)
