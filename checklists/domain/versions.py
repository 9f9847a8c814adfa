"""What differs between two versions of a clausier.

Pure functions: they compare two canonical contents (``clausier.canonical_content``) and know no
database. Points are matched by their number and by the likeness of their texts: see ``_matched``.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..enums import VersionChange
from .clausier_schema import Data

HEADER = (
    "title", "edition_date", "source", "licence_note", "preamble", "is_official_text",
    "is_proposal",
)  # fmt: skip
"""What a version says of itself; its code and its number are how it was asked for."""

TEXTS = ("title", "requirement", "expected")
"""The text that a candidate answers: a change of it is a rewording."""

PLACE = ("ref", "chapter", "parent", "position")
DESCRIPTION = (
    "answer_kind", "condition", "reviewers", "owner", "kinds", "parameters", "guide", "references",
    "erratum",
)  # fmt: skip
CHAPTER_TEXTS = ("title", "note")

LIKE = 0.6
"""From this likeness on, two texts under different numbers are one point."""

SAME_NUMBER = 0.2
"""What the same number adds to the likeness of two texts."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class FieldChange:
    """One field that differs, by its name in the schema. A place is told by numbers and titles."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RowChange:
    """A point or a chapter of one version, of the other, or of both, and its one kind of change.

    ``fields`` holds all that differs: a reworded point may have moved too.
    """

    kind: VersionChange
    before: Data | None
    after: Data | None
    fields: tuple[FieldChange, ...] = ()

    @property
    def row(self) -> Data:
        """The newest form of the row."""
        row = self.after or self.before
        assert row is not None
        return row


@dataclass(frozen=True)
class Comparison:
    """All that differs, in the order of the newer version; rows that do not change are there."""

    header: tuple[FieldChange, ...]
    chapters: tuple[RowChange, ...]
    points: tuple[RowChange, ...]

    @property
    def counts(self) -> dict[VersionChange, int]:
        """How many points changed in each way, zero included."""
        found = Counter(change.kind for change in self.points)
        return {kind: found[kind] for kind in VersionChange}

    @property
    def is_empty(self) -> bool:
        """Whether both versions say exactly the same."""
        rows = (*self.chapters, *self.points)
        return not self.header and all(row.kind == VersionChange.UNCHANGED for row in rows)


def compare(before: Data, after: Data) -> Comparison:
    """Return what differs from one content to the other."""
    chapter_pairs = _matched(before["chapters"], after["chapters"], CHAPTER_TEXTS)
    same_chapter = {
        before["chapters"][one]["position"]: after["chapters"][two]["position"]
        for one, two in chapter_pairs.items()
    }
    names_before, names_after = _chapter_names(before), _chapter_names(after)

    def moved_to(name: str) -> Callable[[Data, Data], Iterable[FieldChange]]:
        """Tell when the chapter that a row names is not the same one."""

        def changes(one: Data, two: Data) -> Iterable[FieldChange]:
            if same_chapter.get(one[name]) != two[name]:
                yield FieldChange(
                    name, names_before.get(one[name], ""), names_after.get(two[name], "")
                )

        return changes

    return Comparison(
        # The mark of a proposal stands only in the content of one.
        header=tuple(
            _fields(HEADER, {"is_proposal": False} | before, {"is_proposal": False} | after)
        ),
        chapters=_row_changes(
            before["chapters"], after["chapters"], chapter_pairs, CHAPTER_TEXTS, moved_to("parent")
        ),
        points=_row_changes(
            before["points"],
            after["points"],
            _matched(before["points"], after["points"], TEXTS),
            (*TEXTS, *DESCRIPTION),
            moved_to("chapter"),
        ),
    )


# Which row became which


def _matched(before: list[Data], after: list[Data], texts: tuple[str, ...]) -> dict[int, int]:
    """Return the index, in ``after``, of what each row of ``before`` became.

    A row keeps its number and its text, or its text under another number. Then the most alike
    are paired, a common number counting for a part. A number that is left on both sides names
    one row, rewritten from end to end.
    """
    pairing = _Pairing(before, after)
    text_before = [tuple(row[name] for name in texts) for row in before]
    text_after = [tuple(row[name] for name in texts) for row in after]
    numbers_before, numbers_after = _numbers(before), _numbers(after)
    pairing.same(
        list(zip(numbers_before, text_before, strict=True)),
        list(zip(numbers_after, text_after, strict=True)),
    )
    pairing.same(text_before, text_after)
    pairing.alike(
        [_words(text) for text in text_before],
        [_words(text) for text in text_after],
        numbers_before,
        numbers_after,
    )
    pairing.same(numbers_before, numbers_after)
    return pairing.found


class _Pairing:
    """Pairs that are decided one rule after the other; what is paired stays so."""

    def __init__(self, before: list[Data], after: list[Data]) -> None:
        self.found: dict[int, int] = {}
        self.left_before = list(range(len(before)))
        self.left_after = list(range(len(after)))

    def same(self, before: list[Any], after: list[Any]) -> None:
        """Pair the rows of equal keys, in order. A key of None is nobody's."""
        waiting: dict[Any, list[int]] = {}
        for two in reversed(self.left_after):
            waiting.setdefault(after[two], []).append(two)
        for one in list(self.left_before):
            if before[one] is not None and waiting.get(before[one]):
                self._pair(one, waiting[before[one]].pop())

    def alike(
        self,
        before: list[frozenset[str]],
        after: list[frozenset[str]],
        numbers_before: list[str | None],
        numbers_after: list[str | None],
    ) -> None:
        """Pair what is alike enough, the most alike first, then the nearest."""
        scores: list[tuple[float, int, int, int]] = []
        for one in self.left_before:
            for two in self.left_after:
                score = _likeness(before[one], after[two])
                if numbers_before[one] is not None and numbers_before[one] == numbers_after[two]:
                    score += SAME_NUMBER
                if score >= LIKE:
                    scores.append((-score, abs(one - two), one, two))
        taken: set[int] = set()
        for _score, _distance, one, two in sorted(scores):
            if one not in self.found and two not in taken:
                taken.add(two)
                self._pair(one, two)

    def _pair(self, one: int, two: int) -> None:
        self.found[one] = two
        self.left_before.remove(one)
        self.left_after.remove(two)


def _numbers(rows: list[Data]) -> list[str | None]:
    """The number of each row; None for a heading that has none, or one that repeats."""
    times = Counter(row["ref"] for row in rows)
    return [row["ref"] if row["ref"] and times[row["ref"]] == 1 else None for row in rows]


def _words(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_WORD.findall(" ".join(texts).casefold()))


def _likeness(one: frozenset[str], two: frozenset[str]) -> float:
    """How much two texts share their words, from 0 to 1 (Dice)."""
    together = len(one) + len(two)
    return 2 * len(one & two) / together if together else 0.0


# What changed in it


def _row_changes(
    before: list[Data],
    after: list[Data],
    pairs: dict[int, int],
    names: tuple[str, ...],
    moves: Callable[[Data, Data], Iterable[FieldChange]],
) -> tuple[RowChange, ...]:
    """Return a change for each row of either side, what went standing after what it followed."""
    steady = _steady(pairs)
    placed: list[tuple[int, int, RowChange]] = []
    last = -1
    for one, row in enumerate(before):
        if one not in pairs:
            placed.append((last, one + 1, RowChange(VersionChange.REMOVED, row, None)))
            continue
        last = pairs[one]
        other = after[last]
        fields = list(_fields(("ref",), row, other)) + list(moves(row, other))
        if one not in steady and not fields:
            fields.append(FieldChange("position", one + 1, last + 1))
        fields += _fields(names, row, other)
        kind = _kind({field.name for field in fields})
        placed.append((last, 0, RowChange(kind, row, other, tuple(fields))))
    came = set(range(len(after))) - set(pairs.values())
    placed += [(two, 0, RowChange(VersionChange.ADDED, None, after[two])) for two in came]
    return tuple(change for _after, _rank, change in sorted(placed, key=lambda item: item[:2]))


def _fields(names: tuple[str, ...], before: Data, after: Data) -> Iterable[FieldChange]:
    return (
        FieldChange(name, before[name], after[name])
        for name in names
        if before[name] != after[name]
    )


def _kind(names: set[str]) -> VersionChange:
    """The one kind of a row that both versions have: its text first, then its place."""
    if names & {*TEXTS, *CHAPTER_TEXTS}:
        return VersionChange.REWORDED
    if names & set(PLACE):
        return VersionChange.MOVED
    return VersionChange.DESCRIBED if names else VersionChange.UNCHANGED


def _steady(pairs: dict[int, int]) -> set[int]:
    """Return the largest set of rows that keep their order: the others were moved."""
    ends: list[int] = []
    chain: list[int] = []
    previous: dict[int, int] = {}
    for row, two in sorted(pairs.items()):
        at = bisect_left(ends, two)
        if at:
            previous[row] = chain[at - 1]
        ends[at:] = [two] if at == len(ends) else [two, *ends[at + 1 :]]
        chain[at:] = [row] if at == len(chain) else [row, *chain[at + 1 :]]
    steady: set[int] = set()
    one: int | None = chain[-1] if chain else None
    while one is not None:
        steady.add(one)
        one = previous.get(one)
    return steady


def _chapter_names(content: Data) -> dict[int, str]:
    return {
        chapter["position"]: f"{chapter['ref']} {chapter['title']}".strip()
        for chapter in content["chapters"]
    }
