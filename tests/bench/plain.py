"""The same text as plain blocks through WeasyPrint: what laying it out costs at least.

``python -m tests.bench.plain`` is the helper of ``common.pdf_isolated`` with another renderer: the
process conditions are the same, forked child, limits and collector included.
"""

import html
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from uniha_clausier.common import pdf, pdf_isolated
from uniha_clausier.common.pdf import RenderedPdf

BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "caption", "div", "section"}
UNSEEN = {"style", "script", "title", "svg"}
STYLE = (
    "@page { size: A4; margin: 20mm 18mm 22mm }"
    " html { font: 9pt/1.42 'Noto Sans' } body, p { margin: 0 } p + p { margin-top: 1mm }"
)
"""The paper, the font and the size of our document, and nothing else of it."""


def plain_html(document: str) -> str:
    """Return the text of ``document``, each block of it a paragraph."""
    reader = _Blocks()
    reader.feed(document)
    reader.close()
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in reader.blocks())
    return f'<!DOCTYPE html><html lang="fr"><style>{STYLE}</style><body>{paragraphs}'


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[list[str]] = [[]]
        self._unseen = 0

    def blocks(self) -> list[str]:
        texts = (" ".join("".join(pieces).split()) for pieces in self._pieces)
        return [text for text in texts if text]

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._unseen += tag in UNSEEN
        if tag in BLOCKS:
            self._pieces.append([])

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN
        if tag in BLOCKS:
            self._pieces.append([])

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._pieces[-1].append(data)


def render(document: str, **job: Any) -> RenderedPdf:
    """Stand in for ``pdf.render_pdf``: the plainest use of WeasyPrint, with our fonts."""
    from weasyprint import HTML

    with pdf._private_fonts(job["home"]):
        laid_out = HTML(string=document).render()
        data = laid_out.write_pdf()
    return RenderedPdf(data=data, pages=len(laid_out.pages), signature_fields=())


class Helper(pdf_isolated._Helper):
    """The helper process that renders plainly."""

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=Path(__file__).resolve().parents[2],
                env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
                start_new_session=True,
            )
        return self._process


if __name__ == "__main__":
    pdf.render_pdf = render  # type: ignore[assignment]
    pdf_isolated.main()
