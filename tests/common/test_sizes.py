"""Sizes are told in the unit of the limits, in French."""

import pytest
from django.template import Context, Template

from uniha_clausier.common.sizes import size_in_words

SIZES = [
    (0, "0 octet"),
    (1, "1 octet"),
    (1023, "1023 octets"),
    (1024, "1,0 Ko"),
    (34_202, "33,4 Ko"),
    (10 * 1024**2, "10,0 Mo"),
    (74_732_433_408, "69,6 Go"),
    (3 * 1024**5, "3072,0 To"),
]


@pytest.mark.parametrize(("count", "words"), SIZES)
def test_a_size(count: int, words: str) -> None:
    assert size_in_words(count).replace("\u00a0", " ") == words
    page = Template("{{ size|filesizeformat }}").render(Context({"size": count}))
    assert page == size_in_words(count)
