"""No text acts in a file that leaves, nor makes its renderer fetch anything (QUALITY 16 and 20)."""

import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import tinycss2
from docx import Document as Word
from docx.opc.constants import RELATIONSHIP_TYPE

from checklists.documents import dce, sealed_data
from checklists.documents import pdf as documents
from tests.access.world import World
from tests.common.pdf_sample import METADATA
from uniha_clausier.common import pdf_isolated
from uniha_clausier.common.errors import RenderingFailed
from uniha_clausier.common.pdf import RenderedPdf, render_pdf
from uniha_clausier.common.pdf_text import clean_line

from .crowd import crowded_world
from .inspection import inspect
from .papers import PAPERS, acts_of_office, acts_of_pdf, files_of_pdf, opened, words_of_pdf
from .payloads import FETCHES, TEXTS, fetching, marks, whole
from .poison import Poison

pytestmark = pytest.mark.long

STAND_IN = b"%PDF-1.7 "
"""What the world of the access tests keeps in the place of a document."""


class Listener(HTTPServer):
    """A server of this machine that remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Listener)
        self.server.asked.append(self.path)
        self.send_response(302 if self.path.startswith("/redirect") else 200)
        self.send_header("Location", f"{self.server.url}/redirected")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def world(db: None, listener: Listener) -> World:
    """A world where every text runs a script and fetches something."""
    made, _pages = crowded_world()
    fetches = cycle(fetching(listener.url))
    texts: list[str] = []
    for number, text in enumerate(TEXTS):  # one fetch in three: the shortest papers hold some
        texts += [text, next(fetches)] if number % 2 else [text]
    Poison(texts=texts).everywhere()
    return made


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML of each document that is rendered, in this process: nothing else shuts its network."""
    given: list[str] = []

    def render(html: str, **told: Any) -> RenderedPdf:
        given.append(html)
        return render_pdf(html, **told)

    for module in (documents, dce, sealed_data):
        monkeypatch.setattr(module, "render_pdf_isolated", render)
    return given


def of_typed_text(html: str) -> list[str]:
    """What typed texts have made of the HTML of a paper; its style sheet holds none of them."""
    head, style, body = html.partition("<style>")
    sheet, end, body = body.partition("</style>")
    assert style and end
    tokens = tinycss2.parse_component_value_list(sheet, skip_comments=True)
    shown = (head + body).replace("\u200b", "")
    return inspect(shown, as_drawn=clean_line)[0] + [
        f"the sheet: {one}" for one in out_of_strings(tokens)
    ]


def out_of_strings(tokens: list[Any]) -> Iterator[str]:
    """Yield what stands in a style sheet, out of the strings that the foot of a page prints."""
    for token in tokens:
        yield from out_of_strings(getattr(token, "content", None) or [])
        yield from out_of_strings(getattr(token, "arguments", []))
        said = "" if token.type == "string" else str(getattr(token, "value", ""))
        name = getattr(token, "name", "")
        if token.type in {"error", "url"} or name == "url" or said == "import" or "canari" in said:
            yield f"{token.type} {name} {said}"


def wrong_in(name: str, content: bytes) -> list[str]:
    """What acts in a file, is joined to it or is cut from it."""
    if content.startswith(b"PK\x03\x04"):
        return acts_of_office(content)
    if not content.startswith(b"%PDF") or content.startswith(STAND_IN):
        return []
    words = words_of_pdf(content)
    assert marks(words), name
    lost = marks(words) - whole(words, as_drawn=clean_line)
    acts = acts_of_pdf(content) + [f"lost {lost}"] * bool(lost)
    for joined in files_of_pdf(content):
        if joined.startswith(b"PK\x03\x04"):  # the workbook of an assessment
            acts += acts_of_office(joined)
        elif not is_json(joined):
            acts.append(f"{joined[:80]!r} is joined")
    return acts


def is_json(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except ValueError:
        return False


def test_nothing_acts_in_a_letter_nor_is_fetched(world: World, listener: Listener) -> None:
    """As it is made every day, in a process of its own."""
    assert wrong_in("letter", PAPERS["letter"](world)) == []
    assert wrong_in("letter in Word", PAPERS["letter in Word"](world)) == []
    assert listener.asked == []


@pytest.mark.long
@pytest.mark.parametrize("name", PAPERS)
def test_nothing_acts_in_a_paper_nor_is_fetched(
    name: str, world: World, pages: list[str], listener: Listener
) -> None:
    wrong = []
    for where, content in opened(name, PAPERS[name](world)):
        wrong += [f"{where}: {one}" for one in wrong_in(where, content)]
    wrong += [f"{name}: {one}" for html in pages for one in of_typed_text(html)]
    assert wrong == []
    assert listener.asked == []
    assert all(re.search(r"f\d\d:", html) for html in pages)
    assert bool(pages) is not name.endswith("Word")


# -- What would be seen --------------------------------------------------------------------------

FETCHED = {"img", "link", "sheet", "css", "import", "svg", "object", "embed", "redirect", "base"}


def page_of(*texts: str) -> str:
    return f'<html lang="fr"><body>{"".join(texts)}</body></html>'


def test_a_text_taken_for_html_would_be_heard(listener: Listener) -> None:
    """The renderer, as it comes: what our fetcher refuses does leave."""
    from weasyprint import HTML

    with pikepdf.open(io.BytesIO(HTML(string=page_of(*fetching(listener.url))).write_pdf())):
        pass
    heard = {path.strip("/").partition("?")[0] for path in listener.asked}
    assert heard >= FETCHED


@pytest.mark.parametrize("number", range(len(FETCHES)))
def test_our_renderer_fetches_nothing_even_then(
    number: int, listener: Listener, tmp_path: Path
) -> None:
    with suppress(RenderingFailed):  # of a file that the page joins
        html = page_of(fetching(listener.url)[number])
        rendered = render_pdf(html, metadata=METADATA, home=tmp_path)
        assert files_of_pdf(rendered.data) == []
    assert listener.asked == []


def test_what_acts_in_a_pdf_would_be_seen(tmp_path: Path) -> None:
    html = page_of("<a href='https://voleur.example/'>x</a>")
    linked = render_pdf(html, metadata=METADATA, home=tmp_path).data
    assert any("/URI" in one for one in acts_of_pdf(linked))
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(linked)) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="canari(1)")
        pdf.Root.OpenAction = pdf.make_indirect(script)
        pdf.attachments["x.txt"] = b"bombe"
        pdf.save(target)
    acts = acts_of_pdf(target.getvalue())
    assert {one.split()[0] for one in acts} >= {"/OpenAction", "/S", "/JS"}
    assert [is_json(one) for one in files_of_pdf(target.getvalue())] == [False]


def test_a_text_that_leaves_its_string_would_be_seen() -> None:
    sheet = '@page {{ @bottom-left {{ content: "{}" }} }}'
    for text, is_seen in (('x"; canari: "', True), ('x"; b: url(//x); c: "', True), ("p", False)):
        tokens = tinycss2.parse_component_value_list(sheet.format(text))
        assert bool(list(out_of_strings(tokens))) is is_seen


def test_what_acts_in_a_word_file_would_be_seen() -> None:
    word, target = Word(), io.BytesIO()
    word.part.relate_to("https://voleur.example", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    word.save(target)
    assert any("External" in one for one in acts_of_office(target.getvalue()))


def test_rendering_apart_is_what_documents_use() -> None:
    """The spy of these tests stands where the isolated renderer does."""
    for module in (documents, dce, sealed_data):
        assert module.render_pdf_isolated is pdf_isolated.render_pdf_isolated
