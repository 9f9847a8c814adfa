"""In production a factor is asked for from the first day; the demonstration asks nobody."""

from typing import Any

import pytest
from django.test import Client

from tests import factories
from uniha_clausier.accounts.domain import facilities, factors, members
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User

from .codes import with_application

pytestmark = pytest.mark.django_db


@pytest.fixture
def production(settings: Any) -> None:
    settings.FACTORS_BY_DEFAULT = True


def is_led_to_factors(user: User) -> bool:
    client = Client()
    client.force_login(user)
    response = client.get("/")
    return response.status_code == 302 and response["Location"] == "/compte/securite/"


@pytest.mark.parametrize("role", Role.values)
def test_a_new_facility_asks_it_of_administrators_and_reviewers(
    role: str, production: None
) -> None:
    facility, _created = facilities.open_facility(name="Hôpital neuf", by=None)
    user = factories.user()
    members.add_member(user=user, facility=facility, role=role, by=None)
    user.refresh_from_db()
    asked = role in factors.USUAL
    assert (factors.is_required(user), user.lacks_factor) == (asked, asked)
    assert is_led_to_factors(user) == asked


def test_an_operator_does_nothing_before_a_factor(production: None) -> None:
    operator = members.open_account(
        email="exploitante@example.test", full_name="Olga Exploitante", is_operator=True, by=None
    )[0]
    operator.password_is_provisional = False  # chosen since: it comes first
    operator.save(update_fields=["password_is_provisional"])
    operator.refresh_from_db()
    assert factors.is_required(operator)
    assert is_led_to_factors(operator)
    with_application(operator)
    factors.refresh([operator.pk])
    assert not User.objects.get(pk=operator.pk).lacks_factor
    assert not is_led_to_factors(operator)


def test_a_facility_opened_twice_keeps_the_rule_that_it_chose(production: None) -> None:
    facility, _created = facilities.open_facility(name="Hôpital neuf", by=None)
    factors.require(facility=facility, roles=[Role.CISO], by=None)
    assert facilities.open_facility(name="Hôpital neuf", by=None) == (facility, False)
    assert factors.required_roles(facility) == {Role.CISO}


def test_the_demonstration_asks_nobody() -> None:
    facility, _created = facilities.open_facility(name="Hôpital d’essai", by=None)
    assert factors.required_roles(facility) == frozenset()
