"""Moments and days as people read them in French, for the pages, the mails and the documents.

Django writes « 1 jan. 2027 » and « 1 fév. 2027 » where French writes « 1er janv. » and « 1er févr. ».
"""

import datetime as dt

from django.utils import dateformat, timezone

MONTHS = {1: "janv.", 2: "févr."}
"""The abbreviations that Django has not as French writes them."""


def date_format(value: dt.date, form: str) -> str:
    """Write a day or a moment by the letters of Django's formats: « j N Y », « l j F Y »."""
    words = {}
    if value.day == 1:
        words[ord("j")] = _as_it_is("1er")
    if value.month in MONTHS:
        words[ord("N")] = _as_it_is(MONTHS[value.month])
    return dateformat.format(value, form.translate(words))


def _as_it_is(word: str) -> str:
    """Return a word no letter of which is taken for a format."""
    return "".join(f"\\{letter}" for letter in word)


def moment(text: str) -> str:
    """Write a moment at the time of the establishment: « 23 nov. 2026, 14:32 »; empty stays so."""
    if not text:
        return ""
    return date_format(timezone.localtime(dt.datetime.fromisoformat(text)), "j N Y, H:i")


def day(text: str) -> str:
    """Write a date, or the day of a moment: « 23 nov. 2026 »; empty stays so."""
    if not text:
        return ""
    if "T" in text:
        return date_format(timezone.localtime(dt.datetime.fromisoformat(text)), "j N Y")
    return date_format(dt.date.fromisoformat(text), "j N Y")
