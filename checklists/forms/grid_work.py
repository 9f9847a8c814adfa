"""What the pages send about who works where."""

from typing import NamedTuple

from django.http import QueryDict

from uniha_clausier.accounts.models import User


class Sign(NamedTuple):
    """A sign of life: where the person is, and the place of the journal that the page has read."""

    chapter: int
    since: int


def read_sign(data: QueryDict) -> Sign:
    """Return the sign of life of a page; what is not a number is 0, which names nothing."""
    return Sign(number(data, "chapter"), number(data, "since"))


class Assignment(NamedTuple):
    """Who a chapter is given to (nobody: None), and the version that the page had read."""

    assignee: User | None
    base_version: int


def read_assignment(data: QueryDict) -> Assignment:
    """Return whom the form names. An account that is not there is nobody's wish: it is refused."""
    pk = number(data, "assignee")
    return Assignment(User.objects.get(pk=pk) if pk else None, number(data, "version"))


def number(data: QueryDict, name: str) -> int:
    """Return a whole number of a form, 0 for anything else."""
    text = data.get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else 0
