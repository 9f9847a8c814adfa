"""What is mended in an official text when it is shown: never in what is stored.

The official files were extracted from a PDF: words cut at the end of a line kept their hyphen
(« tech- niques »), some letters fell or moved. The stored text, its hash and the exports of data
keep every character; pages and documents show the mended one.
"""

import re
from functools import lru_cache

# What stands before a hyphen that belongs to the word: « sous- traitant » is « sous-traitant ».
# Only prefixes that French never glues; « sous » glues in a few words (« souscrire »).
_PREFIXES = frozenset(
    {
        "anti",
        "après",
        "arrière",
        "avant",
        "ci",
        "demi",
        "ex",
        "grand",
        "hors",
        "mi",
        "non",
        "nord",
        "pare",
        "quasi",
        "semi",
        "sous",
        "sud",
        "vice",
    }
)
_GLUED = ("crip", "crir", "crit", "sign", "tract", "traire")
_PRONOUNS = frozenset(
    {
        "celle",
        "celles",
        "celui",
        "ceux",
        "elle",
        "elles",
        "eux",
        "lui",
        "moi",
        "nous",
        "soi",
        "toi",
        "vous",
    }
)
# What stands after a hyphen that belongs to the word: « lui- même », « celui- ci », « doit- il ».
_SUFFIXES = frozenset(
    {"ci", "delà", "dessous", "dessus", "elle", "elles", "il", "ils", "là", "même", "mêmes", "on"}
)
# After these a hyphen hangs on purpose: « pré- et post-opératoire ».
_HANGING = frozenset({"et", "ou", "à", "puis", "voire"})

_BROKEN = re.compile(r"(?<=\w)[-\u2010] +(?=\w)")
_WORD_BEFORE, _WORD_AFTER = re.compile(r"\w+$"), re.compile(r"\w+")
_REACH = 200  # how far an address may stretch around its cut

# Slips of the official files that no rule finds (DOMAIN.md §7.20), as whole words.
_SLIPS = {
    "l’au torité": "l’autorité",
    "ersion papier": "version papier",
    "décrites dans ce document décrites dans ce document": "décrites dans ce document",
    "titulaire du titulaire": "titulaire",
    "CTTP": "CCTP",
    "ETABLISSEMEMNT": "ETABLISSEMENT",
    "Prodécure": "Procédure",
    "prodécure": "procédure",
    "sécruité": "sécurité",
    "esclusions": "exclusions",
    "condtion": "condition",
    "intelectuelle": "intellectuelle",
}
_SLIP = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, _SLIPS)) + r")(?!\w)")


@lru_cache(maxsize=4096)
def mended(text: str) -> str:
    """Return an official ``text`` without the scars of its extraction; a sound text unchanged."""
    return _SLIP.sub(lambda slip: _SLIPS[slip.group()], _BROKEN.sub(_joint, text))


def _joint(cut: re.Match[str]) -> str:
    """Return what stands for one hyphen followed by a space: the hyphen, nothing, or itself."""
    before = cut.string[max(0, cut.start() - _REACH) : cut.start()].split()[-1]
    after = cut.string[cut.end() : cut.end() + _REACH].split()[0]
    left = _WORD_BEFORE.search(before)
    right = _WORD_AFTER.match(after)
    if left is None or right is None:
        return cut.group()
    if "/" in before + after:  # an address: its hyphens are its own
        return "-"
    return _between(left.group(), right.group(), cut.group())


def _between(left: str, right: str, cut: str) -> str:
    if left.isdigit() or right.lower() in _HANGING:
        return cut
    if left.isupper() and right.isupper() and len(right) == 1:  # PGSSI- S
        return "-"
    if right[0].isupper():  # a dash, perhaps: « PGSSI- Dispositifs »
        return cut
    return "-" if left.isupper() or _is_compound(left.lower(), right.lower()) else ""


def _is_compound(left: str, right: str) -> bool:
    if left == "sous" and right.startswith(_GLUED):
        return False
    return left in _PREFIXES or left in _PRONOUNS or right in _SUFFIXES
