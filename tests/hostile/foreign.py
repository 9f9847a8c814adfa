"""What somebody adds to a form or to a call: every column that the database has (QUALITY 3)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

from tests import factories

from .harvest import Form

OWN = ("accounts", "vendors", "checklists", "common")
UNSTABLE = {"common_cache", "django_session"}

Rows = dict[str, list[tuple[Any, ...]]]


def columns(*models_: type[models.Model]) -> dict[str, str]:
    """Every column of these tables, or of all of ours, by both its names, with something to put in it."""
    found: dict[str, str] = {"pk": "1"}
    for model in models_ or apps.get_models():
        if model._meta.app_label in OWN:
            for one in model._meta.concrete_fields:
                found[one.name] = found[one.attname] = forged(one)
    return found


def forged(column: "models.Field[Any, Any]") -> str:
    """A value that the column would take."""
    if column.choices:
        # The first choice is often the one that a row begins with.
        return str([value for value, _label in column.flatchoices][-1])
    if isinstance(column, models.BooleanField | models.IntegerField | models.ForeignKey):
        return "1"
    if isinstance(column, models.DateTimeField):
        return "2020-01-01T00:00:00Z"
    return "2020-01-01" if isinstance(column, models.DateField) else "forgé"


def rows() -> Rows:
    """All that the database holds, by table."""
    held = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table not in UNSTABLE:
            with connection.cursor() as cursor:
                names = ", ".join(f'"{one.column}"' for one in model._meta.concrete_fields)
                key = model._meta.pk.column
                cursor.execute(f'SELECT {names} FROM "{table}" ORDER BY "{key}"')
                held[table] = cursor.fetchall()
    return held


def differences(plain: Rows, again: Rows, forged_rows: Rows) -> Iterator[str]:
    """Yield what was written otherwise because of what was added.

    What differs between two equal requests (a secret, a number) says nothing.
    """
    for table, kept in plain.items():
        if len(kept) != len(forged_rows[table]):
            yield f"{table}: {len(kept)} rows, then {len(forged_rows[table])}"
            continue
        for one, other, now in zip(kept, again[table], forged_rows[table], strict=False):
            changed = [a for a, b, c in zip(one, other, now, strict=True) if a == b != c]
            if changed:
                yield f"{table}: {one} became {now}"


def fields_of(prefixes: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Every column, alone and under each prefix, but those that the form shows."""
    shown, all_columns = set(taken), columns()
    named = dict(all_columns)
    for prefix in prefixes:
        named |= {f"{prefix}{name}": value for name, value in all_columns.items()}
    return {name: value for name, value in named.items() if name not in shown}


TYPED = {
    "date": "2026-12-01",
    "datetime-local": "2026-12-01T10:00",
    "email": "essai@hopital.example",
    "number": "1",
    "password": factories.PASSWORD,
    "url": "https://essai.example/",
}


def filled(form: Form) -> dict[str, Any]:
    """What a person would send of a form: what is empty is typed, what is to be chosen is chosen."""
    sent = form.untouched()
    for one in form.fields:
        given = [value for value in sent.get(one.name, []) if value]
        if given or not one.name or one.kind in {"file", "hidden", "submit"}:
            continue
        sent[one.name] = [TYPED.get(one.kind, "Essai.") if one.is_text else one.value]
    return sent


def batched(items: Iterable[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    """Yield ``items`` by lists of ``size`` at most."""
    left = list(items)
    for start in range(0, len(left), size):
        yield left[start : start + size]
