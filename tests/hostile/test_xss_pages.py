"""No text becomes anything but text in a page (QUALITY 20): every column × every page × payloads."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.matrix import RULES
from tests.access.test_matrix import address, clients
from tests.access.world import World
from uniha_clausier.accounts.enums import Role

from .crowd import crowded_world
from .harvest import PAGES, WHO
from .inspection import inspect, is_page
from .payloads import ALL, FAMILIES, PAYLOADS, Payload, marks
from .poison import NOT_TYPED, Poison, column_mark, text_columns, typed_columns

Poisoned = tuple[World, list[str], Poison]

RENDERS = {".html", ".py"}
CALLED_SAFE = re.compile(r"\|\s*safe\b|\bmark_safe\(|autoescape off|@html_safe|__html__")


@pytest.fixture
def poisoned(db: None) -> Poisoned:
    """A world where every typed text is hostile, more pages of it, and how it was filled."""
    (world, more), poison = crowded_world(), Poison()
    poison.everywhere()
    return world, more, poison


def seen(world: World, more: list[str], everybody: bool) -> Iterator[tuple[str, str]]:
    """Yield every page of the matrix, as the first who may see it, or as all of them."""
    people = clients(world)
    for name in PAGES:
        rule, url = RULES[name], address(name, world)
        may = [who for who in WHO if rule.get and who in rule.get.people]
        for who in may if everybody else may[:1]:
            response = people[who].get(url)
            assert response.status_code in {200, 302, 404}, (name, who, response.status_code)
            if response.streaming:
                list(response)
            elif is_page(response):
                yield f"{name} as {who}", response.content.decode()
    for url in more:
        response = people[Role.BUYER].get(url)
        assert response.status_code == 200, url
        yield url, response.content.decode()


def look(world: World, more: list[str], everybody: bool) -> tuple[list[str], set[str], set[int]]:
    """Return what is wrong on the pages, the columns that they show, and the payloads."""
    wrong, columns, numbers = list[str](), set[str](), set[int]()
    names = {column_mark(name): name for name in typed_columns()}
    for where, page in seen(world, more, everybody):
        problems, words = inspect(page)
        wrong += [f"{where}: {problem}" for problem in problems]
        columns |= {names[mark] for mark in re.findall(r"c\d{3}_", words) if mark in names}
        numbers |= marks(words)
    return wrong, columns, numbers


def test_no_text_becomes_anything_else_on_any_page(poisoned: Poisoned) -> None:
    world, more, poison = poisoned
    wrong, columns, numbers = look(world, more, everybody=False)
    assert wrong == []
    assert numbers == {one.number for one in PAYLOADS}
    assert len(columns) > 2 / 3 * len(typed_columns())
    assert typed_columns().keys() - poison.filled.keys() == set()


@pytest.mark.long
def test_nor_does_it_on_the_page_of_anybody_else(poisoned: Poisoned) -> None:
    assert look(*poisoned[:2], everybody=True)[0] == []


def test_every_column_of_text_is_typed_or_says_why_not() -> None:
    """A reason that outlives its column goes with it."""
    assert NOT_TYPED.keys() <= {name for name, _model, _field in text_columns()}
    assert len(typed_columns()) > 80


def test_the_corpus_is_what_it_says() -> None:
    assert len(PAYLOADS) >= 100 and len({one.body for one in PAYLOADS}) == len(PAYLOADS)
    assert len(FAMILIES) == 11
    assert marks(ALL) == {one.number for one in PAYLOADS}


# -- What would be seen --------------------------------------------------------------------------

CONTEXTS = (
    "<p>{}</p>",
    '<input value="{}">',
    "<input value='{}'>",
    "<input value={}>",
    "<a href='{}'>x</a>",
    "<script src=/static/x.js>{}</script>",
    "<p class='{}'>x</p>",
    "<!-- {} -->",
)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda one: f"{one.number}-{one.family}")
def test_a_text_that_escaped_would_be_seen(payload: Payload) -> None:
    body = payload.body
    assert any(inspect(context.format(body))[0] for context in CONTEXTS)
    written = html.escape(payload.text)
    assert inspect(f'<p title="{written}">{written}</p>')[0] == []


def test_a_text_that_is_shown_otherwise_would_be_seen() -> None:
    text = PAYLOADS[0].text
    twice = html.escape(html.escape(text))
    assert inspect(f"<p>{twice}</p>")[0] and inspect(f'<p title="{twice}">x</p>')[0]
    assert inspect(f"<p>{html.escape(text[:12])}…</p>")[0] == []


def test_no_template_and_no_code_calls_a_text_safe() -> None:
    """What is HTML is made by ``format_html``, which escapes what it is given."""
    root = Path(__file__).resolve().parents[2]
    folders = ("templates", "checklists", "vendors", "uniha_clausier")
    files = [file for folder in folders for file in (root / folder).rglob("*.*")]
    texts = {file: file.read_text(encoding="utf-8") for file in files if file.suffix in RENDERS}
    assert len(texts) > 500
    assert [str(file) for file, text in texts.items() if CALLED_SAFE.search(text)] == []
