"""The CSV that a French spreadsheet opens at once."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from ..domain import weights
from .workbook import Value, safe_text


def written(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows of safe texts as a file: semicolons, CRLF, UTF-8 with a byte-order mark."""
    target = io.StringIO()
    csv.writer(target, delimiter=";", lineterminator="\r\n").writerows(rows)
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def text(value: Value) -> str:
    """Return a value as a cell may hold it: a comma in a number, nothing that comes alive."""
    return weights.written(value) if isinstance(value, Decimal) else safe_text(str(value))
