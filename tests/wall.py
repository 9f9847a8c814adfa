"""The second wall between facilities, raised around tests on PostgreSQL (a plugin, ``-p tests.wall``).

``bin/postgres python -m pytest -p tests.wall tests/access`` runs any test as the program would be
run in production: by a role that does not own the tables, each row behind its policy.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.signals import connection_created

from uniha_clausier.common import row_policies, row_scope

ROLE = "clausier_programme"


def raise_wall(cursor: Any, role: str = ROLE) -> None:
    """Make the role if there is none, and write the policies."""
    cursor.execute("SELECT pg_advisory_lock(20261127)")  # the workers share the server
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE ROLE {role} NOLOGIN")
    for statement in row_policies.statements(role):
        cursor.execute(statement)
    cursor.execute("SELECT pg_advisory_unlock(20261127)")


def become(connection: Any, **_named: Any) -> None:
    """Have a connection do everything as the role of the program."""
    if connection.vendor == "postgresql":
        with connection.connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {ROLE}")
        row_scope.watch(connection)


@pytest.fixture(autouse=True, scope="session")
def _behind_the_wall(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    settings.ROW_SECURITY = True
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            raise_wall(cursor)
        connection_created.connect(become, dispatch_uid="become")
        connection.close()
    yield
    connection_created.disconnect(dispatch_uid="become")
    settings.ROW_SECURITY = False
    with django_db_blocker.unblock():
        connection.close()
