"""Search as a French reader expects it: « sante » finds « Santé », « éditeur » finds « Éditeur ».

PostgreSQL folds in plain SQL, so that no extension has to be installed; SQLite calls Python.
"""

import unicodedata
from typing import Any

from django.db.models import Func, TextField

LETTERS = "àâäáãåçéèêëíìîïñóòôöõúùûüýÿ"
LETTERS += LETTERS.upper()
PLAIN = "".join(unicodedata.normalize("NFD", letter)[0] for letter in LETTERS)
LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"}


def fold(text: str) -> str:
    """Return ``text`` in small letters without accents, as ``Folded`` writes a column."""
    table = str.maketrans(LETTERS, PLAIN) | str.maketrans(LIGATURES)
    return unicodedata.normalize("NFC", text).translate(table).lower()


class Folded(Func):
    """A column in small letters without accents, to be compared with ``fold(text)``."""

    function = "FOLD"
    arity = 1
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        sql, params = compiler.compile(self.source_expressions[0])
        for ligature, letters in LIGATURES.items():
            sql = f"REPLACE({sql}, '{ligature}', '{letters}')"
        return f"LOWER(TRANSLATE({sql}, '{LETTERS}', '{PLAIN}'))", params


def teach_sqlite(connection: Any, **_: Any) -> None:
    """Give FOLD to a connection to SQLite, whose own LOWER and LIKE know only ASCII."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("FOLD", 1, _fold_value, deterministic=True)


def _fold_value(value: Any) -> str | None:
    return None if value is None else fold(str(value))
