"""Whose file is this? A pure function, from what a file says to one of the candidates, or to none.

Nothing is guessed: a clue that fits two candidates, clues that disagree, the number or the name of
a company that is no candidate, all leave the file to a person, with the sentence that says why.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from uniha_clausier.accounts.validators import compact
from uniha_clausier.common.search import fold
from vendors.validators import french_number

from ..enums import AttributionClue

_LEGAL_FORMS = frozenset(
    {"sa", "sas", "sasu", "sarl", "eurl", "snc", "sci", "scop", "gie", "societe"}
    | {"gmbh", "ag", "ltd", "limited", "inc", "corp", "llc", "plc", "bv", "nv", "sl", "srl", "spa"}
)
_LONG_NUMBER = re.compile(r"\d{9,14}")
_SHORTEST_NAME = 3
"""Letters of a name that is looked for in the name of a file."""


@dataclass(frozen=True)
class Candidate:
    """A candidate, by what identifies it."""

    pk: int
    name: str
    siren: str = ""
    foreign_id: str = ""


@dataclass(frozen=True)
class Attribution:
    """The candidate, and the clue that names it; or None, and why a person must choose."""

    candidate: int | None
    clue: str = ""
    why: str = ""


def attribute(
    *, number: str, company: str, file_name: str, candidates: Sequence[Candidate]
) -> Attribution:
    """Find whose file it is: by the number it bears, else by the company, else by its own name."""
    if number.strip():
        numbered = _by_number(number, candidates)
        if numbered is not None:
            return _from_number(number, company, numbered, candidates)
    if company.strip():
        return _only(
            _named(company, candidates),
            AttributionClue.COMPANY,
            none=_("« %(name)s » n’est le nom d’aucun candidat.") % {"name": company.strip()},
            several=_("Plusieurs candidats portent le nom « %(name)s ».")
            % {"name": company.strip()},
        )
    return _only(
        _in_file_name(file_name, candidates),
        AttributionClue.FILE_NAME,
        none=_("Ni le classeur ni le nom du fichier ne nomment un candidat."),
        several=_("Le nom du fichier va à plusieurs candidats."),
    )


def name_key(name: str) -> str:
    """Return what two ways to write the name of a company share: no legal form, accent or sign."""
    words = re.findall(r"[a-z0-9]+", fold(name).replace(".", ""))
    return " ".join(word for word in words if word not in _LEGAL_FORMS) or " ".join(words)


def _by_number(number: str, candidates: Sequence[Candidate]) -> list[Candidate] | None:
    """Return the candidates that bear a number; None when it is no number of a company."""
    foreign = compact(number).upper()
    found = [each for each in candidates if each.foreign_id and _same(each.foreign_id, foreign)]
    if found:
        return found
    try:
        siren = french_number(number).siren
    except ValidationError:
        return None
    return [each for each in candidates if each.siren == siren]


def _same(identifier: str, compacted: str) -> bool:
    return compact(identifier).upper() == compacted


def _from_number(
    number: str, company: str, numbered: list[Candidate], candidates: Sequence[Candidate]
) -> Attribution:
    found = _only(
        numbered,
        AttributionClue.NUMBER,
        none=_("Le numéro %(number)s n’est celui d’aucun candidat.") % {"number": number.strip()},
        several=_("Plusieurs candidats portent le numéro %(number)s.") % {"number": number.strip()},
    )
    named = _named(company, candidates) if found.candidate else []
    if named and found.candidate not in {each.pk for each in named}:
        return Attribution(
            None,
            why=_("Le numéro est celui de %(one)s, la raison sociale celle de %(other)s.")
            % {"one": numbered[0].name, "other": named[0].name},
        )
    return found


def _named(company: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    key = name_key(company)
    return [each for each in candidates if key and name_key(each.name) == key]


def _in_file_name(file_name: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    stem = PurePath(file_name).stem
    sirens = {digits[:9] for digits in _LONG_NUMBER.findall(stem)}
    words = f" {name_key(stem.replace('_', ' '))} "
    return [
        each
        for each in candidates
        if (each.siren and each.siren in sirens)
        or (len(name_key(each.name)) >= _SHORTEST_NAME and f" {name_key(each.name)} " in words)
    ]


def _only(found: list[Candidate], clue: AttributionClue, *, none: str, several: str) -> Attribution:
    if len(found) == 1:
        return Attribution(found[0].pk, clue)
    return Attribution(None, why=several if found else none)
