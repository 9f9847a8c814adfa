"""The log: one line an event, as JSON or as text, with what it is about and without secrets.

What a line is about (the request, the person, the facility, the task) is told once, by ``about()``
and ``tell()``, and stands in every line written meanwhile, whoever writes it. A value never makes
a line of its own: JSON escapes it, the text form does too.
"""

import json
import logging
import re
import secrets
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

import structlog

Event = MutableMapping[str, Any]

PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_.-]{8,64}")
HIDDEN = "***"
# The addresses that bear a right by themselves: a candidate's link, an invitation, a new password.
_SECRET_PATH = re.compile(
    r"(/(?:repondre|repondre-a-la-lettre|invitations?)/|/compte/oubli/[0-9A-Za-z]+-)"
    r"(?!envoye/|change/)[^/\s?\"'»]+"
)
_SECRET_QUERY = re.compile(
    r"([?&;](?:token|secret|key|code|state|password|[a-z_]*_token)=)[^&\s\"']+", re.IGNORECASE
)
EXTRAS = (
    "method",
    "path",
    "route",
    "query",
    "status",
    "duration_ms",
    "queries",
    "queries_ms",
    "sql",
    "task",
    "tries",
    "chain",
    "seq",
    "hash",
    "signature",
)
"""What a line may hold beside its sentence (``extra=``): anything else stays out of the log."""

# JSON leaves them as they are, and some readers end a line there.
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}

_about: ContextVar[dict[str, Any] | None] = ContextVar("log_about", default=None)


def mask(text: str) -> str:
    """Return ``text`` without the secrets that an address bears."""
    if "/" in text:
        text = _SECRET_PATH.sub(rf"\1{HIDDEN}", text)
    return _SECRET_QUERY.sub(rf"\1{HIDDEN}", text) if "=" in text else text


def bears_secret(address: str) -> bool:
    """Whether an address, or one that it names (``next=``), opens something by itself."""
    read = unquote(address)
    return mask(read) != read


def request_id_of(given: str) -> str:
    """Return the identifier that a proxy gave, when it is a short plain token, else a new one."""
    return given if PLAIN_TOKEN.fullmatch(given) else secrets.token_hex(8)


@contextmanager
def about(**facts: Any) -> Iterator[dict[str, Any]]:
    """Say what the lines written inside this block are about. The dictionary may be completed."""
    told = {**(_about.get() or {}), **facts}
    token = _about.set(told)
    try:
        yield told
    finally:
        _about.reset(token)


def tell(**facts: Any) -> None:
    """Complete what the present lines are about; nothing outside ``about()``."""
    told = _about.get()
    if told is not None:
        told.update(facts)


def current_request_id() -> str:
    """Return the identifier of the request being answered, or empty."""
    return str((_about.get() or {}).get("request_id", ""))


# -- How a line is made --------------------------------------------------------------------------


def json_formatter() -> logging.Formatter:
    """Return the formatter of ``LOG_FORMAT=json``."""
    return _formatter(_as_json)


def text_formatter() -> logging.Formatter:
    """Return the formatter of ``LOG_FORMAT=text``."""
    return _formatter(_as_text)


def _formatter(renderer: Any) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        processor=renderer,
        foreign_pre_chain=[
            _add_about,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=EXTRAS),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            _without_secrets,
        ],
    )


def _add_about(logger: Any, method: str, event: Event) -> Event:
    for name, value in (_about.get() or {}).items():
        event.setdefault(name, value)
    return event


def _without_secrets(logger: Any, method: str, event: Event) -> Event:
    for name in ("event", "path", "exception"):
        if name in event:
            event[name] = mask(str(event[name]))
    return event


def _shown(event: Event) -> dict[str, Any]:
    first = {name: event[name] for name in ("time", "level", "logger", "event") if name in event}
    rest = {name: value for name, value in event.items() if not name.startswith("_")}
    return first | rest


def _as_json(logger: Any, method: str, event: Event) -> str:
    text = json.dumps(_shown(event), ensure_ascii=False, default=str)
    return text.translate(_LINE_ENDS)


def _as_text(logger: Any, method: str, event: Event) -> str:
    told = _shown(event)
    exception = told.pop("exception", "")
    head = " ".join(str(told.pop(name, "")) for name in ("time", "level", "logger"))
    words = [one_line(told.pop("event", ""))]
    words += [f"{name}={one_line(value)}" for name, value in told.items()]
    return " ".join([head, *words]) + (f"\n{exception}" if exception else "")


def one_line(value: Any) -> str:
    """Return a value whose control characters are written out: it can't pass for another line."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
