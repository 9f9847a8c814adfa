"""What differs between two texts, word by word. Pure functions."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

FEWEST_WORDS = 2
"""Fewer words in common between two changes are part of them, or nobody can read the result."""

MOST_COMPARED = 4_000_000
"""Past this product of their words, two texts are told whole: their comparison takes seconds."""

_TOKEN = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Piece:
    """A run of words: of both texts (""), of the older (« - ») or of the newer (« + »)."""

    sign: str
    text: str


def word_changes(before: str, after: str) -> tuple[Piece, ...]:
    """Return the runs of words that stayed, went and came; joined, they are both texts again."""
    one, two = _TOKEN.findall(before), _TOKEN.findall(after)
    pieces: list[Piece] = []
    for is_same, went, came in _readable(_runs(one, two)):
        if is_same:
            pieces.append(Piece("", "".join(went)))
            continue
        pieces += [Piece("-", "".join(went))] if went else []
        pieces += [Piece("+", "".join(came))] if came else []
    return tuple(pieces)


Run = tuple[bool, list[str], list[str]]
"""Whether both texts say it, then the words of each."""


def _runs(one: list[str], two: list[str]) -> list[Run]:
    if len(one) * len(two) > MOST_COMPARED:
        return [(one == two, one, two)]
    blocks = SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    return [(tag == "equal", one[a:b], two[c:d]) for tag, a, b, c, d in blocks]


def _readable(runs: list[Run]) -> list[Run]:
    """Join the changes that only a word or a comma separates."""
    joined: list[Run] = []
    for index, (is_same, one, two) in enumerate(runs):
        inside = 0 < index < len(runs) - 1
        stays = is_same and not (inside and len(_WORD.findall("".join(one))) < FEWEST_WORDS)
        if stays or not joined or joined[-1][0]:
            joined.append((stays, one, two))
        else:
            _stayed, went, came = joined[-1]
            joined[-1] = (False, went + one, came + two)
    return joined
