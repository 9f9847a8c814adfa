"""Reading the register of a buyer profile: pure functions, the bytes of a CSV in, its lines out.

A register of withdrawals or of deposits has one line a company and a visit; its columns have the
names of the buyer profile, in any order. Nothing is decided here.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common.date_fields import is_plausible
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.search import fold

MAX_BYTES = 1_000_000
MAX_LINES = 1_000
HEAD_WITHIN = 20
"""Lines in which the titles of the columns are looked for: some registers begin with a heading."""

NAME, NUMBER, EMAIL, WHEN, LOT = "name", "number", "email", "when", "lot"
_TITLES = {
    NAME: (
        "raison sociale|denomination|denomination sociale|entreprise|nom de l'entreprise"
        "|nom entreprise|societe|nom de la societe|operateur economique|candidat|soumissionnaire"
        "|organisme|nom ou raison sociale|etablissement"
    ),
    NUMBER: (
        "siret|siren|n siret|n siren|numero siret|numero siren|siret siren|siren siret"
        "|siret ou siren|siren ou siret|identifiant|identifiant national|n identification"
    ),
    EMAIL: (
        "courriel|email|e mail|mail|adresse electronique|adresse mail|adresse email|adresse e mail"
        "|adresse courriel|courriel du contact|email du contact|mail du contact"
    ),
    WHEN: (
        "date|date de depot|date de retrait|date du depot|date du retrait|date et heure"
        "|date et heure de depot|date et heure du depot|date et heure de retrait"
        "|date et heure du retrait|horodatage|date depot|date retrait|depose le|retire le"
        "|date de reception|date et heure de reception"
    ),
    LOT: "lot|lots|n lot|n de lot|numero de lot|numero du lot|lot s|lots concernes|lot concerne",
}
_ROLES = {title: role for role, titles in _TITLES.items() for title in titles.split("|")}
_SIGNS = (";", ",", "\t")
_FRENCH_DATE = re.compile(r"(\d{2})[/.-](\d{2})[/.-](\d{4})")


class UnreadableRegister(DomainError):
    """The file is no register that can be read; the sentence says what was expected."""


@dataclass(frozen=True)
class Row:
    """One line of the register, as it is written, with its number in the file."""

    line: int
    name: str = ""
    number: str = ""
    email: str = ""
    when: str = ""
    lot: str = ""


def text_of(content: bytes) -> str:
    """Return the text of a file in UTF-8 or Windows-1252. Raises UnreadableRegister."""
    if len(content) > MAX_BYTES:
        raise UnreadableRegister(_("Le fichier dépasse 1 Mo : ce n’est pas un registre."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\x00" in text:
        raise UnreadableRegister(
            _("Ce fichier n’est pas un texte CSV : exportez le registre en CSV.")
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(text: str) -> list[Row]:
    """Return the lines of a register that say something. Raises UnreadableRegister."""
    for sign in _SIGNS:
        table = _table(text, sign)
        for at, cells in enumerate(table[:HEAD_WITHIN]):
            roles = {column: _ROLES.get(_key(cell), "") for column, cell in enumerate(cells)}
            if NAME in roles.values() and len(set(roles.values()) - {""}) > 1:
                return _rows(table, at, roles)
    raise UnreadableRegister(
        _(
            "Aucune ligne de titres reconnue : il faut une colonne « Raison sociale » et une colonne "
            "« SIRET », « Courriel », « Date » ou « Lot »."
        )
    )


def _table(text: str, sign: str) -> list[list[str]]:
    try:
        table = list(csv.reader(io.StringIO(text), delimiter=sign))
    except csv.Error:
        return []
    if len(table) > MAX_LINES + HEAD_WITHIN:
        raise UnreadableRegister(
            _("Ce registre dépasse 1 000 lignes : gardez celles de la consultation.")
        )
    return table


def _rows(table: Sequence[Sequence[str]], head: int, roles: dict[int, str]) -> list[Row]:
    found = []
    for number, cells in enumerate(table[head + 1 :], start=head + 2):
        told: dict[str, str] = {}
        for column, cell in enumerate(cells):
            role, value = roles.get(column, ""), " ".join(cell.split())
            if role and value:
                told.setdefault(role, value)
        if told:
            found.append(Row(number, **told))
    return found


def _key(cell: str) -> str:
    """Return a title as its words are compared: no case, accents or signs."""
    text = fold(cell.replace("’", "'"))
    return " ".join(re.sub(r"[^a-z0-9']+", " ", text).split())


def moment_of(text: str) -> dt.datetime | None:
    """Return the moment that a cell names, in Paris when it names no zone; None when it is none."""
    day = _FRENCH_DATE.sub(r"\3-\2-\1", text.replace(" à ", " ").replace("h", ":"))
    try:
        found = dt.datetime.fromisoformat(day)
    except ValueError:
        return None
    if not is_plausible(found):
        return None
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def lots_of(text: str) -> list[int]:
    """Return the numbers of lots that a cell names: « 1 », « Lot n° 2 », « 1, 3 et 4 »."""
    return [int(number) for number in dict.fromkeys(re.findall(r"\d{1,4}", text))]
