"""Small filters of the pages of a checklist."""

from decimal import Decimal

from django import template

from ..domain import weights

register = template.Library()

GROUP = 8


@register.filter
def eights(text: str) -> list[str]:
    """Cut a fingerprint into groups of eight characters, which an eye can compare."""
    return [text[start : start + GROUP] for start in range(0, len(text), GROUP)]


@register.filter
def number(value: Decimal) -> str:
    """Write an exact number as a French reader expects it: « 12,5 », and « 20 » for 20.00."""
    return weights.written(value)
