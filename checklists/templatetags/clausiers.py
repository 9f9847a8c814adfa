"""How the text of a clausier is shown: mended, in paragraphs and lists, in French words."""

import re
from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..domain import clausier_words, wording
from ..domain.word_changes import Piece
from ..enums import Force, LegalEffect, PointKind, ReferenceStatus, Reviewer

register = template.Library()

_ITEM = re.compile(r"^\s*'?[•\-–\uf0b7]\s*")


@register.filter
def mended(text: str) -> str:
    """Show an official text without the scars of its extraction."""
    return wording.mended(text)


@register.filter
def prose(text: str) -> SafeString:
    """Write a text as paragraphs, a line each, and its « • » or « - » lines as a list."""
    blocks: list[SafeString] = []
    items: list[str] = []
    for line in [*wording.mended(text).splitlines(), ""]:
        bullet = _ITEM.match(line)
        if bullet:
            items.append(line[bullet.end() :].strip())
            continue
        if items:
            rows = format_html_join("", "<li>{}</li>", ((item,) for item in items))
            blocks.append(format_html("<ul>{}</ul>", rows))
            items = []
        if line.strip():
            blocks.append(format_html("<p>{}</p>", line.strip()))
    return format_html_join("\n", "{}", ((block,) for block in blocks))


@register.filter
def marked(pieces: Iterable[Piece]) -> SafeString:
    """Write what went and what came as <del> and <ins>: a sign, a line and a tint, never a tint alone."""
    return format_html_join("", "{}", ((_mark(piece),) for piece in pieces))


def _mark(piece: Piece) -> str:
    tag = {"-": "<del>{}</del>", "+": "<ins>{}</ins>"}.get(piece.sign)
    return format_html(tag, piece.text) if tag else piece.text


@register.filter
def decision_words(decision: dict[str, Any]) -> str:
    """Say what a buyer decided on a point, in a few words."""
    words = []
    if "force" in decision:
        words.append(str(Force(decision["force"][0]).label).lower())
    if "knock_out" in decision:
        words.append(_("éliminatoire"))
    if "weighting" in decision:
        effect, weight = decision["weighting"]
        label = str(LegalEffect(effect).label).lower()
        words.append(_("%(effect)s, poids %(weight)s") % {"effect": label, "weight": weight})
    if "derogation" in decision:
        words.append(_("dérogation"))
    return ", ".join(words)


@register.filter
def asked_when(condition: str) -> str:
    """Say when a point is asked."""
    return clausier_words.asked_when(condition)


@register.filter
def parameter_words(parameter: dict[str, Any]) -> str:
    """Write the value of a parameter with its unit."""
    return clausier_words.parameter_words(parameter)


@register.filter
def reviewer_words(reviewers: list[str]) -> str:
    """Name those who read the answer, in order."""
    return ", ".join(str(Reviewer(reviewer).label) for reviewer in reviewers)


@register.filter
def kind_words(kinds: list[str]) -> str:
    """Name what a point creates."""
    return ", ".join(str(PointKind(kind).label).lower() for kind in kinds)


@register.filter
def reference_words(status: str) -> str:
    """Say where a text stands."""
    return str(ReferenceStatus(status).label)
