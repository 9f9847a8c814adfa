"""French on screens is set as a printer would: no-break spaces, real apostrophes.

Reads the sentences marked for translation in the code and the text of the templates.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MARKERS = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}
BAD_SPACE = re.compile(r"\w[)»”’]? [;:!?»](?=[\s\"'<]|$)|« ")
STRAIGHT_APOSTROPHE = re.compile(r"[a-zà-ÿ]'[a-zà-ÿ]", re.IGNORECASE)


def python_files() -> list[Path]:
    folders = ("uniha_clausier", "vendors", "checklists")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def sentences_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKERS:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def texts_of(path: Path) -> Iterator[str]:
    """The sentences of a template: what is translated, and the quoted inputs of components."""
    text = path.read_text(encoding="utf-8")
    yield from re.findall(r"{% translate \"([^\"]*)\"", text)
    yield from re.findall(r"_\(\"([^\"]*)\"\)", text)
    for block in re.findall(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", text, re.DOTALL):
        yield re.sub(r"{[{%].*?[%}]}", "x", block)


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_sentences_of_the_code(path: Path) -> None:
    bad = [s for s in sentences_of(path) if BAD_SPACE.search(s) or STRAIGHT_APOSTROPHE.search(s)]
    assert bad == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name
)
def test_sentences_of_the_templates(path: Path) -> None:
    bad = [s for s in texts_of(path) if BAD_SPACE.search(s) or STRAIGHT_APOSTROPHE.search(s)]
    assert bad == []
