"""Whether the second wall stands, when the settings say that it does."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connections

from . import row_policies

AGAIN = "manage.py secure_rows --role RÔLE, en propriétaire des tables."

OURS = "FROM pg_class WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p', 'S')"

LACKS = f"""CASE
    WHEN relkind = 'S' THEN NOT has_sequence_privilege(oid, 'USAGE')
    WHEN relname = 'django_migrations' THEN false
    WHEN relname = '{row_policies.JOURNAL}' THEN NOT has_table_privilege(oid, 'INSERT')
    ELSE NOT (has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'UPDATE')
        AND has_table_privilege(oid, 'DELETE')) END"""
"""Whether a role lacks, on a table or a sequence, a right to write that ``row_policies`` gives."""
MOST_NAMED = 3
"""How many names a sentence says before it counts the others."""


def some(names: Sequence[str]) -> str:
    """Say the first of many names, and how many others there are."""
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" (et {rest} autres)" if rest > 0 else "")


def stands(own: Any) -> bool:
    """Whether a wall stands in the database, whatever the settings say."""
    if own.vendor != "postgresql":
        return False
    sql = "SELECT polname FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid AND polname = %s"
    return bool(_names(own, sql, [row_policies.POLICY]))


def of_others(own: Any) -> list[str]:
    """Return the tables of which the role of this connection is not the owner."""
    return _names(
        own,
        f"SELECT relname {OURS} AND NOT pg_has_role(relowner, 'USAGE')",  # nosec B608
    )


def unreadable(own: Any) -> list[str]:
    """Return the tables and sequences that the role of this connection may not read."""
    return _names(own, f"SELECT relname {OURS} AND NOT has_table_privilege(oid, 'SELECT')")  # nosec B608


def hidden(own: Any) -> list[str]:
    """Return the tables of which policies hide rows from the role of this connection."""
    return _names(own, f"SELECT relname {OURS} AND relkind <> 'S' AND row_security_active(oid)")  # nosec B608


def _lacking(own: Any) -> list[str]:
    sql = f"SELECT relname {OURS} AND (NOT has_table_privilege(oid, 'SELECT') OR {LACKS})"  # nosec B608
    return _names(own, sql)


def _names(own: Any, sql: str, params: Sequence[object] = ()) -> list[str]:
    with own.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY relname", params)
        return [name for (name,) in cursor.fetchall()]


@checks.register(checks.Tags.database)
def check_rows(
    *, app_configs: Any = None, databases: Sequence[str] | None = None, **options: Any
) -> Sequence[checks.CheckMessage]:
    """Look at PostgreSQL itself (``check --database default``, ``migrate``)."""
    if "default" not in (databases or ()):
        return []
    own = connections["default"]
    if own.vendor != "postgresql":
        wrong = checks.Error("ROW_SECURITY demande PostgreSQL.", id="clausier.E001")
        return [wrong] if settings.ROW_SECURITY else []
    return [*_faults_of_rights(own), *(_faults(own) if settings.ROW_SECURITY else ())]


def _faults_of_rights(own: Any) -> Iterator[checks.CheckMessage]:
    """What a restoration does not bring back, since a backup holds no role."""
    if names := _lacking(own):
        yield checks.Error(
            f"Ce rôle n’a pas tous ses droits\u00a0: {some(names)}.", hint=AGAIN, id="clausier.E003"
        )
    if not settings.ROW_SECURITY and (names := hidden(own)):
        yield checks.Error(
            f"PostgreSQL cache à ce rôle des lignes\u00a0: {some(names)}.",
            hint="Mettez ROW_SECURITY=1\u00a0: les établissements sont séparés dans cette base.",
            id="clausier.E004",
        )


def _faults(own: Any) -> Iterator[checks.CheckMessage]:
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
