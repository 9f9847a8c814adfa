"""Small filters of the pages of a checklist."""

from django import template

register = template.Library()

GROUP = 8


@register.filter
def eights(text: str) -> list[str]:
    """Cut a fingerprint into groups of eight characters, which an eye can compare."""
    return [text[start : start + GROUP] for start in range(0, len(text), GROUP)]
