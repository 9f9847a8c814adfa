"""An identity provider, the product that knows it, and a person who is linked to it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from uniha_clausier.accounts.domain import openid as identities
from uniha_clausier.accounts.models import User
from uniha_clausier.common import openid

from .forging_provider import ForgingProvider
from .openid_trips import provider as provider_of


@pytest.fixture
def forger(db: None) -> Iterator[ForgingProvider]:
    """An identity provider that lies on demand; nothing is known of another one."""
    cache.clear()
    openid.forget()
    with ForgingProvider() as started:
        yield started
    openid.forget()


@pytest.fixture
def configure(settings: Any, forger: ForgingProvider) -> Callable[..., None]:
    """The product with that provider; the settings of its entry may be changed."""

    def change(**more: Any) -> None:
        settings.OPENID_PROVIDERS = (provider_of(forger, **more),)

    change()
    return change


@pytest.fixture
def linked(buyer: User, forger: ForgingProvider, configure: Any) -> User:
    """A person whose account is linked to « sujet-1 » of the provider."""
    identities.link_identity(user=buyer, issuer=forger.issuer, subject="sujet-1", by=buyer)
    return buyer
