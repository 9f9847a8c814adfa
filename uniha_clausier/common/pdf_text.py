"""Makes any text safe to print in a PDF/A: what people paste must neither break nor hang it.

- NFC, line ends as ``\\n``; control characters, bidirectional overrides and other
  invisible format characters are dropped (they forge what a reader sees);
- a character that no font of the documents can draw is written ``[U+1F600]``;
- a run of more than 60 characters without a space gets break opportunities
  (100,000 unbroken characters take the layout engine four minutes);
- a paragraph is split at 2,000 characters (its cost is quadratic).

The raw text is never lost: the JSON attached to the document holds it.
"""

import functools
import re
import unicodedata

from uniha_clausier.common.pdf_fonts import installed_fonts, is_variation_selector

MAX_RUN = 60
MAX_PARAGRAPH = 2_000

#: Where a line may break inside a long run: a zero-width space, drawn by no font.
BREAK = "\u200b"

_LINE_END = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile("[ \t]+")
_BLANKS = re.compile("[ \t\n]+")  # no-break spaces stay: « 99,9 % » must not end a line
# A no-break space does not end a run: a text made of them never breaks either.
_LONG_RUN = re.compile(f"[^ \n\t{BREAK}]{{{MAX_RUN + 1},}}")


def clean_text(text: str) -> str:
    """The text as a document may show it, with its line ends kept."""
    text = _LINE_END.sub("\n", text)
    if not (text.isascii() and text.isprintable()):
        text = _only_drawable(unicodedata.normalize("NFC", text))
    return _LONG_RUN.sub(_with_breaks, text) if len(text) > MAX_RUN else text


def clean_line(text: str) -> str:
    """The text on one line, without break opportunities: titles, bookmarks, metadata."""
    return _BLANKS.sub(" ", clean_text(text).replace(BREAK, "")).strip()


def paragraphs(text: str) -> list[str]:
    """The non-empty paragraphs of a text, cleaned, none longer than 2,000 characters."""
    lines = (_SPACES.sub(" ", line).strip() for line in clean_text(text).split("\n"))
    return [piece for line in lines if line for piece in _split(line)]


def _only_drawable(text: str) -> str:
    unknown = set(text) - _drawable()
    return text.translate({ord(character): _written(character) for character in unknown})


@functools.cache
def _drawable() -> frozenset[str]:
    return installed_fonts().coverage() | {"\n", " "}


def _written(character: str) -> str:
    """What stands for a character that cannot be drawn: nothing, a space, or its code point."""
    if character == "\t":
        return " "
    if unicodedata.category(character) in {"Cc", "Cf"} or is_variation_selector(character):
        return ""
    return f"[U+{ord(character):04X}]"


def _with_breaks(run: re.Match[str]) -> str:
    word = run.group()
    return BREAK.join(word[start : start + MAX_RUN] for start in range(0, len(word), MAX_RUN))


def _split(line: str) -> list[str]:
    """Cut at the last space before the limit; clean_text() guarantees that there is one."""
    pieces = []
    while len(line) > MAX_PARAGRAPH:
        at = max(line.rfind(" ", 0, MAX_PARAGRAPH), line.rfind(BREAK, 0, MAX_PARAGRAPH))
        at = at if at > 0 else MAX_PARAGRAPH
        pieces.append(line[:at].rstrip(" " + BREAK))
        line = line[at:].lstrip(" " + BREAK)
    return [*pieces, line] if line else pieces
