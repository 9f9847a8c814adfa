"""Whether the second wall stands, when the settings say that it does."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connections

from . import row_policies

AGAIN = "manage.py secure_rows --role RÔLE, en propriétaire des tables."

OURS = "FROM pg_class WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p', 'S')"


def unreadable(own: Any) -> list[str]:
    """Return the tables and sequences that the role of this connection may not read."""
    return _names(own, f"SELECT relname {OURS} AND NOT has_table_privilege(oid, 'SELECT')")  # nosec B608


def hidden(own: Any) -> list[str]:
    """Return the tables of which policies hide rows from the role of this connection."""
    return _names(own, f"SELECT relname {OURS} AND relkind <> 'S' AND row_security_active(oid)")  # nosec B608


def _names(own: Any, sql: str, params: Sequence[object] = ()) -> list[str]:
    with own.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY relname", params)
        return [name for (name,) in cursor.fetchall()]


@checks.register(checks.Tags.database)
def check_rows(
    *, app_configs: Any = None, databases: Sequence[str] | None = None, **options: Any
) -> Sequence[checks.CheckMessage]:
    """Look at PostgreSQL itself (``check --database default``, ``migrate``)."""
    if not settings.ROW_SECURITY or "default" not in (databases or ()):
        return []
    return list(_faults(connections["default"]))


def _faults(own: Any) -> Iterator[checks.CheckMessage]:
    if own.vendor != "postgresql":
        yield checks.Error("ROW_SECURITY demande PostgreSQL.", id="clausier.E001")
        return
    with own.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_get_userbyid(relowner) = current_user, relrowsecurity, EXISTS"
            " (SELECT 1 FROM pg_policy WHERE polrelid = pg_class.oid AND polname = %s)"
            " FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'",
            [row_policies.POLICY, row_policies.tables()],
        )
        rows = cursor.fetchall()
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        [(is_above,)] = cursor.fetchall()
    bare = sorted(name for name, _owned, is_on, has_policy in rows if not (is_on and has_policy))
    if bare:
        yield checks.Error(
            f"Tables sans séparation : {', '.join(bare)}.", hint=AGAIN, id="clausier.E002"
        )
    if is_above or any(owned for _name, owned, _on, _policy in rows):
        yield checks.Warning(
            "Ce rôle passe outre la séparation : juste pour migrate, faux pour le programme.",
            hint="DATABASE_URL doit nommer le rôle du programme.",
            id="clausier.W001",
        )
