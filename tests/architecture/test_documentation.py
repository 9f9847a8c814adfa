"""The pages say what exists: the configuration that is read, the commands, the labels on screen."""

import re
from pathlib import Path

import pytest

from uniha_clausier import settings, webserver
from uniha_clausier.common import env

from . import sentences

ROOT = Path(settings.BASE_DIR)
PAGE = ROOT / "docs" / "operations.md"
RULES = ROOT / "docs" / "regles.md"
GUIDES = tuple(ROOT / "docs" / f"guide-{whom}.md" for whom in ("acheteur", "relecteur", "auditeur"))
JOURNEYS = (ROOT / "README.md", *GUIDES, PAGE)
WORDS, NUMBER = re.compile(r"%\\\(\w+\\\)s"), re.compile(r"%\\\(\w+\\\)d")
SCRIPT_TEXT, SCRIPT_VALUE = re.compile(r'"([^"\n]+)"|`([^`\n]+)`'), re.compile(r"\$\{[^}]*\}")


def test_the_table_of_variables_is_the_one_of_the_settings() -> None:
    assert webserver.bind
    page = PAGE.read_text(encoding="utf-8")
    table = page.split("<!-- variables -->")[1].split("<!-- /variables -->")[0].strip()
    assert [row.split("|")[1] for row in table.splitlines()] == [
        row.split("|")[1] for row in env.table().splitlines()
    ]
    assert table == env.table()


def our_commands() -> set[str]:
    folders = (ROOT / folder for folder in sentences.FOLDERS)
    files = (path for folder in folders for path in folder.rglob("management/commands/*.py"))
    return {path.stem for path in files} - {"__init__"}


def test_the_operations_page_lists_every_command_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z_]+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(our_commands())


def test_the_changelog_names_every_command_and_no_other() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("- Commandes"))
    assert sorted(re.findall(r"`(\w+)`", line)) == sorted(our_commands())


def labels_on_screen() -> list[re.Pattern[str]]:
    """Every sentence of the screens, by the server or by a script; a placeholder is any words."""
    files = [*sentences.code_files(), *sentences.template_files()]
    texts = {text for path in files for text, _ in sentences.sentences(path)}
    escaped = (NUMBER.sub("[0-9]+", re.escape(text)) for text in sorted(texts))
    from_scripts = (".+".join(map(re.escape, SCRIPT_VALUE.split(text))) for text in script_texts())
    return [re.compile(WORDS.sub(".+", text)) for text in (*escaped, *from_scripts)]


def script_texts() -> set[str]:
    """The texts of the scripts that are more than a value to fill in."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "static/js").rglob("*.js"))
    found = {one or two for source in sources for one, two in SCRIPT_TEXT.findall(source)}
    return {text for text in found if re.search(r"[A-ZÀ-Ý]\w", SCRIPT_VALUE.sub("", text))}


@pytest.mark.parametrize("page", JOURNEYS, ids=lambda page: page.name)
def test_what_the_pages_set_in_bold_is_a_label_on_screen(page: Path) -> None:
    labels = labels_on_screen()
    quoted = re.findall(r"\*\*([^*]+)\*\*", page.read_text(encoding="utf-8"))
    unknown = [text for text in quoted if not any(label.fullmatch(text) for label in labels)]
    assert quoted
    assert unknown == []


def test_a_label_that_is_on_no_screen_would_be_found() -> None:
    assert not any(label.fullmatch("Nouvelle consultation") for label in labels_on_screen())


def test_the_page_of_the_rules_cites_tests_that_exist() -> None:
    cited = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", RULES.read_text(encoding="utf-8"))
    assert cited
    missing = [f"{file}::{name}" for file, name in cited if not _defines(ROOT / file, name)]
    assert missing == []


def _defines(file: Path, name: str) -> bool:
    if not file.is_file():
        return False
    return not name or f"def {name}(" in file.read_text(encoding="utf-8")
