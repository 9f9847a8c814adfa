"""Counts on screens follow French, where zero is singular."""

import pytest
from django.template import Context, Template
from django.utils.translation import ngettext

POINTS = [(0, "0 point"), (1, "1 point"), (2, "2 points"), (118, "118 points")]
IN_A_PAGE = "{% load i18n %}{% blocktranslate count n=n %}{{ n }} point{% plural %}{{ n }} points{% endblocktranslate %}"


@pytest.mark.parametrize(("count", "words"), POINTS)
def test_a_count_in_the_code(count: int, words: str) -> None:
    assert ngettext("%(n)d point", "%(n)d points", count) % {"n": count} == words


@pytest.mark.parametrize(("count", "words"), POINTS)
def test_a_count_in_a_page(count: int, words: str) -> None:
    assert Template(IN_A_PAGE).render(Context({"n": count})) == words
