"""The sentences that the sources mark for translation, as gettext is asked for them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("uniha_clausier", "vendors", "checklists")
MARKERS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# What templatize writes for each sentence of a template: the name of a function, then its texts.
TEXT = r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
CALL = re.compile(rf" (_|gettext|pgettext|ngettext)\({TEXT}(?:, *{TEXT})?")


def code_files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def template_files() -> list[Path]:
    found = (ROOT / "templates").rglob("*")
    return sorted(path for path in found if path.suffix in {".html", ".txt"})


def script_files() -> list[Path]:
    return sorted((ROOT / "static/js").rglob("*.js"))


def sentences(path: Path) -> Iterator[tuple[str, bool]]:
    """Each sentence of a file, and whether it has a context (which no other catalogue knows)."""
    calls = _of_code(path) if path.suffix == ".py" else _of_template(path)
    for name, texts in calls:
        has_context = name.startswith("pgettext")
        for text in texts[has_context:]:
            yield text, has_context


def _of_code(path: Path) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKERS:
            constants = [each.value for each in node.args if isinstance(each, ast.Constant)]
            yield (
                getattr(node.func, "id", ""),
                [text for text in constants if isinstance(text, str)],
            )


def _of_template(path: Path) -> Iterator[tuple[str, list[str]]]:
    for name, *texts in CALL.findall(templatize(path.read_text(encoding="utf-8"))):
        yield name, [ast.literal_eval(text) for text in texts if text]
