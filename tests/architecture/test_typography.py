"""French on screens is set as a printer would: no-break spaces, real apostrophes.

Reads the sentences marked for translation in the code and the templates, and the texts of the
scripts.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from . import sentences

BAD_SPACE = re.compile(r"\w[)»”’]? [;:!?»](?=[\s\"'<]|$)|« |\d [KMG]o\b")
STRAIGHT_APOSTROPHE = re.compile(r"[a-zà-ÿ]'[a-zà-ÿ]", re.IGNORECASE)
TEXT_OF_SCRIPT = re.compile(r"\"([^\"\n]*)\"|`([^`]*)`")


def bad(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if BAD_SPACE.search(text) or STRAIGHT_APOSTROPHE.search(text)]


@pytest.mark.parametrize(
    "path",
    [*sentences.code_files(), *sentences.template_files()],
    ids=lambda path: str(path.relative_to(sentences.ROOT)),
)
def test_sentences_of_the_code_and_the_templates(path: Path) -> None:
    assert bad(text for text, _ in sentences.sentences(path)) == []


@pytest.mark.parametrize("path", sentences.script_files(), ids=lambda path: path.name)
def test_texts_of_the_scripts(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    texts = ("".join(found) for found in TEXT_OF_SCRIPT.findall(source))
    assert bad(re.sub(r"\$\{[^}]*(\}|$)", "x", text) for text in texts) == []


def test_no_mail_says_de_before_the_name_of_a_company() -> None:
    """French elides it before a vowel, which no template can know: « de Ombreline »."""
    mails = (sentences.ROOT / "templates/emails").glob("*.txt")
    told = {path.name: path.read_text(encoding="utf-8") for path in mails}
    assert [name for name, text in told.items() if re.search(r"\bde \{\{ (vendor|fac)", text)] == []
