"""What holds for every run of the tests (a pytest plugin, ``-p``).

The network is closed, but for this machine's own addresses. On PostgreSQL only the tests that
use a database run: the others have run before, on the embedded one. Those that ask for pages or
try every address, whatever the database, are there among the long ones.
"""

import os
import socket
from typing import Any

import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}
EVERY_ADDRESS = ("tests/access/", "tests/hostile/")
OWN_ADDRESSES = ("127.", "::1", "localhost")

_connect = socket.socket.connect


def pytest_configure(config: pytest.Config) -> None:
    socket.socket.connect = _connect_here_only  # type: ignore[method-assign, assignment]


def pytest_unconfigure(config: pytest.Config) -> None:
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return
    without = [item for item in items if not _uses_database(item)]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if _uses_database(item)]
    for item in items:
        if item.nodeid.startswith(EVERY_ADDRESS) or _asks_for_pages(item):
            item.add_marker(pytest.mark.long)


def _asks_for_pages(item: pytest.Item) -> bool:
    return "client" in getattr(item, "fixturenames", ())


def _uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & DATABASE_FIXTURES) or item.get_closest_marker("django_db") is not None


def _connect_here_only(self: socket.socket, address: Any) -> None:
    is_network = self.family in (socket.AF_INET, socket.AF_INET6)
    if is_network and not str(address[0]).startswith(OWN_ADDRESSES):
        raise RuntimeError(f"The tests have no network: {address} was asked for.")
    _connect(self, address)
