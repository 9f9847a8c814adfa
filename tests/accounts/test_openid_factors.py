"""A factor that a provider keeps: no first one of ours is set up without going through it."""

from typing import Any

import pytest
from django.test import Client

from tests import factories
from uniha_clausier.accounts.domain import factors
from uniha_clausier.accounts.domain import openid as identities
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, OpenIdIdentity, User

from .codes import code_of, with_application
from .openid_trips import sign_in, words

APPLICATION = "/compte/securite/application/"
KEY = "/compte/securite/cles/ajouter/"
SECURITY = "/compte/securite/"


@pytest.fixture
def kept(forger: Any, linked: User, configure: Any, facility: Facility) -> User:
    """A role that needs a factor, which the provider has checked at each sign-in."""
    configure(has_factor=True, mfa_acr=("eidas2",))
    forger.change = {"acr": "eidas2"}
    factors.require(facility=facility, roles=[Role.BUYER], by=linked)
    sign_in(Client(), forger)
    return linked


def by_password(user: User) -> Client:
    client = Client()
    client.post("/connexion/", {"login": user.email, "password": factories.PASSWORD})
    client.post("/compte/confirmer/", {"password": factories.PASSWORD})
    return client


@pytest.mark.parametrize("page", [APPLICATION, KEY])
def test_the_password_alone_sets_no_first_factor_up(kept: User, page: str) -> None:
    client = by_password(kept)
    for answer in (client.get(page), client.post(page, {"code": "000000"})):
        assert answer["Location"] == SECURITY
    shown = words(client.get(SECURITY))
    assert "Votre second facteur est chez « Annuaire d’essai »" in shown
    assert "Déconnectez-vous, puis entrez par « Annuaire d’essai »" in shown
    assert "Ajouter une" not in shown


def test_nor_does_the_provider_when_it_checked_no_factor(
    client: Client, kept: User, forger: Any
) -> None:
    forger.change = {"acr": "eidas1"}
    sign_in(client, forger)
    assert client.get(APPLICATION)["Location"] == SECURITY


def test_with_that_factor_one_of_ours_is_added(client: Client, kept: User, forger: Any) -> None:
    sign_in(client, forger)
    client.post("/compte/confirmer/", {"password": factories.PASSWORD})
    assert client.get(APPLICATION).status_code == 200
    assert "Ajouter une application" in words(client.get(SECURITY))


def test_who_has_a_factor_here_adds_others_as_before(kept: User) -> None:
    secret = with_application(kept)
    client = Client()
    client.post("/connexion/", {"login": kept.email, "password": factories.PASSWORD})
    client.post("/connexion/code/", {"code": code_of(secret)})
    client.post("/compte/confirmer/", {"password": factories.PASSWORD})
    assert client.get(KEY).status_code == 200


def test_who_never_proved_one_there_sets_ours_up(forger: Any, linked: User, configure: Any) -> None:
    configure(has_factor=True, mfa_acr=("eidas2",))
    sign_in(Client(), forger)
    assert linked.identities.get().factor_proved_at is None
    assert by_password(linked).get(APPLICATION).status_code == 200


def test_a_factor_lost_there_is_taken_off_by_the_operator(kept: User) -> None:
    factors.reset(user=kept, by=None)
    assert OpenIdIdentity.objects.get().factor_proved_at is None
    assert by_password(kept).get(APPLICATION).status_code == 200


def test_a_provider_no_longer_believed_keeps_nothing(kept: User, configure: Any) -> None:
    configure(has_factor=False)
    assert identities.keeper_of_factor(kept) == ""
    assert by_password(kept).get(APPLICATION).status_code == 200
