"""A stored passkey that is damaged: every page that asks for a key still answers, and says so."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from tests.factories import PASSWORD
from uniha_clausier.accounts.domain import passkeys
from uniha_clausier.accounts.models import User

from .codes import code_of, with_application, with_passkey

AGAIN = "/compte/confirmer/cle/"
UNREADABLE = "est illisible"


def cut(data: dict[str, Any]) -> None:
    response = data["credential"]["response"]
    response["attestationObject"] = response["attestationObject"][:40]


DAMAGES = {
    "no credential": lambda data: data.pop("credential"),
    "empty credential": lambda data: data.update(credential={}),
    "no text": lambda data: data.update(credential=None),
    "no base64": lambda data: data["credential"]["response"].update(attestationObject="~~~"),
    "cut": cut,
    "another object": lambda data: data["credential"]["response"].update(attestationObject="oA"),
    "no response": lambda data: data["credential"].pop("response"),
}


@pytest.fixture(autouse=True)
def _no_limit_left(db: None) -> None:
    cache.clear()


@pytest.fixture(params=list(DAMAGES.values()), ids=list(DAMAGES))
def damaged(request: pytest.FixtureRequest, buyer: User) -> Authenticator:
    key = with_passkey(buyer, "Clé du bureau")
    request.param(key.data)
    key.save(update_fields=["data"])
    return key


def test_a_good_key_is_read(buyer: User) -> None:
    key = with_passkey(buyer, "Clé du bureau")
    [credential] = passkeys.readable_credentials(buyer)
    assert passkeys.key_of_credential(buyer, credential.credential_id) == key
    assert not passkeys.some_unreadable(buyer)


def test_the_page_that_asks_for_it_says_so(
    damaged: Authenticator, signed_in: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = signed_in.get(AGAIN)
    assert answer.status_code == 200
    assert UNREADABLE in answer.content.decode()
    assert f"passkey {damaged.pk} unreadable" in caplog.text


@pytest.mark.parametrize("credential", ["{}", '{"id": "MDAw"}', "null", "pas du JSON"])
def test_an_answer_is_refused_on_the_page(
    damaged: Authenticator, signed_in: Client, credential: str
) -> None:
    signed_in.get(AGAIN)
    answer = signed_in.post(AGAIN, {"credential": credential})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert UNREADABLE in page
    assert 'role="alert"' in page.partition("<main")[2].partition("data-passkey")[0]


@pytest.mark.parametrize("credential", ['{"id": "MDAw"}', '"texte"', "[1]", '{"rawId": 3}'])
@pytest.mark.parametrize("address", ["/connexion/cle/", AGAIN])
def test_an_answer_that_no_browser_gives_is_refused(
    signed_in: Client, buyer: User, address: str, credential: str
) -> None:
    with_passkey(buyer, "Clé du bureau")
    client = signed_in if address == AGAIN else Client()
    client.get(address, headers={"X-Requested-With": "XMLHttpRequest"})
    answer = client.post(address, {"credential": credential}, follow=True)
    assert answer.status_code == 200
    assert "Cette clé n’a pas été reconnue" in answer.content.decode()


def test_a_key_that_is_refused_forgets_not_where_its_person_went(
    buyer: User, client: Client
) -> None:
    with_passkey(buyer, "Clé du bureau")
    forged = {"credential": '{"id": "MDAw"}', "next": "/consultations/"}
    answer = client.post("/connexion/cle/", forged)
    assert answer.headers["Location"] == "/connexion/?next=%2Fconsultations%2F"


def test_a_code_still_opens(damaged: Authenticator, client: Client, buyer: User) -> None:
    secret = with_application(buyer)
    client.post("/connexion/", {"login": buyer.email, "password": PASSWORD})
    assert client.get("/connexion/code/").status_code == 200
    client.post("/connexion/code/", {"code": code_of(secret)})
    assert client.get("/consultations/").status_code == 200


def test_it_is_seen_and_taken_off(damaged: Authenticator, client: Client, buyer: User) -> None:
    secret = with_application(buyer)
    client.post("/connexion/", {"login": buyer.email, "password": PASSWORD})
    client.post("/connexion/code/", {"code": code_of(secret)})
    client.post("/compte/confirmer/", {"password": PASSWORD})
    assert "Illisible" in client.get("/compte/securite/").content.decode()
    assert client.get(f"/compte/securite/cles/{damaged.pk}/nom/").status_code == 200
    assert client.get(f"/compte/securite/cles/{damaged.pk}/retirer/").status_code == 200
    assert client.get("/compte/securite/cles/ajouter/").status_code == 200
    client.post(f"/compte/securite/cles/{damaged.pk}/retirer/")
    assert not Authenticator.objects.filter(pk=damaged.pk).exists()
