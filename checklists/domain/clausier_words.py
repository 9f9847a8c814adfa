"""A point's condition and parameters, as a French reader expects them. Pure functions."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.common.dates import date_format

from ..enums import Flag
from ..validators import parse_condition
from .profile import QUESTIONS

Parameter = dict[str, Any]


def asked_when(condition: str) -> str:
    """Say when a point is asked: « toujours », or « s’il y a des données personnelles et … »."""
    terms = parse_condition(condition)
    if not terms:
        return _("toujours")
    needs = [_(" ou ").join(_needed(term)) for term in terms]
    return _("s’il y a %(needs)s") % {"needs": _and(needs)}


def _needed(term: Iterable[str]) -> list[str]:
    held = set(term)
    return [str(QUESTIONS[flag].needed) for flag in Flag.values if flag in held]


def _and(parts: list[str]) -> str:
    *first, last = parts
    return _(" et ").join([", ".join(first), last]) if first else last


def parameter_words(parameter: Parameter) -> str:
    """Write the value of a parameter with its unit: « 21 jours », « 1 par an », « au CCTP »."""
    return _WRITERS[parameter["type"]](parameter)


def _measure(parameter: Parameter) -> str:
    value, unit = parameter.get("value"), parameter.get("unit", "")
    if value is None:
        return _("à fixer")
    number = _number(value)
    forms = _UNITS.get(unit)
    return forms(value) % {"n": number} if forms else f"{number} {unit}".strip()


_UNITS: dict[str, Callable[[Any], str]] = {
    "hour": lambda n: ngettext("%(n)s heure", "%(n)s heures", n),
    "day": lambda n: ngettext("%(n)s jour", "%(n)s jours", n),
    "calendar_day": lambda n: ngettext("%(n)s jour calendaire", "%(n)s jours calendaires", n),
    "month": lambda n: _("%(n)s mois"),
    "year": lambda n: ngettext("%(n)s an", "%(n)s ans", n),
    "per_year": lambda n: _("%(n)s par an"),
    "per_operation": lambda n: _("%(n)s par opération"),
    "percent": lambda n: _("%(n)s\u202f%%"),
    "character": lambda n: ngettext("%(n)s caractère", "%(n)s caractères", n),
}


def _range(parameter: Parameter) -> str:
    low, high = parameter.get("minimum"), parameter.get("maximum")
    bounds = {"low": _number(low), "high": _number(high)}
    if low is None:
        text = _("au plus %(high)s") % bounds
    elif high is None:
        text = _("au-dessus de %(low)s") % bounds
    else:
        text = _("de %(low)s à %(high)s") % bounds
    action = parameter.get("action")
    if parameter.get("unit") == "character":
        text = _("%(range)s caractères") % {"range": text}
    return f"{text}\u00a0: {action}" if action else text


def _number(value: Any) -> str:
    return str(value).replace(".", ",") if isinstance(value, int | float) else str(value)


def _date(parameter: Parameter) -> str:
    """A day, or a month alone, as the text gives it."""
    value = str(parameter.get("value") or "")
    try:
        return date_format(dt.date.fromisoformat(value), "j F Y")
    except ValueError:
        pass
    try:
        return date_format(dt.date.fromisoformat(f"{value}-01"), "F Y")
    except ValueError:
        return value


def _list(parameter: Parameter) -> str:
    return ", ".join(str(item) for item in parameter.get("value") or [])


def _set_by_buyer(parameter: Parameter) -> str:
    return _("à fixer par l’acheteur dans le CCTP")


_WRITERS: dict[str, Callable[[Parameter], str]] = {
    "duration": _measure,
    "count": _measure,
    "rate": _measure,
    "minimum_version": lambda parameter: str(parameter.get("value") or ""),
    "score_band": _range,
    "score_limit": _range,
    "length": _range,
    "cctp_text": _set_by_buyer,
    "cctp_duration": _set_by_buyer,
    "date": _date,
    "list": _list,
}
