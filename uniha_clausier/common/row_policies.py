"""What row-level security writes into PostgreSQL: functions, one policy a table, and rights.

Each application says in its configuration to which row every model belongs (``row_owners``): a
facility, or a parent that belongs to one. The program connects as a role that does not own the
tables: the owner, who migrates, is not concerned by the policies (docs/decisions/0038).
"""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

FACILITY = "facility"
"""The name of the key of a model that belongs to a facility itself."""
SHARED = ""
"""Said of a model that belongs to no facility: every one reads it."""

POLICY = "clausier_rows"
JOURNAL = "common_auditevent"

FUNCTIONS = """
CREATE OR REPLACE FUNCTION clausier_sees_all() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT coalesce(current_setting('clausier.scope', true), '') = '*'
$$;
CREATE OR REPLACE FUNCTION clausier_facilities() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH asked AS (
        SELECT left(scope, 1) AS kind, nullif(substr(scope, 2), '')::bigint AS number
        FROM current_setting('clausier.scope', true) AS scope
    )
    SELECT array_agg(facility) FROM (
        SELECT number AS facility FROM asked WHERE kind = 'f'
        UNION SELECT facility_id FROM asked JOIN accounts_membership ON user_id = number
        WHERE kind = 'u'
    ) AS found
$$;
"""
# In a sub-select: once a query, and not once a row.
ALL = "(SELECT clausier_sees_all())"
FACILITIES = "((SELECT clausier_facilities())::bigint[])"


def covered() -> dict[type[models.Model], str]:
    """Return each model that a policy covers, with the field that leads to its facility."""
    return {model: owner for model, owner in _declared() if owner != SHARED}


def undeclared() -> list[str]:
    """Return the models of these applications that say nothing of whose their rows are."""
    said = {model for model, _owner in _declared()}
    concerned = {model._meta.app_config for model in said}
    every = (model for config in concerned for model in config.get_models())
    return sorted(model._meta.label for model in every if model not in said)


def statements(role: str) -> Iterator[str]:
    """Yield the SQL that raises the wall for ``role``, which must exist; saying it twice is safe.

    Each piece is for a transaction of its own: no two tables are locked at a time, and the rights come
    last, when every policy stands.
    """
    yield FUNCTIONS
    for config in apps.get_app_configs():
        if functions := getattr(config, "row_functions", ""):
            yield functions
    for model, owner in covered().items():
        guests = getattr(model._meta.app_config, "row_guests", {}).get(model.__name__)
        condition = _condition(model, owner) + (f" OR {guests}" if guests else "")
        yield _policy(model._meta.db_table, condition)
        yield from _links(model)
    tenant = f"{ALL} OR tenant = 0 OR tenant = ANY {FACILITIES}"
    yield _policy(JOURNAL, tenant)
    yield _rights(role)


def tables() -> list[str]:
    """Return the tables that have a policy."""
    own = [model._meta.db_table for model in covered()]
    links = [field.m2m_db_table() for model in covered() for field in model._meta.many_to_many]
    return [*own, *links, JOURNAL]


def undoing() -> Iterator[str]:
    """Yield the SQL that takes the wall down; the rights of the role stay."""
    for table in tables():
        yield (
            f"DROP POLICY IF EXISTS {POLICY} ON {table};\n"
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
        )
    yield f"DROP FUNCTION IF EXISTS {', '.join(_functions())}"


def _functions() -> list[str]:
    texts = [FUNCTIONS, *(getattr(one, "row_functions", "") for one in apps.get_app_configs())]
    return re.findall(r"FUNCTION (clausier_\w+\(\))", "".join(texts))


def _declared() -> Iterator[tuple[type[models.Model], str]]:
    for config in apps.get_app_configs():
        for name, owner in getattr(config, "row_owners", {}).items():
            yield config.get_model(name), owner


def _condition(model: type[models.Model], owner: str) -> str:
    name, _, further = owner.partition("__")
    field: Any = model._meta.get_field(name)
    if owner == FACILITY:
        return f"{ALL} OR {field.column} = ANY {FACILITIES}"
    parent = field.related_model._meta
    theirs = ""
    if further:  # the parent may be shown to guests of its facility: this row is not
        theirs = f" AND owner.{parent.get_field(further).column} = ANY {FACILITIES}"
    where = f"owner.{parent.pk.column} = {model._meta.db_table}.{field.column}{theirs}"
    return f"{ALL} OR EXISTS (SELECT 1 FROM {parent.db_table} owner WHERE {where})"  # nosec B608


def _links(model: type[models.Model]) -> Iterator[str]:
    """The tables between two models belong to the first."""
    for field in model._meta.many_to_many:
        table, column = field.m2m_db_table(), field.m2m_column_name()
        own = model._meta
        where = f"owner.{own.pk.column} = {table}.{column}"
        condition = f"{ALL} OR EXISTS (SELECT 1 FROM {own.db_table} owner WHERE {where})"  # nosec B608
        yield _policy(table, condition)


def _policy(table: str, condition: str) -> str:
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
        f"DROP POLICY IF EXISTS {POLICY} ON {table};\n"
        f"CREATE POLICY {POLICY} ON {table} USING ({condition})"
    )


def _rights(role: str) -> str:
    """What the program needs, and no more: the journal only grows, and nobody empties a table."""
    name = '"' + role.replace('"', '""') + '"'
    tables = "ALL TABLES IN SCHEMA public"
    given = (
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",  # read: the backup
        f"REVOKE UPDATE, DELETE ON {JOURNAL} FROM {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {name}",
        f"GRANT EXECUTE ON FUNCTION {', '.join(_functions())} TO {name}",
    )
    return ";\n".join(given)
