"""The size of a file as people read it in French: the unit of the limits, « 10 Mo au plus »."""

from django.utils.formats import number_format
from django.utils.translation import ngettext

STEP = 1024
UNITS = ("Ko", "Mo", "Go", "To")


def size_in_words(count: int) -> str:
    """Write a number of bytes: « 512 octets », « 33,4 Ko », « 69,6 Go »."""
    if count < STEP:
        return ngettext("%(n)d\u00a0octet", "%(n)d\u00a0octets", count) % {"n": count}
    size = count / STEP
    for unit in UNITS[:-1]:
        if size < STEP:
            return _written(size, unit)
        size /= STEP
    return _written(size, UNITS[-1])


def _written(size: float, unit: str) -> str:
    return f"{number_format(round(size, 1), 1)}\u00a0{unit}"
