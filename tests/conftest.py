"""What every test may use: a facility, its people, and a data folder of its own."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import hypothesis
import pytest
from django.db import connection
from django.test import Client

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import processes

from . import any_order, factories, migrated

# On a busy machine an example may take more than the fifth of a second that is the usual deadline.
hypothesis.settings.register_profile("clausier", deadline=None)
hypothesis.settings.load_profile("clausier")
any_order.install()

MEASURED = "COVERAGE_PROCESS_CONFIG"
if MEASURED in os.environ:  # make coverage follows those that inherit nothing else
    processes.BARE_ENVIRONMENT[MEASURED] = os.environ[MEASURED]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """The embedded database of each process begins migrated."""
    if connection.vendor != "sqlite":
        yield
        return
    creation: Any = connection.creation
    with migrated.in_memory(creation._get_test_db_name()):
        yield


@pytest.fixture(autouse=True)
def _test_settings(settings: Any, tmp_path: Path) -> None:
    """A fast hasher, files in a folder of the test, a cache that no other test sees."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CLAUSIER_HOME = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()  # WhiteNoise warns of a folder that is not there
    settings.WHITENOISE_AUTOREFRESH = True  # else each client walks through every static file
    storages = {**settings.STORAGES}
    storages["default"] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "files"},
    }
    settings.STORAGES = storages
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def mail_is_away() -> Iterator[None]:
    """No message leaves: the server does not answer."""
    with mock.patch("django.core.mail.message.EmailMessage.send", side_effect=OSError("away")):
        yield


@pytest.fixture
def facility(db: None) -> Facility:
    return factories.facility()


@pytest.fixture
def buyer(facility: Facility) -> User:
    return factories.member(facility, Role.BUYER)


@pytest.fixture
def stranger(db: None) -> User:
    """A buyer of another facility."""
    return factories.member(factories.facility(), Role.BUYER)


@pytest.fixture
def signed_in(client: Client, buyer: User) -> Client:
    client.force_login(buyer)
    return client
