"""The shape of the repository: what stands where, how large, and what must not be in it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("uniha_clausier", "vendors", "checklists")
MOST_LINES = 600

# DESIGN.md, "Layout". A newcomer at the top level needs a decision, then a line here.
TOP_LEVEL = {
    ".ci",
    ".git",
    ".dockerignore",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "bin",
    "checklists",
    "deploy",
    "docs",
    "fixtures",
    "manage.py",
    "package.json",
    "pyproject.toml",
    "requirements",
    "static",
    "templates",
    "tests",
    "uniha_clausier",
    "vendors",
}
# Nouns that say nothing: code named so belongs to no layer.
VAGUE_NAMES = {
    "base",
    "common",
    "core",
    "helpers",
    "lib",
    "misc",
    "shared",
    "tools",
    "util",
    "utils",
}
ALLOWED_VAGUE = {Path("uniha_clausier/common")}

MACHINE_PATH = re.compile(r"/(?:work|farm|root)/|(?<![\w.-])/[t]mp/")
REGISTRY = re.compile(r"https?://[a-z.]*(?:pypi|npmjs|pythonhosted)")
TEXT_SUFFIXES = {
    "", ".cfg", ".css", ".csv", ".html", ".in", ".java", ".js", ".json", ".md", ".py", ".svg",
    ".toml", ".txt", ".xml", ".yaml", ".yml",
}  # fmt: skip


def ignored_names() -> set[str]:
    """The top-level names that .gitignore keeps out."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return {line.strip("/") for line in lines if line.startswith("/")}


def kept_files() -> Iterator[Path]:
    for top in sorted(ROOT.iterdir()):
        if top.name == ".git" or top.name in ignored_names():
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def text_files() -> Iterator[tuple[Path, str]]:
    for path in kept_files():
        if path.suffix in TEXT_SUFFIXES:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def python_sources() -> list[Path]:
    return [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.py"))]


def test_the_top_level_is_the_designed_one() -> None:
    found = {path.name for path in ROOT.iterdir()} - ignored_names() - {"__pycache__"}
    assert found - TOP_LEVEL == set()


def test_no_module_has_a_vague_name() -> None:
    vague = {
        path.relative_to(ROOT)
        for path in python_sources()
        if path.stem in VAGUE_NAMES or path.parent.name in VAGUE_NAMES
    }
    assert {path for path in vague if not ALLOWED_VAGUE & set(path.parents)} == set()


def test_no_source_file_is_too_long() -> None:
    written_by_people = [path for path in python_sources() if path.parent.name != "migrations"]
    paths = [*written_by_people, *(ROOT / "tests").rglob("*.py")]
    long = {
        str(path.relative_to(ROOT)): count
        for path in paths
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_no_path_of_one_machine_stands_in_the_project() -> None:
    found = [
        f"{path}:{number}"
        for path, text in text_files()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


def test_no_address_of_a_registry_stands_in_the_project() -> None:
    assert [str(path) for path, text in text_files() if REGISTRY.search(text)] == []


@pytest.mark.parametrize("name", ["base", "dev"])
class TestRequirements:
    def test_every_requirement_is_pinned_with_hashes(self, name: str) -> None:
        text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
        entries = re.split(r"\n(?=\S)", text.strip())
        loose = [
            entry.splitlines()[0]
            for entry in entries
            if not re.match(r"[\w.-]+==[\w.]+(?: ;[^\n]*)? \\\n    --hash=sha256:", entry)
        ]
        assert loose == []

    def test_no_index_or_other_source_is_named(self, name: str) -> None:
        text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
        assert re.findall(r"--(?:extra-)?index-url|--find-links|--trusted-host|://", text) == []

    def test_every_direct_dependency_has_its_reason(self, name: str) -> None:
        lines = (ROOT / f"requirements/{name}.in").read_text(encoding="utf-8").splitlines()
        direct = [line for line in lines if line and not line.startswith(("#", "-"))]
        assert [line for line in direct if not re.search(r"\s#\s+\w+", line)] == []

    def test_every_direct_dependency_is_locked(self, name: str) -> None:
        lines = (ROOT / f"requirements/{name}.in").read_text(encoding="utf-8").splitlines()
        direct = {
            re.split(r"[<>=\s#\[]", line)[0].lower()
            for line in lines
            if line and not line.startswith(("#", "-"))
        }
        text = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")
        locked = set(re.findall(r"^([\w.-]+)==", text, flags=re.MULTILINE))
        assert direct - locked == set()
