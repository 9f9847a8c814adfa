"""The files that the database names: those of every model with a ``file_name`` and ``file_sha256``.

A model that sets ``TELLS_OF_REMOVED_FILES`` names files that are no longer kept: the rows that named
them before stay, and name nothing any more.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import QuerySet

from . import storage

MOST_NAMED = 5

Model = type[models.Model]


def with_hashes() -> Iterator[tuple[str, str]]:
    """Yield each kept file with the hash that its row says."""
    keeping, removed = _models()
    for model in keeping:
        rows = model._default_manager.exclude(file_name="")  # noqa: SLF001 - public, whatever its dash
        for gone in removed:
            names = gone._default_manager.values("file_name")  # noqa: SLF001 - the same
            rows = rows.exclude(file_name__in=names)
        yield from rows.values_list("file_name", "file_sha256").iterator()


def names(cursor: Any) -> set[str]:
    """Return the name of each kept file, in our database or in a copy of it."""
    keeping, removed = _models()
    cursor.execute(" EXCEPT ".join([" UNION ".join(map(_select, keeping)), *map(_select, removed)]))
    return {name for (name,) in cursor.fetchall()} - {""}


def discard_unnamed(name: str, *, owner: QuerySet[Any], rows: Iterable[QuerySet[Any]]) -> None:
    """After the commit, remove a file that none of these rows names any more.

    ``owner`` is what whoever names the file locks first: the same file may be joined again at this
    very moment, and is then either seen here or kept again (``storage.store_again``).
    """
    naming = [each.filter(file_name=name) for each in rows]

    def discard() -> None:
        with transaction.atomic():
            owner.select_for_update().first()
            if not any(each.exists() for each in naming):
                storage.discard(name)

    transaction.on_commit(discard)


def some(names: Iterable[str], *, most: int = MOST_NAMED) -> str:
    """Return the first names, for a sentence."""
    found = list(names)
    return ", ".join(found[:most]) + (" …" if len(found) > most else "")


def _models() -> tuple[list[Model], list[Model]]:
    """Return the models that keep files, then those that tell of removed ones."""
    found: tuple[list[Model], list[Model]] = ([], [])
    for model in apps.get_models():
        fields = {field.name for field in model._meta.get_fields()}  # noqa: SLF001 - public options
        if {"file_name", "file_sha256"} <= fields:
            found[hasattr(model, "TELLS_OF_REMOVED_FILES")].append(model)
    return found


def _select(model: Model) -> str:
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - the same
    return f"SELECT file_name FROM {table}"  # nosec B608
