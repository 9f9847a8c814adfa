"""The one schema of a clausier, and of its errata: from the plain data of a file to its content.

The data come from a file of ``fixtures/clausiers/`` or from an official library. The content is
made of strings, numbers, lists and dictionaries only, always with the same keys, so that its hash
means the same on every machine. ``is_proposal`` came later: it stands only where it is true, so
that the versions already loaded keep their hash. Every refusal names its place:
« points[12] (O-3.4) : … ».
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from uniha_clausier.common.errors import DomainError

from ..enums import AnswerKind, Owner, PointKind, ReferenceStatus, Reviewer
from ..validators import validate_condition

Data = dict[str, Any]

HEADER = ("code", "version", "title", "edition_date", "source", "licence_note", "preamble")
LISTS = ("chapters", "points")
MARKS = ("is_official_text", "is_proposal")
CHAPTER = ("key", "ref", "title", "parent", "note")
POINT = (
    "ref", "chapter", "title", "requirement", "expected", "answer_kind", "condition", "reviewers",
    "owner", "kinds", "parameters", "guide", "references", "erratum",
)  # fmt: skip
GUIDE = ("compliant", "partial", "non_compliant")
ERRATA = ("versions", "errata")
ERRATUM = ("number", "point", "date", "text", "source")
PARAMETER_VALUES = {"value", "unit", "minimum", "maximum", "action", "set_by", "note"}
PARAMETER_TYPES = {
    "duration", "count", "rate", "minimum_version", "score_band", "score_limit", "length",
    "cctp_text", "cctp_duration", "date", "list",
}  # fmt: skip

LONGEST_TITLE = 250
LONGEST_TEXT = 20_000
MOST_POINTS = 2_000
LARGEST_NUMBER = 99_999

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class InvalidClausier(DomainError):
    """The data break the schema; the sentence names the place."""


def content_of(data: Any) -> Data:
    """Return the canonical content of ``data``. Raises InvalidClausier.

    Chapters are told by their position (from 1) in the list, so that two chapters without a
    number, as the official text has, stay apart.
    """
    _keys(data, "clausier", required=HEADER + LISTS, optional=MARKS)
    content = _header(data)
    chapters = _many(data["chapters"], "chapters", LONGEST_TITLE)
    content["chapters"], positions = _chapters(chapters)
    points = _many(data["points"], "points", MOST_POINTS)
    content["points"] = [_point(point, index, positions) for index, point in enumerate(points)]
    _unique((point["ref"] for point in content["points"]), "points", _("le numéro"))
    return content


def errata_of(data: Any) -> Data:
    """Return the content of a file of errata: which versions it concerns, and each erratum.

    Raises InvalidClausier.
    """
    _keys(data, "errata", required=ERRATA)
    versions = _many(data["versions"], "versions", LONGEST_TITLE)
    errata = _many(data["errata"], "errata", MOST_POINTS)
    content = {
        "versions": [_version(row, f"versions[{index}]") for index, row in enumerate(versions)],
        "errata": [_erratum(row, f"errata[{index}]") for index, row in enumerate(errata)],
    }
    _unique((str(row["number"]) for row in content["errata"]), "errata", _("le numéro"))
    return content


def proposal_mark(*, is_proposal: bool) -> Data:
    """Return what a content says of a proposal: nothing for any other text."""
    return {"is_proposal": True} if is_proposal else {}


def _header(data: Data) -> Data:
    is_official = _boolean(data.get("is_official_text", False), "is_official_text")
    is_proposal = _boolean(data.get("is_proposal", False), "is_proposal")
    if is_official and is_proposal:
        raise InvalidClausier(
            _("is_proposal : un texte officiel n’est pas une proposition de Clausier.")
        )
    return {
        "code": _matching(data["code"], "code", _CODE),
        "version": _matching(data["version"], "version", _NUMBER),
        "title": _text(data["title"], "title", LONGEST_TITLE, required=True),
        "edition_date": _date(data["edition_date"], "edition_date", optional=True),
        "source": _text(data["source"], "source"),
        "licence_note": _text(data["licence_note"], "licence_note"),
        "preamble": _text(data["preamble"], "preamble"),
        "is_official_text": is_official,
        **proposal_mark(is_proposal=is_proposal),
    }


def _chapters(chapters: list[Any]) -> tuple[list[Data], dict[str, int]]:
    """Return the chapters, and the position of each key. A parent stands before its children."""
    result: list[Data] = []
    positions: dict[str, int] = {}
    for index, chapter in enumerate(chapters):
        place = f"chapters[{index}]"
        _keys(chapter, place, required=CHAPTER)
        key = _text(chapter["key"], f"{place}.key", 60, required=True)
        place = f"{place} ({key})"
        if key in positions:
            raise InvalidClausier(_("%(place)s : cette clé sert déjà.") % {"place": place})
        parent = None
        if chapter["parent"] is not None:
            parent = _position(chapter["parent"], f"{place}.parent", positions)
        positions[key] = index + 1
        result.append(
            {
                "position": index + 1,
                "parent": parent,
                "ref": _text(chapter["ref"], f"{place}.ref", 30),
                "title": _text(chapter["title"], f"{place}.title", LONGEST_TITLE, required=True),
                "note": _text(chapter["note"], f"{place}.note"),
            }
        )
    return result, positions


def _point(point: Any, index: int, chapters: dict[str, int]) -> Data:
    place = f"points[{index}]"
    if isinstance(point, dict) and isinstance(point.get("ref"), str):
        place = f"{place} ({point['ref'][:40]})"
    _keys(point, place, required=POINT)
    return {
        "ref": _matching(point["ref"], f"{place}.ref", _REF),
        "chapter": _position(point["chapter"], f"{place}.chapter", chapters),
        "title": _text(point["title"], f"{place}.title", LONGEST_TITLE, required=True),
        "requirement": _text(point["requirement"], f"{place}.requirement", required=True),
        "expected": _text(point["expected"], f"{place}.expected"),
        "answer_kind": _choice(point["answer_kind"], f"{place}.answer_kind", AnswerKind.values),
        "condition": _condition(point["condition"], f"{place}.condition"),
        "reviewers": _choices(point["reviewers"], f"{place}.reviewers", Reviewer.values),
        "owner": _choice(point["owner"], f"{place}.owner", Owner.values),
        "kinds": _choices(point["kinds"], f"{place}.kinds", PointKind.values),
        "parameters": _each(point["parameters"], f"{place}.parameters", _parameter),
        "guide": _guide(point["guide"], f"{place}.guide"),
        "references": _each(point["references"], f"{place}.references", _reference),
        "erratum": _text(point["erratum"], f"{place}.erratum"),
    }


def _version(version: Any, place: str) -> Data:
    _keys(version, place, required=("code", "version"))
    return {
        "code": _matching(version["code"], f"{place}.code", _CODE),
        "version": _matching(version["version"], f"{place}.version", _NUMBER),
    }


def _erratum(erratum: Any, place: str) -> Data:
    _keys(erratum, place, required=ERRATUM)
    return {
        "number": _number(erratum["number"], f"{place}.number"),
        "point": _matching(erratum["point"], f"{place}.point", _REF),
        "date": _date(erratum["date"], f"{place}.date"),
        "text": _text(erratum["text"], f"{place}.text", required=True),
        "source": _text(erratum["source"], f"{place}.source", required=True),
    }


def _guide(guide: Any, place: str) -> Data:
    _keys(guide, place, required=GUIDE)
    return {key: _text(guide[key], f"{place}.{key}") for key in GUIDE}


def _parameter(parameter: Any, place: str) -> Data:
    """A value that the text fixes, or (``cctp_…``) that only the buyer's CCTP can give."""
    _keys(parameter, place, required=("name", "label", "type"), optional=PARAMETER_VALUES)
    clean = {key: _value(parameter[key], f"{place}.{key}") for key in parameter}
    clean["name"] = _matching(parameter["name"], f"{place}.name", _NAME)
    clean["label"] = _text(parameter["label"], f"{place}.label", LONGEST_TITLE, required=True)
    clean["type"] = _choice(parameter["type"], f"{place}.type", PARAMETER_TYPES)
    return clean


def _reference(reference: Any, place: str) -> Data:
    """A text of law or a standard, with where it stood on the day somebody looked."""
    _keys(reference, place, required=("label", "status", "checked_on"), optional=("note",))
    status = _choice(reference["status"], f"{place}.status", ReferenceStatus.values)
    return {
        "label": _text(reference["label"], f"{place}.label", LONGEST_TITLE, required=True),
        "status": status,
        "checked_on": _date(reference["checked_on"], f"{place}.checked_on"),
        "note": _text(reference.get("note"), f"{place}.note"),
    }


# Single values


def _keys(value: Any, place: str, *, required: Iterable[str], optional: Iterable[str] = ()) -> None:
    """Refuse what is not a dictionary, lacks a key or has one too many."""
    if not isinstance(value, dict):
        raise InvalidClausier(_("%(place)s : des clés sont attendues.") % {"place": place})
    for key in required:
        if key not in value:
            raise InvalidClausier(
                _("%(place)s : clé « %(key)s » absente.") % {"place": place, "key": key}
            )
    for key in value:
        if key not in {*required, *optional}:
            raise InvalidClausier(
                _("%(place)s : clé « %(key)s » inconnue.") % {"place": place, "key": str(key)[:60]}
            )


def _many(value: Any, place: str, most: int) -> list[Any]:
    items = _list(value, place)
    if not items:
        raise InvalidClausier(_("%(place)s : la liste est vide.") % {"place": place})
    if len(items) > most:
        raise InvalidClausier(
            _("%(place)s : %(count)d éléments, %(most)d au plus.")
            % {"place": place, "count": len(items), "most": most}
        )
    return items


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidClausier(_("%(place)s : une liste est attendue.") % {"place": place})
    return value


def _each(value: Any, place: str, clean: Callable[[Any, str], Data]) -> list[Data]:
    return [clean(item, f"{place}[{index}]") for index, item in enumerate(_list(value, place))]


def _text(value: Any, place: str, most: int = LONGEST_TEXT, *, required: bool = False) -> str:
    """Return a text as it is; nothing (None) is the empty text."""
    text = "" if value is None else value
    if not isinstance(text, str):
        raise InvalidClausier(_("%(place)s : un texte est attendu.") % {"place": place})
    if required and not text.strip():
        raise InvalidClausier(_("%(place)s : le texte est vide.") % {"place": place})
    if len(text) > most:
        raise InvalidClausier(
            _("%(place)s : %(count)d caractères, %(most)d au plus.")
            % {"place": place, "count": len(text), "most": most}
        )
    if _CONTROL.search(text):
        raise InvalidClausier(_("%(place)s : caractère de contrôle interdit.") % {"place": place})
    return text


def _matching(value: Any, place: str, pattern: re.Pattern[str]) -> str:
    text = _text(value, place, required=True)
    if not pattern.fullmatch(text):
        raise InvalidClausier(
            _("%(place)s : « %(text)s » n’a pas la forme attendue.")
            % {"place": place, "text": text[:60]}
        )
    return text


def _boolean(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidClausier(_("%(place)s : true ou false est attendu.") % {"place": place})
    return value


def _number(value: Any, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LARGEST_NUMBER:
        raise InvalidClausier(
            _("%(place)s : un nombre entier de 1 à %(most)d est attendu.")
            % {"place": place, "most": LARGEST_NUMBER}
        )
    return value


def _date(value: Any, place: str, *, optional: bool = False) -> str | None:
    if value is None and optional:
        return None
    try:
        return dt.date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise InvalidClausier(
            _("%(place)s : une date AAAA-MM-JJ est attendue.") % {"place": place}
        ) from None


def _choice(value: Any, place: str, known: Iterable[str]) -> str:
    if not isinstance(value, str) or value not in set(known):
        raise InvalidClausier(
            _("%(place)s : « %(value)s » inconnu ; au choix : %(known)s.")
            % {"place": place, "value": str(value)[:60], "known": ", ".join(sorted(known))}
        )
    return value


def _choices(value: Any, place: str, known: Iterable[str]) -> list[str]:
    chosen = [_choice(item, place, known) for item in _list(value, place)]
    _unique(chosen, place, _("la valeur"))
    return chosen


def _condition(value: Any, place: str) -> str:
    text = _text(value, place, 120, required=True)
    try:
        validate_condition(text)
    except ValidationError as error:
        raise InvalidClausier(f"{place} : {error.messages[0]}") from None
    return text


def _position(value: Any, place: str, positions: dict[str, int]) -> int:
    if value not in positions:
        raise InvalidClausier(
            _("%(place)s : aucun chapitre n’a la clé « %(key)s ».")
            % {"place": place, "key": str(value)[:60]}
        )
    return positions[value]


def _value(value: Any, place: str) -> Any:
    """A value of a parameter: nothing, a number, a text, or a list of them."""
    if isinstance(value, list):
        return [_value(item, place) for item in value]
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    return _text(value, place, 1_000)


def _unique(values: Iterable[str], place: str, what: str) -> None:
    seen: dict[str, int] = {}
    for index, value in enumerate(values):
        if value in seen:
            raise InvalidClausier(
                _("%(place)s[%(index)d] : %(what)s « %(value)s » sert déjà à %(place)s[%(first)d].")
                % {
                    "place": place,
                    "index": index,
                    "what": what,
                    "value": value,
                    "first": seen[value],
                }
            )
        seen[value] = index
