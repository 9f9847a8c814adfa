"""What was typed in a form that arrived after the end of its session: kept until its person is back.

It stays in the session of the browser that sent it, encrypted, for thirty minutes, and is shown to
the person whose session had ended, and to nobody else. Nothing sends it again by itself.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.base import SessionBase

from uniha_clausier.common.ciphers import cipher

KEPT = "typed_form"
"""In the session: the form, encrypted."""

SECONDS_KEPT = 30 * 60
MOST_FIELDS = 500
"""The longest chapter of the grid, sent without script, has four fields for each of its points."""

MOST_CHARACTERS = 100_000
SECRETS = ("csrf", "password", "secret", "code", "credential", "token")
"""A field with one of these words in its name is never kept."""


@dataclass(frozen=True)
class TypedForm:
    """A form as it was sent, without its secrets and files."""

    address: str
    """Where it was sent: a path of this site, with its query."""

    fields: tuple[tuple[str, str], ...]
    has_files: bool
    """Whether it came with files: they are lost, and must be chosen again."""


def keep(
    session: SessionBase,
    *,
    person: int,
    address: str,
    fields: Sequence[tuple[str, str]],
    has_files: bool = False,
) -> bool:
    """Keep a form for ``person`` alone; whether there was something that could be kept."""
    told = [(name, text) for name, text in fields if not _is_secret(name)]
    size = sum(len(name) + len(text) for name, text in told)
    if not any(text.strip() for _name, text in told):
        return False
    if len(told) > MOST_FIELDS or size > MOST_CHARACTERS:
        return False
    content = {"person": person, "address": address, "fields": told, "has_files": has_files}
    session[KEPT] = cipher("typed-form").encrypt(json.dumps(content).encode()).decode()
    return True


def of(session: SessionBase, *, person: int) -> TypedForm | None:
    """Return the form that waits for ``person``; None when it is somebody else's, or too old."""
    kept = session.get(KEPT)
    if kept is None:
        return None
    try:
        content = json.loads(cipher("typed-form").decrypt(kept.encode(), ttl=SECONDS_KEPT))
    except InvalidToken:
        return None
    if content["person"] != person:
        return None
    fields = tuple((name, text) for name, text in content["fields"])
    return TypedForm(content["address"], fields, content["has_files"])


def drop(session: SessionBase) -> None:
    """Forget the form, whosever it is."""
    session.pop(KEPT, None)


def drop_of_others(session: SessionBase, *, person: int) -> None:
    """Forget a form that ``person``, who has just signed in, may not read."""
    if KEPT in session and of(session, person=person) is None:
        drop(session)


def drop_once_sent(session: SessionBase, *, person: int, address: str) -> None:
    """Forget the form when ``person`` sends one to its address: what follows is its page's."""
    if KEPT not in session:
        return
    kept = of(session, person=person)
    if kept is None or kept.address == address:
        drop(session)


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRETS)
