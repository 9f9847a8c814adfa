"""What the templates of the PDF say of the frozen data: cleaned texts, dates and numbers in French."""

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from uniha_clausier.common import dates
from uniha_clausier.common.pdf_text import clean_line, clean_text, paragraphs

from .statuses import status_words

register = template.Library()
register.filter("moment", dates.moment)
register.filter("day", dates.day)

BULLET = "•"
"""Part of the text: a marker of CSS is a box apart, which costs more than the line beside it."""

MOST_LINES = 60
"""Lines of one text that stay lines; more, and « ¶ » stands for the line end (each costs 1 ms)."""


@register.filter
def line(text: str) -> str:
    """The text on one line, drawable, with places to break a word without end."""
    return " ".join(clean_text(text).split())


@register.filter
def name(text: str) -> str:
    """The text on one line without break opportunities: what becomes a bookmark or a title."""
    return clean_line(text)


@register.filter
def excerpt(text: str, length: int) -> str:
    """The beginning of a text, cut at a word, with an ellipsis when something is left out."""
    text = line(text[: 4 * length])
    if len(text) <= length:
        return text
    return text[: text.rfind(" ", length // 2, length)].rstrip(" ,;:.") + " […]"


@register.filter
def blocks(text: str) -> SafeString:
    """A text written by a person: a paragraph a line."""
    return format_html_join("", "<p>{}</p>", ((piece,) for piece in _lines(text)))


def _lines(text: str) -> list[str]:
    """The paragraphs of a text; of a text made of very many short lines, fewer and longer ones."""
    pieces = paragraphs(text)
    return pieces if len(pieces) <= MOST_LINES else paragraphs(" ¶ ".join(pieces))


@register.filter
def flow(text: str, css: str = "") -> SafeString:
    """A text of the clausier, which has a sentence a line: sentences flow, « • » makes a list."""
    groups: list[tuple[str, list[str]]] = []
    for piece in _lines(text):
        tag = "ul" if piece.startswith(BULLET) else "p"
        if not groups or groups[-1][0] != tag:
            groups.append((tag, []))
        groups[-1][1].append(piece.removeprefix(BULLET).strip())
    return format_html_join("", "{}", ((_group(tag, pieces, css),) for tag, pieces in groups))


def _group(tag: str, pieces: list[str], css: str) -> SafeString:
    if tag == "p":
        return format_html('<p class="{}">{}</p>', css, " ".join(pieces))
    rows = format_html_join("", f"<li>{BULLET}\u00a0{{}}</li>", ((piece,) for piece in pieces))
    return format_html('<ul class="{}">{}</ul>', css, rows)


@register.simple_tag
def claim_text(point: dict[str, Any]) -> SafeString:
    """What the candidate answers, and who entered it."""
    claim = point["claim"]
    return _statement("said", _("Candidat"), claim["label"], claim["text"], claim)


@register.simple_tag
def score_text(point: dict[str, Any]) -> SafeString:
    """What the buyer decides, with its sign, and who decided."""
    score = point["score"]
    words = status_words("score", score["value"])
    return _statement("decided", _("Acheteur"), words, score["comment"], score)


@register.simple_tag
def decision_text(point: dict[str, Any]) -> SafeString | str:
    """What the buyer decided of a point, the reservation in words; nothing before it is given."""
    decision = point.get("decision")
    if not decision:
        return ""
    words = status_words("decision", decision["value"])
    if decision["is_outdated"]:
        words = _("%(words)s (la réponse ou la note a changé depuis)") % {"words": words}
    text = ""
    if decision["commitment"]:
        told = decision | {"due_on": dates.day(decision["due_on"])}
        text = _("%(commitment)s (%(owner)s, pour le %(due_on)s)") % told
    return _statement("decided", _("Décision"), words, text, decision)


@register.simple_tag
def finding_texts(point: dict[str, Any]) -> SafeString:
    """What each role found, before the buyer decides; editions made before had none."""
    return format_html_join("", "{}", ((_finding_text(one),) for one in point.get("findings", ())))


def _finding_text(finding: dict[str, Any]) -> SafeString:
    words = status_words("finding", finding["value"])
    if finding["is_outdated"]:
        words = _("%(words)s (la réponse a changé depuis)") % {"words": words}
    if finding.get("taken_from"):
        words = _("%(words)s (repris de la version %(number)d)") % {
            "words": words,
            "number": finding["taken_from"],
        }
    return _statement("found", finding["role_label"], words, finding["comment"], finding)


def _statement(css: str, who: str, value: str, text: str, row: dict[str, Any]) -> SafeString:
    """One paragraph when the text has one, so that a short answer stays a line."""
    first, *others = _lines(text) or [""]
    written = (
        format_html(' <span class="by">{}, {}</span>', line(row["by"]), dates.moment(row["at"]))
        if row["by"]
        else ""
    )
    head = format_html("<b>{}\u00a0: {}.</b> {}", who, value, first)
    if not others:
        return format_html('<p class="{}">{}{}</p>', css, head, written)
    middle = format_html_join("", "<p>{}</p>", ((piece,) for piece in others[:-1]))
    last = format_html("<p>{}{}</p>", others[-1], written)
    return format_html('<div class="{}"><p>{}</p>{}{}</div>', css, head, middle, last)


@register.filter
def figure(text: str) -> str:
    """A decimal of the data with a comma: « 12,5 »."""
    return text.replace(".", ",")


@register.filter
def hash_groups(text: str) -> str:
    """A hash in groups of eight, so that two people can compare it aloud."""
    return " ".join(text[start : start + 8] for start in range(0, len(text), 8))


@register.filter
def css_string(text: str) -> str:
    """The inside of a CSS string: whatever is no letter, figure or space by its code point."""
    return "".join(
        character
        if character.isascii() and (character.isalnum() or character == " ")
        else f"\\{ord(character):06X} "
        for character in clean_line(text)
    )
