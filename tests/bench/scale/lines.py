"""One line of PostgreSQL's COPY for each row of a model: what isn't said stands at its default."""

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.db.models.expressions import DatabaseDefault

NULL = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def text(value: str) -> str:
    """Return a text as COPY reads it."""
    return value.translate(_ESCAPED)


def plain(value: Any) -> str:
    """Return a default as COPY reads it."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    return text(json.dumps(value) if isinstance(value, list | dict) else str(value))


class Lines:
    """How the rows of one table are written, when only the columns ``given`` differ.

    ``line`` is a format with one ``%s`` a column given, in their order. A column that is not given
    has the default of its field, so that a field added to the model later needs nothing here.
    """

    def __init__(self, model: type[Model], *given: str) -> None:
        self.table = model._meta.db_table
        self.given = given
        self.model = model

    @cached_property
    def _defaults(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for field in self.model._meta.concrete_fields:
            if field.column is None or field.column in self.given or field.primary_key:
                continue
            value: Any = field.get_default()
            if not isinstance(value, DatabaseDefault):
                found[field.column] = plain(value)
        return found

    @cached_property
    def copy(self) -> str:
        """The statement that reads the lines."""
        columns = ", ".join([*self.given, *self._defaults])
        return f"COPY {self.table} ({columns}) FROM STDIN"

    @cached_property
    def line(self) -> str:
        places = ["%s"] * len(self.given) + [v.replace("%", "%%") for v in self._defaults.values()]
        return "\t".join(places) + "\n"

    def of(self, rows: Iterable[tuple[Any, ...]]) -> str:
        return "".join(self.line % row for row in rows)
