"""An identity provider, which the addresses of the matrix name: known, and never called."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from uniha_clausier.common import openid
from uniha_clausier.common.openid_providers import Provider

ISSUER = "https://annuaire.example"


@pytest.fixture(autouse=True)
def _identity_provider(settings: Any) -> Iterator[None]:
    settings.OPENID_PROVIDERS = (Provider("essai", "Annuaire", ISSUER, "clausier", "secret"),)
    endpoints = dict.fromkeys(openid.ENDPOINTS, f"{ISSUER}/adresse")
    url = ISSUER + openid.WELL_KNOWN
    openid._kept["metadata", url] = (time.time(), {"issuer": ISSUER, **endpoints})
    yield
    openid.forget()
