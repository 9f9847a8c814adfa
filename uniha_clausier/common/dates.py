"""Moments and days of plain data, as people read them."""

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format


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
