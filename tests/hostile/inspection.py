"""What a typed text has made of a page, beside text: elements, attributes, addresses, scripts."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from .payloads import CANARY, mangled

TAGS = frozenset(
    [
        "a",
        "abbr",
        "article",
        "aside",
        "b",
        "blockquote",
        "body",
        "br",
        "button",
        "caption",
        "circle",
        "code",
        "col",
        "colgroup",
        "datalist",
        "dd",
        "del",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "em",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "g",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "legend",
        "li",
        "link",
        "main",
        "mark",
        "menu",
        "meta",
        "nav",
        "noscript",
        "ol",
        "optgroup",
        "option",
        "output",
        "p",
        "path",
        "polygon",
        "pre",
        "progress",
        "rect",
        "s",
        "samp",
        "script",
        "search",
        "section",
        "select",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "svg",
        "symbol",
        "table",
        "tbody",
        "td",
        "template",
        "text",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "u",
        "ul",
        "use",
    ]
)
"""The elements of our templates; ``script`` and ``link`` are looked at more closely."""

SHOWN = {"value", "title", "aria-label", "placeholder", "alt", "content", "label", "download"}
"""The attributes that hold what a reader sees."""

LINKS = {"href", "src", "action", "formaction", "hx-get", "hx-post", "xlink:href", "poster"}
OURS = re.compile(
    r"/(?!/)[^<>\"'`\s]*|[?#][^<>\"'`\s]*|mailto:[\w.+@%-]+|tel:[\d+]+|https://[\w.]+/?|"
    r"data:image/svg[^<>\"']*|[\w./-]+([?#][^<>\"'`\s]*)?|"
)
"""A path of ours, percent-encoded as it must be, an address of mail, or a site without its path."""
NAME = re.compile(r"[a-zA-Z][\w:.-]*")
FORBIDDEN = {"style", "srcdoc", "is", "http-equiv", "background"}


class Inspector(HTMLParser):
    """Reads one page; ``problems`` is what no typed text may have made of it."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.words: list[str] = []
        self.script = self.json = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.problems.append(f"<{tag}>")
        has = {name: value or "" for name, value in attrs}
        self.script = tag == "script"
        self.json = has.get("type") == "application/json"
        if self.script and not self.json and not has.get("src", "").startswith("/static/"):
            self.problems.append(f"<script src={has.get('src')!r}>")
        for name, value in has.items():
            if wrong := wrong_attribute(name, value):
                self.problems.append(f"<{tag} {name}={value[:200]!r}>: {wrong}")

    def handle_endtag(self, tag: str) -> None:
        self.script = False

    def handle_data(self, data: str) -> None:
        if self.script and data.strip() and not (self.json and is_json(data)):
            self.problems.append(f"a script says {data[:200]!r}")
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        if CANARY in data:
            self.problems.append(f"a comment says {data[:200]!r}")

    def handle_pi(self, data: str) -> None:
        self.problems.append(f"an instruction says {data[:200]!r}")

    def unknown_decl(self, data: str) -> None:
        self.problems.append(f"a declaration says {data[:200]!r}")


def is_json(text: str) -> bool:
    """Whether a text is JSON that nothing of HTML can cut short."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return "<" not in text


def wrong_attribute(name: str, value: str) -> str:
    """Return what is wrong with an attribute, or nothing."""
    if not NAME.fullmatch(name) or CANARY in name or name in FORBIDDEN:
        return "no attribute of ours"
    if name.startswith(("on", "hx-on", "data-hx-")):
        return "it acts"
    if name in LINKS:
        return "" if OURS.fullmatch(value) else "it leads away"
    if name in SHOWN or name.startswith("data-"):
        return ", ".join(mangled(value))
    return "no text belongs there" if CANARY in unquote(value) else ""


def inspect(html: str, *, as_drawn: Callable[[str], str] = str) -> tuple[list[str], str]:
    """Return what typed texts have made of a page beside text, and the text that a reader sees."""
    reader = Inspector()
    reader.feed(html)
    reader.close()
    words = "".join(reader.words)
    return reader.problems + mangled(words, as_drawn=as_drawn), words


def is_page(response: Any) -> bool:
    """Whether an answer is read by a browser as a page."""
    return "html" in response.headers.get("Content-Type", "")
