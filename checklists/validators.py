"""Checks of single values, without the database."""

from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .enums import Flag

ALWAYS = "ALWAYS"

Condition = tuple[frozenset[str], ...]
"""A conjunction of alternatives: every set needs at least one of its flags."""


@lru_cache(maxsize=256)
def parse_condition(text: str) -> Condition:
    """Return the condition written in ``text``: ``&`` of ``|``-lists, or ``ALWAYS``.

    ``DP & ST`` is ``({DP}, {ST})``, ``INST | MAINT`` is ``({INST, MAINT},)``, ``ALWAYS`` is ``()``.
    Raises ValidationError naming the unknown word.
    """
    if text.strip() == ALWAYS:
        return ()
    terms = []
    for term in text.split("&"):
        flags = frozenset(word.strip() for word in term.split("|"))
        unknown = sorted(flags - set(Flag.values))
        if unknown:
            raise ValidationError(
                _("Condition « %(text)s » : « %(word)s » n’est pas un critère connu."),
                code="unknown_flag",
                params={"text": text, "word": unknown[0]},
            )
        terms.append(flags)
    return tuple(terms)


def validate_condition(text: str) -> None:
    """Refuse a condition that cannot be evaluated. Raises ValidationError."""
    parse_condition(text)
