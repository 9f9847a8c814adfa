"""What a browser does between the product and an identity provider, by an HTTP client."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.openid_providers import Provider

from .forging_provider import CLIENT_ID, CLIENT_SECRET, ForgingProvider

SECRETS = ("code-secret", "jeton-secret-d-acces", CLIENT_SECRET, "eyJ")
START = "/connexion/fournisseur/essai/"
RETURN = f"{START}retour/"
LINK = "/compte/identites/essai/relier/"
REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]+)">')


def provider(forger: ForgingProvider, **more: Any) -> Provider:
    values: dict[str, Any] = {
        "id": "essai",
        "name": "Annuaire d’essai",
        "issuer": forger.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    return Provider(**values | more)


def address_of(response: Any) -> str:
    """Where the page sends the browser."""
    found = REFRESH.search(response.content.decode())
    assert found, response.content.decode()[-3000:]
    return unescape(found[1])


def leave(
    client: Client, forger: ForgingProvider, path: str = START, **data: str
) -> dict[str, str]:
    """Leave for the provider; return what it is asked, the nonce being told to the forger."""
    query = parse_qs(urlsplit(address_of(client.post(path, data))).query)
    asked = {name: values[0] for name, values in query.items()}
    forger.nonce = asked["nonce"]
    return asked


def come_back(client: Client, asked: dict[str, str], **answer: str) -> Any:
    return client.get(RETURN, {"code": "code-secret", "state": asked["state"], **answer})


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def sign_in(client: Client, forger: ForgingProvider, **answer: str) -> Any:
    return come_back(client, leave(client, forger), **answer)


def events(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(tenant=journal.NO_TENANT, action=action).order_by("seq"))


def check_nobody_came_in(
    client: Client, response: Any, reason: str, caplog: pytest.LogCaptureFixture, status: int = 400
) -> None:
    page = words(response)
    assert (response.status_code, is_signed_in(client)) == (status, False)
    assert "La connexion n’a pas abouti" in page and f"Pour l’assistance : {reason}" in page
    lines = [record.getMessage() for record in caplog.records if record.name == "clausier.openid"]
    assert lines == [f"OpenID refused: provider=essai reason={reason}"]
    assert [secret for secret in SECRETS if secret in caplog.text or secret in page] == []
    assert events("account.signed_in") == events("account.identity_used") == []
