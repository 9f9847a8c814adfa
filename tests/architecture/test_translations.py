"""What is written in French comes out as it is written.

Our sentences are their own message ids. A sentence that Django or a package translates too would
be shown in its words: « Note » came out as « Remarque ». Such a sentence takes a context.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import gettext

from . import sentences


def every_file() -> list[Path]:
    return [*sentences.code_files(), *sentences.template_files()]


def changed(path: Path) -> Iterator[tuple[str, str]]:
    for text, has_context in sentences.sentences(path):
        if not has_context and gettext(text) != text:
            yield text, gettext(text)


@pytest.mark.parametrize(
    "path", every_file(), ids=lambda path: str(path.relative_to(sentences.ROOT))
)
def test_no_catalogue_rewords_a_sentence(path: Path) -> None:
    assert list(changed(path)) == []


def test_a_reworded_sentence_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '{% load i18n %}{% translate "Note" %}{% translate "Note" context "score" %}', "utf-8"
    )
    assert list(changed(page)) == [("Note", "Remarque")]
    code = tmp_path / "code.py"
    code.write_text(
        '_("Note")\npgettext_lazy("score", "Note")\nngettext("Un", "Note", 2)\n', "utf-8"
    )
    assert list(changed(code)) == [("Note", "Remarque"), ("Note", "Remarque")]
