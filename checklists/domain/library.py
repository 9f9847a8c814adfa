"""An official text in the library format of CISO Assistant, and the clausier made of it.

The wording stays as it is, character by character. What the official text lacks (conditions,
kinds, reviewers, guides, parameters) is attached from our own clausier, by official number.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from uniha_clausier.common.errors import DomainError

from ..enums import AnswerKind, Owner
from ..validators import ALWAYS
from .clausier_schema import Data

COMPANION = ("securite-numerique", "2")
"""Our own clausier whose numbers are those of the official text."""

OFFICIAL = "clausier-sante-v2"
"""The library of the official text: it must hold every point of our own clausier."""

TITLE_LENGTH = 90
_DATE = re.compile(r"\b(\d{2})/(\d{2})/(\d{4})\b")
_NUMBER = re.compile(r"(?:^|[-_ ])v?(\d+(?:\.\d+)*)$|v(\d+(?:\.\d+)*)$", re.IGNORECASE)
_BULLET = re.compile(r"^(?:[-•*]|\w{1,2}[.)])\s+")


class NotALibrary(DomainError):
    """The file is read, but is not a text that can be assessed; the sentence names the place."""


@dataclass(frozen=True)
class Node:
    """A heading or a requirement, at its depth (from 1); ``place`` is where the file says it."""

    place: str
    depth: int
    is_assessable: bool
    ref: str = ""
    name: str = ""
    text: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Library:
    """What a file of the library format tells, in the order of the file."""

    urn: str
    ref: str
    name: str
    version: str
    description: str = ""
    copyright: str = ""
    provider: str = ""
    packager: str = ""
    nodes: tuple[Node, ...] = ()

    @property
    def code(self) -> str:
        """The code of its clausier: the last part of its URN, ``clausier-sante-v2``."""
        return slugify((self.urn.rpartition(":")[2] or self.ref).replace(".", "-"))[:60]

    @property
    def number(self) -> str:
        """Its version: the number that ends its reference, and its revision after the first."""
        found = _NUMBER.search(self.ref)
        number = next(filter(None, found.groups())) if found else ""
        if not number:
            return self.version
        return number if self.version == "1" else f"{number}-r{self.version}"


def clausier_of(library: Library, own: Data | None) -> Data:
    """Return the plain data of the clausier of ``library``, ready to be loaded.

    ``own`` is the content of our own clausier: it is used when most numbers are its numbers.
    Raises NotALibrary, naming the place.
    """
    chapters, points = _Outline(library).read()
    known = {point["ref"]: point for point in own["points"]} if own else {}
    if 2 * sum(point["ref"] in known for point in points) < len(points):
        known = {}
    if library.code == OFFICIAL:
        _refuse_gaps(known, {point["ref"] for point in points})
    return {
        "code": library.code,
        "version": library.number,
        "title": library.name,
        "edition_date": _edition_date(library.copyright),
        "source": _source(library),
        "licence_note": library.copyright,
        "preamble": library.description,
        "is_official_text": True,
        "chapters": chapters,
        "points": [_with_ours(point, known.get(point["ref"])) for point in points],
    }


def _refuse_gaps(known: dict[str, Data], found: set[str]) -> None:
    missing = [ref for ref in known if ref not in found]
    if missing or not known:
        raise NotALibrary(
            _("Le fichier est incomplet : il manque %(refs)s. Demandez-le de nouveau en entier.")
            % {"refs": _some(missing) or _("tous les points numérotés")}
        )


def _some(refs: list[str]) -> str:
    named = ", ".join(refs[:5])
    rest = len(refs) - 5
    return named + (_(" et %(rest)d autres") % {"rest": rest} if rest > 0 else "")


def _edition_date(copyright_line: str) -> str | None:
    """The day that stands in the copyright line, « Club RSSI Santé - 14/05/2024 »."""
    found = _DATE.search(copyright_line)
    if not found:
        return None
    day, month, year = map(int, found.groups())
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def _source(library: Library) -> str:
    parts = [
        library.provider,
        _("bibliothèque %(ref)s, révision %(version)s")
        % {"ref": library.ref, "version": library.version},
        _("mise en forme par %(packager)s") % {"packager": library.packager}
        if library.packager
        else "",
        library.urn,
    ]
    return " – ".join(part for part in parts if part)


def _with_ours(point: Data, ours: Data | None) -> Data:
    """Complete an official point with what our own point of the same number says."""
    if ours is None:
        return {**_BARE, **point, "title": point["title"] or _first_words(point["requirement"])}
    taken = {key: ours[key] for key in _BARE}
    return {**taken, **point, "title": point["title"] or ours["title"]}


_BARE: Data = {
    "answer_kind": AnswerKind.DESCRIPTION.value,
    "condition": ALWAYS,
    "reviewers": [],
    "owner": Owner.CANDIDATE.value,
    "kinds": [],
    "parameters": [],
    "guide": {"compliant": "", "partial": "", "non_compliant": ""},
    "references": [],
    "erratum": "",
}


def _first_words(text: str, most: int = TITLE_LENGTH) -> str:
    """A title for a text that has none: its first line, cut between two words."""
    line = _BULLET.sub("", text.strip()).partition("\n")[0].strip()
    if len(line) <= most:
        return line.rstrip(" :;,")
    return line[: most - 1].rpartition(" ")[0].rstrip(" :;,.") + "…"


class _Outline:
    """Turns the nodes of a file into chapters and points, in the order of the file.

    A heading is a chapter. An assessable node without number nor text is a heading too: the
    official text has one (12.3). A node to assess that stands under no heading opens a chapter
    of its own. Numbers without brackets or spaces: « [EXI 05] » is ``EXI-05``, and what has no
    number is counted under what stands above it: ``EXI-05.2``.
    """

    def __init__(self, library: Library) -> None:
        self.nodes = library.nodes
        self.chapters: list[Data] = []
        self.points: list[Data] = []
        self.above: list[tuple[int, str, str]] = []  # depth, number, key of the chapter
        self.counts: dict[str, int] = {}
        self.seen: dict[str, str] = {}

    def read(self) -> tuple[list[Data], list[Data]]:
        for index, node in enumerate(self.nodes):
            following = self.nodes[index + 1] if index + 1 < len(self.nodes) else None
            self._take(node, following)
        if not self.points:
            raise NotALibrary(_("Aucune exigence à évaluer dans ce fichier."))
        return self.chapters, self.points

    def _take(self, node: Node, following: Node | None) -> None:
        while self.above and self.above[-1][0] >= node.depth:
            self.above.pop()
        if node.depth > 1 + (self.above[-1][0] if self.above else 0):
            raise NotALibrary(
                _("%(place)s : ce niveau (%(depth)d) n’a rien au-dessus de lui.")
                % {"place": node.place, "depth": node.depth}
            )
        is_point = node.is_assessable and bool(node.ref or node.text)
        number = self._number(node, is_point)
        key = self.above[-1][2] if self.above else ""
        if not is_point or not key:
            key = self._open_chapter(node, number, following)
        if is_point:
            self.points.append(_official_point(node, number, key))
        self.above.append((node.depth, number, key))

    def _number(self, node: Node, is_point: bool) -> str:
        number = re.sub(r"\s+", "-", node.ref.strip().strip("[]").strip())
        if not number and is_point:
            parent = next((ref for _depth, ref, _key in reversed(self.above) if ref), "N")
            self.counts[parent] = self.counts.get(parent, 0) + 1
            number = f"{parent}.{self.counts[parent]}"
        if number and number in self.seen:
            raise NotALibrary(
                _("%(place)s : le numéro %(number)s sert déjà (%(first)s).")
                % {"place": node.place, "number": number, "first": self.seen[number]}
            )
        if number:
            self.seen[number] = node.place
        return number

    def _open_chapter(self, node: Node, number: str, following: Node | None) -> str:
        """A heading without words (HDS has some) takes the first words of what follows it."""
        text = node.text or (following.name or following.text if following else "")
        if not (node.name or node.text or number):
            raise NotALibrary(
                _("%(place)s : ni numéro, ni intitulé, ni texte.") % {"place": node.place}
            )
        title = node.name[:250] or _first_words(text) or number
        key = f"{len(self.chapters) + 1}"
        self.chapters.append(
            {
                "key": key,
                "ref": number[:30],
                "title": title,
                "parent": self.above[-1][2] if self.above else None,
                "note": "" if node.is_assessable or node.text.strip(" :") == title else node.text,
            }
        )
        return key


def _official_point(node: Node, number: str, chapter: str) -> dict[str, Any]:
    if not (node.text or node.name).strip():
        raise NotALibrary(
            _("%(place)s : le point %(number)s n’a pas de texte. Le fichier est-il entier ?")
            % {"place": node.place, "number": number}
        )
    return {
        "ref": number,
        "chapter": chapter,
        "title": node.name.strip(),
        "requirement": node.text or node.name,
        "expected": node.evidence,
    }
